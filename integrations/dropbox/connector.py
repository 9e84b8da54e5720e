"""Dropbox: e-invoice, PDF and attachments of each document, in a tree of folders there."""

import logging
from functools import partial
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import naming, oauth
from ..base import BrokenConfiguration, Connector, Delivered, DeliveryError, Payload, TestStep
from ..destinations import base_url
from ..pace import Pace
from . import client
from .client import Client, SessionLost, Stored, Taken, WrongOffset
from .forms import DropboxForm

logger = logging.getLogger(__name__)

SCOPES = ("account_info.read", "files.metadata.read", "files.content.write")
# A session and its offset may be out of step that often before the upload is given up for this try.
CORRECTIONS_AT_MOST = 5
NAMES_AT_MOST = 10


class DropboxConnector(Connector):
    key = "dropbox"
    label = gettext_lazy("Dropbox")
    initials = "DB"
    description = gettext_lazy("Stores the e-invoice and the PDF of every approved document in a Dropbox.")
    can_update = True
    config_form = DropboxForm
    needs_consent = True
    max_in_flight = 1  # an account takes one at a time

    @classmethod
    def provider(cls, config: dict):
        return oauth.Provider(
            app="dropbox",
            authorize_url=base_url("dropbox.web", "https://www.dropbox.com") + "/oauth2/authorize",
            token_url=client.api_url() + "/oauth2/token",
            scopes=SCOPES,
            # Either the verifier or the secret, says Dropbox's own library; the verifier keeps the secret out of it.
            with_secret=False,
            extra={"token_access_type": "offline"},
            account=_account,
        )

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        files = naming.named_files(payload)
        *folders, stem = naming.parts(self._pattern(), naming.values(payload))
        wanted = "".join(f"/{folder}" for folder in folders) + f"/{stem}"
        account = self.access.account
        about = {"wanted": wanted, "place": naming.place_mark(account), "key": payload.idempotency_key}
        pace = Pace(f"dropbox/{account}")
        # Dropbox locks a folder tree while it writes: one push at a time is faster than being refused.
        with pace.alone():
            return _Delivery(Client(self.access, pace.before), files, about, remote, partial(keep, **about)).run()

    def check(self) -> list[TestStep]:
        step = _("Sign in at Dropbox")
        try:
            who = Client(self.access).account()
        except DeliveryError as error:
            return [TestStep(step, False, error.message)]
        steps = [TestStep(step, True, str(who.get("email") or who.get("account_id", "")))]
        try:
            example = "/".join(naming.parts(self._pattern(), naming.values(naming.EXAMPLE)))
            Client(self.access).look(f"/{example}.xml")
        except DeliveryError as error:
            return [*steps, TestStep(_("Look into the folder"), False, error.message)]
        return [*steps, TestStep(_("Look into the folder"), True, f"/{example}.xml")]

    def summary(self, config: dict) -> str:
        return config.get("pattern") or naming.IMPORT_PATTERN

    def _pattern(self) -> str:
        return naming.usable(self.config.get("pattern") or naming.IMPORT_PATTERN)


class _Delivery:
    """One document on its way.

    remote: `wanted` the path without extension; `place` whose Dropbox; `key` of the sending; `at` the path
    as it was free; `done` what each file became; `session` an upload that has begun.
    """

    def __init__(self, there: Client, files, about: dict, remote: dict, keep):
        self.there, self.files, self.wanted, self.keep = there, files, about["wanted"], keep
        is_same = all(remote.get(name) == about[name] for name in ("wanted", "place"))
        is_retry = is_same and remote["key"] == about["key"]
        self.first = remote["at"] if is_same else self.wanted
        self.done = dict(remote.get("done", {})) if is_retry else {}
        self.session = remote.get("session") if is_retry else None

    def run(self) -> Delivered:
        for at in self._names():
            try:
                self._write(at)
            except Taken:
                self.done, self.session = {}, None
                continue
            first = self.done[self.files[0].tail]
            return Delivered(label=first["path"], url=_web_link(first["path"]))
        raise BrokenConfiguration(
            _("Too many documents have the name %s. Add {number} or {counterparty} to the pattern.") % self.wanted
        )

    def _names(self):
        """Where it stands since an earlier try or sending; else the plain name; else one that no other document has."""
        own = f"{self.wanted}-{naming.mark(self.files)}"
        more = (f"{own}-{number}" for number in range(2, NAMES_AT_MOST))
        return dict.fromkeys([self.first, self.wanted, own, *more])

    def _write(self, at: str) -> None:
        """All files under the name `at`. Raises Taken when one of them is another document's, or a person's."""
        missing = [file for file in self.files if file.tail not in self.done]
        found = {file.tail: self.there.look(at + file.tail) for file in missing}
        for file in missing:
            standing = found[file.tail]
            if standing and standing.content_hash != client.content_hash(file.data):
                raise Taken
        for file in missing:
            stored = found[file.tail] or self._upload(at, file)
            self.done[file.tail] = {"path": stored.path or at + file.tail, "id": stored.id, "sha256": file.sha256}
            self.session = None
            self._keep(at)

    def _upload(self, at: str, file: naming.NamedFile) -> Stored:
        if len(file.data) <= client.ONE_CALL_AT_MOST:
            return self.there.upload(at + file.tail, file.data)
        for _try in range(CORRECTIONS_AT_MOST):
            try:
                return self._upload_in_pieces(at, file)
            except WrongOffset as error:
                # An answer was lost: Dropbox says how far it has got.
                self.session = {**self.session, "offset": error.correct}
            except SessionLost:
                self.session = None
        raise client.out_of_step(at + file.tail)

    def _upload_in_pieces(self, at: str, file: naming.NamedFile) -> Stored:
        if not self.session or self.session["sha256"] != file.sha256 or self.session["offset"] > len(file.data):
            self.session = {"id": self.there.start(), "offset": 0, "sha256": file.sha256}
            self._keep(at)
        while self.session["offset"] < len(file.data):
            offset = self.session["offset"]
            piece = file.data[offset : offset + client.PIECE]
            self.there.append(self.session["id"], offset, piece)
            self.session = {**self.session, "offset": offset + len(piece)}
            self._keep(at)
        return self.there.finish(at + file.tail, self.session["id"], len(file.data))

    def _keep(self, at: str) -> None:
        self.keep(at=at, done=dict(self.done), session=self.session)


def _account(tokens: dict) -> str:
    """The address of whoever consented; the consent counts also when Dropbox does not say."""
    try:
        return str(Client(oauth.Fresh(tokens["access_token"])).account().get("email", ""))
    except DeliveryError as error:
        logger.warning("Dropbox did not say who consented: %s", error)
        return ""


def _web_link(path: str) -> str:
    """Where a person sees the file. [U] An app folder stands below Apps/<name of the app> there."""
    return base_url("dropbox.link", "https://www.dropbox.com/home/Apps/Banqup") + quote(path)

"""Peppyrus: a Belgian access point. Messages stand in folders: OUTBOX, then SENT or FAILED; INBOX."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import peppol
from ..access_point import Accepted, AccessPointApi, Delivery, Incoming, Outgoing, Page, Reachable, Report
from ..base import DeliveryError, Permanent, TestStep, TryAgain
from ..destinations import base_url
from ..json_api import Answer, JsonApi
from .forms import LIVE, PeppyrusForm

HOSTS = {"live": "https://api.peppyrus.be/v1", "test": "https://api.test.peppyrus.be/v1"}
PER_PAGE = 100
# Where a message of ours can stand, in the order in which it moves: so it is met, wherever it is when we look.
OUTGOING_FOLDERS = ("OUTBOX", "SENT", "FAILED")
# Of which time zone `created` is, is not documented: a message counts as ours from so long before we asked.
MARGIN = timedelta(days=1)
# A folder is read so often until nothing came or went meanwhile; of more pages it is not told what stands there.
READ_AT_MOST, PAGES_AT_MOST = 3, 200
WORDS_AT_MOST = 300


class PeppyrusApi(AccessPointApi):
    key = "peppyrus"
    label = "Peppyrus"
    description = gettext_lazy("Free access point in Belgium. Sends and receives over Peppol.")
    config_form = PeppyrusForm
    secret_fields = ("api_key",)

    def _api(self) -> JsonApi:
        network, key = self.config.get("network") or LIVE, self.secrets.get("api_key", "")
        return JsonApi(
            name="Peppyrus",
            base=base_url(f"peppyrus.{network}", HOSTS[network]),
            headers={"X-Api-Key": key},
            secrets=(key,),
        )

    # --- set-up -----------------------------------------------------------------------------------

    def check(self) -> list[TestStep]:
        if not self.secrets.get("api_key"):
            return [TestStep(_("Read the settings"), False, _("The API key is missing. Enter it."))]
        steps, api = [], self._api()
        for name, look in ((_("Sign in"), _organization), (_("Find your Peppol id"), self._registered)):
            try:
                steps.append(TestStep(name, True, look(api)))
            except DeliveryError as error:
                return [*steps, TestStep(name, False, error.message)]
        return steps

    def _registered(self, api: JsonApi) -> str:
        answer = api.get("organization", "peppol")
        own = self.config.get("participant", "")
        known = [str(each["participantId"]) for each in _participants(answer.data)]
        if not own:
            raise Permanent(_("This space has no Peppol id. Enter it under Space settings > Company."))
        if known and not any(peppol.same(each, own) for each in known):
            words = _("Peppyrus knows this account as %(known)s, this space is %(own)s. Correct one of them.")
            raise Permanent(words % {"known": ", ".join(known), "own": own})
        return _("Registered as %s.") % own if known else _("Peppyrus does not say as whom; you send as %s.") % own

    # --- out --------------------------------------------------------------------------------------

    def send(self, message: Outgoing, *, remote: dict, keep: Callable[..., None], hold: Callable[[], None]) -> Accepted:
        api = self._api()
        if "id" in remote:
            return Accepted(remote["id"], _("Peppyrus has it already."))
        if "asked" not in remote:
            keep(asked=timezone.now().isoformat())
        elif found := self._found(api, message, since=datetime.fromisoformat(remote["asked"]), hold=hold):
            # Its answer was lost: there is no second one.
            keep(id=found)
            return Accepted(found, _("Peppyrus had taken it at an earlier try."))
        hold()
        answer = api.write(
            "POST",
            "message",
            body={
                "sender": message.sender,
                "recipient": message.recipient,
                "processType": f"{peppol.PROCESS_SCHEME}::{message.profile}",
                "documentType": _document_type(message.root, message.customization),
                "fileContent": base64.b64encode(message.data).decode(),
            },
        )
        if not answer.ok:
            raise _refusal(answer, message)
        remote_id = str(answer.data.get("id") or "")
        if not remote_id:
            raise TryAgain(
                _("Peppyrus took it without naming it. It is looked for before the next try."), **answer.told
            )
        keep(id=remote_id)
        return Accepted(remote_id, _("Peppyrus took it."), **answer.told)

    def _found(self, api: JsonApi, message: Outgoing, *, since: datetime, hold) -> str:
        """The id under which an earlier try stands there, or nothing. Raises TryAgain when that can't be told."""
        for folder in OUTGOING_FOLDERS:
            for item in _listed(api, hold, folder=folder, receiver=message.recipient):
                known = str(item.get("id") or "")
                if (
                    not known
                    or known in message.earlier
                    or not peppol.same(item.get("recipient", ""), message.recipient)
                    or _created(item) < since - MARGIN
                ):
                    continue
                if peppol.same_document(_shown(api, hold, known), message.data):
                    return known
        return ""

    def report(self, remote_id: str) -> Report | None:
        api = self._api()
        answer = api.get("message", remote_id)
        folder = str(answer.data.get("folder") or "").lower()
        if not answer.ok or folder not in ("sent", "failed"):
            return None
        if folder == "sent":
            return Report(f"{remote_id}:sent", remote_id, Delivery.ACCEPTED)
        return Report(f"{remote_id}:failed", remote_id, Delivery.FAILED, self._why(api, remote_id))

    @staticmethod
    def _why(api: JsonApi, remote_id: str) -> str:
        found = api.get("message", remote_id, "report").data
        broken = [rule for rule in found.get("validationRules") or () if isinstance(rule, dict)]
        words = [
            f"{rule.get('id', '')}: {rule.get('message', '')}" for rule in broken if rule.get("type") in (None, "FATAL")
        ]
        transport = found.get("transmissionRules")
        words += [transport if isinstance(transport, str) else json.dumps(transport)] if transport else []
        return " ".join(words)[:WORDS_AT_MOST] or _("Peppyrus could not deliver it, and does not say why.")

    def reach(self, participant: str, *, root: str, customization: str, profile: str) -> Reachable:
        answer = self._api().get("peppol", "lookup", participantId=participant)
        if answer.status == 404:
            return Reachable(False, _("%s is not registered on Peppol.") % participant)
        if not answer.ok:
            raise TryAgain(_("Peppyrus does not tell who can be reached."), **answer.told)
        wanted = _document_type(root, customization)
        services = [each for each in answer.data.get("services") or () if isinstance(each, dict)]
        if any(peppol.plain_type(str(each.get("documentType"))) == peppol.plain_type(wanted) for each in services):
            return Reachable(True, _("Receives this kind of document over Peppol."))
        return Reachable(False, _("%s is on Peppol, but does not receive this kind of document.") % participant)

    # --- in ---------------------------------------------------------------------------------------

    def fetch(self, cursor: dict) -> Page:
        api = self._api()
        # What is confirmed leaves this list, so its first page is always the next one.
        answer = api.get("message", "list", folder="INBOX", confirmed="false", perPage=PER_PAGE)
        if not answer.ok:
            raise TryAgain(_("Peppyrus does not show its inbox."), **answer.told)
        incoming = tuple(self._incoming(item) for item in _items(answer) if item.get("id"))
        pages = (answer.data.get("meta") or {}).get("pages") or 1
        return Page(incoming=incoming, more=pages > 1)

    def _incoming(self, item: dict) -> Incoming:
        remote_id = str(item["id"])
        return Incoming(
            remote_id,
            lambda: self._load(remote_id),
            sender=peppol.plain(str(item.get("sender") or "")),
            recipient=peppol.plain(str(item.get("recipient") or "")),
        )

    def _load(self, remote_id: str) -> bytes:
        answer = self._api().get("message", remote_id)
        data = _content(answer.data.get("fileContent"))
        if not data:
            raise Permanent(_("Peppyrus holds no content for the message %s.") % remote_id, **answer.told)
        return data

    def acknowledge(self, remote_id: str) -> None:
        api = self._api()
        answer = api.write("PATCH", "message", remote_id, "confirm")
        # How it answers the second time is not documented; whether it is confirmed is.
        if not answer.ok and answer.status != 404 and api.get("message", remote_id).data.get("confirmed") is not True:
            raise TryAgain(_("Peppyrus does not take the confirmation."), **answer.told)

    def called(self, headers: dict, body: bytes) -> Iterable[str]:
        """Calls are not signed, and what they hold is not documented: at most they name a message."""
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return ()
        return [str(said["id"])] if isinstance(said, dict) and isinstance(said.get("id"), str) else ()


def _organization(api: JsonApi) -> str:
    answer = api.get("organization", "info")
    if not answer.ok:
        raise Permanent(_("Peppyrus knows no organization for this key."), **answer.told)
    return _("Signed in as %s.") % (answer.data.get("name") or _("an account without a name"))


def _participants(data: dict) -> list[dict]:
    """One, or several: sources differ."""
    found = data.get("participants", data)
    return [
        each
        for each in (found if isinstance(found, list) else [found])
        if isinstance(each, dict) and each.get("participantId")
    ]


def _document_type(root: str, customization: str) -> str:
    return f"{peppol.DOCUMENT_SCHEME}::{peppol.document_type(root, customization)}"


def _listed(api: JsonApi, hold, **which) -> list[dict]:
    """Every message of a folder. Raises TryAgain when it can't be read whole."""
    for _time in range(READ_AT_MOST):
        items, counts, page, pages = [], set(), 1, 1
        while page <= min(pages, PAGES_AT_MOST):
            hold()
            answer = api.get("message", "list", **which, page=page, perPage=PER_PAGE)
            found, meta = answer.data.get("items"), answer.data.get("meta") or {}
            if not answer.ok or not isinstance(found, list):
                raise _not_told(answer)
            items += _items(answer)
            # Without a word of how many there are, until a page is empty.
            pages = meta.get("pages", page + bool(found))
            counts.add(meta.get("itemCount"))
            page += 1
        # What comes or goes while we turn the pages moves others across the edge of one.
        if pages <= PAGES_AT_MOST and (page == 2 or len(counts) == 1):
            return items
    raise _not_told(answer)


def _shown(api: JsonApi, hold, remote_id: str) -> bytes:
    """What a message holds. Raises TryAgain when that is not shown: it may be ours."""
    hold()
    answer = api.get("message", remote_id)
    if data := _content(answer.data.get("fileContent")):
        return data
    raise _not_told(answer)


def _not_told(answer: Answer) -> TryAgain:
    words = _("Peppyrus does not show what it has taken already, so nothing is sent; it is looked for again later.")
    return TryAgain(words, **answer.told)


def _items(answer: Answer) -> list[dict]:
    return [each for each in answer.data.get("items") or () if isinstance(each, dict)]


def _created(item: dict) -> datetime:
    """When it was made; what can't be read counts as just now."""
    try:
        at = datetime.fromisoformat(str(item.get("created")))
    except ValueError:
        return timezone.now()
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _content(text) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        return b""


def _refusal(answer: Answer, message: Outgoing) -> DeliveryError:
    said = answer.data.get("message") or answer.data.get("error") or answer.told["excerpt"]
    said = str(said)[:WORDS_AT_MOST]
    if answer.status == 404:
        words = _("%s can't be reached over Peppol. Correct the customer's Peppol id, or send it another way.")
        return Permanent(words % message.recipient, **answer.told)
    if answer.status == 413:
        words = _("It is too large for Peppyrus. Send it by e-mail, or leave out attachments in a new document.")
        return Permanent(words, **answer.told)
    return Permanent(_("Peppyrus refused it: %s") % said, **answer.told)

"""SFTP: each document's files below one folder of a server whose key a person has confirmed."""

from hashlib import sha256

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import naming, shelving
from ..base import BrokenConfiguration, Connector, Delivered, DeliveryError, Payload, TestStep
from . import server
from .forms import PORT, SftpForm

TEST_NAME = f"{server.TEMPORARY}test.part"
_TEST = b"Banqup can write here.\n"


class SftpConnector(Connector):
    key = "sftp"
    label = gettext_lazy("SFTP")
    initials = "SF"
    description = gettext_lazy("Puts the e-invoice and the PDF of every approved document on a server of yours.")
    can_update = True
    resend_warning = ""
    config_form = SftpForm
    secret_fields = ("password", "private_key", "passphrase")
    secrets_are_for = ("host", "port", "user")

    def push(self, payload: Payload, *, remote: dict, keep) -> Delivered:
        *folders, stem = naming.parts(self._pattern(), naming.values(payload))
        wanted = "/".join([self.config.get("folder") or ".", *folders, stem])
        files = naming.named_files(payload)
        start = remote.get("suffix", 1) if remote.get("wanted") == wanted else 1
        with self._visit() as visit:
            folder = visit.enter(self.config.get("folder", ""), folders)
            folder.clear(remote.get("temporary", ""))
            # Before anything is written, so that the next try finds what this one may leave.
            keep(temporary=folder.temporary)
            suffix = shelving.place(folder, stem, files, start=start)
        stored = [f"{folder.path.rstrip('/')}/{shelving.name(stem, suffix, file.tail)}" for file in files]
        keep(wanted=wanted, suffix=suffix, files=stored, temporary="")
        return Delivered(label=stored[0])

    def check(self) -> list[TestStep]:
        steps, step = [], _("Recognise the server and sign in")
        try:
            with self._visit() as visit:
                words = _("%(host)s is the server that was confirmed; %(user)s is signed in.")
                steps.append(TestStep(step, True, words % {"host": self.config["host"], "user": self.config["user"]}))
                step = _("Write and remove a test file")
                fixed = naming.fixed_folders(self._pattern())
                folder = visit.enter(self.config.get("folder", ""), fixed)
                if folder.add(TEST_NAME, naming.NamedFile("", sha256(_TEST).hexdigest(), _TEST, "text/plain")):
                    folder.remove(TEST_NAME)
                steps.append(TestStep(step, True, folder.path))
        except DeliveryError as error:
            return [*steps, TestStep(step, False, error.message)]
        example = "/".join(naming.parts(self._pattern(), naming.values(naming.EXAMPLE))[len(fixed) :])
        return [*steps, TestStep(_("Name an example"), True, f"{folder.path.rstrip('/')}/{example}.xml")]

    def summary(self, config: dict) -> str:
        where = f"{config.get('user') or '…'}@{config.get('host') or '…'}"
        folder = (config.get("folder") or "").strip("/")
        return "/".join(filter(None, [where, folder, config.get("pattern") or naming.DEFAULT_PATTERN]))

    @classmethod
    def renew_secrets(cls, old: dict, entered: dict) -> tuple[dict, dict]:
        """A new password or key replaces the old way of signing in, whichever it was."""
        if entered.get("password") or entered.get("private_key"):
            old = {}
        return super().renew_secrets(old, entered)

    def _pattern(self) -> str:
        return naming.usable(self.config.get("pattern") or naming.DEFAULT_PATTERN)

    def _visit(self):
        password, private_key = self.secrets.get("password", ""), self.secrets.get("private_key", "")
        if not (self.config.get("host") and self.config.get("user") and (password or private_key)):
            raise BrokenConfiguration(_("Server, user, and a password or key are needed. Enter them in the settings."))
        return server.visit(
            host=self.config["host"],
            port=self.config.get("port") or PORT,
            user=self.config["user"],
            password=password,
            private_key=private_key,
            passphrase=self.secrets.get("passphrase", ""),
            host_keys=(self.config.get("host_key") or "").split(),
        )

"""What a person sets up for a mailbox, and what known providers want."""

import re
from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.invoices.models.receipt import Direction
from banqup.mailboxes.models import Mailbox

from . import imap

TLS, STARTTLS = Mailbox.Security.TLS, Mailbox.Security.STARTTLS
DONE, REFUSED = "Banqup done", "Banqup refused"


@dataclass(frozen=True)
class Preset:
    """A provider's server; `hint` says what else it wants."""

    label: str
    host: str
    hint: str = ""
    port: int = imap.PORT
    security: str = TLS


_APP_PASSWORD = lazy("It wants a password made for this program (an “app password”), not the one you sign in with.")
PRESETS = {
    "combell": Preset("Combell", "imap.mailprotect.be"),
    "gmail": Preset("Gmail", "imap.gmail.com", _APP_PASSWORD),
    "icloud": Preset("iCloud", "imap.mail.me.com", _APP_PASSWORD),
    "one": Preset("one.com", "imap.one.com"),
    "ovh": Preset("OVHcloud", "ssl0.ovh.net"),
    "proximus": Preset("Proximus", "imap.proximus.be"),
    "telenet": Preset("Telenet", "imap.telenet.be"),
    "yahoo": Preset("Yahoo", "imap.mail.yahoo.com", _APP_PASSWORD),
}


class MailboxForm(forms.Form):
    user = forms.CharField(
        label=lazy("User name"), max_length=200, help_text=lazy("Mostly the address of the mailbox itself.")
    )
    password = forms.CharField(
        label=lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=lazy("It is never shown again."),
    )
    host = forms.CharField(
        label=lazy("Server for incoming mail (IMAP)"), max_length=253, help_text=lazy("Such as imap.example.com.")
    )
    security = forms.ChoiceField(label=lazy("Encryption"), choices=Mailbox.Security.choices, initial=TLS)
    port = forms.IntegerField(
        label=lazy("Port"),
        required=False,
        min_value=1,
        max_value=65535,
        help_text=lazy("Empty: 993, or 143 with STARTTLS."),
    )
    direction = forms.ChoiceField(
        label=lazy("Its documents are"), choices=Direction.choices, initial=Direction.PURCHASE
    )
    folder = forms.CharField(
        label=lazy("Folder that is read"),
        max_length=200,
        initial="INBOX",
        help_text=lazy("Every mail in it is taken in and moved: best a mailbox, or a folder, for invoices alone."),
    )
    done_folder = forms.CharField(
        label=lazy("Move what was taken in to"), max_length=200, initial=DONE, help_text=lazy("Made if missing.")
    )
    refused_folder = forms.CharField(
        label=lazy("Move what was not taken in to"), max_length=200, initial=REFUSED, help_text=lazy("Made if missing.")
    )

    def clean_user(self):
        return _plain(self.cleaned_data["user"])

    def clean_password(self):
        return _plain(self.cleaned_data["password"])

    def clean_host(self):
        host = self.cleaned_data["host"].rstrip(".").lower()
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.:-]*[a-z0-9])?", host):
            raise forms.ValidationError(_("Enter the server's name only, without imap:// and without a path."))
        return host

    def clean_folder(self):
        return _folder(self.cleaned_data["folder"])

    def clean_done_folder(self):
        return _folder(self.cleaned_data["done_folder"])

    def clean_refused_folder(self):
        return _folder(self.cleaned_data["refused_folder"])

    def clean(self):
        cleaned = super().clean()
        self._clean_port(cleaned)
        names = [(cleaned.get(name) or name).casefold() for name in ("folder", "done_folder", "refused_folder")]
        if len(set(names)) < len(names):
            words = _("Choose three different folders: mails that were moved would be read again.")
            self.add_error("done_folder" if names[0] == names[1] else "refused_folder", words)
        return cleaned

    def _clean_port(self, cleaned: dict) -> None:
        if "port" not in cleaned or "security" not in cleaned:
            return
        starttls = cleaned["security"] == STARTTLS
        port = cleaned["port"] = cleaned["port"] or (imap.STARTTLS_PORT if starttls else imap.PORT)
        if not imap.port_allowed(port):
            self.add_error("port", _("Port %d can't be used. Use 993 or 143, or one from 1024 on.") % port)
        if starttls and port == imap.PORT:
            self.add_error("port", _("Port 993 is for TLS from the start; STARTTLS is spoken on 143."))
        if not starttls and port == imap.STARTTLS_PORT:
            self.add_error("port", _("Port 143 is for STARTTLS; TLS from the start is spoken on 993."))


def preset(key: str) -> Preset | None:
    return PRESETS.get(key)


def initial(key: str) -> dict:
    """What the form of a new mailbox begins with."""
    chosen = preset(key)
    return {"host": chosen.host, "port": chosen.port, "security": chosen.security} if chosen else {}


def _plain(value: str) -> str:
    if any(ord(each) < 32 or ord(each) == 127 for each in value):
        raise forms.ValidationError(_("Tabs and line breaks can't be part of it. Copy it once more."))
    return value


def _folder(value: str) -> str:
    if any(ord(each) < 32 or each in '*%"\\' for each in value):
        raise forms.ValidationError(_("A folder's name holds no * % \" or \\."))
    return "INBOX" if value.upper() == "INBOX" else value

"""What a person sets up for an SFTP server."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import naming
from ..base import BrokenConfiguration
from ..pattern_field import PatternField
from . import keys

PORT = 22


class SftpForm(forms.Form):
    host = forms.CharField(label=_("Server"), max_length=253, help_text=_("Its name, such as files.example.com."))
    port = forms.IntegerField(
        label=_("Port"), required=False, min_value=1, max_value=65535, help_text=_("Empty: %d.") % PORT
    )
    user = forms.CharField(label=_("User"), max_length=100)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Or a private key below."),
    )
    private_key = forms.CharField(
        label=_("Private key"),
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("The whole file, from -----BEGIN to -----END. Its public half belongs on the server."),
    )
    passphrase = forms.CharField(
        label=_("Passphrase of the key"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    host_key = forms.CharField(
        label=_("Fingerprint of the server"),
        required=False,
        max_length=500,
        help_text=_(
            "Leave it empty and run the test: it shows the fingerprint. Compare it with what the owner of the "
            "server says, then enter it here."
        ),
    )
    folder = forms.CharField(
        label=_("Folder there"),
        required=False,
        max_length=300,
        help_text=_("Where documents are put, such as /in/invoices. Empty: the user's own folder."),
    )
    pattern = PatternField(default=naming.DEFAULT_PATTERN)

    def clean_host(self):
        host = self.cleaned_data["host"].rstrip(".")
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?", host):
            raise forms.ValidationError(_("Enter the server's name only, without sftp:// and without a path."))
        return host

    def clean_port(self):
        port = self.cleaned_data["port"] or PORT
        if not keys.port_allowed(port):
            raise forms.ValidationError(_("Port %d can't be used. Use 22, or one from 1024 on.") % port)
        return port

    def clean_host_key(self):
        entered = self.cleaned_data["host_key"].split()
        if not all(keys.is_fingerprint(each) for each in entered):
            raise forms.ValidationError(_("Enter it as SHA256: and 43 letters and digits, as the test shows it."))
        return " ".join(keys.plain(each) for each in entered)

    def clean_folder(self):
        folder = self.cleaned_data["folder"]
        if any(ord(each) < 32 for each in folder) or ".." in folder.split("/"):
            raise forms.ValidationError(_("Write the folder as /in/invoices, without “..”."))
        return folder.rstrip("/") or ("/" if folder else "")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("private_key"):
            try:
                keys.private(cleaned["private_key"], cleaned.get("passphrase", ""))
            except BrokenConfiguration as error:
                self.add_error("private_key", error.message)
        return cleaned

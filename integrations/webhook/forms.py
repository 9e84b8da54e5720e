"""What a person sets up for a webhook."""

import base64
import binascii
import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import addresses

PREFIX = "whsec_"


def generate_secret() -> str:
    """A new signing secret in the form that Standard Webhooks libraries read."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=_("Address"), max_length=1000, help_text=_("Documents are sent here with POST. https only.")
    )
    secret = forms.CharField(
        label=_("Signing secret"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Your system checks the signature with it. Empty: one is made for you and shown once; an existing one is kept."
        ),
    )
    attach_files = forms.BooleanField(
        label=_("Attach the files"),
        required=False,
        initial=True,
        help_text=_(
            "E-invoice, PDF and attachments inside the message, up to 10 MB together. Off: their names and hashes only."
        ),
    )

    def clean_url(self):
        url = self.cleaned_data["url"].strip()
        try:
            addresses.check_url(url)
        except addresses.AddressRefused as error:
            raise forms.ValidationError(str(error)) from error
        return url

    def clean_secret(self):
        secret = self.cleaned_data["secret"].strip()
        if secret and not _usable(secret):
            raise forms.ValidationError(
                _("Enter a secret that begins with whsec_ and holds 24 to 64 bytes, or leave it empty.")
            )
        return secret


def _usable(secret: str) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return secret.startswith(PREFIX) and 24 <= len(key) <= 64

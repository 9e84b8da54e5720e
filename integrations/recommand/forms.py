"""What a person sets up for Recommand."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

_COMPANY = re.compile(r"[A-Za-z0-9_\-]{3,100}")


class RecommandForm(forms.Form):
    company_id = forms.CharField(
        label=_("Company id"),
        max_length=100,
        help_text=_("At Recommand: Companies, choose yours; its id begins with c_. An account may hold several."),
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("At Recommand: API keys. It is never shown again."),
    )
    api_secret = forms.CharField(
        label=_("API secret"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Shown there once, together with the key."),
    )
    webhook_secret = forms.CharField(
        label=_("Signing secret of the webhook"),
        required=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Only if you set one there: then calls without its signature are turned away."),
    )

    def clean_company_id(self):
        company = self.cleaned_data["company_id"].strip()
        if not _COMPANY.fullmatch(company):
            raise forms.ValidationError(_("Enter the id as Recommand shows it, like c_01JQZ8X0M4T7RB6K9V2NDHW3PA."))
        return company

    def clean_api_key(self):
        key = _clean_key(self.cleaned_data["api_key"])
        if ":" in key:
            raise forms.ValidationError(_("A key holds no colon. Enter key and secret each in its own field."))
        return key

    def clean_api_secret(self):
        return _clean_key(self.cleaned_data["api_secret"])


def _clean_key(value: str) -> str:
    key = value.strip()
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise forms.ValidationError(_("It has no blanks and no letters with accents. Copy it once more."))
    return key

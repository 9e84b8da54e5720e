"""What a person sets up for Yuki."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

DOCUMENTS, BOOKING = "documents", "booking"
_GUID = re.compile(r"(?i)\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?")


def _clean_guid(value: str) -> str:
    found = _GUID.fullmatch(value.strip())
    if value.strip() and not found:
        raise forms.ValidationError(_("Enter it as Yuki shows it, like 1a2b3c4d-0000-0000-0000-123456789abc."))
    return found[1].lower() if found else ""


class YukiForm(forms.Form):
    country = forms.ChoiceField(label=_("Yuki in"), choices=[("be", _("Belgium")), ("nl", _("the Netherlands"))])
    access_key = forms.CharField(
        label=_("Access key"),
        max_length=100,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("In Yuki: Settings, Web services. It lets Banqup add documents; it is never shown again."),
    )
    administration = forms.CharField(
        label=_("Administration"),
        required=False,
        max_length=100,
        help_text=_("Save the access key first, then fetch the list and choose."),
    )
    mode = forms.ChoiceField(
        label=_("What Yuki gets"),
        choices=[
            (DOCUMENTS, _("The document: PDF and e-invoice in the archive, Yuki does the rest")),
            (BOOKING, _("Purchases as booked invoices; sales as documents")),
        ],
        initial=DOCUMENTS,
    )
    process = forms.BooleanField(
        label=_("Process booked purchases at once"),
        required=False,
        help_text=_("Off: the accountant looks at each one in Yuki first."),
    )
    domain = forms.CharField(
        label=_("Domain"),
        required=False,
        max_length=100,
        help_text=_("Only for an access key of several domains: the ID of the domain."),
    )

    def clean_access_key(self):
        return _clean_guid(self.cleaned_data["access_key"])

    def clean_administration(self):
        return _clean_guid(self.cleaned_data["administration"])

    def clean_domain(self):
        return _clean_guid(self.cleaned_data["domain"])

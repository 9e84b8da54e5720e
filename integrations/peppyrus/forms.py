"""What a person sets up for Peppyrus."""

from django import forms
from django.utils.translation import gettext_lazy as _

LIVE, TEST = "live", "test"


class PeppyrusForm(forms.Form):
    network = forms.ChoiceField(
        label=_("Network"),
        choices=[(LIVE, _("The real Peppol network")), (TEST, _("Peppyrus's test network: nothing reaches anybody"))],
        initial=LIVE,
        help_text=_("Each has keys of its own."),
    )
    api_key = forms.CharField(
        label=_("API key"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("At Peppyrus: Settings. It is never shown again."),
    )

    def clean_api_key(self):
        key = self.cleaned_data["api_key"].strip()
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise forms.ValidationError(_("A key has no blanks and no letters with accents. Copy it once more."))
        return key

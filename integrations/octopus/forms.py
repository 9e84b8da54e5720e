"""What a person sets up for Octopus."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAILBOX, BOOKING = "mailbox", "booking"
CONSENT, PASSWORD = "consent", "password"


class OctopusForm(forms.Form):
    mode = forms.ChoiceField(
        label=_("What Octopus gets"),
        choices=[
            (MAILBOX, _("The document: e-invoice and PDF by mail to the mailbox of the dossier")),
            (BOOKING, _("A booked invoice with the document attached")),
        ],
        initial=MAILBOX,
    )
    mailbox = forms.EmailField(
        label=_("Mailbox of the dossier"),
        required=False,
        max_length=254,
        help_text=_("For documents by mail. In Octopus: Management, Dossiers."),
    )
    sign_in = forms.ChoiceField(
        label=_("Sign in for bookings"),
        choices=[
            (CONSENT, _("Connect in the browser; no password is kept here")),
            (PASSWORD, _("With a user and a password of Octopus")),
        ],
        initial=CONSENT,
    )
    user = forms.CharField(label=_("User"), required=False, max_length=200)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("A sub-user of its own is best. It is never shown again."),
    )
    dossier = forms.CharField(
        label=_("Dossier"),
        required=False,
        max_length=20,
        help_text=_("For bookings: connect first, then fetch the list and choose."),
    )

    def clean_dossier(self):
        value = self.cleaned_data["dossier"].strip()
        if value and not (value.isascii() and value.isdigit()):
            raise forms.ValidationError(_("The number of a dossier has digits only."))
        return value

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("mode") == MAILBOX and not cleaned.get("mailbox") and "mailbox" not in self.errors:
            self.add_error("mailbox", _("Enter the mailbox that documents are mailed to."))
        booking_by_password = cleaned.get("mode") == BOOKING and cleaned.get("sign_in") == PASSWORD
        if booking_by_password and not cleaned.get("user"):
            self.add_error("user", _("Enter the user that signs in."))
        return cleaned

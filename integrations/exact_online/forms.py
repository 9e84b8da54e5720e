"""What a person sets up for Exact Online."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

DOCUMENT, BOOKING = "document", "booking"
MINUS, PLUS = "minus", "plus"
# One host a country, with accounts of its own; fr, es, com are taken over from other clients [U].
COUNTRIES = {
    "be": _("Belgium"),
    "nl": _("Netherlands"),
    "de": _("Germany"),
    "fr": _("France"),
    "es": _("Spain"),
    "co.uk": _("United Kingdom"),
    "com": _("Elsewhere"),
}


class ExactOnlineForm(forms.Form):
    country = forms.ChoiceField(
        label=_("Country of the account"),
        choices=list(COUNTRIES.items()),
        help_text=_("Where you sign in, such as start.exactonline.be. Another country needs a new consent."),
    )
    division = forms.CharField(
        label=_("Administration"),
        required=False,
        max_length=12,
        validators=[RegexValidator(r"^[0-9]+$", _("Enter the administration's number: digits only."))],
        help_text=_("Choose it once you are connected; each administration is a company there."),
    )
    mode = forms.ChoiceField(
        label=_("What happens there"),
        choices=[
            (DOCUMENT, _("A document with its files, for somebody to book")),
            (BOOKING, _("A booking, with the document and its files")),
        ],
        initial=DOCUMENT,
        help_text=_("A booking needs journals, accounts and VAT codes, chosen under Booking."),
    )
    credit_notes = forms.ChoiceField(
        label=_("Amounts of a credit note"),
        choices=[(MINUS, _("With a minus sign")), (PLUS, _("Without a sign"))],
        initial=MINUS,
        help_text=_("Only for bookings. Look at the first credit note there before you rely on it."),
    )

"""A customer or supplier, entered by hand. What is right, `banqup.actions.customers` decides."""

from django import forms
from django.utils.translation import gettext_lazy as lazy

from banqup.common.templatetags.format import vat
from banqup.contacts.models import Contact
from banqup.sending.models import Way
from banqup.spaces import countries

from .fields import DayField, VatNumberField

LANGUAGES = (("nl", lazy("Dutch")), ("fr", lazy("French")), ("de", lazy("German")), ("en", lazy("English")))
_SAME = ("name", "company_id", "street", "postal_code", "city", "country", "email", "send_by", "language")
_SAME += ("terms_days", "buyer_reference", "wants_reminders")


class DetailsForm(forms.Form):
    """Everything that a person may change of a contact."""

    use_required_attribute = False

    name = forms.CharField(label=lazy("Name"), max_length=200)
    vat_id = VatNumberField(label=lazy("VAT number"), max_length=30, help_text=lazy("For example BE 0417.823.441."))
    company_id = forms.CharField(
        label=lazy("Enterprise number"),
        max_length=50,
        required=False,
        help_text=lazy("Left empty, it follows from a Belgian VAT number."),
    )
    street = forms.CharField(label=lazy("Street and number"), max_length=200, required=False)
    postal_code = forms.CharField(label=lazy("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=lazy("City"), max_length=100, required=False)
    country = forms.ChoiceField(label=lazy("Country"), required=False)
    email = forms.CharField(label=lazy("E-mail for documents"), max_length=254, required=False, widget=forms.EmailInput)
    peppol_id = forms.CharField(
        label=lazy("Peppol id"),
        max_length=110,
        required=False,
        help_text=lazy("Scheme and id, such as 0208:0417823441. Left empty, a Belgian number is used."),
    )
    send_by = forms.ChoiceField(
        label=lazy("Send documents by"),
        required=False,
        choices=[
            ("", lazy("The best way that there is")),
            *((way.value, way.label) for way in Way if way != Way.BY_HAND),
        ],
    )
    language = forms.ChoiceField(
        label=lazy("Language of documents"), required=False, choices=[("", lazy("As the space")), *LANGUAGES]
    )
    terms_days = forms.IntegerField(label=lazy("Days to pay"), required=False, min_value=0, max_value=365)
    buyer_reference = forms.CharField(
        label=lazy("Their reference"),
        max_length=100,
        required=False,
        help_text=lazy("Stands on every invoice; many customers need one."),
    )
    wants_reminders = forms.BooleanField(label=lazy("May be reminded of what is overdue"), required=False)

    def __init__(self, data=None, *, contact: Contact | None = None, country: str = "BE"):
        initial = {"country": country or "BE", "wants_reminders": True}
        if contact is not None:
            initial = {name: getattr(contact, name) for name in _SAME}
            initial["vat_id"] = vat(contact.vat_id) if contact.vat_id else ""
            initial["peppol_id"] = f"{contact.endpoint_scheme}:{contact.endpoint_id}" if contact.endpoint_id else ""
        super().__init__(data, initial=initial)
        self.fields["country"].choices = countries.choices(initial["country"])


class StatementForm(forms.Form):
    """The period of a statement of account."""

    use_required_attribute = False
    is_filter = True

    since = DayField(label=lazy("From"))
    until = DayField(label=lazy("To"))


class SendStatementForm(StatementForm):
    to = forms.CharField(label=lazy("E-mail address"), max_length=320, required=False, widget=forms.EmailInput)

"""Which document a credit note settles, or is settled by, and for how much."""

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.common.templatetags.format import money_with_currency

from .fields import NumberField


class CreditForm(forms.Form):
    """`invoice` is the document whose page this is, `others` what it can be linked with."""

    use_required_attribute = False

    other = forms.TypedChoiceField(
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": lazy("Choose one."),
            "invalid_choice": lazy("Nothing is open on this one any more. Choose another."),
        },
    )
    amount = NumberField(places=2, required=False, help_text=lazy("Empty means: as much as both have open."))

    def __init__(self, data=None, *, invoice, others, chosen):
        super().__init__(data, initial={"other": chosen.pk, "amount": most(invoice, chosen)} if chosen else None)
        self.fields["other"].label = _("Invoice") if invoice.is_credit_note else _("Credit note")
        self.fields["other"].choices = [(other.pk, _words(other)) for other in others]
        self.fields["amount"].label = _("Amount, %s") % invoice.currency


def most(invoice, other):
    """As much as both have open."""
    return min(invoice.open_amount, other.open_amount)


def _words(other) -> str:
    """I-1 · 13 Nov 2026 · EUR 100.00 open"""
    day = date_format(other.issue_date, "j M Y") if other.issue_date else ""
    still = _("%s open") % money_with_currency(other.open_amount, other.currency)
    return " · ".join(filter(None, [other.number or other.filename, day, still]))

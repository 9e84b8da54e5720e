"""A payment made outside, recorded by hand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from banqup.payments.models import Payment

from .fields import DayField, NumberField, TextField


class PaymentForm(forms.Form):
    amount = NumberField(label=_("Amount"), places=2)
    paid_on = DayField(label=_("Paid on"), help_text=_("For example 17/11 or 17-11-26"))
    method = forms.ChoiceField(label=_("Method"), choices=Payment.Method.choices)
    reference = TextField(label=_("Reference"), max_length=140)
    comment = TextField(label=_("Comment"), max_length=500)

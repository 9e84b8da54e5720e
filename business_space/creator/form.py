"""The Document Creator's form and the draft's `Document`, both ways."""

import dataclasses
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.einvoicing import Document, DocumentReference, Party, PaymentMeans, VatSubtotal, line_net_amount
from banqup.invoices.models import Invoice
from banqup.spaces import numbers
from business_space.forms import choices
from business_space.forms.fields import DayField, IbanField, NumberField, TextField

from .rows import MOST, ChargeForm, LineForm, Rows, charge_initial, discount, is_discount, line_initial

PLAIN = (
    "issue_date",
    "due_date",
    "currency",
    "order_reference",
    "buyer_reference",
    "payment_terms",
    "delivery_date",
    "period_start",
    "period_end",
)
# UNTDID 4461: a credit transfer.
_TRANSFER = "30"
_INTRA_COMMUNITY = "K"


class CreatorForm(forms.Form):
    """Nothing is required to keep a draft; what is missing to send it becomes a finding at its field."""

    issue_date = DayField(label=lazy("Issue date"), required=False)
    due_date = DayField(label=lazy("Due date"), required=False)
    order_reference = TextField(label=lazy("Order number"))
    buyer_reference = TextField(label=lazy("Their reference"))
    preceding_number = TextField(label=lazy("Credits invoice"))
    delivery_date = DayField(label=lazy("Delivered on"), required=False)
    period_start = DayField(label=lazy("Period from"), required=False)
    period_end = DayField(label=lazy("Period to"), required=False)
    currency = forms.ChoiceField(label=lazy("Currency"), required=False)
    discount = NumberField(label=lazy("Discount on everything, %"), places=2, required=False)
    exemption_reason = TextField(label=lazy("Why no VAT"), max_length=300)
    note = forms.CharField(
        label=lazy("Note on the document"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    payment_terms = TextField(label=lazy("Payment terms"), max_length=500)
    iban = IbanField(label=lazy("Pay to IBAN"), max_length=42)
    payment_reference = TextField(label=lazy("Payment reference"), max_length=140)

    def __init__(self, data=None, *, draft: Invoice, **kwargs):
        self.draft, self.source = draft, draft.document
        super().__init__(data, initial=self._initial(), use_required_attribute=False, **kwargs)
        currencies = [(code, code) for code in choices.CURRENCIES]
        self.fields["currency"].choices = choices.with_present(currencies, self.source.currency or draft.space.currency)
        if not draft.is_credit_note:
            del self.fields["preceding_number"]
        else:
            self.fields["preceding_number"].widget.attrs["list"] = "credited-invoices"
        lines, charges = self.source.lines[:MOST], self._charges()
        rows = [line_initial(line) for line in lines] or [
            {"unit": "C62", "quantity": Decimal(1), "vat": self._usual_vat()}
        ]
        self.lines = Rows(LineForm, "lines", data=data, initial=rows)
        self.charges = Rows(ChargeForm, "charges", data=data, initial=[charge_initial(item) for item in charges])
        # Rows at the end that are too many to show never change, so their number says which they are.
        given = (data or {}).get("hidden_lines", "")
        self.hidden_lines = int(given) if given.isdecimal() and len(given) < 7 else len(self.source.lines) - len(lines)

    def _usual_vat(self) -> str:
        used = [choices.vat_value(line.vat_category, line.vat_rate) for line in self.source.lines]
        return used[-1] if used else choices.VAT[0][0]

    def _percentages(self) -> tuple:
        return tuple(item for item in self.source.allowances_charges if is_discount(item))

    def _charges(self) -> tuple:
        """Every discount and charge that the one percentage does not stand for."""
        shared = self._percentages()
        one = {item.percent for item in shared}
        return tuple(item for item in self.source.allowances_charges if len(one) != 1 or item not in shared)

    def _initial(self) -> dict:
        document = self.source
        means = document.payment_means[0] if document.payment_means else PaymentMeans()
        reasons = (item.exemption_reason for item in document.vat_breakdown if item.exemption_reason)
        percents = {item.percent for item in self._percentages()}
        return {
            **{name: getattr(document, name) for name in PLAIN},
            "currency": document.currency or self.draft.space.currency,
            "preceding_number": document.preceding[0].number if document.preceding else "",
            "discount": percents.pop() if len(percents) == 1 else None,
            "exemption_reason": next(reasons, ""),
            "note": "\n\n".join(document.notes),
            "iban": means.iban or "",
            "payment_reference": means.remittance_information or "",
        }

    def clean_iban(self):
        return numbers.account_number(self.cleaned_data["iban"])

    def clean_discount(self):
        percent = self.cleaned_data["discount"]
        if percent is not None and not 0 <= percent <= 100:
            raise ValidationError(_("A discount is between 0 and 100 %."))
        return percent

    def is_valid(self) -> bool:
        # All of them, so that every mistake is shown at once.
        return all([super().is_valid(), self.lines.is_valid(), self.charges.is_valid()])

    @property
    def rows(self) -> list:
        return [*self.lines.forms, *self.charges.forms]

    @property
    def mistakes(self) -> list[dict]:
        """Every mistake of entry, as findings that lead to their field."""
        return [
            {"severity": "error", "text": error, "field_id": form[name].auto_id if name in form.fields else ""}
            for form in (self, *(row for row in self.rows if not row.is_blank))
            for name, errors in form.errors.items()
            for error in errors
        ]

    def document(self) -> Document:
        """The draft's document with what stands in the valid form; totals are made when it is kept."""
        entered = self.cleaned_data
        hidden = self.source.lines[len(self.source.lines) - self.hidden_lines :] if self.hidden_lines else ()
        lines = (*self.lines.result(), *hidden)
        note = entered["note"].replace("\r\n", "\n").strip()
        document = dataclasses.replace(
            self.source,
            **{name: entered[name] or None for name in PLAIN},
            notes=self.source.notes if note == "\n\n".join(self.source.notes) else (note,) if note else (),
            preceding=self._preceding(),
            payment_means=self._payment(),
            lines=lines,
            allowances_charges=(*self._discounts(lines), *self.charges.result()),
            deliver_to=self._deliver_to(lines),
        )
        return dataclasses.replace(document, vat_breakdown=self._reasons(lines))

    def _preceding(self) -> tuple:
        number = self.cleaned_data.get("preceding_number", "")
        known, others = self.source.preceding[:1], self.source.preceding[1:]
        if known and known[0].number == number:
            return self.source.preceding
        if not number:
            return others
        issued = (
            Invoice.objects.of_business(self.draft.space)
            .present()
            .filter(number=number, is_sales=int(self.draft.list_is_sales), is_credit_note=False)
        )
        day = issued.values_list("issue_date", flat=True).first()
        return (DocumentReference(number, day), *others)

    def _payment(self) -> tuple:
        iban, reference = self.cleaned_data["iban"], self.cleaned_data["payment_reference"]
        first, *others = self.source.payment_means or (PaymentMeans(code=_TRANSFER),)
        if iban != (first.iban or ""):
            own = self.draft.space.name if iban == self.draft.space.iban else None
            first = dataclasses.replace(first, iban=iban or None, account_name=own, bic=None)
        first = dataclasses.replace(first, remittance_information=reference or None)
        empty = dataclasses.replace(first, code=None, account_name=None) == PaymentMeans()
        return (*(() if empty else (first,)), *others)

    def _discounts(self, lines) -> tuple:
        """The percentage on everything, once for each VAT category and rate (BG-20 belongs to one)."""
        if not self.cleaned_data["discount"]:
            return ()
        bases: dict = {}
        for line in lines:
            key = (line.vat_category, line.vat_rate)
            bases[key] = bases.get(key, Decimal(0)) + (line_net_amount(line) or 0)
        return tuple(
            discount(base, self.cleaned_data, vat_category=category, vat_rate=rate)
            for (category, rate), base in bases.items()
            if base > 0
        )

    def _deliver_to(self, lines) -> Party | None:
        """An intra-Community supply names the country that the goods went to (BR-IC-12)."""
        wanted = any(line.vat_category == _INTRA_COMMUNITY for line in lines)
        if self.source.deliver_to is None and wanted and self.source.buyer.country:
            return Party(country=self.source.buyer.country)
        return self.source.deliver_to

    def _reasons(self, lines) -> tuple:
        """Why there is no VAT, for each category that needs a reason: the usual one, or what was entered."""
        used = {(line.vat_category, line.vat_rate) for line in lines if line.vat_category in choices.NEEDS_REASON}
        made = []
        for category, rate in sorted(used, key=str):
            usual, code = choices.REASONS.get(category, (None, None))
            reason = self.cleaned_data["exemption_reason"] or usual
            made.append(VatSubtotal(category, rate, exemption_reason=reason, exemption_reason_code=code))
        return tuple(made)

"""The review desk's form and the e-invoice's `Document`, both ways.

The form shows what people check. Everything else a document says is kept: only fields that somebody
really changed are replaced in it, so an e-invoice that nobody touched stays equal to what came in.
"""

import dataclasses

from django import forms
from django.utils.translation import gettext_lazy as _

from banqup.einvoicing import Document, DocumentReference, Party, PaymentMeans, VatSubtotal

from . import choices
from .fields import DayField, IbanField, TextField, VatNumberField
from .lines import AllowanceFormSet, LineFormSet

# Form field → attribute of the supplier or customer.
PARTY_FIELDS = {
    "party_name": "name",
    "party_vat_id": "vat_id",
    "party_street": "street",
    "party_postal_code": "postal_code",
    "party_city": "city",
    "party_country": "country",
}
# Form field → attribute of the document, as it is.
PLAIN_FIELDS = ("number", "issue_date", "due_date", "currency", "order_reference", "buyer_reference")
INVOICE, CREDIT_NOTE = "invoice", "credit_note"
_TYPE_CODES = {INVOICE: "380", CREDIT_NOTE: "381"}
# UNTDID 4461: a credit transfer, what an IBAN alone stands for.
_CREDIT_TRANSFER = "30"


class DocumentForm(forms.Form):
    """Nothing is required to save; what is missing for approval becomes a finding at its field."""

    kind = forms.ChoiceField(
        label=_("Document"), choices=[(INVOICE, _("Invoice")), (CREDIT_NOTE, _("Credit note"))], required=False
    )
    party_name = TextField(label=_("Name"))
    party_vat_id = VatNumberField(label=_("VAT number"), max_length=30)
    party_street = TextField(label=_("Street and number"))
    party_postal_code = TextField(label=_("Postal code"), max_length=20)
    party_city = TextField(label=_("City"), max_length=100)
    party_country = forms.ChoiceField(label=_("Country"), required=False)
    number = TextField(label=_("Number"))
    issue_date = DayField(label=_("Issue date"), required=False)
    due_date = DayField(label=_("Due date"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    iban = IbanField(label=_("IBAN"), max_length=42)
    payment_reference = TextField(label=_("Payment reference"), max_length=140)
    order_reference = TextField(label=_("Order reference"))
    buyer_reference = TextField(label=_("Buyer reference"))
    preceding_number = TextField(
        label=_("Credit note for invoice"), widget=forms.TextInput(attrs={"list": "credited-invoices"})
    )
    exemption_reason = TextField(label=_("Why no VAT"), max_length=300)

    def __init__(self, data=None, *, document: Document, sales: bool, default_currency="EUR", **kwargs):
        self.source, self.side = document, "buyer" if sales else "seller"
        super().__init__(data, initial=self._initial(default_currency), **kwargs)
        self.fields["party_name"].label = _("Customer") if sales else _("Supplier")
        countries = choices.with_present(choices.COUNTRIES, self.initial["party_country"], empty="–")
        self.fields["party_country"].choices = countries
        currencies = [(code, code) for code in choices.CURRENCIES]
        self.fields["currency"].choices = choices.with_present(currencies, self.initial["currency"])
        self.lines = LineFormSet(data, lines=document.lines, prefix="lines")
        self.allowances = AllowanceFormSet(data, items=document.allowances_charges, prefix="allowances")

    @property
    def party(self) -> Party:
        return getattr(self.source, self.side)

    def _initial(self, default_currency) -> dict:
        document = self.source
        means = document.payment_means[0] if document.payment_means else PaymentMeans()
        reasons = (item.exemption_reason for item in document.vat_breakdown if item.exemption_reason)
        return {
            "kind": document.kind,
            **{field: getattr(self.party, name) or "" for field, name in PARTY_FIELDS.items()},
            **{name: getattr(document, name) for name in PLAIN_FIELDS},
            "currency": document.currency or default_currency,
            "iban": means.iban or "",
            "payment_reference": means.remittance_information or "",
            "preceding_number": document.preceding[0].number if document.preceding else "",
            "exemption_reason": next(reasons, ""),
        }

    def is_valid(self):
        # All three, so that every mistake is shown at once.
        return all([super().is_valid(), self.lines.is_valid(), self.allowances.is_valid()])

    @property
    def errors_everywhere(self) -> list[dict]:
        """Every mistake of entry, as findings that lead to their field."""
        forms_ = [self, *self.lines.visible_forms, *self.allowances.visible_forms]
        broken = [*self.lines.non_form_errors(), *self.allowances.non_form_errors()]
        return [{"severity": "error", "text": error, "field_id": ""} for error in broken] + [
            {"severity": "error", "text": error, "field_id": form[name].auto_id}
            for form in forms_
            for name, errors in form.errors.items()
            if name in form.fields
            for error in errors
        ]

    def document(self) -> Document:
        """The source with what was changed in a valid form; equal to it when nothing was."""
        changed = {name: self.cleaned_data[name] or None for name in PLAIN_FIELDS if name in self.changed_data}
        if not self.source.currency:
            changed["currency"] = self.cleaned_data["currency"] or None
        document = dataclasses.replace(self.source, **changed)
        document = self._with_kind(self._with_party(self._with_payment(document)))
        lines, allowances = self.lines.result(), self.allowances.result()
        if lines != document.lines or allowances != document.allowances_charges:
            document = dataclasses.replace(document, lines=lines, allowances_charges=allowances)
        document = self._with_reasons(document)
        if self._is_untouched(document):
            return self.source
        return document if document.type_code else dataclasses.replace(document, type_code=_TYPE_CODES[document.kind])

    def _is_untouched(self, document) -> bool:
        """A new document's currency is a proposal, not an entry."""
        return document == self.source or (
            not self.source.currency and dataclasses.replace(document, currency=self.source.currency) == self.source
        )

    def _with_kind(self, document):
        if "kind" in self.changed_data:
            kind = self.cleaned_data["kind"] or INVOICE
            document = dataclasses.replace(document, kind=kind, type_code=_TYPE_CODES[kind])
        if "preceding_number" in self.changed_data:
            number = self.cleaned_data["preceding_number"]
            first = (DocumentReference(number),) if number else ()
            document = dataclasses.replace(document, preceding=first + document.preceding[1:])
        return document

    def _with_party(self, document):
        names = {
            PARTY_FIELDS[field]: self.cleaned_data[field] or None
            for field in self.changed_data
            if field in PARTY_FIELDS
        }
        if not names:
            return document
        party = dataclasses.replace(self.party, **names)
        if "vat_id" in names:
            # These said the same as the old number; what follows from the new one is filled in later.
            party = dataclasses.replace(
                party, company_id=None, company_scheme=None, endpoint_id=None, endpoint_scheme=None
            )
        return dataclasses.replace(document, **{self.side: party})

    def _with_payment(self, document):
        pairs = (("iban", "iban"), ("payment_reference", "remittance_information"))
        names = {name: self.cleaned_data[field] or None for field, name in pairs if field in self.changed_data}
        if not names:
            return document
        first, *others = document.payment_means or (PaymentMeans(code=_CREDIT_TRANSFER),)
        first = dataclasses.replace(first, **names)
        empty = dataclasses.replace(first, code=None) == PaymentMeans()
        return dataclasses.replace(document, payment_means=(*(() if empty else (first,)), *others))

    def _with_reasons(self, document):
        """Reasons of exemption stand in the VAT breakdown; those that always fit are filled in."""
        used = {
            (line.vat_category, line.vat_rate) for line in document.lines if line.vat_category in choices.NEEDS_REASON
        }
        entered = self.cleaned_data["exemption_reason"] if "exemption_reason" in self.changed_data else None
        known = {(item.category, item.rate): item for item in document.vat_breakdown}
        wanted = {}
        for category, rate in sorted(used, key=str):
            old = known.get((category, rate))
            usual, code = choices.REASONS.get(category, (None, None))
            if entered is not None:
                wanted[category, rate] = (entered or usual, code)
            elif old is None or not (old.exemption_reason or old.exemption_reason_code):
                wanted[category, rate] = (self.cleaned_data["exemption_reason"] or usual, code)
        wanted = {key: pair for key, pair in wanted.items() if pair[0]}
        if not wanted:
            return document
        rest = tuple(item for key, item in known.items() if key not in wanted)
        made = tuple(
            dataclasses.replace(
                known.get(key) or VatSubtotal(*key), exemption_reason=reason, exemption_reason_code=code
            )
            for key, (reason, code) in wanted.items()
        )
        return dataclasses.replace(document, vat_breakdown=rest + made)

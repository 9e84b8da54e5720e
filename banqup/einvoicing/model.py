"""An electronic invoice as plain, frozen data, whatever syntax it arrived in.

The fields carry the business terms of EN 16931; the term's number stands beside
each field. Every field is optional, because a document that came in may lack
anything. Amounts, quantities, prices and percentages are `Decimal` and never
float; a percentage of 21 means 21 %; dates are `datetime.date`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

PEPPOL_BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PEPPOL_BILLING_PROCESS = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
PEPPOL_SELF_BILLING = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"
PEPPOL_SELF_BILLING_PROCESS = "urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0"

# UNTDID 1001: 389 self-billed invoice, 261 self-billed credit note, 527 self-billed debit note.
SELF_BILLED_TYPES = frozenset({"389", "261", "527"})


@dataclass(frozen=True)
class Party:
    """A business or person: seller BG-4, buyer BG-7, payee BG-10, BG-11, BG-13."""

    name: str | None = None  # BT-27, BT-44, BT-59, BT-62, BT-70
    trading_name: str | None = None  # BT-28, BT-45
    vat_id: str | None = None  # BT-31, BT-48, BT-63
    tax_registration_id: str | None = None  # BT-32
    company_id: str | None = None  # BT-30, BT-47, BT-61
    company_scheme: str | None = None  # ISO 6523 code, such as 0208
    endpoint_id: str | None = None  # BT-34, BT-49
    endpoint_scheme: str | None = None  # EAS code, such as 0208
    street: str | None = None
    additional_street: str | None = None
    address_line: str | None = None
    city: str | None = None
    postal_code: str | None = None
    subdivision: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    contact_name: str | None = None  # BT-41, BT-56
    phone: str | None = None
    email: str | None = None
    legal_form: str | None = None  # BT-33
    identifier: str | None = None  # BT-29, BT-46, BT-60, BT-71
    identifier_scheme: str | None = None


@dataclass(frozen=True)
class AllowanceCharge:
    """A discount (`is_charge` false) or an extra cost, of the document or of a line."""

    is_charge: bool
    amount: Decimal | None = None  # BT-92, BT-99, BT-136, BT-141: never negative by itself
    base_amount: Decimal | None = None
    percent: Decimal | None = None
    reason: str | None = None
    reason_code: str | None = None  # UNTDID 5189 (allowance) or 7161 (charge)
    vat_category: str | None = None  # only on the document
    vat_rate: Decimal | None = None


@dataclass(frozen=True)
class VatSubtotal:
    """One VAT category and rate of the breakdown, BG-23."""

    category: str | None = None  # BT-118
    rate: Decimal | None = None  # BT-119
    taxable_amount: Decimal | None = None  # BT-116
    tax_amount: Decimal | None = None  # BT-117
    exemption_reason: str | None = None  # BT-120
    exemption_reason_code: str | None = None  # BT-121


@dataclass(frozen=True)
class PaymentMeans:
    """One way to pay, BG-16. `code` is UNTDID 4461: 30 and 58 are credit transfers."""

    code: str | None = None  # BT-81
    remittance_information: str | None = None  # BT-83
    iban: str | None = None  # BT-84
    account_name: str | None = None  # BT-85
    bic: str | None = None  # BT-86
    card_number: str | None = None  # BT-87
    mandate_reference: str | None = None  # BT-89
    text: str | None = None  # BT-82
    card_holder: str | None = None  # BT-88
    card_network: str | None = None  # asked for by UBL only
    debited_iban: str | None = None  # BT-91


@dataclass(frozen=True)
class Attachment:
    """A supporting document, BG-24: embedded bytes, or an address to fetch it from."""

    id: str | None = None  # BT-122
    description: str | None = None  # BT-123
    filename: str | None = None
    mime_type: str | None = None
    content: bytes | None = None  # BT-125
    uri: str | None = None  # BT-124


@dataclass(frozen=True)
class DocumentReference:
    """An invoice that came before, BG-3."""

    number: str | None = None  # BT-25
    issue_date: date | None = None  # BT-26


@dataclass(frozen=True)
class Classification:
    """A commodity code, BT-158, with its list (UNTDID 7143) and the list's version."""

    code: str | None = None
    scheme: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Extra:
    """Something a UBL document says that has no field here, kept to be written back (see `rest`).

    `path` leads from the document or line to an element. Either `xml` is a child
    of it that is missing, with the names of its elder siblings in `after`; or
    `attributes` are missing there; or its text is `text` and not `was`.
    """

    path: str = ""
    xml: str | None = None
    after: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    was: str | None = None


@dataclass(frozen=True)
class Line:
    """An invoice line, BG-25."""

    id: str | None = None  # BT-126
    name: str | None = None  # BT-153
    description: str | None = None  # BT-154
    quantity: Decimal | None = None  # BT-129
    unit: str | None = None  # BT-130, UN/ECE Recommendation 20 or 21
    net_price: Decimal | None = None  # BT-146, any number of decimals
    price_base_quantity: Decimal | None = None  # BT-149
    gross_price: Decimal | None = None  # BT-148
    price_discount: Decimal | None = None  # BT-147
    net_amount: Decimal | None = None  # BT-131
    vat_category: str | None = None  # BT-151
    vat_rate: Decimal | None = None  # BT-152
    note: str | None = None  # BT-127
    order_line_reference: str | None = None  # BT-132
    buyer_accounting_reference: str | None = None  # BT-133
    seller_item_id: str | None = None  # BT-155
    buyer_item_id: str | None = None  # BT-156
    standard_item_id: str | None = None  # BT-157
    origin_country: str | None = None  # BT-159
    period_start: date | None = None  # BT-134
    period_end: date | None = None  # BT-135
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    standard_item_scheme: str | None = None
    object_id: str | None = None  # BT-128
    object_scheme: str | None = None
    classifications: tuple[Classification, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()  # BG-32, (name, value)
    extra: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class Document:
    """An invoice or a credit note. `kind` is `invoice` or `credit_note`."""

    kind: str = "invoice"
    type_code: str | None = None  # BT-3, UNTDID 1001
    number: str | None = None  # BT-1
    issue_date: date | None = None  # BT-2
    due_date: date | None = None  # BT-9
    tax_point_date: date | None = None  # BT-7
    currency: str | None = None  # BT-5
    tax_currency: str | None = None  # BT-6
    customization_id: str | None = None  # BT-24
    profile_id: str | None = None  # BT-23
    buyer_reference: str | None = None  # BT-10
    order_reference: str | None = None  # BT-13
    sales_order_reference: str | None = None  # BT-14
    contract_reference: str | None = None  # BT-12
    project_reference: str | None = None  # BT-11
    despatch_reference: str | None = None  # BT-16
    receipt_reference: str | None = None  # BT-15
    originator_reference: str | None = None  # BT-17
    buyer_accounting_reference: str | None = None  # BT-19
    notes: tuple[str, ...] = ()  # BT-22
    preceding: tuple[DocumentReference, ...] = ()  # BG-3
    period_start: date | None = None  # BT-73
    period_end: date | None = None  # BT-74
    seller: Party = Party()
    buyer: Party = Party()
    payee: Party | None = None
    tax_representative: Party | None = None
    delivery_date: date | None = None  # BT-72
    deliver_to: Party | None = None  # BG-13, BG-15
    payment_means: tuple[PaymentMeans, ...] = ()
    payment_terms: str | None = None  # BT-20
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    vat_breakdown: tuple[VatSubtotal, ...] = ()
    lines: tuple[Line, ...] = ()
    line_total: Decimal | None = None  # BT-106
    allowance_total: Decimal | None = None  # BT-107
    charge_total: Decimal | None = None  # BT-108
    tax_exclusive_total: Decimal | None = None  # BT-109
    tax_total: Decimal | None = None  # BT-110
    tax_total_accounting_currency: Decimal | None = None  # BT-111
    tax_inclusive_total: Decimal | None = None  # BT-112
    prepaid: Decimal | None = None  # BT-113
    rounding: Decimal | None = None  # BT-114
    payable: Decimal | None = None  # BT-115
    attachments: tuple[Attachment, ...] = ()
    tax_point_code: str | None = None  # BT-8
    object_id: str | None = None  # BT-18
    object_scheme: str | None = None
    creditor_id: str | None = None  # BT-90
    extra: tuple[Extra, ...] = ()

    @property
    def is_credit_note(self) -> bool:
        return self.kind == "credit_note"

    @property
    def is_self_billed(self) -> bool:
        """The buyer made it for the seller: told by BT-3, or by a self-billing BT-23 or BT-24."""
        names = f"{self.customization_id or ''} {self.profile_id or ''}".lower()
        return self.type_code in SELF_BILLED_TYPES or "selfbilling" in names or "self-billing" in names

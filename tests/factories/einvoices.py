"""Belgian Peppol invoices that pass every rule, for any test: plain data and bytes, no database.

`document()` gives a `Document` with all totals filled, `invoice_bytes()` its
UBL. Any field of `Document` can be overridden; totals are computed afterwards
unless `recomputed=False`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from banqup.einvoicing import (
    AllowanceCharge,
    Document,
    DocumentReference,
    Line,
    Party,
    PaymentMeans,
    VatSubtotal,
    recompute,
    write,
)
from banqup.einvoicing import model as _model

EXEMPTIONS = {
    "E": ("Exempt under article 44 of the Belgian VAT code", "VATEX-EU-132"),
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "K": ("Intra-Community supply", "VATEX-EU-IC"),
    "G": ("Export outside the EU", "VATEX-EU-G"),
    "O": ("Not subject to VAT", "VATEX-EU-O"),
}


def enterprise_number(seed: int) -> str:
    """A Belgian enterprise number of ten digits, made from `seed`, with right check digits (mod 97)."""
    body = 4_000_000 + seed % 3_000_000
    return f"{body:08d}{97 - body % 97:02d}"


def ogm(seed: int) -> str:
    """A Belgian structured reference `+++123/4567/89012+++` with right check digits."""
    body = seed % 10_000_000_000
    digits = f"{body:010d}{body % 97 or 97:02d}"
    return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"


def iban(seed: int) -> str:
    """A Belgian IBAN with right check digits."""
    body = seed % 10_000_000_000
    account = f"{body:010d}{body % 97 or 97:02d}"
    check = 98 - int(account + "111400") % 97
    return f"BE{check:02d}{account}"


def party(name: str, number: str, **overrides) -> Party:
    """A Belgian business on Peppol under its enterprise number."""
    fields = {
        "name": name,
        "vat_id": f"BE{number}",
        "company_id": number,
        "company_scheme": "0208",
        "endpoint_id": number,
        "endpoint_scheme": "0208",
        "street": "Kerkstraat 12",
        "city": "Duffel",
        "postal_code": "2570",
        "country": "BE",
    }
    return Party(**{**fields, **overrides})


# The business of `tests.factories.world.business`.
BUYER = party("Bakkerij Janssens BV", "0702451135")
SELLER = party(
    "Molens De Ster NV",
    enterprise_number(17_496),
    street="Industrieweg 4",
    city="Mechelen",
    postal_code="2800",
    contact_name="Els Peeters",
    email="facturatie@molensdester.example",
)


def line(number: int | str = 1, **overrides) -> Line:
    fields = {
        "id": str(number),
        "name": "Wheat flour type 55, 25 kg",
        "quantity": Decimal("10"),
        "unit": "C62",
        "net_price": Decimal("18.50"),
        "vat_category": "S",
        "vat_rate": Decimal("21"),
    }
    return Line(**{**fields, **overrides})


def lines() -> tuple[Line, ...]:
    return (
        line(1, vat_rate=Decimal("6")),
        line(2, name="Delivery", quantity=Decimal("1"), net_price=Decimal("35.00")),
        line(3, name="Oven cleaner, 5 l", quantity=Decimal("3"), net_price=Decimal("12.3333")),
    )


def document(*, recomputed: bool = True, **overrides) -> Document:
    """A valid Belgian Peppol invoice, or credit note with `kind="credit_note"`."""
    credit = overrides.get("kind") == "credit_note"
    issued = overrides.get("issue_date", date(2026, 3, 2))
    fields = {
        "kind": "invoice",
        "type_code": "381" if credit else "380",
        "number": "CN-2026-0007" if credit else "2026-0042",
        "issue_date": issued,
        "due_date": issued + timedelta(days=30),
        "currency": "EUR",
        "customization_id": _model.PEPPOL_BILLING,
        "profile_id": _model.PEPPOL_BILLING_PROCESS,
        "order_reference": "PO-778",
        "preceding": (DocumentReference("2026-0042", date(2026, 3, 2)),) if credit else (),
        "seller": SELLER,
        "buyer": BUYER,
        "payment_means": (
            PaymentMeans(
                code="30", remittance_information=ogm(90_933_755), iban=iban(539_007_547), account_name=SELLER.name
            ),
        ),
        "lines": lines(),
    }
    made = Document(**{**fields, **overrides})
    return recompute(_with_reasons(made)) if recomputed else made


def self_billed(**overrides) -> Document:
    """A self-billed document: the buyer wrote it."""
    credit = overrides.get("kind") == "credit_note"
    fields = {
        "type_code": "261" if credit else "389",
        "customization_id": _model.PEPPOL_SELF_BILLING,
        "profile_id": _model.PEPPOL_SELF_BILLING_PROCESS,
    }
    return document(**{**fields, **overrides})


def in_category(category: str, **overrides) -> Document:
    """A valid document of which everything is in one VAT category (S, Z, E, AE, K, G or O)."""
    rate = {"S": Decimal("21"), "O": None}.get(category, Decimal("0"))
    sold = tuple(replace(item, vat_category=category, vat_rate=rate) for item in lines())
    fields: dict = {"lines": sold}
    if category == "K":
        fields["buyer"] = party("Boulangerie du Nord SARL", "0702451135", country="FR", vat_id="FR12345678901")
        fields["deliver_to"] = Party(city="Lille", postal_code="59000", country="FR")
        fields["delivery_date"] = date(2026, 3, 1)
    if category == "O":
        # Outside VAT neither side may show a VAT number (BR-O-02).
        fields["seller"] = replace(SELLER, vat_id=None)
        fields["buyer"] = replace(BUYER, vat_id=None)
    return document(**{**fields, **overrides})


def allowance(amount: str = "10.00", **overrides) -> AllowanceCharge:
    fields = {
        "is_charge": False,
        "amount": Decimal(amount),
        "reason": "Loyalty discount",
        "reason_code": "95",
        "vat_category": "S",
        "vat_rate": Decimal("21"),
    }
    return AllowanceCharge(**{**fields, **overrides})


def invoice_bytes(**overrides) -> bytes:
    """The UBL of `document(**overrides)`."""
    return write(document(**overrides))


def _with_reasons(made: Document) -> Document:
    """Give the categories that need one the reason for their exemption; `recompute` keeps it."""
    if made.vat_breakdown:
        return made
    used = {(item.vat_category, item.vat_rate) for item in (*made.lines, *made.allowances_charges)}
    reasons = tuple(
        VatSubtotal(
            category, rate, exemption_reason=EXEMPTIONS[category][0], exemption_reason_code=EXEMPTIONS[category][1]
        )
        for category, rate in sorted(used, key=str)
        if category in EXEMPTIONS
    )
    return replace(made, vat_breakdown=reasons)

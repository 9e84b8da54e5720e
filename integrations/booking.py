"""How a document is booked in an accounting program: plain data, decided by a client's mapping.

A connector that can book gives its destination's own `Lists`; a person maps journals, accounts and
VAT codes once; `plan` turns a released document into a `Booking`, without the network, so that a dry
run shows exactly what will be sent. One booking line stands for each VAT category and rate of the
document's breakdown (EN 16931 BG-23), so the lines add up to its totals to the cent.
"""

from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.invoices.statuses import SALES_LIST

from .base import Payload, Permanent

PURCHASE, SALES = "purchase", "sales"
# Under that name a mapping stands in an integration's configuration; `setup.configure` leaves it alone.
KEPT_AS = "booking"
# EN 16931 BT-118: what a person maps to a code of the destination; rates matter for the standard one only.
CATEGORIES = {
    "S": lazy("Standard rate"),
    "Z": lazy("Zero rated"),
    "E": lazy("Exempt"),
    "AE": lazy("Reverse charge"),
    "K": lazy("Intra-Community supply"),
    "G": lazy("Export outside the EU"),
    "O": lazy("Outside the scope of VAT"),
}


@dataclass(frozen=True)
class Choice:
    """One entry of a list of the destination: what is sent, and what people read."""

    code: str
    label: str
    # Journals and VAT codes: purchase, sales, or empty for both.
    direction: str = ""


@dataclass(frozen=True)
class Lists:
    """The destination's own lists, as it gave them."""

    journals: tuple[Choice, ...] = ()
    accounts: tuple[Choice, ...] = ()
    vat_codes: tuple[Choice, ...] = ()

    def as_json(self) -> dict:
        return {
            each.name: [[one.code, one.label, one.direction] for one in getattr(self, each.name)]
            for each in fields(self)
        }

    @classmethod
    def from_json(cls, kept: dict) -> "Lists":
        return cls(**{name: tuple(Choice(*one) for one in entries) for name, entries in kept.items()})


@dataclass(frozen=True)
class Mapping:
    """What a person chose for one client; kept in the integration's configuration."""

    journals: dict[str, str] = field(default_factory=dict)  # purchase | sales -> code
    accounts: dict[str, str] = field(default_factory=dict)  # purchase | sales -> code of the usual account
    vat: dict[str, str] = field(default_factory=dict)  # "purchase S 21" -> code
    parties: dict[str, str] = field(default_factory=dict)  # VAT number of a supplier or customer -> account

    @classmethod
    def of(cls, config: dict) -> "Mapping":
        """The mapping in an integration's configuration; empty as long as nobody chose anything."""
        return cls(**config.get(KEPT_AS, {}))

    def as_json(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class BookingLine:
    account: str
    vat_code: str
    category: str
    rate: Decimal
    base: Decimal  # without VAT
    vat: Decimal
    description: str = ""

    @property
    def total(self) -> Decimal:
        return self.base + self.vat


@dataclass(frozen=True)
class Booking:
    """Amounts are positive for invoices and credit notes alike; `is_credit_note` says which way they go."""

    direction: str
    journal: str
    is_credit_note: bool
    number: str
    issue_date: date
    due_date: date | None
    currency: str
    party_name: str
    party_vat_id: str
    payment_reference: str
    lines: tuple[BookingLine, ...]

    @property
    def base(self) -> Decimal:
        return sum((line.base for line in self.lines), Decimal("0.00"))

    @property
    def vat(self) -> Decimal:
        return sum((line.vat for line in self.lines), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        return self.base + self.vat


class NotMapped(Permanent):
    """Something that this document needs has no code at the destination yet; `missing` names it."""

    def __init__(self, message: str, missing: str):
        super().__init__(message)
        self.missing = missing


def vat_key(direction: str, category: str, rate: Decimal | None) -> str:
    """The key of a VAT mapping: "purchase S 21", "sales AE 0". Rates in %, without trailing zeros."""
    return f"{direction} {category} {format((rate or Decimal(0)).normalize(), 'f')}"


def direction_of(payload: Payload) -> str:
    return SALES if payload.kind in SALES_LIST else PURCHASE


def plan(payload: Payload, mapping: Mapping) -> Booking:
    """The booking of a released document. Raises NotMapped with what is missing and where to add it."""
    document = payload.document
    direction = direction_of(payload)
    party = document.buyer if direction == SALES else document.seller
    journal = mapping.journals.get(direction)
    if not journal:
        words = _("No journal is chosen for %s documents. Choose one under Booking, then resend.")
        raise NotMapped(words % _direction(direction), "journal")
    vat_id = (party.vat_id or "").replace(" ", "").upper()
    account = mapping.parties.get(vat_id) or mapping.accounts.get(direction)
    if not account:
        words = _("No account is chosen for %s documents. Choose one under Booking, then resend.")
        raise NotMapped(words % _direction(direction), "account")
    lines = tuple(_line(part, direction, account, mapping) for part in document.vat_breakdown)
    if not lines:
        raise NotMapped(_("The document has no VAT breakdown, so it can't be booked."), "vat_breakdown")
    booking = Booking(
        direction=direction,
        journal=journal,
        is_credit_note=payload.is_credit_note,
        number=document.number or "",
        issue_date=document.issue_date,
        due_date=document.due_date,
        currency=document.currency or "EUR",
        party_name=payload.counterparty_name or party.name or "",
        party_vat_id=vat_id,
        payment_reference=next(
            (means.remittance_information for means in document.payment_means if means.remittance_information), ""
        ),
        lines=lines,
    )
    if booking.total != document.tax_inclusive_total:
        words = _("Its VAT breakdown adds up to %(sum)s, its total with VAT is %(total)s: it can't be booked.")
        raise NotMapped(words % {"sum": booking.total, "total": document.tax_inclusive_total}, "total")
    return booking


def _line(part, direction, account, mapping) -> BookingLine:
    key = vat_key(direction, part.category or "", part.rate)
    code = mapping.vat.get(key)
    if not code:
        words = _("No VAT code is chosen for %(category)s, %(rate)s %% (%(direction)s). Choose one under Booking.")
        told = {"category": CATEGORIES.get(part.category, part.category), "rate": key.rpartition(" ")[2]}
        raise NotMapped(words % {**told, "direction": _direction(direction)}, f"vat {key}")
    return BookingLine(
        account=account,
        vat_code=code,
        category=part.category or "",
        rate=part.rate or Decimal(0),
        base=part.taxable_amount,
        vat=part.tax_amount,
    )


def _direction(direction: str) -> str:
    return _("sales") if direction == SALES else _("purchase")

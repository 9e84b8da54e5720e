"""What is written into Exact Online for one released document: plain data, no network."""

import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from banqup.invoices.statuses import SALES_LIST

from ..base import Payload, PayloadFile, Permanent
from ..booking import SALES, Booking
from .forms import PLUS

# Types of documents: purchase seen in two other clients, sales in one [mostly V]; DocumentTypes has them all.
DOCUMENT_TYPES = {"purchase": 20, "sales": 10}
ENTRY_TYPES = {("purchase", False): 30, ("purchase", True): 31, ("sales", False): 20, ("sales", True): 21}
# How large a file may be is not written anywhere [U].
ATTACHMENT_AT_MOST = 20 * 1024 * 1024
SUBJECT_AT_MOST, NAME_AT_MOST, FILE_NAME_AT_MOST, REFERENCE_AT_MOST = 100, 50, 100, 30


def direction(payload: Payload) -> str:
    return "sales" if payload.kind in SALES_LIST else "purchase"


def party(payload: Payload):
    """The other side: who the relation there stands for."""
    return payload.document.buyer if direction(payload) == SALES else payload.document.seller


def party_name(payload: Payload) -> str:
    name = (payload.counterparty_name or party(payload).name or "").strip()
    if not name:
        raise Permanent(
            _("The document names no supplier or customer, and Exact Online needs one. Correct it, then resend.")
        )
    return name[:NAME_AT_MOST]


def vat_id(payload: Payload) -> str:
    return re.sub(r"[^A-Z0-9]", "", (party(payload).vat_id or "").upper())


def relation(payload: Payload) -> dict:
    """A new supplier or customer."""
    who = party(payload)
    made = {"Name": party_name(payload), **role(payload)}
    optional = {
        "VATNumber": vat_id(payload),
        "Country": who.country,
        "AddressLine1": who.street,
        "Postcode": who.postal_code,
        "City": who.city,
    }
    return made | {name: value[:NAME_AT_MOST] for name, value in optional.items() if value}


def role(payload: Payload) -> dict:
    """What makes a relation one that this document can be booked on."""
    return {"Status": "C"} if direction(payload) == SALES else {"IsSupplier": True}


def has_role(found: dict, payload: Payload) -> bool:
    return found.get("Status") == "C" if direction(payload) == SALES else found.get("IsSupplier") is True


def subject(payload: Payload) -> str:
    """What people read, and at its end what finds this very sending again."""
    mark = f" · Banqup {payload.idempotency_key.replace('-', '')[:16]}"
    words = _("Credit note") if payload.is_credit_note else _("Invoice")
    text = " ".join(filter(None, [words, payload.document.number or "", party_name(payload)]))
    return text[: SUBJECT_AT_MOST - len(mark)].rstrip() + mark


def document(payload: Payload, account: str) -> dict:
    made = {
        "Type": DOCUMENT_TYPES[direction(payload)],
        "Subject": subject(payload),
        "Account": account,
        "Currency": payload.document.currency or "EUR",
    }
    if payload.document.issue_date:
        made["DocumentDate"] = payload.document.issue_date.isoformat()
    if payload.document.tax_inclusive_total is not None:
        made["AmountFC"] = payload.document.tax_inclusive_total
    return made


def file_names(files: tuple[PayloadFile, ...]) -> list[str]:
    """A name for each file, in order: safe, short, and each only once. Raises Permanent for one that is too large."""
    names: list[str] = []
    for file in files:
        if file.size > ATTACHMENT_AT_MOST:
            words = _("The file %(name)s has %(size)d MB; Exact Online takes at most %(most)d MB.")
            sizes = {"size": file.size // 1024**2 + 1, "most": ATTACHMENT_AT_MOST // 1024**2}
            raise Permanent(words % {"name": file.name, **sizes})
        names.append(_unused(_safe(file.name), names))
    return names


def _safe(name: str) -> str:
    name = re.sub(r"[\x00-\x1f\x7f<>:\"/\\|?*%&#]+", "_", name).strip(" .") or "file"
    path = PurePosixPath(name)
    suffix = path.suffix[:10]
    return path.stem[: FILE_NAME_AT_MOST - len(suffix) - 4].rstrip(" .") + suffix


def _unused(name: str, used: list[str]) -> str:
    path, candidate, number = PurePosixPath(name), name, 1
    while candidate.lower() in {one.lower() for one in used}:
        number += 1
        candidate = f"{path.stem} {number}{path.suffix}"
    return candidate


# --- bookings -----------------------------------------------------------------------------------------


def collection(booking: Booking) -> str:
    return "salesentry/SalesEntries" if booking.direction == SALES else "purchaseentry/PurchaseEntries"


def party_field(booking: Booking) -> str:
    return "Customer" if booking.direction == SALES else "Supplier"


def reference(booking: Booking) -> str:
    """The number of the document as the destination keeps it."""
    return booking.number[:REFERENCE_AT_MOST]


def signed(amount: Decimal, booking: Booking, credit_notes: str) -> Decimal:
    """The one rule about the sign of credit notes [U]: a setting of the integration."""
    return -amount if booking.is_credit_note and credit_notes != PLUS else amount


def entry(booking: Booking, *, account: str, document: str, gl_accounts: dict[str, str], credit_notes: str) -> dict:
    """The entry: `gl_accounts` leads from the code of an account to its id."""
    made = {
        "Journal": booking.journal,
        party_field(booking): account,
        "Document": document,
        "EntryDate": booking.issue_date.isoformat(),
        "YourRef": reference(booking),
        "Description": f"{booking.number} {booking.party_name}".strip()[:60],
        "Currency": booking.currency,
        "Type": ENTRY_TYPES[booking.direction, booking.is_credit_note],
    }
    if booking.due_date:
        made["DueDate"] = booking.due_date.isoformat()
    if booking.payment_reference:
        made["PaymentReference"] = booking.payment_reference[:50]
    lines = [_line(line, booking, gl_accounts, credit_notes) for line in booking.lines]
    return made | {"SalesEntryLines" if booking.direction == SALES else "PurchaseEntryLines": lines}


def _line(line, booking, gl_accounts, credit_notes) -> dict:
    made = {
        "GLAccount": gl_accounts[line.account],
        "AmountFC": signed(line.base, booking, credit_notes),
        "VATCode": line.vat_code,
        "Description": (line.description or booking.party_name)[:60],
    }
    # Exact Online works the VAT out; it is told only where the document says another amount.
    computed = (line.base * line.rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if line.vat != computed:
        made["VATAmountFC"] = signed(line.vat, booking, credit_notes)
    return made

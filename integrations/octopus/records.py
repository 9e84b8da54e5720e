"""What is written into Octopus for one document: plain data, no network."""

import base64
import hashlib
import re
import unicodedata
from decimal import Decimal

from django.utils.translation import gettext as _

from .. import naming
from ..base import Payload, Permanent
from ..booking import SALES, Booking
from .client import Period

EU = frozenset(
    ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT"]
    + ["LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"]
)
CLIENT_ACCOUNT, SUPPLIER_ACCOUNT = 400000, 440000
# Octopus' numbers of how a party stands to VAT.
LIABLE, IN_EU, OUTSIDE_EU, PRIVATE, PRIVATE_IN_EU, PRIVATE_OUTSIDE_EU, NOT_LIABLE = 1, 4, 6, 7, 8, 9, 10
COMMENT_AT_MOST = 100


def mark(payload: Payload) -> str:
    """What only this sending carries in its comment."""
    return f"Banqup {payload.idempotency_key.replace('-', '')[:12]}"


def booking(payload: Payload, booking: Booking, *, relation: dict, period: Period | None, number: int | None) -> dict:
    """The booking itself; without `period` and `number` as the dry run shows it."""
    if booking.currency != "EUR":
        words = _("The document is in %s. Octopus needs a rate of exchange for it, so book it there by hand.")
        raise Permanent(words % booking.currency)
    what = booking.number
    return {
        "bookyearKey": {"id": period.bookyear if period else None},
        "journalKey": booking.journal,
        "documentSequenceNr": number,
        "relationIdentificationServiceData": relation,
        "bookyearPeriodeNr": period.number if period else None,
        "documentDate": booking.issue_date.isoformat(),
        "expiryDate": (booking.due_date or booking.issue_date).isoformat(),
        "comment": f"{what[: COMMENT_AT_MOST - 30]} {mark(payload)}".strip(),
        "reference": what,
        # Of a credit note only the sum is negative, its lines are not.
        "amount": -booking.total if booking.is_credit_note else booking.total,
        "currencyCode": booking.currency,
        "exchangeRate": Decimal("1.0"),
        "paymentMethod": 0,
        "bookingLines": [
            {
                "accountKey": _account(line.account),
                "baseAmount": line.base,
                "vatCodeKey": line.vat_code,
                "vatAmount": line.vat,
                "vatRecupPercentage": Decimal("100.0"),
                "comment": line.description or what,
            }
            for line in booking.lines
        ],
    }


def attachments(payload: Payload) -> list[dict]:
    """Every file of the document; the e-invoice first."""
    plain = unicodedata.normalize("NFKD", payload.document.number or "").encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:60] or str(payload.document_id)
    return [
        {"fileName": stem + file.tail, "fileData": base64.b64encode(file.data).decode()}
        for file in naming.named_files(payload)
    ]


def is_ours(found: dict, payload: Payload, sent: dict) -> bool:
    """Is what stands in Octopus this very sending? Told by its mark; where there is none, by what was booked."""
    comment = str(found.get("comment") or "")
    if "Banqup " in comment:
        return mark(payload) in comment
    same = (
        str(found.get("reference") or "") == sent["reference"] and Decimal(found.get("amount") or 0) == sent["amount"]
    )
    return same and _same_relation(found, sent)


def _same_relation(found: dict, sent: dict) -> bool:
    here, there = (each.get("relationIdentificationServiceData") or {} for each in (sent, found))
    for name in ("relationKey", "externalRelationId"):
        if here.get(name) and there.get(name):
            return here[name] == there[name]
    return True


def relation(payload: Payload, booking: Booking) -> dict:
    """A new supplier or customer."""
    party, is_client = _party(payload, booking), booking.direction == SALES
    return {
        "relationIdentificationServiceData": {"externalRelationId": external_id(payload, booking)},
        "name": _name(booking),
        "firstName": "",
        "client": is_client,
        "supplier": not is_client,
        "vatNr": booking.party_vat_id,
        "vatType": vat_type(party.country or "BE", booking.party_vat_id, bool(party.company_id)),
        "streetAndNr": party.street or "",
        "postalCode": party.postal_code or "",
        "city": party.city or "",
        "country": party.country or "BE",
        "currencyCode": booking.currency,
        "active": True,
        "defaultBookingAccountClient": CLIENT_ACCOUNT,
        "defaultBookingAccountSupplier": SUPPLIER_ACCOUNT,
    }


def known(found: list[dict], booking: Booking) -> dict | None:
    """How Octopus calls the party, where it is among the relations `found`."""
    for each in found:
        same_number = booking.party_vat_id and _plain(each.get("vatNr")) == _plain(booking.party_vat_id)
        same_name = not booking.party_vat_id and str(each.get("name") or "").strip() == _name(booking)
        identity = each.get("relationIdentificationServiceData") or {}
        if (same_number or same_name) and (identity.get("relationKey") or {}).get("id"):
            return {"relationKey": {"id": identity["relationKey"]["id"]}}
    return None


def external_id(payload: Payload, booking: Booking) -> int:
    """A number of ours for the party, the same at every try: Belgian numbers as they are, else 31 bits of a digest."""
    digits = re.fullmatch(r"BE(\d{10})", booking.party_vat_id)
    if digits and int(digits[1]) < 2**31:
        return int(digits[1])
    party = _party(payload, booking)
    told = booking.party_vat_id or f"{_name(booking)}|{party.postal_code}|{party.country}"
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4]) >> 1 or 1


def vat_type(country: str, vat_id: str, is_company: bool) -> int:
    if vat_id:
        return LIABLE if country == "BE" else IN_EU if country in EU else OUTSIDE_EU
    if is_company:
        return NOT_LIABLE
    return PRIVATE if country == "BE" else PRIVATE_IN_EU if country in EU else PRIVATE_OUTSIDE_EU


def _party(payload: Payload, booking: Booking):
    return payload.document.buyer if booking.direction == SALES else payload.document.seller


def _name(booking: Booking) -> str:
    name = booking.party_name.strip()[:100]
    if not name:
        raise Permanent(
            _("The document names no supplier or customer, and Octopus needs one. Correct it, then resend.")
        )
    return name


def _account(code: str) -> int:
    if not (code.isascii() and code.isdigit()):
        raise Permanent(_("%s is no account of Octopus. Choose another one under Booking, then resend.") % code)
    return int(code)


def _plain(vat_id) -> str:
    return re.sub(r"[^A-Z0-9]", "", str(vat_id or "").upper())

"""The square that a banking app reads a credit transfer from: EPC069-12, version 002."""

from __future__ import annotations

import re
from decimal import Decimal

from ..model import Document
from ..structured import structured_reference
from .sheet import Square

# UNTDID 4461: a credit transfer, in general and in SEPA.
_TRANSFERS = frozenset({"30", "31", "58"})
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_LEAST, _MOST = Decimal("0.01"), Decimal("999999999.99")
# The guidelines allow no larger square, and correction of 15 %.
_LARGEST, _CORRECTION = 13, "m"


def payload(document: Document) -> str | None:
    """What the code says; None where no app could pay with it: not in euro, no IBAN, nothing to pay, a credit note."""
    means = next((item for item in document.payment_means if item.iban and item.code in _TRANSFERS), None)
    if means is None or document.is_credit_note or document.currency != "EUR":
        return None
    iban, amount = re.sub(r"\s", "", means.iban or "").upper(), document.payable
    name = _one_line(means.account_name or document.seller.name, 70)
    if not name or not _IBAN.fullmatch(iban) or amount is None or not _LEAST <= amount <= _MOST:
        return None
    reference = means.remittance_information or document.number or ""
    # A structured reference has a field of its own, and then the text stays empty: one of the two.
    structured = structured_reference(reference)
    text = "" if structured else _one_line(reference, 140)
    bic = re.sub(r"\s", "", means.bic or "").upper()
    parts = ["BCD", "002", "1", "SCT", bic, name, iban, f"EUR{amount:.2f}", "", structured or "", text]
    return "\n".join(parts).rstrip("\n")


def square(document: Document) -> Square | None:
    """The code as light and dark modules, without its quiet zone."""
    text = payload(document)
    if text is None:
        return None
    import segno

    try:
        made = segno.make_qr(text, error=_CORRECTION, boost_error=False, encoding="utf-8", eci=False)
    except segno.DataOverflowError:
        return None
    if made.version > _LARGEST:
        return None
    return Square(text, tuple("".join("1" if dark else "0" for dark in row) for row in made.matrix))


def _one_line(text: str | None, longest: int) -> str:
    return re.sub(r"\s+", " ", text or "").strip()[:longest]

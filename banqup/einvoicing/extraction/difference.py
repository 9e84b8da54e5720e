"""Does the picture of a hybrid PDF say the same as the XML inside? Number, total, IBAN and VAT number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Document
from . import values
from .model import Word
from .rows import rows
from .spots import spots


@dataclass(frozen=True)
class Difference:
    """A value of the XML (`field` is its business term) that the pages do not show."""

    field: str
    value: str


def differences(document: Document, words: Iterable[Word]) -> tuple[Difference, ...] | None:
    """The values of `document` that stand nowhere on the pages; None when the pages have no words to compare."""
    found = rows(words)
    if not found:
        return None
    text = values.compact("".join(word.text for row in found for piece in row for word in piece.words))
    amounts = {abs(spot.value) for spot in spots(found, values.amount, 4)}
    means = document.payment_means[0] if document.payment_means else None
    written = (
        ("BT-1", document.number),
        ("BT-31", document.seller.vat_id),
        ("BT-84", means.iban if means else None),
    )
    missing = [Difference(field, value) for field, value in written if value and not _stands(value, text)]
    if document.payable is not None and abs(document.payable) not in amounts:
        missing.append(Difference("BT-115", format(document.payable, "f")))
    return tuple(missing)


def _stands(value: str, text: str) -> bool:
    """A Belgian VAT number may stand without its country."""
    plain = values.compact(value)
    return plain in text or (plain.startswith("BE") and plain[2:] in text)

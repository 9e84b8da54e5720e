"""What a person's correction teaches: beside which label, and where, a supplier writes a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from . import values
from .model import Word
from .rows import rows
from .spots import Spot, spots

# What can be learned, and how it is read: business term → reader and how many words at most.
_READERS = {
    "BT-1": (lambda text: text.strip("#:,;()") or None, 3),
    "BT-2": (values.day, 3),
    "BT-9": (values.day, 3),
    "BT-83": (lambda text: text.strip(":,;") or None, 8),
}
TERMS = frozenset(_READERS)


def learn(words: Iterable[Word], term: str, value) -> dict | None:
    """The hint to keep for the supplier when a person entered `value` for `term`; None when it does not
    stand on the pages. JSON: `left` and `above` (labels), `page`, `x`, `y` (percent)."""
    if term not in _READERS:
        return None
    read, longest = _READERS[term]
    wanted = _same(value)
    best: Spot | None = None
    found_rows = rows(words)
    for spot in spots(
        found_rows, lambda text: text if (made := read(text)) and _same(made) == wanted else None, longest
    ):
        # Of several places the one with a label beside it teaches most.
        if best is None or (not best.left and not best.above and (spot.left or spot.above)):
            best = spot
    if best is None:
        return None
    place = best.place
    return {
        "left": _label(best.left),
        "above": _label(best.above),
        "page": place.page,
        "x": round(place.x, 1),
        "y": round(place.y, 1),
    }


def bonus(hint: Mapping | None, spot: Spot) -> float:
    """What a learned hint adds to the score of a candidate: the same label says more than the same place."""
    if not hint:
        return 0.0
    extra = 0.0
    for side, text in (("left", spot.left), ("above", spot.above)):
        if hint.get(side) and _label(text) == hint[side]:
            extra += 0.8
    near = spot.place.page == hint.get("page") and abs(spot.place.y - hint.get("y", 0)) < 3
    if near and abs(spot.place.x - hint.get("x", 0)) < 4:
        extra += 0.5
    return min(extra, 1.2)


def _label(text: str) -> str:
    """The label without what changes from document to document: its last words that have no digit."""
    kept: list[str] = []
    for word in reversed(text.split()):
        if re.search(r"\d", word):
            break
        kept.insert(0, word)
    return " ".join(kept[-4:])


def _same(value) -> str:
    return value.isoformat() if isinstance(value, date) else re.sub(r"\s+", "", str(value)).upper()

"""On which pages of a file with several invoices a document begins."""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import facts
from .model import Word
from .rows import plain, rows

_FIRST_PAGE = re.compile(r"\b(?:pagina|page|seite|blz|bladzijde)\s*1\s*(?:van|sur|von|of|de|/)?\s*\d*\b")
_LATER_PAGE = re.compile(r"\b(?:pagina|page|seite|blz|bladzijde)\s*(?:[2-9]|\d\d+)\s*(?:van|sur|von|of|de|/)?\s*\d*\b")
_SURE = 0.6


def beginnings(words: Iterable[Word]) -> list[int]:
    """Pages (the first is 1) with another invoice number than the one before, or that say to be the first.

    A proposal: a person decides. Always holds 1; pages without words continue the document before.
    """
    by_page: dict[int, list[Word]] = {}
    for word in words:
        by_page.setdefault(word.place.page, []).append(word)
    found, current = [1], None
    for page in sorted(by_page):
        # Read as if it were a file of its own, so that the first page's bonus counts on each.
        of_page = rows(by_page[page])
        text = plain(" ".join(piece.text for row in of_page for piece in row))
        numbers = facts.numbers(of_page, set(), {})
        number = numbers[0].value if numbers and numbers[0].confidence >= _SURE else None
        another = number is not None and current is not None and number != current
        if page > 1 and not _LATER_PAGE.search(text) and (another or _FIRST_PAGE.search(text)):
            found.append(page)
        if number is not None:
            current = number
    return found

"""Words into rows, and rows into pieces as far apart as columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from .model import Place, Word

# More words than any invoice needs; what a hostile file has beyond them is not read.
MAX_WORDS = 3000
MAX_WORD = 60
MAX_ROWS = 1500


@dataclass(frozen=True)
class Piece:
    """Neighbouring words of one row: a label, a value, or both. `row` is its row's position in reading order."""

    words: tuple[Word, ...]
    row: int

    @cached_property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @cached_property
    def plain(self) -> str:
        return plain(self.text)

    @cached_property
    def place(self) -> Place:
        return box(self.words)


def box(words: Iterable[Word]) -> Place:
    words = iter(words)
    place = next(words).place
    for word in words:
        place = place.around(word.place)
    return place


def plain(text: str) -> str:
    """Lower case without accents, points and signs: `Factuurnr. :` → `factuurnr`."""
    text = unicodedata.normalize("NFKD", text.lower()).replace("ß", "ss")
    text = "".join(character for character in text if not unicodedata.combining(character))
    return " ".join(re.sub(r"[^a-z0-9%€$£]+", " ", text.replace("°", " ")).split())


def rows(words: Iterable[Word]) -> list[list[Piece]]:
    """The rows of all pages in reading order, each as its pieces from left to right."""
    kept = [word for word in words if word.text.strip()][:MAX_WORDS]
    found: list[list[Piece]] = []
    for page in sorted({word.place.page for word in kept}):
        of_page = [_shortened(word) for word in kept if word.place.page == page]
        for row in _rows_of_page(of_page):
            if len(found) < MAX_ROWS:
                found.append(list(_pieces(row, len(found))))
    return found


def _shortened(word: Word) -> Word:
    return word if len(word.text) <= MAX_WORD else Word(word.text[:MAX_WORD], word.place, word.sure)


def _rows_of_page(words: list[Word]) -> list[list[Word]]:
    """From left to right each word joins the row whose last word stands level with it: a slanted scan too."""
    open_rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.place.x, word.place.y)):
        best, distance = None, None
        for row in open_rows:
            last = row[-1].place
            off = abs(last.middle - word.place.middle)
            if off < 0.55 * min(last.h, word.place.h) and (distance is None or off < distance):
                best, distance = row, off
        if best is None:
            open_rows.append([word])
        else:
            best.append(word)
    return sorted(open_rows, key=lambda row: sum(word.place.middle for word in row) / len(row))


def _pieces(row: list[Word], position: int) -> Iterator[Piece]:
    current: list[Word] = []
    for word in row:
        # A gap wider than two letters or so begins a new column. Heights are in percent of the page's
        # height and widths of its width: an A4 page is 1.41 times as high as wide.
        if current and word.place.x - current[-1].place.right > 1.15 * 1.41 * min(word.place.h, current[-1].place.h):
            yield Piece(tuple(current), position)
            current = []
        current.append(word)
    if current:
        yield Piece(tuple(current), position)

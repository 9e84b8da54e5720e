"""Values as they stand on the page, each with the labels beside and above it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from . import labels
from .model import Place, Word
from .rows import Piece, box, plain

# Labels stand near their value: so many words to the left, so many rows up.
_LEFT_WORDS = 8
_ROWS_UP = 3
# No number, date or account is longer, written with all its spaces and signs.
_LONGEST_VALUE = 60


@dataclass(frozen=True)
class Spot:
    """A value that a piece of text can be read as. `left` and `above` are `plain` texts."""

    value: object
    text: str
    words: tuple[Word, ...]
    row: int
    left: str
    above: str

    @property
    def place(self) -> Place:
        return box(self.words)

    @property
    def sure(self) -> float:
        return min(word.sure for word in self.words)


def spots(
    rows: list[list[Piece]], read: Callable[[str], object], longest: int, join: tuple[str, ...] = ("", " ")
) -> Iterator[Spot]:
    """Every run of at most `longest` neighbouring words that `read` takes; of overlapping runs the longest.

    `read` gives a value or None. The words of a run are joined as `join` says, one way after the other.
    """
    for row in rows:
        for piece in row:
            start = 0
            while start < len(piece.words):
                made = _longest_at(piece, start, read, longest, join)
                if made is None:
                    start += 1
                    continue
                value, end = made
                words = piece.words[start:end]
                text = " ".join(word.text for word in words)
                yield Spot(value, text, words, piece.row, _left(row, piece, start), _above(rows, piece, words))
                start = end


def _longest_at(piece, start, read, longest, join):
    for size in range(min(longest, len(piece.words) - start), 0, -1):
        texts = [word.text for word in piece.words[start : start + size]]
        if sum(map(len, texts)) > _LONGEST_VALUE:
            continue
        for glue in join if size > 1 else ("",):
            value = read(glue.join(texts))
            if value is not None:
                return value, start + size
    return None


def _left(row: list[Piece], piece: Piece, start: int) -> str:
    before = [word.text for one in row[: row.index(piece)] for word in one.words]
    before += [word.text for word in piece.words[:start]]
    return plain(" ".join(before[-_LEFT_WORDS:]))


def _above(rows: list[list[Piece]], piece: Piece, words: tuple[Word, ...]) -> str:
    """The nearest text above that overlaps it, or begins where it begins."""
    place = box(words)
    for position in range(piece.row - 1, max(-1, piece.row - 1 - _ROWS_UP), -1):
        for over in rows[position]:
            same_page = over.place.page == place.page
            overlaps = over.place.x < place.right and place.x < over.place.right
            if same_page and overlaps and place.y - over.place.bottom < 2.5 * place.h:
                near = [
                    word for word in over.words if word.place.x < place.right + 1 and place.x - 1 < word.place.right
                ]
                text = plain(over.text) if len(over.words) <= 4 else plain(" ".join(word.text for word in near))
                if re.search("[a-z]", text):
                    return text
    return ""


def label_score(lexicon: str, spot: Spot, against: str = "") -> float:
    """How much the labels of `spot` speak for `lexicon` (0 to 1), less what speaks for `against` nearer by."""
    left = _near(lexicon, spot.left)
    above = 0.9 * labels.weight(lexicon, spot.above)
    if against:
        left_against = _near(against, spot.left)
        if left_against > left:
            # The word next to the value is another one: what stands above does not count either.
            return max(0.0, left - left_against)
        above = max(0.0, above - labels.weight(against, spot.above))
        left = left if left > left_against else 0.0
    return max(left, above)


def _near(lexicon: str, text: str) -> float:
    """The weight of the best phrase in `text`, less for every word between it and the end."""
    expression, weights = labels._compiled(lexicon)
    best = 0.0
    for found in expression.finditer(text):
        between = len(text[found.end() :].split())
        best = max(best, weights[found.group(1)] * 0.84**between)
    return best


def distinct(found: Iterable[Spot]) -> dict[object, list[Spot]]:
    """The spots by their value, in order of first appearance."""
    by_value: dict[object, list[Spot]] = {}
    for spot in found:
        by_value.setdefault(spot.value, []).append(spot)
    return by_value

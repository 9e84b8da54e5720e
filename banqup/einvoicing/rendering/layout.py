"""From `Sheet` to pages of placed text: which words stand where. Nothing is drawn here.

Everything is made of `Line`s, so everything can break across pages: a text of
any length, a table of any number of rows. Lengths are points, y counts from
the top edge of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

from .sheet import Square

WIDTH, HEIGHT = 595.28, 841.89  # A4
LEFT, RIGHT, TOP, BOTTOM = 51.0, WIDTH - 51.0, 48.0, HEIGHT - 60.0
LEADING = 1.38


class Style(NamedTuple):
    bold: bool
    size: float
    muted: bool = False


class Run(NamedTuple):
    """A text on a baseline: from `x` on, or up to it where `right`."""

    x: float
    text: str
    style: Style
    right: bool = False


@dataclass(frozen=True)
class Line:
    """A strip of the page with what stands on it; `rule` draws a hairline over it."""

    height: float
    runs: tuple[Run, ...] = ()
    rule: bool = False
    square: Square | None = None  # drawn at the left edge, as high as the strip


class Placed(NamedTuple):
    y: float
    line: Line


Measure = Callable[[str, Style], float]


@dataclass
class Flow:
    """Places lines from top to bottom and begins a new page where one is full."""

    pages: list[list[Placed]] = field(default_factory=lambda: [[]])
    y: float = TOP
    head: tuple[Line, ...] = ()  # repeated at the top of each page while a table runs

    def place(self, lines: Iterable[Line], *, together: bool = True) -> None:
        """`together` keeps them on one page if one page can hold them."""
        lines = list(lines)
        whole = sum(line.height for line in lines)
        if together and self.y + whole > BOTTOM and TOP + self._head_height() + whole <= BOTTOM:
            self._next_page()
        for line in lines:
            if self.y + line.height > BOTTOM:
                self._next_page()
            self._put(line)

    def room(self, height: float) -> None:
        """A new page unless so much is left of this one; what no page can hold begins here."""
        if self.y + height > BOTTOM and height <= BOTTOM - TOP:
            self._next_page()

    def _head_height(self) -> float:
        return sum(line.height for line in self.head)

    def _next_page(self) -> None:
        self.pages.append([])
        self.y = TOP
        for line in self.head:
            self._put(line)

    def _put(self, line: Line) -> None:
        self.pages[-1].append(Placed(self.y, line))
        self.y += line.height


def gap(height: float) -> Line:
    return Line(height)


def text(words: str, x: float, width: float, style: Style, measure: Measure, *, right: bool = False) -> list[Line]:
    """`words` broken to `width`, one `Line` each; their own line breaks are kept."""
    edge = x + width if right else x
    return [
        Line(style.size * LEADING, (Run(edge, piece, style, right),)) for piece in wrapped(words, width, style, measure)
    ]


def beside(*columns: list[Line], rule: bool = False) -> list[Line]:
    """Columns side by side as one list of lines, each as high as its highest part; `rule` over the first."""
    rows = zip_longest(*columns, fillvalue=Line(0))
    return [
        Line(
            max(part.height for part in parts), tuple(run for part in parts for run in part.runs), rule and number == 0
        )
        for number, parts in enumerate(rows)
    ]


def wrapped(words: str, width: float, style: Style, measure: Measure) -> list[str]:
    found: list[str] = []
    for paragraph in words.splitlines() or [""]:
        found += _broken(paragraph, width, style, measure)
    return found


def _broken(paragraph: str, width: float, style: Style, measure: Measure) -> list[str]:
    if measure(paragraph, style) <= width:
        return [paragraph]
    lines, current, used = [], "", 0.0
    # Only ordinary blanks are places to break; a no-break space is none.
    for word in paragraph.split(" "):
        size = measure(word, style)
        blank = measure(" ", style) if current else 0.0
        if used + blank + size <= width:
            current, used = f"{current} {word}" if current else word, used + blank + size
            continue
        if current:
            lines.append(current)
        *full, current = _cut(word, width, style, measure) if size > width else [word]
        lines += full
        used = measure(current, style)
    return [*lines, current]


def _cut(word: str, width: float, style: Style, measure: Measure) -> list[str]:
    """A word that is wider than its column, in pieces that are not."""
    pieces, current, used = [], "", 0.0
    for character in word:
        size = measure(character, style)
        if current and used + size > width:
            pieces.append(current)
            current, used = "", 0.0
        current, used = current + character, used + size
    return [*pieces, current]

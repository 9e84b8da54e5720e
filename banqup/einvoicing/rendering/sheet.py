"""A document as what stands on its page: labels and values in words, ready for HTML and for PDF alike."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Nobody reads further; the e-invoice itself has the rest.
MAX_OTHER = 200


@dataclass(frozen=True)
class Fact:
    """A value with the words for it. `term` is its BT or BG number, empty for what the standard has none for."""

    term: str
    label: str
    value: str


@dataclass(frozen=True)
class Side:
    """A party: its role, its name, and what else is said of it."""

    term: str
    role: str
    name: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Row:
    """A line. `facts` is all that has no column of its own."""

    number: str
    name: str
    description: str
    quantity: str
    price: str
    vat: str
    amount: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Adjustment:
    """A discount (its amount has a minus) or a charge of the whole document."""

    label: str
    vat: str
    amount: str


@dataclass(frozen=True)
class VatRow:
    label: str
    reason: str
    taxable: str
    tax: str


@dataclass(frozen=True)
class Square:
    """A code to be read by a machine: `rows` of 1 (dark) and 0, and the text it says."""

    text: str
    rows: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def path(self) -> str:
        """The dark modules as the path of an SVG, one unit each."""
        runs = ((y, run) for y, row in enumerate(self.rows) for run in re.finditer("1+", row))
        return "".join(f"M{run.start()} {y}h{len(run.group())}v1h-{len(run.group())}z" for y, run in runs)


@dataclass(frozen=True)
class Sheet:
    """Everything that a document says. `rows` are those from `first` on (0 is the first); it has `line_count`."""

    language: str
    title: str  # Invoice, Credit note
    number: str
    payable: Fact  # with its currency
    marking: str  # says that this is not the supplier's own picture; empty where it is
    facts: tuple[Fact, ...]
    sides: tuple[Side, ...]
    notes: tuple[str, ...]
    heads: dict[str, str]  # words over columns and parts: line, description, quantity …
    rows: tuple[Row, ...]
    first: int
    line_count: int
    adjustments: tuple[Adjustment, ...]
    vat: tuple[VatRow, ...]
    totals: tuple[Fact, ...]
    payments: tuple[tuple[Fact, ...], ...]
    terms: Fact | None
    files: tuple[str, ...]
    specification: tuple[Fact, ...]
    other: tuple[Fact, ...]
    code: Square | None = None  # what a banking app pays with

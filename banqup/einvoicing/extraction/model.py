"""What extraction takes and gives. Places are in percent of a page, from its top left corner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model import Document

# A value is taken from this confidence on (0 to 1); below the second one a person is asked to look at it.
TAKE_FROM = 0.45
CHECK_BELOW = 0.8


@dataclass(frozen=True)
class Place:
    """A box on a page (the first is 1); x, y, w, h in percent of the page."""

    page: int
    x: float
    y: float
    w: float
    h: float

    def around(self, other: Place) -> Place:
        """The smallest box that holds both; they are on the same page."""
        left, top = min(self.x, other.x), min(self.y, other.y)
        right, bottom = max(self.right, other.right), max(self.bottom, other.bottom)
        return Place(self.page, left, top, right - left, bottom - top)

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def middle(self) -> float:
        return self.y + self.h / 2

    def rounded(self) -> list:
        """[page, x, y, w, h] for JSON, to a hundredth of a percent."""
        return [self.page, *(round(part, 2) for part in (self.x, self.y, self.w, self.h))]


@dataclass(frozen=True)
class Word:
    """One word as it stands on the page; `sure` is what the reader of a scan says of it (1 for text)."""

    text: str
    place: Place
    sure: float = 1.0


@dataclass(frozen=True)
class Found:
    """One value: typed (str, Decimal, date), how sure (0 to 1), where it stands and what is written there.

    `left` and `above` are the labels beside and over it, as `learn` remembers them.
    """

    value: object
    confidence: float
    place: Place | None
    text: str
    left: str = ""
    above: str = ""


@dataclass(frozen=True)
class KnownParty:
    """A business whose identifiers are known: the space itself, or a supplier or customer of it.

    `hints` is what `learn` gave for its earlier documents: business term → hint.
    """

    name: str = ""
    vat_id: str = ""
    company_id: str = ""
    iban: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    hints: Mapping[str, Mapping] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What the reader knows before it begins.

    `own` is the party the document was brought in for, `sales` whether it issued the document.
    `find(vat_ids, company_ids, ibans)` gives the known other party with one of these identifiers, or None.
    """

    own: KnownParty = KnownParty()
    sales: bool = False
    find: object = None


@dataclass(frozen=True)
class Extraction:
    """`found`: business term → the value taken. `offered`: business term → candidates, the best first, of a
    field that stays empty. `document` holds what was taken. `notes` are stable slugs: `lines-from-totals`,
    `totals-do-not-add-up`, `addressee-not-seen`, `no-words`."""

    document: Document
    found: Mapping[str, Found]
    offered: Mapping[str, tuple[Found, ...]]
    notes: tuple[str, ...] = ()

"""How a `Sheet` looks on A4: the parts of the document one after the other, as lines for `layout`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .labels import word
from .layout import BOTTOM, LEFT, RIGHT, TOP, Flow, Line, Measure, Run, Style, beside, gap, text
from .sheet import Fact, Row, Sheet, Square

_WIDTH = RIGHT - LEFT
_TITLE, _HEADING, _STRONG = Style(True, 18), Style(True, 10), Style(True, 8.5)
_PLAIN, _SMALL, _LABEL = Style(False, 8.5), Style(False, 7.5, muted=True), Style(False, 7, muted=True)
_BETWEEN = 12.0
_CODE = 82.0  # 29 mm: half a millimetre a module
# Columns of the lines: x of the left edge and width.
_NUMBER, _NAME = (LEFT, 30.0), (LEFT + 36, 208.0)
_QUANTITY, _PRICE = (LEFT + 248, 52.0), (LEFT + 306, 54.0)
_VAT, _AMOUNT = (LEFT + 372, 60.0), (LEFT + 436, _WIDTH - 436)


def compose(sheet: Sheet, measure: Measure, *, data_inside: str = "", unshown: bool = False) -> Flow:
    """The pages of `sheet`. `data_inside` names the file with the e-invoice; `unshown` tells of missing characters."""
    paper = _Paper(sheet, measure)
    paper.top(data_inside, unshown)
    paper.facts(sheet.facts)
    paper.sides()
    paper.notes()
    paper.lines()
    paper.sums()
    paper.payment()
    paper.endings()
    return paper.flow


class _Paper:
    def __init__(self, sheet: Sheet, measure: Measure):
        self.sheet = sheet
        self.measure = measure
        self.flow = Flow()

    def top(self, data_inside: str, unshown: bool) -> None:
        sheet = self.sheet
        amount = text(sheet.payable.value, LEFT + 330, _WIDTH - 330, _TITLE, self.measure, right=True)
        title = text(f"{sheet.title} {sheet.number}".strip(), LEFT, 320, _TITLE, self.measure)
        self.flow.place(beside(title, amount))
        remarks = [sheet.marking] if sheet.marking else []
        if data_inside:
            remarks.append(word("data_inside", sheet.language).format(name=data_inside))
        if unshown:
            remarks.append(word("unshown", sheet.language))
        self.flow.place([*self._text(" ".join(remarks), _SMALL), gap(_BETWEEN)])

    def facts(self, facts: Iterable[Fact], columns: int = 3) -> None:
        """Label over value, in columns; read from left to right."""
        facts = list(facts)
        width = (_WIDTH - 12 * (columns - 1)) / columns
        for start in range(0, len(facts), columns):
            cells = []
            for position, fact in enumerate(facts[start : start + columns]):
                x = LEFT + position * (width + 12)
                label = text(fact.label, x, width, _LABEL, self.measure)
                cells.append([*label, *text(fact.value, x, width, _PLAIN, self.measure)])
            self.flow.place([*beside(*cells), gap(4)])

    def sides(self) -> None:
        sides, width = self.sheet.sides, (_WIDTH - 18) / 2
        for start in range(0, len(sides), 2):
            cells = []
            for position, side in enumerate(sides[start : start + 2]):
                x = LEFT + position * (width + 18)
                lines = [*text(side.role, x, width, _HEADING, self.measure)]
                lines += text(side.name, x, width, _STRONG, self.measure)
                for fact in side.facts:
                    label = text(fact.label, x, 92, _LABEL, self.measure)
                    lines += beside(label, text(fact.value, x + 96, width - 96, _PLAIN, self.measure))
                cells.append(lines)
            self.flow.place([gap(_BETWEEN - 4), *beside(*cells)])

    def notes(self) -> None:
        for note in self.sheet.notes:
            self.flow.place([gap(8), *self._text(note, _PLAIN)])

    def lines(self) -> None:
        sheet, flow = self.sheet, self.flow
        flow.place([gap(_BETWEEN + 2)])
        head = tuple(self._head())
        rows = [self._row(row) for row in sheet.rows]
        # The head never stands alone at the foot of a page.
        flow.room(sum(line.height for line in (*head, *(rows[0] if rows else ()))))
        flow.place(head)
        flow.head = head
        for row in rows:
            flow.place(row)
        for item in sheet.adjustments:
            cells = beside(
                self._cell(item.label, (_NAME[0], _PRICE[0] + _PRICE[1] - _NAME[0])),
                self._cell(item.vat, _VAT),
                self._cell(item.amount, _AMOUNT, right=True),
            )
            flow.place(_spaced(cells))
        flow.head = ()
        flow.place([Line(_BETWEEN, rule=True)])

    def _head(self) -> list[Line]:
        heads, cells = self.sheet.heads, []
        for name, column, right in (
            ("line", _NUMBER, False),
            ("description", _NAME, False),
            ("quantity", _QUANTITY, True),
            ("price", _PRICE, True),
            ("vat", _VAT, False),
            ("amount", _AMOUNT, True),
        ):
            cells.append(text(heads[name], *column, _LABEL, self.measure, right=right))
        return [*beside(*cells), gap(3)]

    def _row(self, row: Row) -> list[Line]:
        about = text(row.name, *_NAME, _PLAIN, self.measure)
        about += text(row.description, *_NAME, _SMALL, self.measure) if row.description else []
        for fact in row.facts:
            about += text(f"{fact.label}: {fact.value}", *_NAME, _SMALL, self.measure)
        cells = beside(
            self._cell(row.number, _NUMBER),
            about,
            self._cell(row.quantity, _QUANTITY, right=True),
            self._cell(row.price, _PRICE, right=True),
            self._cell(row.vat, _VAT),
            self._cell(row.amount, _AMOUNT, right=True),
        )
        return _spaced(cells)

    def _cell(self, words: str, column: tuple[float, float], *, right: bool = False) -> list[Line]:
        return text(words, *column, _PLAIN, self.measure, right=right) if words else []

    def sums(self) -> None:
        self.flow.place([*beside(self._vat(), self._totals()), gap(_BETWEEN)])

    def _vat(self) -> list[Line]:
        """The left half: the breakdown."""
        heads = self.sheet.heads
        label, taxable, tax = (LEFT, 100.0), (LEFT + 104, 68.0), (LEFT + 176, 62.0)
        lines = beside(
            text(heads["vat"], *label, _LABEL, self.measure),
            text(heads["taxable"], *taxable, _LABEL, self.measure, right=True),
            text(heads["tax"], *tax, _LABEL, self.measure, right=True),
        )
        for row in self.sheet.vat:
            lines += beside(
                self._cell(row.label, label),
                self._cell(row.taxable, taxable, right=True),
                self._cell(row.tax, tax, right=True),
            )
            lines += text(row.reason, LEFT, 238, _SMALL, self.measure) if row.reason else []
        return lines

    def _totals(self) -> list[Line]:
        """The right half."""
        label, amount = (LEFT + 270, 130.0), (LEFT + 404, _WIDTH - 404)
        payable = self.sheet.payable
        lines: list[Line] = []
        for fact in self.sheet.totals:
            value = text(fact.value, *amount, _PLAIN, self.measure, right=True)
            lines += beside(text(fact.label, *label, _PLAIN, self.measure), value)
        words = text(payable.label, *label, _HEADING, self.measure)
        return [*lines, gap(4), *beside(words, text(payable.value, *amount, _HEADING, self.measure, right=True))]

    def payment(self) -> None:
        sheet = self.sheet
        if not sheet.payments and not sheet.terms:
            return
        self._heading(sheet.heads["payment"])
        for facts in sheet.payments:
            self.facts(facts)
        if sheet.code:
            self._code(sheet.code)
        if sheet.terms:
            self.flow.place([*self._text(f"{sheet.terms.label}: {sheet.terms.value}", _PLAIN), gap(4)])

    def _code(self, code: Square) -> None:
        """The square, and beside it what it is for."""
        words = text(
            word("pay_by_code", self.sheet.language), LEFT + _CODE + 12, _WIDTH - _CODE - 12, _SMALL, self.measure
        )
        self.flow.place([gap(4), Line(_CODE, words[0].runs, square=code), gap(6)])

    def endings(self) -> None:
        sheet = self.sheet
        if sheet.files:
            self._heading(sheet.heads["files"])
            for file in sheet.files:
                self.flow.place(self._text(file, _PLAIN))
        if sheet.other:
            self._heading(sheet.heads["other"])
            self.facts(sheet.other)
        for fact in sheet.specification:
            self.flow.place([gap(4), *self._text(f"{fact.label}: {fact.value}", _LABEL)])

    def _heading(self, words: str) -> None:
        self.flow.room(50)  # no heading without the first of what it is over
        self.flow.place([gap(6), *self._text(words, _HEADING)])

    def _text(self, words: str, style: Style) -> list[Line]:
        return text(words, LEFT, _WIDTH, style, self.measure)


def _spaced(cells: list[Line]) -> list[Line]:
    """A row of the table under its hairline."""
    return [Line(2.5, rule=True), *cells, gap(2.5)]


def footer(sheet: Sheet, page: int, pages: int) -> Iterator[Run]:
    """At the foot of every page: which document, whose, and which page of it."""
    seller = next((side.name for side in sheet.sides if side.term == "BG-4"), "")
    about = " · ".join(filter(None, (f"{sheet.title} {sheet.number}".strip(), seller)))
    yield Run(LEFT, about if len(about) <= 90 else about[:89] + "…", _LABEL)
    yield Run(RIGHT, word("page", sheet.language).format(page=page, pages=pages), _LABEL, right=True)


FOOTER_Y = BOTTOM + 16
assert TOP < BOTTOM < FOOTER_Y

"""A statement of account as a plain PDF: headings and tables of text, drawn as e-invoices are.

Words and amounts come in ready; nothing is computed here. Drawing happens in a child process
(`python -m banqup.einvoicing.rendering.statement`), so that the process that asks loads no PDF library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field

from .. import limits
from ..pdf import child_environment
from .layout import LEFT, RIGHT, Flow, Line, Measure, Run, Style, beside, gap, text
from .make import SECONDS, NotDrawn

MEMORY = 512 * 1024 * 1024
_TITLE, _HEADING = Style(True, 18), Style(True, 10)
_PLAIN, _STRONG, _LABEL = Style(False, 8.5), Style(True, 8.5), Style(False, 7, muted=True)
_FULL = RIGHT - LEFT
# Of the columns: date, what, due; charged, settled and balance stand to the right.
_COLUMNS = ((0.0, 62.0, False), (68.0, 164.0, False), (238.0, 58.0, False))
_AMOUNTS = ((300.0, 60.0, True), (364.0, 62.0, True), (430.0, _FULL - 430.0, True))


@dataclass(frozen=True)
class Section:
    """A table of six columns. The last row is its sum."""

    heading: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Paper:
    title: str
    subtitle: str
    sender: str
    recipient: str
    # `{page}` and `{pages}` are filled in.
    page: str
    sections: tuple[Section, ...] = field(default_factory=tuple)


def pdf(paper: Paper) -> bytes:
    """`paper` as a PDF. The same paper gives the same bytes. Raises `NotDrawn`."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"{__package__}.statement"],
            input=json.dumps(asdict(paper)).encode(),
            capture_output=True,
            timeout=SECONDS,
            env=child_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotDrawn(f"Drawing took longer than {SECONDS:g} seconds.") from None
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise NotDrawn(done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "The process was ended.")
    return done.stdout


def compose(paper: Paper, measure: Measure) -> Flow:
    flow = Flow()
    flow.place([*text(paper.title, LEFT, _FULL, _TITLE, measure), *text(paper.subtitle, LEFT, _FULL, _PLAIN, measure)])
    half = (_FULL - 18) / 2
    sides = [
        text(paper.sender, LEFT, half, _PLAIN, measure),
        text(paper.recipient, LEFT + half + 18, half, _PLAIN, measure),
    ]
    flow.place([gap(12), *beside(*sides), gap(12)])
    for section in paper.sections:
        flow.room(90)  # no heading without the first of what it is over
        flow.place([gap(10), *text(section.heading, LEFT, _FULL, _HEADING, measure), gap(4)])
        head = tuple([*_row(section.heads, _LABEL, measure), gap(3)])
        flow.place(head)
        flow.head = head
        for number, row in enumerate(section.rows, start=1):
            style = _STRONG if number == len(section.rows) else _PLAIN
            flow.place([Line(2.5, rule=True), *_row(row, style, measure), gap(2.5)])
        flow.head = ()
        if section.note:
            flow.place([gap(6), *text(section.note, LEFT, _FULL, _PLAIN, measure)])
    return flow


def _row(cells, style: Style, measure: Measure) -> list[Line]:
    columns = (*_COLUMNS, *_AMOUNTS)
    placed = [
        text(cell, LEFT + x, width, style, measure, right=right)
        for cell, (x, width, right) in zip(cells, columns, strict=True)
    ]
    return beside(*placed)


def draw(paper: Paper) -> bytes:
    """In the child process only."""
    from . import drawing

    def foot(page: int, pages: int):
        words = paper.page.replace("{page}", str(page)).replace("{pages}", str(pages))
        yield Run(RIGHT, words, _LABEL, right=True)

    return drawing.draw_text(lambda measure: compose(paper, measure), foot, paper.title)


def main() -> int:
    limits.die_with_parent()
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the PDF
    told = json.loads(sys.stdin.buffer.read())
    limits.cap(MEMORY, int(SECONDS))
    sections = tuple(
        Section(one["heading"], tuple(one["heads"]), tuple(map(tuple, one["rows"])), one["note"])
        for one in told.pop("sections")
    )
    answer.write(draw(Paper(**told, sections=sections)))
    answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

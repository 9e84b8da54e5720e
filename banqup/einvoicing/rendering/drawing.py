"""Drawing composed pages with ReportLab: Open Sans, embedded, and nothing but text and hairlines.

Loaded in the child process only (see `child`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import ttf_opensans
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from .layout import HEIGHT, LEFT, RIGHT, WIDTH, Flow, Measure, Run, Style
from .paper import FOOTER_Y, compose, footer
from .sheet import Sheet, Square

_REGULAR, _BOLD = "OpenSans-Regular", "OpenSans-SemiBold"
_INK, _MUTED, _RULE = (0.09, 0.13, 0.17), (0.32, 0.38, 0.43), (0.82, 0.85, 0.88)
_BASELINE = 0.76  # of the height of a line, the same for every size that stands on it
# What a text may hold that means nothing on paper: no glyph is needed for it.
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])


def draw(sheet: Sheet, data_inside: str = "") -> bytes:
    """`sheet` as a PDF of plain pages. The same sheet gives the same bytes."""
    _load_fonts()
    rl_config.useA85 = 0  # binary streams: a third smaller
    seen: list[bool] = []
    flow = compose(sheet, lambda words, style: _width(_drawable(words, seen), style), data_inside=data_inside)
    if seen:
        flow = compose(
            sheet, lambda words, style: _width(_drawable(words), style), data_inside=data_inside, unshown=True
        )
    return _drawn(flow, lambda page, pages: footer(sheet, page, pages))


def draw_text(composed: Callable[[Measure], Flow], foot: Callable[[int, int], Iterable[Run]], title: str) -> bytes:
    """Pages that are no e-invoice: `composed` places them, `foot` says what stands below each."""
    _load_fonts()
    flow = composed(lambda words, style: _width(_drawable(words), style))
    return _drawn(flow, foot, title)


def _drawn(flow: Flow, foot: Callable[[int, int], Iterable[Run]], title: str = "") -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1, initialFontName=_REGULAR)
    if title:
        canvas.setTitle(title)
    _pages(canvas, flow, foot)
    canvas.save()
    return out.getvalue()


def _pages(canvas: Canvas, flow: Flow, foot: Callable[[int, int], Iterable[Run]]) -> None:
    for number, page in enumerate(flow.pages, start=1):
        for y, line in page:
            if line.rule:
                canvas.setStrokeColorRGB(*_RULE)
                canvas.setLineWidth(0.5)
                canvas.line(LEFT, HEIGHT - y, RIGHT, HEIGHT - y)
            if line.square:
                _square(canvas, line.square, y, line.height)
            for run in line.runs:
                _run(canvas, run, y + line.height * _BASELINE)
        for run in foot(number, len(flow.pages)):
            _run(canvas, run, FOOTER_Y)
        canvas.showPage()


def _square(canvas: Canvas, square: Square, y: float, size: float) -> None:
    """Dark modules as strips: neighbours in a row are one rectangle, so no hairline parts them."""
    module = size / square.size
    canvas.setFillColorRGB(0, 0, 0)
    for number, row in enumerate(square.rows):
        for strip in re.finditer("1+", row):
            left, top = LEFT + strip.start() * module, HEIGHT - y - number * module
            canvas.rect(left, top - module, len(strip.group()) * module, module, stroke=0, fill=1)


def _run(canvas: Canvas, run: Run, baseline: float) -> None:
    words = _drawable(run.text)
    if not words.strip():
        return
    x = run.x - _width(words, run.style) if run.right else run.x
    canvas.setFont(_BOLD if run.style.bold else _REGULAR, run.style.size)
    canvas.setFillColorRGB(*(_MUTED if run.style.muted else _INK))
    canvas.drawString(x, HEIGHT - baseline, words)


@lru_cache(maxsize=100_000)
def _width(words: str, style: Style) -> float:
    return pdfmetrics.stringWidth(words, _BOLD if style.bold else _REGULAR, style.size)


def _drawable(words: str, seen: list[bool] | None = None) -> str:
    """`words` with "?" for each character the font lacks, for PDF/A allows none without a glyph; told in `seen`."""
    if words.isascii() and words.isprintable():
        return words
    words = words.translate(_INVISIBLE).replace("\t", " ")
    missing = set(words) - _glyphs()
    if not missing:
        return words
    if seen is not None:
        seen.append(True)
    return "".join("?" if character in missing else character for character in words)


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[str]:
    faces = (pdfmetrics.getFont(name).face.charToGlyph for name in (_REGULAR, _BOLD))
    return frozenset.intersection(*(frozenset(chr(code) for code, glyph in face.items() if glyph) for face in faces))


@lru_cache(maxsize=1)
def _load_fonts() -> None:
    for name, font in ((_REGULAR, ttf_opensans.OPENSANS_REGULAR), (_BOLD, ttf_opensans.OPENSANS_SEMIBOLD)):
        pdfmetrics.registerFont(TTFont(name, str(font.path)))

"""Showing an e-invoice without its supplier's picture: in words (`describe`), and as a PDF with the data inside."""

from .describe import describe
from .labels import LANGUAGES
from .make import NotDrawn, pdf_with_data
from .sheet import Adjustment, Fact, Row, Sheet, Side, Square, VatRow

__all__ = [
    "LANGUAGES",
    "Adjustment",
    "Fact",
    "NotDrawn",
    "Row",
    "Sheet",
    "Side",
    "Square",
    "VatRow",
    "describe",
    "pdf_with_data",
]

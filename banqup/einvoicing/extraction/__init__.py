"""Reads the fields of an invoice out of the words of its pages. Bytes and plain data; no Django, no files.

`extract(words, known)` is the door: words with their places go in (`words.py`), values with page, box,
confidence and source text come out (`model.py`). Nothing is invented: what is not sure enough stays
empty, and its candidates are offered.
"""

from .difference import Difference, differences
from .extract import extract
from .hints import learn
from .model import CHECK_BELOW, Extraction, Found, Known, KnownParty, Place, Word
from .separators import beginnings

__all__ = [
    "CHECK_BELOW",
    "Difference",
    "Extraction",
    "Found",
    "Known",
    "KnownParty",
    "Place",
    "Word",
    "beginnings",
    "differences",
    "extract",
    "learn",
]

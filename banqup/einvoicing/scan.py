"""Words of a scanned page, read by an engine of the machine in a child process with limits.

Tesseract where it is on the PATH (Debian: tesseract-ocr with tesseract-ocr-nld, -fra, -deu); else the
package rapidocr-onnxruntime where it is installed; else scans can't be read here.
"""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass

from . import pdf
from .extraction.model import Word

# A page takes 3 to 10 seconds on an ordinary machine.
SECONDS = 120.0
TESSERACT, RAPIDOCR = "tesseract", "rapidocr"


@dataclass(frozen=True)
class ScannedPage:
    """One page of a scan: its words, how many pages the file has, and which engine read it."""

    words: tuple[Word, ...]
    pages: int
    engine: str


def scan_engine() -> str:
    """`tesseract`, `rapidocr`, or nothing where no engine is on this machine."""
    if shutil.which("tesseract"):
        return TESSERACT
    return RAPIDOCR if importlib.util.find_spec("rapidocr_onnxruntime") else ""


def read_scan(data: bytes, page: int) -> ScannedPage:
    """The words of page `page` (the first is 1) of a PDF, JPEG, PNG or TIFF, places in percent of the page.

    Raises `Unreadable`: `no-scan-engine`, and as `render_page` and `image_to_png`.
    """
    engine = scan_engine()
    if not engine:
        raise pdf.Unreadable(
            "no-scan-engine", "This machine can't read scans. Install the package tesseract-ocr, then it is read."
        )
    head, _ = pdf._run({"do": "scan", "page": page, "engine": engine}, data, module="scan_child", seconds=SECONDS)
    return ScannedPage(pdf.words_of(head["words"]), head["pages"], engine)

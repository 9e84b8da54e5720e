"""Looking into PDFs and pictures, each time in a child process of its own with limits.

PDF and image libraries meet hostile files; a crash, an endless loop or a memory
bomb must end that child and nothing else.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .errors import Unreadable
from .extraction.model import Place, Word
from .safe_xml import MAX_BYTES

SECONDS = 30.0


@dataclass(frozen=True)
class PdfFacts:
    """What a PDF holds. `embedded_xml` is the e-invoice inside it, if any; `text` and `words` are capped:
    `words` are those of its first and last pages, with their places."""

    pages: int
    encrypted: bool = False
    embedded_xml: bytes | None = None
    embedded_name: str | None = None
    text: str = ""
    words: tuple[Word, ...] = ()


def inspect_pdf(data: bytes) -> PdfFacts:
    """Pages, text (at most 200,000 characters of 50 pages) and the embedded e-invoice of a PDF.

    Embedded is the XML of Factur-X, ZUGFeRD, Order-X or XRechnung by its
    customary name, else any attachment whose content is UBL or CII. `encrypted`
    is true for a PDF that is encrypted but opens without a password. Raises
    `Unreadable`: `empty`, `pdf-too-large`, `encrypted-pdf` (needs a password),
    `broken-pdf`, `pdf-timeout`.
    """
    head, body = _run({"do": "inspect"}, data)
    return PdfFacts(
        pages=head["pages"],
        encrypted=head["encrypted"],
        embedded_xml=body if head["embedded_name"] is not None else None,
        embedded_name=head["embedded_name"],
        text=head["text"],
        words=words_of(head["words"]),
    )


def words_of(rows: list[list]) -> tuple[Word, ...]:
    """What a child says of words, as words."""
    return tuple(Word(text, Place(*place[:5]), *place[5:]) for text, *place in rows)


def render_page(data: bytes, page: int, width: int = 1200) -> bytes:
    """Page `page` (the first is 1) of a PDF as a PNG `width` pixels wide.

    The height is capped at 5 times the width. Raises `Unreadable` like
    `inspect_pdf`, and `no-such-page`.
    """
    return _run({"do": "render", "page": page, "width": width}, data)[1]


def image_to_png(data: bytes, width: int = 1200) -> bytes:
    """The first picture of a JPEG, PNG, TIFF, GIF or WebP file as a PNG at most `width` pixels wide.

    Turned as its EXIF data says. Raises `Unreadable`: `empty`, `too-large`,
    `broken-image`, `pdf-timeout`.
    """
    return _run({"do": "image", "width": width}, data)[1]


def split_pdf(data: bytes, ranges: list[tuple[int, int]]) -> list[bytes]:
    """One PDF for each range of pages (first, last; the first page is 1), the same bytes for the same request.

    Raises `Unreadable` like `inspect_pdf`, and `no-such-page`.
    """
    head, body = _run({"do": "split", "ranges": ranges}, data)
    pieces, start = [], 0
    for size in head["sizes"]:
        pieces.append(body[start : start + size])
        start += size
    return pieces


def _run(request: dict, data: bytes, *, module: str = "pdf_child", seconds: float = 0) -> tuple[dict, bytes]:
    """One request to one child: a JSON line, then the file; the answer is a length, JSON and bytes."""
    seconds = seconds or SECONDS
    picture = request["do"] == "image"
    if len(data) > MAX_BYTES:
        what, code = ("picture", "too-large") if picture else ("PDF", "pdf-too-large")
        raise Unreadable(
            code, f"The {what} is {len(data) / 1048576:.1f} MB and the limit is {MAX_BYTES // 1048576} MB."
        )
    if not data:
        raise Unreadable("empty", "The file is empty. Ask the sender to send it again.")
    if "width" in request:
        request["width"] = max(16, min(int(request["width"]), 4000))
    # What the child leaves when it is killed, such as the picture of a page, goes with this folder.
    with tempfile.TemporaryDirectory(prefix="banqup-") as folder:
        answer = _asked(module, json.dumps(request).encode() + b"\n" + bytes(data), seconds, folder)
    return _answer(answer, picture)


def _asked(module: str, request: bytes, seconds: float, folder: str) -> bytes:
    """What the child says to `request`. Raises Unreadable when it takes longer than `seconds`."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.{module}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**child_environment(), "TMPDIR": folder},
    )
    try:
        return process.communicate(request, timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Unreadable(
            "pdf-timeout",
            f"Opening the file took longer than {seconds:g} seconds, so it was given up. "
            "Ask the sender for a simpler file, or enter the invoice by hand.",
        ) from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _answer(answer: bytes, picture: bool) -> tuple[dict, bytes]:
    try:
        size = struct.unpack("!I", answer[:4])[0]
        head = json.loads(answer[4 : 4 + size])
    except (struct.error, ValueError):
        # Killed by a limit or by a fault in a library, before it could say anything.
        if picture:
            raise Unreadable("broken-image", "The picture cannot be opened: it is damaged or far too big.") from None
        raise Unreadable(
            "broken-pdf",
            "The PDF cannot be opened: it is damaged, or it needs far too much memory or time. "
            "Ask the sender to make it again.",
        ) from None
    if "code" in head:
        raise Unreadable(head["code"], head["message"])
    return head, answer[4 + size :]


def child_environment() -> dict[str, str]:
    """The environment of a child that works on a foreign file: what it needs to start, and no secrets."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    keep = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return {**keep, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}

"""The child that opens one PDF or picture: `python -m banqup.einvoicing.pdf_child`.

Reads a JSON line and a file on standard input and answers on standard output.
It caps its own memory and processor time before it looks at the file.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import struct
import sys

from . import limits
from .errors import Unreadable
from .sniffing import sniff

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 25
MAX_TEXT = 200_000
MAX_TEXT_PAGES = 50
MAX_EMBEDDED = 25 * 1024 * 1024
# Words with their places: of the first pages and the last ones, where totals stand.
FIRST_PAGES, LAST_PAGES, MAX_WORDS = 5, 3, 3000
MAX_PIXELS = 80_000_000  # an A3 page at 600 dpi has 70 million
# By custom of Factur-X/ZUGFeRD 2, ZUGFeRD 1, Order-X and XRechnung.
KNOWN_NAMES = ("factur-x.xml", "zugferd-invoice.xml", "zugferd.xml", "order-x.xml", "xrechnung.xml")

BROKEN = "The PDF cannot be opened: it is damaged. Ask the sender to make it again."
_LOCKED = "The PDF is protected with a password. Ask the sender for one without."


def main() -> int:
    return serve(
        {"inspect": inspect, "render": render, "image": image, "split": split},
        lambda _request: limits.cap(MEMORY, CPU_SECONDS),
    )


def serve(works: dict, cap) -> int:
    """Answer the one request on standard input; `cap` limits this process before it looks at the file."""
    limits.die_with_parent()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the answer
    request = json.loads(sys.stdin.buffer.readline())
    cap(request)
    data = sys.stdin.buffer.read()
    try:
        head, body = works[request["do"]](data, request)
    except Unreadable as error:
        head, body = {"code": error.code, "message": error.message}, b""
    except Exception:
        # Whatever a library throws at a foreign file, the file is to blame.
        # (MemoryError is among it: that is the cap at work.)
        if b"%PDF-" in data[:1029] or request["do"] in ("inspect", "render", "split"):
            head = {"code": "broken-pdf", "message": BROKEN}
        else:
            head = {"code": "broken-image", "message": "The picture cannot be opened: it is damaged or far too big."}
        body = b""
    coded = json.dumps(head).encode()
    answers.write(struct.pack("!I", len(coded)) + coded + body)
    answers.close()
    return 0


def inspect(data: bytes, _request: dict) -> tuple[dict, bytes]:
    """Facts about a PDF and, as the body, the e-invoice inside."""
    if b"%PDF-" not in data[:1029]:
        raise Unreadable("broken-pdf", "The file is not a PDF.")
    opened = document(data)
    if len(opened) == 0:
        raise Unreadable("broken-pdf", "The PDF has no pages. Ask the sender to make it again.")
    encrypted, name, content = _embedded(data)
    head = {
        "pages": len(opened),
        "encrypted": encrypted,
        "embedded_name": name,
        "text": _text(opened),
        "words": _words(opened),
    }
    return head, content or b""


def _embedded(data: bytes) -> tuple[bool, str | None, bytes | None]:
    """Whether it is encrypted, and the e-invoice among the attachments: a known name first, then known content."""
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    encrypted = False
    found: list[tuple[str, bytes]] = []
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        encrypted = reader.is_encrypted
        if encrypted:
            reader.decrypt("")
        for name, contents in reader.attachments.items():
            found += [(name, content) for content in contents if len(content) <= MAX_EMBEDDED]
    except MemoryError:
        raise
    except Exception:
        # A damaged list of attachments: the pages may still be of use.
        pass
    for known in KNOWN_NAMES:
        for name, content in found:
            if name.lower() == known:
                return encrypted, name, content
    for name, content in found:
        if sniff(content) in ("ubl", "cii"):
            return encrypted, name, content
    return encrypted, None, None


def document(data: bytes):
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("encrypted-pdf", _LOCKED) from None
        raise Unreadable("broken-pdf", BROKEN) from None


def _text(document) -> str:
    """The words of the first pages; PDFium reads tables in the order people do more often than others."""
    parts: list[str] = []
    size = 0
    try:
        for index in range(min(len(document), MAX_TEXT_PAGES)):
            parts.append(document[index].get_textpage().get_text_range())
            size += len(parts[-1])
            if size > MAX_TEXT:
                break
    except Exception:  # no text is an answer too: the page may be a scan or damaged
        pass
    text = "\n".join(parts)[:MAX_TEXT].replace("\r\n", "\n").replace("\0", "")
    # PDFium gives lone surrogates for broken fonts, which no JSON reader or database takes.
    return text.encode("utf-8", "replace").decode("utf-8")


def _words(document) -> list[list]:
    """[text, page, x, y, w, h] of each word, in percent of the page as it is shown."""
    last = range(max(FIRST_PAGES, len(document) - LAST_PAGES), len(document))
    found: list[list] = []
    for index in (*range(min(FIRST_PAGES, len(document))), *last):
        # A damaged page or font raises whatever the library has; the other pages may still say something.
        with contextlib.suppress(ArithmeticError, LookupError, RuntimeError, ValueError, OSError):
            found += _words_of_page(document[index], index + 1, MAX_WORDS - len(found))
    return found


def _words_of_page(page, number: int, at_most: int) -> list[list]:
    """PDFium tells the letters and where it sees a space; a word is what stands between two of those."""
    from pypdfium2 import raw

    text_page = page.get_textpage()
    box, rectangle = _shown(page), raw.FS_RECTF()
    words: list[list] = []
    letters, edges = [], []
    for position in range(text_page.count_chars() + 1):
        code = raw.FPDFText_GetUnicode(text_page, position) if position < text_page.count_chars() else 32
        # 0xFFFE and 0 stand for letters of which the font does not say what they are.
        if chr(code).isspace() or code in (0, 2, 0xFFFE):
            if letters:
                words.append(["".join(letters)[:200], number, *box(edges)])
                letters, edges = [], []
            if len(words) >= at_most:
                break
            continue
        if raw.FPDFText_GetLooseCharBox(text_page, position, ctypes.byref(rectangle)):
            letters.append(chr(code) if not 0xD800 <= code <= 0xDFFF else "?")
            edges.append((rectangle.left, rectangle.bottom, rectangle.right, rectangle.top))
    return words


def _shown(page):
    """A function from the edges of letters to x, y, w, h in percent of the page as it is cropped and turned."""
    left, bottom, right, top = page.get_cropbox()
    across, down = right - left, top - bottom
    turned = page.get_rotation()

    def box(edges):
        x1, y1 = min(edge[0] for edge in edges) - left, min(edge[1] for edge in edges) - bottom
        x2, y2 = max(edge[2] for edge in edges) - left, max(edge[3] for edge in edges) - bottom
        x1, x2, y1, y2 = 100 * x1 / across, 100 * x2 / across, 100 * y1 / down, 100 * y2 / down
        if turned == 90:
            x, y, w, h = y1, x1, y2 - y1, x2 - x1
        elif turned == 180:
            x, y, w, h = 100 - x2, y1, x2 - x1, y2 - y1
        elif turned == 270:
            x, y, w, h = 100 - y2, 100 - x2, y2 - y1, x2 - x1
        else:
            x, y, w, h = x1, 100 - y2, x2 - x1, y2 - y1
        return [round(part, 2) for part in (x, y, w, h)]

    return box


def render(data: bytes, request: dict) -> tuple[dict, bytes]:
    """One page as PNG."""
    opened = document(data)
    page, width = int(request["page"]), request["width"]
    if not 1 <= page <= len(opened):
        raise Unreadable("no-such-page", f"The PDF has {len(opened)} pages and no page {page}.")
    sheet = opened[page - 1]
    across, down = sheet.get_size()
    if across <= 0 or down <= 0:
        raise Unreadable("broken-pdf", BROKEN)
    scale = min(width / across, 5 * width / down)
    picture = sheet.render(scale=scale).to_pil().convert("RGB")
    return {}, _png(picture)


def split(data: bytes, request: dict) -> tuple[dict, bytes]:
    """Some pages of a PDF, as files of their own one after the other."""
    from pypdf import PdfReader, PdfWriter

    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        reader.decrypt("")
    made = []
    for first, last in request["ranges"]:
        if not 1 <= first <= last <= len(reader.pages):
            raise Unreadable("no-such-page", f"The PDF has {len(reader.pages)} pages and no page {last}.")
        writer = PdfWriter()
        for page in range(first - 1, last):
            writer.add_page(reader.pages[page])
        out = io.BytesIO()
        writer.write(out)
        made.append(out.getvalue())
    return {"sizes": [len(piece) for piece in made]}, b"".join(made)


def image(data: bytes, request: dict) -> tuple[dict, bytes]:
    """A picture as PNG, turned upright."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "TIFF", "GIF", "WEBP")) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise Unreadable("broken-image", "The picture has too many pixels. Ask for a smaller scan.")
        # JPEG can be decoded at a fraction of its size, which saves most of the memory.
        opened.draft("RGB", (request["width"], request["width"] * 5))
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    if picture.width > request["width"]:
        height = max(1, round(picture.height * request["width"] / picture.width))
        picture = picture.resize((request["width"], height))
    return {}, _png(picture)


def _png(picture) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())

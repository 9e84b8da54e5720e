"""The child that reads one scanned page: `python -m banqup.einvoicing.scan_child`, spoken to as `pdf_child`.

The engine is started by this child, so that it lives under the same caps and ends with it.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile

from . import limits
from .errors import Unreadable
from .pdf_child import BROKEN, MAX_PIXELS, document, serve

MEMORY = {"tesseract": 1536 * 1024 * 1024, "rapidocr": 4096 * 1024 * 1024}
CPU_SECONDS = 110
# Engines do best where small letters are about 30 pixels high: 300 dots an inch on A4.
LONG_SIDE = 3500
MIN_LONG_SIDE = 2000
LANGUAGES = ("nld", "fra", "deu", "eng")
# Below this the engine itself hardly believes what it read (percent).
MIN_SURE = 20
MAX_WORDS = 3000


def main() -> int:
    return serve({"scan": scan}, lambda request: limits.cap(MEMORY[request["engine"]], CPU_SECONDS))


def scan(data: bytes, request: dict) -> tuple[dict, bytes]:
    """One page to words."""
    picture, pages = _page(data, int(request["page"]))
    picture = _sized(picture)
    read = _tesseract if request["engine"] == "tesseract" else _rapidocr
    words = [
        [text[:200], int(request["page"]), *(round(part, 2) for part in box), round(sure, 2)]
        for text, box, sure in read(picture)
        if text.strip()
    ]
    return {"words": words[:MAX_WORDS], "pages": pages}, b""


def _page(data: bytes, page: int):
    """The page as a grey picture, and how many there are."""
    from PIL import Image, ImageOps

    if b"%PDF-" in data[:1029]:
        opened = document(data)
        if not 1 <= page <= len(opened):
            raise Unreadable("no-such-page", f"The PDF has {len(opened)} pages and no page {page}.")
        sheet = opened[page - 1]
        across, down = sheet.get_size()
        if across <= 0 or down <= 0:
            raise Unreadable("broken-pdf", BROKEN)
        return sheet.render(scale=LONG_SIDE / max(across, down), grayscale=True).to_pil().convert("L"), len(opened)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "TIFF")) as opened:
        pages = getattr(opened, "n_frames", 1)
        if not 1 <= page <= pages:
            raise Unreadable("no-such-page", f"The picture has {pages} pages and no page {page}.")
        if opened.format == "TIFF":
            opened.seek(page - 1)
        if opened.width * opened.height > MAX_PIXELS:
            raise Unreadable("broken-image", "The picture has too many pixels. Ask for a smaller scan.")
        return ImageOps.exif_transpose(opened).convert("L"), pages if opened.format == "TIFF" else 1


def _sized(picture):
    """Small ones enlarged, since engines miss letters of few pixels; large ones made smaller, since they are slow."""
    from PIL import Image

    long_side = max(picture.size)
    if MIN_LONG_SIDE <= long_side <= LONG_SIDE:
        return picture
    factor = min(3, LONG_SIDE / long_side)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _tesseract(picture):
    """Words of `tesseract … tsv`: a row a word, level 5, with its confidence in percent."""
    listed = _run(["tesseract", "--list-langs"]).stdout.split()
    languages = "+".join(language for language in LANGUAGES if language in listed) or "eng"
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "page.png")
        picture.save(name, "PNG", compress_level=1)
        command = ["tesseract", name, "stdout", "-l", languages, "--dpi", "300", "--psm", "11", "tsv"]
        done = _run(command)
    if done.returncode:
        raise Unreadable("broken-image", "The scan can't be read: the page is damaged or far too big.")
    for row in done.stdout.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and _number(cells[10]) >= MIN_SURE:
            left, top, width, height = (int(cell) for cell in cells[6:10])
            yield cells[11], _percent(picture, left, top, width, height), _number(cells[10]) / 100


def _run(command: list[str]) -> subprocess.CompletedProcess:
    """The engine, which ends when this process is ended."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        preexec_fn=limits.die_with_parent,  # noqa: PLW1509  (this process has one thread)
    )


def _number(text: str):
    return int(text.partition(".")[0])


def _rapidocr(picture):
    """Words of the lines that the engine finds; it tells the place of a line only, so words share it by length."""
    import numpy
    from rapidocr_onnxruntime import RapidOCR

    found, _elapsed = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)(numpy.array(picture.convert("RGB")))
    for corners, text, sure in found or []:
        left, right = min(x for x, _y in corners), max(x for x, _y in corners)
        top, bottom = min(y for _x, y in corners), max(y for _x, y in corners)
        start = 0
        for word in text.split():
            at = text.index(word, start)
            start = at + len(word)
            x, width = left + (right - left) * at / len(text), (right - left) * len(word) / len(text)
            yield word, _percent(picture, x, top, width, bottom - top), min(1, max(0, sure))


def _percent(picture, x, y, width, height):
    return 100 * x / picture.width, 100 * y / picture.height, 100 * width / picture.width, 100 * height / picture.height


if __name__ == "__main__":
    sys.exit(main())

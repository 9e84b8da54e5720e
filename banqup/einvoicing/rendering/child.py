"""The process that makes one PDF: `python -m banqup.einvoicing.rendering.child`, started by `make` only.

Reads a JSON line and the e-invoice on standard input; answers with the PDF, or
with nothing and exit code 1 when it cannot be made.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

from .. import limits
from ..reader import read
from ..sniffing import sniff
from . import factur_x
from .describe import describe
from .labels import word

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 60


def main() -> int:
    limits.die_with_parent()
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not write into the PDF
    request = json.loads(sys.stdin.buffer.readline())
    limits.cap(MEMORY, CPU_SECONDS)
    wanted = {name: request[name] for name in ("own", "draft")}
    answer.write(make(sys.stdin.buffer.read(), request["language"], request["name"], **wanted))
    answer.close()
    return 0


def make(xml: bytes, language: str, name: str, *, own: bool = False, draft: bool = False) -> bytes:
    """The PDF of the e-invoice `xml`, which lies inside as `name`; CII as `factur-x.xml`, so that it is Factur-X.

    `own` and `draft`: see `make.pdf_with_data`.
    """
    from . import archive, drawing

    document = read(xml)
    is_cii = sniff(xml) == "cii"
    name = factur_x.NAME if is_cii else name
    sheet = describe(document, language, own=own)
    if draft:
        return drawing.draw(replace(sheet, marking=word("draft", sheet.language)))
    return archive.archive(
        drawing.draw(sheet, data_inside=name),
        xml,
        name=name,
        title=f"{sheet.title} {sheet.number}".strip(),
        author=document.seller.name or "",
        language=sheet.language,
        dated=document.issue_date,
        more=factur_x.metadata(document) if is_cii else "",
    )


if __name__ == "__main__":
    sys.exit(main())

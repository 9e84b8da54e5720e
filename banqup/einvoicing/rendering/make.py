"""An e-invoice as PDF/A-3 with its XML inside, from bytes to bytes.

Drawing happens in a child process with limits on memory and time: the web
process loads no PDF library, and a document of a million words costs one child.
"""

from __future__ import annotations

import json
import subprocess
import sys

from ..pdf import child_environment
from .labels import known

SECONDS = 60.0


class NotDrawn(Exception):
    """The PDF could not be made: the document is too long for the limits, or cannot be read."""


def pdf_with_data(
    xml: bytes, *, language: str | None = "en", name: str = "e-invoice.xml", own: bool = False, draft: bool = False
) -> bytes:
    """The e-invoice `xml` drawn as PDF/A-3b in `language`, with `xml` itself inside under `name`.

    `own`: we issued it, so this is its picture, with a code to pay by. `draft`: the PDF says that it is none
    yet, and nothing lies inside. The same arguments give the same bytes. Raises `NotDrawn`.
    """
    request = json.dumps({"language": known(language), "name": name, "own": own, "draft": draft}).encode()
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"{__package__}.child"],
            input=request + b"\n" + xml,
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

"""The validator's wire format: `!I` length and JSON options, then `!I` length and bytes.

A request is options plus the document; an answer is options plus nothing. The
same frames run over the unix socket and over the pipes of the children.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable

HEAD = struct.Struct("!II")
MAX_OPTIONS = 8 * 1024 * 1024
MAX_BODY = 26 * 1024 * 1024  # a little over what safe_xml takes, so that it can say so itself


class Broken(Exception):
    """The other side closed the line or does not speak this format."""


def pack(options: dict, body: bytes = b"") -> bytes:
    coded = json.dumps(options, separators=(",", ":")).encode("utf-8")
    return HEAD.pack(len(coded), len(body)) + coded + body


def sizes(head: bytes) -> tuple[int, int]:
    """The two lengths in a frame's head. Raises `Broken` when they are out of bounds."""
    options, body = HEAD.unpack(head)
    if options > MAX_OPTIONS or body > MAX_BODY:
        raise Broken("the frame is too large")
    return options, body


def unpack(options: bytes) -> dict:
    try:
        found = json.loads(options)
    except ValueError:
        raise Broken("the frame holds no JSON") from None
    if not isinstance(found, dict):
        raise Broken("the frame holds no JSON object")
    return found


def read_from(read: Callable[[int], bytes]) -> tuple[dict, bytes]:
    """One frame from a blocking source, whose `read(n)` gives at most n bytes and b"" at the end."""
    options_size, body_size = sizes(_exactly(read, HEAD.size))
    options = unpack(_exactly(read, options_size))
    return options, _exactly(read, body_size)


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    chunks = []
    while size:
        chunk = read(min(size, 1 << 20))
        if not chunk:
            raise Broken("the line was closed")
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)

"""What a file is, told by its first bytes and never by its name."""

from __future__ import annotations

import re

from . import names

_OFFICE = (b"word/", b"xl/", b"ppt/", b"mimetypeapplication/vnd.oasis.opendocument", b"[Content_Types].xml")
_ROOT = re.compile(r"<(?:([A-Za-z_][\w.\-]*):)?([A-Za-z_][\w.\-]*)([^>]*)")
_SKIP = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)*", re.S | re.I)
_KINDS = {
    names.INVOICE: "ubl",
    names.CREDIT_NOTE: "ubl",
    names.APPLICATION_RESPONSE: "application-response",
    names.CII: "cii",
}


def sniff(data: bytes, filename: str = "") -> str:
    """The family of `data`, cheaply: only its beginning is looked at and nothing is parsed.

    One of `ubl`, `cii`, `application-response`, `xml`, `pdf`, `image`, `zip`,
    `office`, `empty`, `unknown`. The name is taken so that callers can pass
    what they have; it never decides. Raises nothing.
    """
    head = bytes(data[:65536])
    if not head.strip(b"\0 \t\r\n"):
        return "empty" if not bytes(data).strip(b"\0 \t\r\n") else "unknown"
    # A PDF may have up to 1024 bytes of anything before its mark.
    if b"%PDF-" in head[:1029]:
        return "pdf"
    if head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8")):
        return "image"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "office" if any(mark in head for mark in _OFFICE) else "zip"
    if head.startswith((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")):
        return "office"
    return _xml_kind(_text(head))


def _text(head: bytes) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head.decode("utf-16", "replace")
    if head[:2] in (b"<\0", b"\0<"):
        return head.decode("utf-16-le" if head[1] == 0 else "utf-16-be", "replace")
    return head.decode("utf-8-sig", "replace")


def _xml_kind(text: str) -> str:
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return "unknown"
    declared = text.startswith("<?xml")
    found = _ROOT.match(text, _SKIP.match(text).end())
    if not found:
        return "xml" if declared else "unknown"
    prefix, local, attributes = found.groups()
    if local.lower() == "html":
        return "unknown"
    wanted = f"xmlns:{prefix}" if prefix else "xmlns"
    namespace = re.search(rf"""(?<![\w:.\-]){re.escape(wanted)}\s*=\s*["']([^"']*)["']""", attributes)
    return _KINDS.get(namespace.group(1).strip() if namespace else "", "xml")

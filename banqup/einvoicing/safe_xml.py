"""The only door through which foreign XML enters.

Every later step works on what `parse` returned or on the bytes `canonical`
makes of it, never on the bytes that came in, so that no other parser meets a
declaration, an entity or an encoding this module has not settled.
"""

from __future__ import annotations

import re

from lxml import etree

from .errors import Unreadable

MAX_BYTES = 25 * 1024 * 1024
MAX_DEPTH = 60  # the deepest element of UBL 2.1 that EN 16931 uses stands 9 deep
MAX_ELEMENTS = 500_000  # about 15,000 lines

_TOO_DEEP = "boolean(" + "/*" * (MAX_DEPTH + 1) + ")"
_DECLARED = re.compile(r"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
_ALLOWED = re.compile(r"^(utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d)$", re.I)
# Before the root element only white space, comments and processing
# instructions may stand, so a DOCTYPE can be nowhere else.
_PROLOG = re.compile(r"(?:\s+|<!--.*?-->|<\?.*?\?>)*", re.S)


def parse(data: bytes) -> etree._Element:
    """The root element of `data`, with every declaration refused.

    Raises `Unreadable`: `empty`, `too-large`, `not-utf8`, `unknown-encoding`,
    `doctype`, `truncated`, `not-xml`, `too-deep`, `too-many-elements`.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError("parse takes bytes")
    data = bytes(data)
    if len(data) > MAX_BYTES:
        raise Unreadable(
            "too-large",
            f"The file is {len(data) / 1048576:.1f} MB and the limit is {MAX_BYTES // 1048576} MB. "
            "Ask the sender for one with smaller attachments.",
        )
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("empty", "The file is empty. Ask the sender to send it again.")
    text = _decode(data)
    start = _PROLOG.match(text).end()
    if text[start : start + 9].upper() == "<!DOCTYPE":
        raise Unreadable(
            "doctype",
            "The file declares a document type (DOCTYPE). An e-invoice never needs one and it can be used "
            "for attacks, so it is refused. Ask the sender for the file without it.",
        )
    if text[start : start + 1] != "<":
        raise Unreadable("not-xml", "The file is not XML. Ask the sender for the invoice as a UBL XML file.")
    root = _parse(re.sub(r"^<\?xml.*?\?>", "", text, count=1, flags=re.S).encode("utf-8"))
    _check_size(root)
    return root


def canonical(root: etree._Element) -> bytes:
    """Plain UTF-8 bytes of an element that `parse` returned, for the engines that follow."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, with_tail=False)


def _decode(data: bytes) -> str:
    encoding = _encoding_by_mark(data)
    if encoding is None:
        head = data[:400].decode("latin-1").lstrip()
        declared = _DECLARED.match(head)
        encoding = declared.group(1).lower() if declared else "utf-8"
        if not _ALLOWED.match(encoding):
            raise Unreadable(
                "unknown-encoding",
                f"The file says its characters are coded as {encoding!r}, which is not read here. "
                "Ask the sender for a UTF-8 file.",
            )
    try:
        text = data.decode(encoding)
    except LookupError:
        raise Unreadable("unknown-encoding", f"The character coding {encoding!r} is not known.") from None
    except UnicodeDecodeError as error:
        raise Unreadable(
            "not-utf8",
            f"The file says it is {encoding.upper()} but the byte at position {error.start} is not. "
            "It was probably saved with another character coding: ask the sender for a UTF-8 file.",
        ) from None
    return text.lstrip("\ufeff \t\r\n")


def _encoding_by_mark(data: bytes) -> str | None:
    """The encoding told by a byte order mark, or by how the first `<` is written."""
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\0\0\0<", b"<\0\0\0"):
        raise Unreadable("unknown-encoding", "The file is UTF-32, which is not read here. Ask for a UTF-8 file.")
    if data[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if data[:2] == b"<\0":
        return "utf-16-le"
    if data[:2] == b"\0<":
        return "utf-16-be"
    return None


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _refusal(error, data) from None
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None or docinfo.externalDTD is not None:
        raise Unreadable("doctype", "The file declares a document type (DOCTYPE), which is refused.")
    return root


def _refusal(error: Exception, data: bytes) -> Unreadable:
    text = str(error)
    low = text.lower()
    if "depth" in low:
        return Unreadable("too-deep", "The elements of the file are nested too deeply for an invoice.")
    if "huge" in low or "too long" in low:
        return Unreadable(
            "too-large", "One value in the file is over 10 million characters. Ask for a smaller attachment."
        )
    cut = "premature end" in low or "unclosed" in low or "couldn't find end" in low
    if cut or not data.rstrip().endswith(b">"):
        return Unreadable(
            "truncated", "The file stops in the middle. It was cut off on its way: ask the sender to send it again."
        )
    return Unreadable("not-xml", f"The file is not well-formed XML ({text}). Ask the sender for a correct file.")


def _check_size(root: etree._Element) -> None:
    if root.xpath(_TOO_DEEP):
        raise Unreadable("too-deep", f"The elements of the file are nested more than {MAX_DEPTH} deep.")
    if root.xpath("count(//*)") > MAX_ELEMENTS:
        raise Unreadable(
            "too-many-elements",
            f"The file has more than {MAX_ELEMENTS} elements. Ask the sender to split the invoice.",
        )

"""Reading single values out of XML: each failure names the field it is about."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date
from decimal import Decimal
from functools import cache

from lxml import etree

from .errors import Unreadable
from .names import CII_NS, EXT, NS

# What XML Schema calls a decimal. Decimal() itself would also take NaN,
# Infinity, underscores and exponents such as 1e999999999, which then eat all
# memory as soon as they are written out.
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_MAX_DIGITS = 64


class Node:
    """An element and its position, with typed look-ups by path such as `cac:Party/cbc:Name`."""

    __slots__ = ("element",)

    def __init__(self, element: etree._Element):
        self.element = element

    def all(self, path: str) -> list[Node]:
        found = [self.element]
        for step in path.split("/"):
            tag = qualified(step)
            found = [child for parent in found for child in parent.iterchildren(tag)]
        return [Node(element) for element in found]

    def first(self, path: str) -> Node | None:
        return next(iter(self.all(path)), None)

    def one(self, path: str) -> Node:
        """The first such element, or one that says nothing: for groups that may be absent."""
        return self.first(path) or Node(etree.Element("absent"))

    def own_text(self) -> str | None:
        """The element's text without surrounding space, None when there is none."""
        text = (self.element.text or "").strip()
        return text or None

    def text(self, path: str) -> str | None:
        """The text of the first such element that has any."""
        for node in self.all(path):
            if text := node.own_text():
                return text
        return None

    def attribute(self, path: str, name: str) -> str | None:
        node = self.first(path)
        return node.get(name) if node else None

    def get(self, name: str) -> str | None:
        return (self.element.get(name) or "").strip() or None

    def decimal(self, path: str, field: str) -> Decimal | None:
        return to_decimal(self.text(path), field)

    def date(self, path: str, field: str) -> date | None:
        return to_date(self.text(path), field)

    def flag(self, path: str, field: str) -> bool:
        """An xs:boolean; an absent one is false."""
        text = self.text(path)
        if text in (None, "false", "0"):
            return False
        if text in ("true", "1"):
            return True
        raise _bad(field, text, "true or false")


_PREFIXES = {**NS, **CII_NS, "ext": EXT}


@cache
def qualified(step: str) -> str:
    """`cbc:ID` as lxml names it. Raises KeyError for a prefix that is not ours."""
    prefix, _, local = step.partition(":")
    return f"{{{_PREFIXES[prefix]}}}{local}"


def to_decimal(text: str | None, field: str) -> Decimal | None:
    """A decimal number as written. Raises `Unreadable('bad-value')`, which names `field`."""
    if text is None:
        return None
    if len(text) > _MAX_DIGITS or not _DECIMAL.fullmatch(text):
        raise _bad(field, text, "a number such as 1250.00")
    return Decimal(text)


def to_date(text: str | None, field: str) -> date | None:
    """A date written YYYY-MM-DD; a time zone after it is dropped, as an invoice date has none."""
    if text is None:
        return None
    match = _DATE.fullmatch(text)
    if match:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            pass
    raise _bad(field, text, "a date such as 2026-01-31")


def to_compact_date(text: str | None, field: str) -> date | None:
    """A date written YYYYMMDD, as CII does in its format 102; one with dashes is understood too."""
    if text and re.fullmatch(r"[0-9]{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return to_date(text, field)


def to_bytes(text: str | None, field: str) -> bytes | None:
    """Embedded base64. Raises `Unreadable('bad-value')`, which names `field`."""
    if text is None:
        return None
    try:
        return base64.b64decode(re.sub(r"\s+", "", text), validate=True)
    except (binascii.Error, ValueError):
        raise _bad(field, text, "a base64 coded file") from None


def _bad(field: str, text: str, wanted: str) -> Unreadable:
    shown = text if len(text) <= 40 else text[:37] + "..."
    number = re.search(r"B[TG]-\d+", field)
    return Unreadable(
        "bad-value",
        f"{field} is written as {shown!r}, which is not {wanted}. Ask the sender for a corrected invoice.",
        number.group() if number else None,
    )

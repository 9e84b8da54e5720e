"""Making UBL elements one after the other, leaving out whatever is empty."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from lxml import etree

from .names import NS
from .values import qualified

# Characters XML 1.0 has no way to write. They come with text pasted from
# elsewhere and mean nothing on an invoice, so they are dropped.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Group:
    """An element under construction. A group that stays empty takes itself out of the document."""

    __slots__ = ("currency", "element")

    def __init__(self, element: etree._Element, currency: str | None):
        self.element = element
        self.currency = currency

    @classmethod
    def root(cls, namespace: str, local: str, currency: str | None) -> Group:
        return cls(etree.Element(f"{{{namespace}}}{local}", nsmap={None: namespace, **NS}), currency)

    def group(self, name: str) -> Group:
        return Group(etree.SubElement(self.element, qualified(name)), self.currency)

    def __enter__(self) -> Group:
        return self

    def __exit__(self, kind, *_rest) -> None:
        if kind is None and len(self.element) == 0:
            self.element.getparent().remove(self.element)

    def add(self, name: str, value, /, **attributes: str | None) -> None:
        """An element with a text; nothing when the text is empty. Attributes that are None are left out."""
        text = to_text(value)
        if not text:
            return
        element = etree.SubElement(self.element, qualified(name))
        element.text = text
        for key, attribute in attributes.items():
            if attribute := to_text(attribute):
                element.set(key, attribute)

    def amount(self, name: str, value: Decimal | None, currency: str | None = None) -> None:
        """An amount with its currency and at least two decimals (BR-DEC rules allow no more)."""
        if value is not None:
            self.add(name, amount_text(value), currencyID=currency or self.currency)

    def price(self, name: str, value: Decimal | None) -> None:
        """A unit price: EN 16931 puts no limit on its decimals."""
        if value is not None:
            self.add(name, number_text(value), currencyID=self.currency)


def to_text(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return _ILLEGAL.sub("", str(value)).strip()


def number_text(value: Decimal) -> str:
    """A number as XML Schema writes it: no exponent. Raises ValueError for NaN and infinities."""
    if not isinstance(value, Decimal):
        raise TypeError(f"amounts are Decimal, not {type(value).__name__}")
    if not value.is_finite():
        raise ValueError(f"{value} cannot be written on an invoice")
    if abs(value.as_tuple().exponent) > 64:
        raise ValueError("the number has too many digits to be written on an invoice")
    text = format(value, "f")
    return text[1:] if value == 0 and text.startswith("-") else text


def amount_text(value: Decimal) -> str:
    """Two decimals where that loses nothing; otherwise as it is, for the rules to find."""
    text = number_text(value)
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals.ljust(2, '0')}"

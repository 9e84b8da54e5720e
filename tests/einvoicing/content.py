"""What a UBL document says, apart from how it is laid out: for comparing it before and after."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from lxml import etree

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def content(root: etree._Element) -> Counter:
    """Every value as (path, text, attributes), without positions: `005.10` and `5.1` are one number."""
    found = Counter()
    for element in root.iter(etree.Element):
        text = (element.text or "").strip()
        if len(element) == 0 and text:
            path = "/".join(etree.QName(one).localname for one in (*reversed(list(element.iterancestors())), element))
            attributes = tuple(sorted((name, value.strip()) for name, value in element.attrib.items()))
            found[path, _same(text), attributes] += 1
    return found


def _same(text: str) -> str:
    text = " ".join(text.split())
    return format(Decimal(text).normalize(), "f") if _NUMBER.fullmatch(text) else text

"""Changing one value in a UBL file as a careless sender would."""

from __future__ import annotations

from banqup.einvoicing.safe_xml import canonical, parse
from banqup.einvoicing.values import Node


def changed(data: bytes, path: str, text: str, position: int = 0) -> bytes:
    """`data` with the text of one element replaced; `path` as in `cac:LegalMonetaryTotal/cbc:PayableAmount`."""
    root = parse(data)
    Node(root).all(path)[position].element.text = text
    return canonical(root)


def without(data: bytes, path: str) -> bytes:
    """`data` without the elements at `path`."""
    root = parse(data)
    for node in Node(root).all(path):
        node.element.getparent().remove(node.element)
    return canonical(root)

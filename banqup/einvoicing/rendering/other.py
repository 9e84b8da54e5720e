"""What a document says beyond the model, as facts: under the names that its syntax has for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from ..model import Extra
from .sheet import Fact

_LONGEST = 500
_BETWEEN = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def other_facts(extras: Iterable[Extra]) -> Iterator[Fact]:
    """`PlannedDeliveryDate` 2026-03-02 becomes "Planned Delivery Date: 2026-03-02"; long values are cut."""
    for extra in extras:
        if extra.xml is not None:
            yield from _leaves(extra.xml)
        elif extra.text is not None:
            yield _fact(_last(extra.path), extra.text)
        else:
            for name, value in extra.attributes:
                yield _fact(f"{_last(extra.path)}, {name}", value)


def _leaves(xml: str) -> Iterator[Fact]:
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    for leaf in root.iter(etree.Element):
        text = (leaf.text or "").strip()
        if len(leaf) == 0 and text:
            yield _fact(etree.QName(leaf).localname, text)


def _last(path: str) -> str:
    return path.rpartition("/")[2].rpartition(":")[2].partition("[")[0]


def _fact(name: str, value: str) -> Fact:
    return Fact("", _BETWEEN.sub(" ", name), value if len(value) <= _LONGEST else value[:_LONGEST] + "…")

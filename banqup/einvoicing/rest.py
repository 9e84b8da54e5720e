"""What a UBL document says beyond the model: kept when it is read, put back when it is written.

The rest is found by comparison: whatever the document has and our writing of
its model has not. So it is complete by construction, whatever fields the model
gains or lacks. It is kept with each line where it belongs to a line, so that it
moves and goes with the line, and with the document otherwise.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal

from lxml import etree

from . import names
from .model import Document, Extra
from .values import qualified

_LINES = (f"{{{names.CAC}}}InvoiceLine", f"{{{names.CAC}}}CreditNoteLine")
_PREFIX = {names.CAC: "cac", names.CBC: "cbc"}
_STEP = re.compile(r"([a-z]+:\w+)(?:\[(\d+)\])?")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_MAX_DIGITS = 64


def keep(root: etree._Element, document: Document) -> Document:
    """`document`, which was read from `root`, with everything in `extra` that its fields do not hold."""
    from .writer import tree

    written = tree(document)
    found: list[Extra] = []
    _compare(root, written, "", found, skip=_LINES)
    lines = []
    pairs = zip(_lines(root), _lines(written), strict=False)
    for line, (was, now) in zip(document.lines, pairs, strict=False):
        of_line: list[Extra] = []
        _compare(was, now, "", of_line)
        lines.append(replace(line, extra=tuple(of_line)) if of_line else line)
    # A line that is empty is not written; it and those after it keep what they have.
    lines += document.lines[len(lines) :]
    if not found and all(new is old for new, old in zip(lines, document.lines, strict=True)):
        return document
    return replace(document, lines=tuple(lines), extra=tuple(found))


def restore(root: etree._Element, document: Document) -> None:
    """Put what `keep` found back into `root`, the writing of `document`. What has no place any more is left out."""
    # Lines first: what the document itself adds may stand before them.
    if any(line.extra for line in document.lines):
        for element, line in zip(_lines(root), document.lines, strict=False):
            _restore_all(element, line.extra)
    _restore_all(root, document.extra)


def without_extra(document: Document) -> Document:
    """`document` with its fields only; the same object where it has nothing else."""
    if not document.extra and not any(line.extra for line in document.lines):
        return document
    return replace(document, extra=(), lines=tuple(replace(line, extra=()) for line in document.lines))


def _lines(root: etree._Element) -> list[etree._Element]:
    return [child for child in root if child.tag in _LINES]


def _compare(was: etree._Element, now: etree._Element, path: str, found: list[Extra], skip=()) -> None:
    missing = tuple((key, value.strip()) for key, value in was.attrib.items() if key not in now.attrib)
    if missing:
        found.append(Extra(path, attributes=missing))
    if len(was) == 0:
        if was.text == now.text:
            return
        text, written = (was.text or "").strip(), (now.text or "").strip()
        if text and text != written and not _same(text, written):
            found.append(Extra(path, text=text, was=written))
        return
    partners = _partners(was, now, skip)
    for child in was:
        if child.tag in skip:
            continue
        partner = partners.get(child)
        if partner is not None:
            _compare(child, partner, _join(path, _step(partner)), found)
        elif _says_something(child):
            elder = dict.fromkeys(_name(one.tag) for one in child.itersiblings(preceding=True))
            if any(one.tag == child.tag for one in partners):
                elder[_name(child.tag)] = None
            found.append(Extra(path, xml=_xml(child), after=tuple(elder)))


def _xml(element: etree._Element) -> str:
    """The element by itself, without the white space and the namespaces of where it stood."""
    alone = copy.deepcopy(element)
    alone.tail = None
    for one in alone.iter(etree.Element):
        if len(one) and not (one.text or "").strip():
            one.text = None
        if not (one.tail or "").strip():
            one.tail = None
    etree.cleanup_namespaces(alone)
    return etree.tostring(alone, encoding="unicode")


def _partners(was: etree._Element, now: etree._Element, skip) -> dict[etree._Element, etree._Element]:
    """Each child of `was` with the child of `now` that says the same, or the most of it."""
    free: dict[str, list[etree._Element]] = {}
    for child in now:
        if child.tag not in skip:
            free.setdefault(child.tag, []).append(child)
    twins = Counter(child.tag for child in was)
    found = {}
    for child in was:
        candidates = free.get(child.tag)
        if not candidates:
            continue
        best = candidates[0]
        if len(candidates) > 1 or twins[child.tag] > 1:
            said = _words(child)
            best = max(candidates, key=lambda one: len(said & _words(one)))
            if not said & _words(best):
                continue
        candidates.remove(best)
        found[child] = best
    return found


def _words(element: etree._Element) -> set[tuple[str, str]]:
    return {
        (leaf.tag, _plain(text)) for leaf in element.iter(etree.Element) if len(leaf) == 0 and (text := leaf.text or "")
    }


def _plain(text: str) -> str:
    text = "".join(text.split())
    if len(text) <= _MAX_DIGITS and _NUMBER.fullmatch(text):
        return format(Decimal(text).normalize(), "f")
    return text


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _says_something(element: etree._Element) -> bool:
    return any((leaf.text or "").strip() for leaf in element.iter(etree.Element) if len(leaf) == 0)


def _name(tag: str) -> str:
    name = etree.QName(tag)
    prefix = _PREFIX.get(name.namespace)
    return f"{prefix}:{name.localname}" if prefix else tag


def _step(element: etree._Element) -> str:
    position = 1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))
    return _name(element.tag) + (f"[{position}]" if position > 1 else "")


def _join(path: str, step: str) -> str:
    return f"{path}/{step}" if path else step


def _restore_all(root: etree._Element, extras: tuple[Extra, ...]) -> None:
    # The places were named in the writing without extras: find them all before anything is added.
    places = [(_at(root, extra.path), extra) for extra in extras]
    for place, extra in places:
        if place is None:
            continue
        if extra.xml is not None:
            _insert(place, extra)
        elif extra.text is not None:
            if (place.text or "").strip() == extra.was:
                place.text = extra.text
        else:
            for key, value in extra.attributes:
                if key not in place.attrib:
                    place.set(key, value)


def _at(root: etree._Element, path: str) -> etree._Element | None:
    element = root
    for step in filter(None, path.split("/")):
        match = _STEP.fullmatch(step)
        if match is None:
            return None
        same = list(element.iterchildren(qualified(match.group(1))))
        position = int(match.group(2) or 1)
        if position > len(same):
            return None
        element = same[position - 1]
    return element


def _insert(parent: etree._Element, extra: Extra) -> None:
    """Behind the last of its elder siblings, which is its place in the order of the schema."""
    element = etree.fromstring(extra.xml, etree.XMLParser(resolve_entities=False, no_network=True))
    elder = set(extra.after)
    if _name(element.tag) not in elder and parent.find(element.tag) is not None:
        return  # somebody has filled in since what stood alone here: two of it would be one too many
    position = 0
    for index, child in enumerate(parent, start=1):
        if _name(child.tag) in elder:
            position = index
    parent.insert(position, element)

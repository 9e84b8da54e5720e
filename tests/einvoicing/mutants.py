"""Valid documents, spoiled at random: what careless and hostile senders make of them."""

from __future__ import annotations

import copy
import random

from lxml import etree

from banqup.einvoicing import names
from banqup.einvoicing.safe_xml import parse

_TEXTS = (
    "", " ", "0", "-1", "0.00", "1e9", "NaN", "INF", "-0", "1.005", "999999999999999999999999.99", "12,50", "abc",
    "2026-02-30", "2026-02-28Z", "0000-00-00", "EUR", "XXX", "S", "AE", "O", "380", "381", "BE", "true", "0208",
    "é" * 50, "x" * 3000, "\u202e", "<&>", "1 000.00", "٣",
)  # fmt: skip
_ATTRIBUTES = ("currencyID", "unitCode", "schemeID", "mimeCode", "listID", "name", "filename")


def mutant(dice: random.Random, data: bytes) -> bytes:
    """`data`, a well-formed document, with one to four changes; now and then with broken bytes."""
    root = parse(data)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        dice.choice(_CHANGES)(dice, root)
    spoiled = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return _broken(dice, spoiled) if dice.random() < 0.05 else spoiled


def _any(dice: random.Random, root, leaf: bool = False):
    found = [one for one in root.iter(etree.Element) if one is not root and (not leaf or len(one) == 0)]
    return dice.choice(found) if found else None


def _remove(dice, root):
    if (one := _any(dice, root)) is not None:
        one.getparent().remove(one)


def _double(dice, root):
    if (one := _any(dice, root)) is not None:
        one.addnext(copy.deepcopy(one))


def _swap(dice, root):
    one, other = _any(dice, root), _any(dice, root)
    if one is not None and one.getparent() is other.getparent():
        one.addnext(other)


def _say(dice, root):
    if (one := _any(dice, root, leaf=True)) is not None:
        one.text = dice.choice(_TEXTS)


def _nudge(dice, root):
    """A number that is nearly right, which only the rules notice."""
    numbers = [one for one in root.iter(etree.Element) if len(one) == 0 and (one.text or "").strip()[:1].isdigit()]
    if numbers:
        one = dice.choice(numbers)
        text = one.text.strip()
        one.text = text[:-1] + str((int(text[-1]) + 1) % 10) if text[-1].isdigit() else text + "1"


def _borrow(dice, root):
    """The text of another element: right in itself, wrong here."""
    one, other = _any(dice, root, leaf=True), _any(dice, root, leaf=True)
    if one is not None:
        one.text = other.text


def _attribute(dice, root):
    if (one := _any(dice, root)) is not None:
        name = dice.choice((*one.attrib, *_ATTRIBUTES))
        if dice.random() < 0.3:
            one.attrib.pop(name, None)
        else:
            one.set(name, dice.choice([text for text in _TEXTS if text.isprintable()]))


def _rename(dice, root):
    if (one := _any(dice, root)) is not None:
        other = _any(dice, root)
        one.tag = dice.choice((other.tag, f"{{{names.CBC}}}Note", f"{{{names.CBC}}}Unheard", "Unheard"))


def _move(dice, root):
    one, other = _any(dice, root), _any(dice, root)
    if one is not None and one is not other and one not in other.iterancestors():
        other.append(one)


_CHANGES = (_remove, _double, _swap, _say, _say, _nudge, _nudge, _borrow, _attribute, _rename, _move)


def _broken(dice: random.Random, data: bytes) -> bytes:
    where = dice.randrange(len(data))
    return dice.choice(
        (
            data[:where],
            data[:where] + bytes([dice.randrange(256)]) + data[where + 1 :],
            data.replace(b"UTF-8", b"UTF-16", 1),
            b'<!DOCTYPE a [<!ENTITY e "x">]>' + data[data.index(b"?>") + 2 :],
        )
    )

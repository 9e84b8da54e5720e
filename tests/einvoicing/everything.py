"""A document in which every field of the model has a value of its own, to see what becomes of each."""

from __future__ import annotations

import dataclasses
import itertools
import types
import typing
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from banqup.einvoicing import Document
from banqup.einvoicing.rendering import formats

# `kind` and `is_charge` choose words; bytes show as their size; `extra` is what no field holds.
_WITHOUT_VALUE = {"kind", "is_charge", "content", "extra"}


def document() -> Document:
    made = dataclasses.replace(_filled(Document, itertools.count(1)), kind="invoice")
    return dataclasses.replace(made, lines=tuple(_without_vat_of_its_discounts(line) for line in made.lines))


def _without_vat_of_its_discounts(line):
    """Only those of the document have a category: one of a line has the line's."""
    plain = (dataclasses.replace(item, vat_category=None, vat_rate=None) for item in line.allowances_charges)
    return dataclasses.replace(line, allowances_charges=tuple(plain))


def told(value, language: str) -> Iterator[tuple[str, str]]:
    """(field, its value as a reader sees it) of everything below `value`, a dataclass of the model."""
    for field in dataclasses.fields(value):
        if field.name in _WITHOUT_VALUE:
            continue
        for item in _items(getattr(value, field.name)):
            if item is None:
                continue
            if dataclasses.is_dataclass(item):
                yield from ((f"{field.name}.{name}", words) for name, words in told(item, language))
            else:
                yield field.name, _shown(item, language)


def _items(value):
    if not isinstance(value, tuple):
        return [value]
    return [one for item in value for one in (item if isinstance(item, tuple) else (item,))]


def _shown(value, language):
    if isinstance(value, Decimal):
        return formats.number(value, language)
    return formats.day(value, language) if isinstance(value, date) else str(value)


def _filled(cls, numbers):
    hints = typing.get_type_hints(cls)
    fields = {
        field.name: _value(hints[field.name], numbers) for field in dataclasses.fields(cls) if field.name != "extra"
    }
    return cls(**fields)


def _value(hint, numbers):
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if typing.get_origin(hint) is tuple:
        inner = [one for one in typing.get_args(hint) if one is not Ellipsis]
        return tuple(_value(one, numbers) for one in inner)
    if dataclasses.is_dataclass(hint):
        return _filled(hint, numbers)
    number = next(numbers)
    made = {
        str: f"w{number}x",
        bool: False,
        bytes: b"bytes",
        Decimal: Decimal(f"{number}.25"),
        date: date(2020, 1, 1) + timedelta(days=number),
    }
    return made[hint]

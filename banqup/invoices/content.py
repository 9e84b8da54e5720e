"""What an invoice says: the e-invoicing `Document` as JSON, and the columns that lists need of it.

The content is kept whole and lossless in one JSON column: decimals as strings, dates as ISO 8601,
attachments without their bytes (those are files). The columns beside it are filled from it in one
place, `columns()`, so that they cannot say something else.
"""

import dataclasses
import functools
import types
import typing
from datetime import date
from decimal import Decimal

from banqup.einvoicing import Document


def to_json(document: Document) -> dict:
    """`Document` → JSON-ready dict without empty fields."""
    return _plain(document)


def _plain(value):
    if dataclasses.is_dataclass(value):
        pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {
            name: _plain(item)
            for name, item in pairs
            if item is not None and item != () and not isinstance(item, bytes)
        }
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value


def from_json(data: dict) -> Document:
    """The inverse of `to_json`; attachments come back without bytes."""
    return _object(Document, data)


def _object(cls, data):
    readers = _readers(cls)
    return cls(**{name: readers[name](value) for name, value in data.items() if name in readers})


@functools.cache
def _readers(cls):
    hints = typing.get_type_hints(cls)
    return {field.name: _reader(hints[field.name]) for field in dataclasses.fields(cls)}


def _reader(hint):
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(option for option in typing.get_args(hint) if option is not type(None))
    if typing.get_origin(hint) is tuple:
        read = _reader(typing.get_args(hint)[0])
        return lambda values: tuple(read(value) for value in values)
    if dataclasses.is_dataclass(hint):
        return functools.partial(_object, hint)
    if hint is Decimal:
        return Decimal
    if hint is date:
        return date.fromisoformat
    return lambda value: value

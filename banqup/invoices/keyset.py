"""Paging by key: a page begins after the last row of the one before it, so page 2,000 costs the same as page 1."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db.models import Q

from banqup.common.fields import to_cents


@dataclass(frozen=True)
class Order:
    """Columns with their direction; the last one is the id, so that the order is total."""

    label: str
    columns: tuple[str, ...]

    def read(self, raw: str) -> list | None:
        """The key in an address, or None when it is not one of this order."""
        try:
            values = json.loads(raw)
            return [_READERS[name.lstrip("-")](value) for name, value in zip(self.columns, values, strict=True)]
        except (ValueError, TypeError, ArithmeticError, InvalidOperation, ValidationError, RecursionError):
            return None

    def write(self, invoice) -> str:
        return json.dumps(
            [str(getattr(invoice, name.lstrip("-"))) for name in self.columns],
            ensure_ascii=False,
            separators=(",", ":"),
        )

    def beyond(self, values, *, backwards: bool) -> Q:
        """Rows that come after (or before) the row with these values."""
        found, equal = Q(), Q()
        for name, value in zip(self.columns, values, strict=True):
            descending = name.startswith("-")
            name = name.lstrip("-")
            operator = "lt" if descending != backwards else "gt"
            found |= equal & Q(**{f"{name}__{operator}": value})
            equal &= Q(**{name: value})
        # The first column alone, so that an index can begin there.
        first, bound = self.columns[0], values[0]
        operator = "lte" if first.startswith("-") != backwards else "gte"
        return Q(**{f"{first.lstrip('-')}__{operator}": bound}) & found

    def reversed_columns(self):
        return [name[1:] if name.startswith("-") else f"-{name}" for name in self.columns]


def _text(value) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    return value


def _money(value) -> Decimal:
    to_cents(_text(value))
    return Decimal(value)


def _whole(value) -> int:
    number = int(_text(value))
    if abs(number) >= 2**63:
        raise ValueError(value)
    return number


_READERS = {
    "attention": _whole,
    "id": _whole,
    "sort_date": lambda value: date.fromisoformat(_text(value)),
    "amount": _money,
    "counterparty_name": _text,
}

"""A table as a CSV file that is made while it is sent, and that no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.http import StreamingHttpResponse

# A spreadsheet takes text that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What csv writes to: hands each written line on."""

    def write(self, line):
        return line


def streamed(filename: str, names: Iterable[str], rows: Iterable[Iterable]) -> StreamingHttpResponse:
    """A download of `names` and `rows`; however many there are, memory holds one."""
    response = StreamingHttpResponse(_lines(names, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _lines(names, rows) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(names)
    for row in rows:
        yield writer.writerow([harmless(value) for value in row])


def harmless(value) -> str:
    """`value` as text that stays text; a number of ours stays a number, also a negative one."""
    text = "" if value is None else str(value)
    if isinstance(value, (int, Decimal)):
        return text
    return f"'{text}" if text.startswith(_FORMULA) else text

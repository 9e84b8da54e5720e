"""Measures of writing and showing e-invoices, each as a function to be taken again when it falls short."""

import os

from django.template.loader import render_to_string

from banqup import einvoicing
from banqup.einvoicing.rendering import describe, pdf_with_data
from tests.benchmarks.measure import Measure, milliseconds, side_by_side
from tests.factories import einvoices

SOCKET = os.environ.get("BANQUP_VALIDATOR_SOCKET")


def every(*, quick: bool):
    yield lambda: writing(40 if quick else 200)
    short, long = _of(1_000), _of(4_000)
    yield lambda: drawing(short, long, 1 if quick else 3)
    yield lambda: showing(short, long, 5 if quick else 20)


def writing(rounds) -> Measure:
    """Five lines, written and judged, against the judgement alone."""
    made = _of(5)
    data = einvoicing.write(made)
    ours, rules = side_by_side(
        rounds,
        lambda: einvoicing.write_checked(made, socket_path=SOCKET),
        lambda: einvoicing.validate(data, socket_path=SOCKET),
    )
    return Measure("write and check 5 lines : the rules alone", ours / rules, 1.35, milliseconds(ours, rules))


def drawing(short, long, rounds) -> Measure:
    """From bytes to bytes, the child's start included."""
    few_bytes, many_bytes = einvoicing.write(short), einvoicing.write(long)
    many, few = side_by_side(rounds, lambda: pdf_with_data(many_bytes), lambda: pdf_with_data(few_bytes))
    return Measure("PDF/A-3 of 4,000 lines : of 1,000", many / few, 4.5, milliseconds(many, few))


def showing(short, long, rounds) -> Measure:
    """One page of the readable data view: it must not matter how many others there are."""
    many, few = side_by_side(rounds, lambda: _page(long), lambda: _page(short))
    return Measure("a readable page of 4,000 lines : of 1,000", many / few, 1.5, milliseconds(many, few))


def _of(lines: int):
    return einvoices.document(lines=tuple(einvoices.line(number) for number in range(1, lines + 1)))


def _page(document) -> str:
    return render_to_string("components/invoice/_readable.html", {"data": describe(document, first=200, count=200)})

"""`make accuracy`: how often each field is read right, on drawn invoices and on scans of them."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from decimal import Decimal

from banqup import einvoicing
from banqup.einvoicing.extraction import CHECK_BELOW, Known, KnownParty, extract

from .papers import OWN, Paper, papers, scan

FIELDS = {
    "BT-1": "number", "BT-2": "issue date", "BT-9": "due date", "BT-5": "currency", "BT-27": "supplier's name",
    "BT-31": "supplier's VAT number", "BT-84": "IBAN", "BT-83": "structured reference", "BT-109": "net total",
    "BT-110": "VAT total", "BT-112": "gross total", "BT-115": "to pay", "BG-23": "VAT breakdown", "BG-25": "lines",
}  # fmt: skip
QUALITIES = ("good", "office", "poor")
KNOWN = Known(KnownParty(**OWN))


def truth_of(paper: Paper) -> dict:
    """Term → the right answer; a breakdown and lines as sorted rows of text."""
    groups = sorted((f"{rate:f}", str(base), str(tax)) for rate, base, tax in paper.groups)
    lines = [(name, *(f"{value.normalize():f}" for value in rest)) for name, *rest in paper.lines]
    return {**paper.truth, "BG-23": groups, "BG-25": lines}


def answers_of(extraction) -> dict:
    """Term → what was read, None where the field stays empty."""
    document = extraction.document
    made = {term: one.value for term, one in extraction.found.items()}
    made["BT-110"] = document.tax_total
    made["BG-23"] = (
        sorted(
            (f"{one.rate.normalize():f}", str(one.taxable_amount), str(one.tax_amount))
            for one in document.vat_breakdown
        )
        or None
    )
    clear = document.lines and "lines-from-totals" not in extraction.notes
    made["BG-25"] = [
        (line.name, *(f"{value.normalize():f}" for value in (line.quantity, line.net_price, line.net_amount))) for line in document.lines
    ] if clear else None  # fmt: skip
    return made


def verdicts(paper: Paper, words) -> dict[str, str]:
    """Term → right, wrong, empty, and `sure` beside wrong where nobody would have been asked to look."""
    extraction = extract(words, KNOWN)
    truth, answers, told = truth_of(paper), answers_of(extraction), {}
    for term in FIELDS:
        wanted, got = truth[term], answers.get(term)
        if wanted is None and got is None:
            continue
        if got == wanted or isinstance(got, str) and isinstance(wanted, str) and got.casefold() == wanted.casefold():
            told[term] = "right"
        elif got is None:
            told[term] = "empty"
        else:
            found = extraction.found.get(term)
            told[term] = "sure" if found is None or found.confidence >= CHECK_BELOW else "wrong"
    return told


class Tally:
    def __init__(self):
        self.counts: dict[str, Counter] = {term: Counter() for term in FIELDS}

    def add(self, told: dict[str, str]) -> None:
        for term, verdict in told.items():
            self.counts[term][verdict] += 1

    def right(self, term: str) -> Decimal:
        """Percent of the documents that have it."""
        count = self.counts[term]
        return Decimal(100 * count["right"]) / max(1, sum(count.values()))


def text_tally(count: int, show=None) -> Tally:
    tally = Tally()
    for one in papers(count):
        told = verdicts(one, einvoicing.inspect_pdf(one.pdf).words)
        tally.add(told)
        if show:
            show(one, told)
    return tally


def scan_tally(count: int, quality: str, show=None) -> Tally:
    tally = Tally()
    for position, one in enumerate(papers(count)):
        words = einvoicing.read_scan(scan(one.pdf, quality, position), 1).words
        told = verdicts(one, words)
        tally.add(told)
        if show:
            show(one, told)
    return tally


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=72, help="how many invoices are read as text")
    parser.add_argument("--scans", type=int, default=12, help="how many of them are read as scans, in each quality")
    parser.add_argument("--show", action="store_true", help="tell every field that is not right")
    options = parser.parse_args(arguments)
    out = sys.stdout.write

    def show(paper, told):
        missed = {term: verdict for term, verdict in told.items() if verdict != "right"}
        if missed and options.show:
            out(f"  {paper.name}: {missed}\n")

    begun = time.monotonic()
    columns = {f"text ({options.papers})": text_tally(options.papers, show)}
    engine = einvoicing.scan_engine()
    if engine and options.scans:
        for quality in QUALITIES:
            columns[f"{quality} scan ({options.scans})"] = scan_tally(options.scans, quality, show)
    out(
        f"\nRead right, in percent of the documents that have the field. Engine for scans: {engine or 'none on this machine'}.\n\n"
    )
    out(f"{'field':<26}" + "".join(f"{name:>18}" for name in columns) + "\n")
    for term, label in FIELDS.items():
        out(
            f"{term + ' ' + label:<26.26}"
            + "".join(f"{tally.right(term):>17.1f} " for tally in columns.values())
            + "\n"
        )
    for verdict, words in (
        ("wrong", "wrong, marked “check this”"),
        ("sure", "wrong, not marked"),
        ("empty", "left empty"),
    ):
        counts = [sum(count[verdict] for count in tally.counts.values()) for tally in columns.values()]
        out(f"{words:<26}" + "".join(f"{count:>17} " for count in counts) + "\n")
    out(
        f"\n{time.monotonic() - begun:.0f} s. Not proved by this: the papers are drawn by this project, with its own idea of layouts\n"
        "and labels, on one page, and the scans are made from them. Papers of real suppliers will be read less well.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

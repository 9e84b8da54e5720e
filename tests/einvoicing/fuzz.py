"""Spoiled documents without end: `make fuzz SECONDS=60 SEED=1`.

Each mutant of a valid document is judged, read and written. It never crashes or hangs anything, it never
comes out valid when the official EN 16931 rules, run on their own, refuse it, and one that is valid is
still valid after it was read and written.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from banqup.einvoicing import NOT_INVOICES, Unreadable, frames, read, validate, without_extra, write
from tests.einvoicing import conformance
from tests.einvoicing.mutants import mutant
from tests.factories import einvoices
from tests.factories.cii import cii_bytes

# Nothing this small may take longer, on however busy a machine.
SECONDS_A_DOCUMENT = 30


class Official:
    """The official rules of EN 16931 in a process of their own, on what lxml makes of the bytes."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.einvoicing.fuzz", "official"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def refuses(self, data: bytes) -> bool:
        self.process.stdin.write(frames.pack({}, data))
        self.process.stdin.flush()
        return frames.read_from(self.process.stdout.read)[0]["refused"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(10)


def seeds() -> list[bytes]:
    """Valid documents to spoil: our own, and the valid ones of the official material where it is."""
    made = [
        einvoices.document(),
        einvoices.document(kind="credit_note"),
        einvoices.document(allowances_charges=(einvoices.allowance(), einvoices.allowance("4.00", is_charge=True))),
        *(einvoices.in_category(category) for category in ("E", "AE", "K", "O")),
        einvoices.self_billed(),
    ]
    found = [write(document) for document in made] + [cii_bytes(document) for document in made[:4]]
    if where := conformance.folder():
        cases = [case for case in conformance.cases(where) if case["expect"] == "valid"]
        texts = (Path(case["path"]).read_bytes() for case in cases if case["doc"] != "ApplicationResponse")
        found += [text for text in texts if len(text) < 60_000]
    return found


def run(seed: int, socket_path=None, *, seconds: float | None = None, count: int | None = None) -> Counter:
    """Judge mutants until `seconds` are over or `count` are done. How they came out; raises AssertionError."""
    dice, found, official, outcomes = random.Random(seed), seeds(), Official(), Counter()  # noqa: S311
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        while (deadline is None or time.monotonic() < deadline) and (count is None or outcomes.total() < count):
            data = mutant(dice, dice.choice(found))
            try:
                outcomes[_try(data, official, socket_path)] += 1
            except AssertionError as wrong:
                raise AssertionError(
                    f"{wrong}\nseed {seed}, mutant {outcomes.total() + 1}:\n{data.decode()}"
                ) from wrong
    finally:
        official.stop()
    return outcomes


def _try(data: bytes, official: Official, socket_path) -> str:
    started = time.monotonic()
    report = validate(data, socket_path=socket_path, timeout=SECONDS_A_DOCUMENT)
    assert time.monotonic() - started < SECONDS_A_DOCUMENT
    rules = {finding.rule for finding in report.findings}
    assert "TIMEOUT" not in rules, "the rules took too long"
    try:
        document = read(data)
    except Unreadable:
        assert not report.valid, "it is valid, but cannot be read"
        return "unreadable"
    written = write(document)
    same = without_extra(read(written)) == without_extra(document)
    if not report.valid:
        return "schema" if "XSD" in rules else "engine" if "ENGINE" in rules else "refused"
    assert same, "it is valid, but read otherwise once it was written"
    if report.profile.startswith(("factur-x", "other-cii", "xrechnung-cii")):
        # The official rules for CII are what our own layer runs; what is left is that it can be said in UBL.
        return "valid CII" if report.profile not in NOT_INVOICES else "valid, but no invoice"
    assert not official.refuses(data), "it is valid here, and the official rules refuse it"
    again = validate(written, socket_path=socket_path)
    assert again.valid, f"it is valid, but not any more once it was written: {again.fatal[:3]}"
    return "valid"


def _answer_officially() -> int:
    from lxml import etree

    from banqup.einvoicing import en16931
    from banqup.einvoicing.report import FATAL

    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            _, data = frames.read_from(sys.stdin.buffer.read)
        except frames.Broken:
            return 0
        raws = en16931.judge(etree.fromstring(data))
        answers.write(frames.pack({"refused": any(raw.severity == FATAL for raw in raws)}))
        answers.flush()


def main(arguments: list[str]) -> int:
    if arguments == ["official"]:
        return _answer_officially()
    seconds = float(arguments[0]) if arguments else 60.0
    seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}, {seconds:g} seconds", flush=True)
    try:
        outcomes = run(seed, seconds=seconds)
    except AssertionError as wrong:
        print(wrong)
        return 1
    print(f"{outcomes.total()} mutants: " + ", ".join(f"{count} {name}" for name, count in outcomes.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the validator service promises, each as a ratio taken in one run."""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from banqup.einvoicing import ValidatorUnavailable, client, limits, sockets, validate
from banqup.einvoicing.files import judge_files
from tests.benchmarks.bare import Bare
from tests.benchmarks.measure import Measure, milliseconds
from tests.factories import einvoices

HOSTILE_ERRORS = 5_000
TIMEOUT = 5  # seconds a document may take, for the hostile one


def every(*, quick: bool):
    rounds = 60 if quick else 300
    with _service(workers=1) as (path, child):
        yield lambda: _against_bare_rules(path, rounds)
        yield lambda: _by_length(path, 2 if quick else 4)
        yield lambda: Measure("memory of a child after that, in MB", _megabytes(child()), 600)
    if (os.cpu_count() or 1) > 1:
        yield lambda: _two_children(200 if quick else 600)
        with _service(workers=2, timeout=TIMEOUT) as (path, _child):
            yield lambda: _beside_a_hostile_one(path)


def lines(number: int, **overrides) -> bytes:
    return einvoices.invoice_bytes(lines=tuple(einvoices.line(n, **overrides) for n in range(1, number + 1)))


@contextlib.contextmanager
def _service(workers: int, timeout: float = 60):
    """A service of this measure's own: (socket, function that gives a child's process id)."""
    with tempfile.TemporaryDirectory() as folder:
        path = sockets.choose(Path(folder) / "v.sock")
        command = [sys.executable, "-m", "banqup.einvoicing.service", "--socket", path]
        command += ["--workers", str(workers), "--timeout", str(timeout)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _living(path, workers)
            for _ in range(3 * workers):
                validate(lines(5), socket_path=path)
            # One that died or was replaced has a successor in a moment.
            yield path, lambda: _living(path, 1)[0]
        finally:
            process.terminate()
            process.wait(20)


def _living(path: str, number: int) -> list[int]:
    """The process ids of its children, as soon as there are so many."""
    deadline = time.monotonic() + 60
    while len(found := _children(path)) < number:
        if time.monotonic() > deadline:
            raise RuntimeError("the validator did not get ready")
        time.sleep(0.05)
    return found


def _children(path: str) -> list[int]:
    with contextlib.suppress(ValidatorUnavailable):
        return client.ping(socket_path=path)["children"]
    return []


def _seconds(path: str, data: bytes) -> float:
    started = time.perf_counter()
    validate(data, socket_path=path, timeout=120)
    return time.perf_counter() - started


def _against_bare_rules(path: str, rounds: int) -> Measure:
    data, bare = lines(5), Bare()
    try:
        pairs = [(_seconds(path, data), bare.seconds(data)) for _ in range(rounds + 5)][5:]
    finally:
        bare.stop()
    ours, floor = (statistics.median(taken) for taken in zip(*pairs, strict=True))
    return Measure("validate five lines : the bare rules", ours / floor, 1.35, milliseconds(ours, floor))


def _by_length(path: str, rounds: int) -> Measure:
    short, long = lines(1_000), lines(4_000)
    pairs = [(_seconds(path, short), _seconds(path, long)) for _ in range(rounds)]
    few, many = (min(taken) for taken in zip(*pairs, strict=True))
    return Measure("validate 4,000 lines : 1,000 lines", many / few, 4.5, milliseconds(many, few))


def _two_children(documents: int) -> Measure:
    """Throughput: the same files with one child and with two (at least 1.6 times as many a second)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "invoice.xml"
        file.write_bytes(lines(5))
        taken = []
        for workers in (1, 2):
            with _service(workers=workers) as (path, _child):
                started = time.perf_counter()
                assert all(one.report.valid for one in judge_files([str(file)] * documents, socket_path=path))
                taken.append(time.perf_counter() - started)
    detail = f"{documents / taken[1]:.0f} / {documents / taken[0]:.0f} a second"
    return Measure("time of many files with two children : one", taken[1] / taken[0], 1 / 1.6, detail)


def _beside_a_hostile_one(path: str) -> Measure:
    """Others while a document with thousands of faults is judged, against others alone."""
    data, hostile = lines(5), lines(HOSTILE_ERRORS, unit="PIECES")
    alone = statistics.median(_seconds(path, data) for _ in range(50))
    with ThreadPoolExecutor(1) as pool:
        started = time.perf_counter()
        answer = pool.submit(validate, hostile, socket_path=path, timeout=120)
        beside = []
        while not answer.done():
            beside.append(_seconds(path, data))
        took, report = time.perf_counter() - started, answer.result()
    assert not report.valid
    assert took < TIMEOUT + 2, f"the hostile document was answered after {took:.1f} s only"
    detail = f"{milliseconds(statistics.median(beside), alone)}; {HOSTILE_ERRORS} faults answered in {took:.1f} s"
    return Measure("validate beside a hostile document : alone", statistics.median(beside) / alone, 1.5, detail)


def _megabytes(pid: int) -> float:
    return limits.resident_bytes(pid) / 2**20

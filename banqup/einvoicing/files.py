"""Judging many files: what `manage.py validate` does, for any program."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .client import validate
from .errors import Unreadable
from .report import Report, failed
from .sniffing import sniff

STDIN = "-"
# The service gives each child one document at a time; a few more wait in its queue, so that no child is ever idle.
_AHEAD = 4 * (os.cpu_count() or 1)


@dataclass(frozen=True)
class Judged:
    """One file and its verdict. `unreadable` is true where it could not be taken as a document at all."""

    file: str
    report: Report

    @property
    def unreadable(self) -> bool:
        return any(finding.rule.startswith("UNREADABLE:") for finding in self.report.findings)

    def to_dict(self, details: bool = False) -> dict:
        """`file, valid, profile, layers, not_judged, findings`; `details` adds to each finding all that is known."""
        told = self.report.to_dict()
        keys = ("rule", "severity", "message", "field", "location")
        return {
            "file": self.file,
            "valid": told["valid"],
            "profile": told["profile"],
            "layers": [
                {key: layer[key] for key in ("name", "version", "engine")}
                for layer in told["layers"]
                if layer["judged"]
            ],
            "not_judged": [layer["name"] for layer in told["layers"] if not layer["judged"]],
            "findings": told["findings"]
            if details
            else [{key: finding[key] for key in keys} for finding in told["findings"]],
        }


def judge_files(
    files: Iterable[str],
    *,
    layers: Iterable[str] | None = None,
    keep_going: bool = False,
    socket_path: str | os.PathLike | None = None,
) -> Iterator[Judged]:
    """The verdict on each file, in their order; `-` is standard input, and of a PDF the e-invoice inside is judged.

    Several documents are on their way at a time, so that all children of the
    service have work; never more than a few are in memory. `layers` and
    `keep_going` are those of `validate`. Raises `ValidatorUnavailable`.
    """
    options = {"layers": None if layers is None else tuple(layers), "keep_going": keep_going}

    def judge(file: str) -> Judged:
        try:
            return Judged(file, validate(_bytes(file), socket_path=socket_path, **options))
        except Unreadable as error:
            return Judged(file, failed(f"UNREADABLE:{error.code}", error.message))

    with ThreadPoolExecutor(_AHEAD) as pool:
        on_their_way: deque[Future[Judged]] = deque()
        try:
            for file in files:
                on_their_way.append(pool.submit(judge, file))
                if len(on_their_way) > _AHEAD:
                    yield on_their_way.popleft().result()
            while on_their_way:
                yield on_their_way.popleft().result()
        finally:
            for left in on_their_way:
                left.cancel()


def _bytes(file: str) -> bytes:
    try:
        data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    except OSError as error:
        raise Unreadable("no-file", f"The file cannot be read: {error.strerror}.") from None
    if sniff(data) != "pdf":
        return data
    from .pdf import inspect_pdf

    embedded = inspect_pdf(data).embedded_xml
    if embedded is None:
        raise Unreadable("no-e-invoice", "The PDF has no e-invoice inside. Ask the sender for the invoice as XML.")
    return embedded

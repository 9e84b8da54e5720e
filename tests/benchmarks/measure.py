"""Taking times fairly on a noisy machine: the two sides of a ratio take turns, and medians are compared."""

import gc
import statistics
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of `make bench`: a ratio and the limit it must not exceed."""

    name: str
    value: float
    limit: float
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.value <= self.limit

    def __str__(self):
        verdict = "ok" if self.ok else "FALLS SHORT"
        return f"{self.name:<52} {self.value:>8.2f} {self.limit:>8.2f}  {verdict}" + (
            f"   ({self.detail})" if self.detail else ""
        )


def side_by_side(rounds: int, *jobs) -> list[float]:
    """Median seconds of each of `jobs`, which take turns `rounds` times; two rounds before warm up."""
    times = [[] for _job in jobs]
    gc.collect()
    for turn in range(rounds + 2):
        for position, job in enumerate(jobs):
            started = time.perf_counter()
            job()
            if turn >= 2:
                times[position].append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in times]


def milliseconds(*seconds: float) -> str:
    return " / ".join(f"{value * 1000:.1f} ms" for value in seconds)

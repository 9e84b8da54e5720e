"""When two invoice numbers are the same number written differently.

Capitals, spaces, punctuation and leading zeros do not count: `INV-2026/0042`, `inv 2026 42` and
`INV20260042` are one number.
"""

import re
import unicodedata

_RUN = re.compile(r"\d+|[^\W\d_]+")


def _runs(number: str) -> list[str]:
    """Its runs of digits and of letters."""
    return _RUN.findall(unicodedata.normalize("NFKC", number).casefold())


def _without_leading_zeros(runs: list[str]) -> str:
    return "".join(run.lstrip("0") or "0" if run[0].isdigit() else run for run in runs)


def key(number: str) -> str:
    """What equal numbers share, for an index: letters and digits without any zero. Empty for an empty number.

    Coarser than `same`, because a zero inside a number can be a leading one once the punctuation is gone.
    """
    runs = "".join(_runs(number))
    return (runs.replace("0", "") or runs[:1])[:200]


def same(one: str, other: str) -> bool:
    runs, others = _runs(one), _runs(other)
    if not runs or not others:
        return False
    return _without_leading_zeros(runs) == _without_leading_zeros(others) or _joined(runs) == _joined(others)


def _joined(runs: list[str]) -> str:
    """As if it had been written without any punctuation."""
    return _without_leading_zeros(_RUN.findall("".join(runs)))

"""A broken rule as an engine reports it, before it is put into plain words."""

from __future__ import annotations

from typing import NamedTuple


class Raw(NamedTuple):
    """`official` is the publisher's (or engine's) text, `location` a path in the document."""

    rule: str
    severity: str
    official: str
    location: str = ""

"""Storing the files of a document under one name where others store too, for destinations that can be looked into.

A file with our bytes is ours: left from a try that died, or the same document sent again. Any other
file under the name belongs to another document or to a person and is left alone; ours take `-2`, `-3` ….
"""

from typing import Protocol

from django.utils.translation import gettext as _

from .base import BrokenConfiguration
from .naming import NamedFile

SUFFIXES_AT_MOST = 200


class Shelf(Protocol):
    """One folder of a destination."""

    def has(self, name: str, file: NamedFile) -> bool | None:
        """Are these bytes there as `name`? None: nothing is."""

    def add(self, name: str, file: NamedFile) -> bool:
        """Store it whole or not at all; False when `name` is taken meanwhile."""


def name(stem: str, suffix: int, tail: str) -> str:
    return f"{stem}{'' if suffix == 1 else f'-{suffix}'}{tail}"


def place(shelf: Shelf, stem: str, files: list[NamedFile], *, start: int = 1) -> int:
    """Store all `files` under the first suffix where nothing else stands; returns it. Raises BrokenConfiguration."""
    for suffix in [start, *(each for each in range(1, SUFFIXES_AT_MOST) if each != start)]:
        wanted = [(name(stem, suffix, file.tail), file) for file in files]
        there = [shelf.has(*each) for each in wanted]
        if False in there:
            continue
        if all(is_there or _put(shelf, *each) for each, is_there in zip(wanted, there, strict=True)):
            return suffix
    words = _("Too many documents have the name %s. Add {number} or {counterparty} to the pattern.")
    raise BrokenConfiguration(words % stem)


def _put(shelf: Shelf, where: str, file: NamedFile) -> bool:
    """False when somebody else took the name for something else."""
    return shelf.add(where, file) or shelf.has(where, file) is True

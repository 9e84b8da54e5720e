"""Bytes of documents: stored once under their hash, read back and checked against it."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


class DamagedFile(Exception):
    """The stored bytes do not have the hash they were stored under."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def path(space_id: int, sha256: str) -> str:
    return f"spaces/{space_id}/{sha256[:2]}/{sha256}"


def store(space_id: int, data: bytes) -> str:
    """Keep `data` for the space and return its SHA-256 (hex).

    Content-addressed, so storing twice is harmless, and mends a file that was damaged meanwhile.
    Raises OSError (full disk, no rights): nothing half-written stays behind.
    """
    sha256 = digest(data)
    try:
        load(space_id, sha256)
    except (FileNotFoundError, DamagedFile):
        default_storage.save(path(space_id, sha256), ContentFile(data))
    return sha256


def load(space_id: int, sha256: str) -> bytes:
    """The bytes stored under `sha256`. Raises FileNotFoundError, DamagedFile."""
    with default_storage.open(path(space_id, sha256), "rb") as stream:
        data = stream.read()
    if digest(data) != sha256:
        raise DamagedFile(f"{path(space_id, sha256)} does not have its hash any more.")
    return data

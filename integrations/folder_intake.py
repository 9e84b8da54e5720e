"""Files that somebody puts into a folder of this server become documents.

Below `BANQUP_INTAKE_ROOT` stands one folder a space, named by its slug, with `purchase` and `sales` in
it. A file is taken once it looks the same twice, kept and committed, and only then moved to `done`;
what can't be taken moves to `refused`, with the reason beside it. A worker that dies in between takes
the same file for the same receipt. Links are not followed, and nothing outside the root is touched.
"""

import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from banqup.actions import intake
from banqup.invoices import files
from banqup.invoices.models.receipt import Channel, Direction
from banqup.spaces.models import Space

from .folder import tree

logger = logging.getLogger(__name__)

DONE, REFUSED = "done", "refused"
# Programs write under such a name until the file is whole.
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload")
# One look takes so many files of a folder; the next one goes on.
_AT_MOST = 100
# For how long a look is remembered: longer than the time between two.
_REMEMBERED = 3600


def root() -> Path | None:
    """Where the folders stand; None: this way in is switched off."""
    return settings.BANQUP_INTAKE_ROOT


def path_of(space: Space, direction: str) -> str:
    return f"{root()}/{space.slug}/{direction}"


def is_there(space: Space, direction: str) -> bool:
    """Has whoever runs the server made the folder?"""
    return os.path.isdir(path_of(space, direction))


def poll() -> int:
    """Look into every folder; returns how many files were taken in."""
    if root() is None:
        return 0
    try:
        slugs = [entry.name for entry in os.scandir(root()) if entry.is_dir(follow_symlinks=False)]
    except OSError as error:
        logger.warning("The watched folder %s can't be read: %s", root(), error.strerror)
        return 0
    spaces = Space.objects.filter(kind=Space.Kind.BUSINESS, slug__in=slugs)
    return sum(_look(space, direction) for space in spaces.order_by("pk") for direction in Direction.values)


@dataclass(frozen=True)
class _File:
    name: str
    # Another file of the same name has another stamp.
    stamp: str


@dataclass(frozen=True)
class _Folder:
    """One that is watched, open."""

    space: Space
    direction: str
    handle: int

    def __str__(self):
        return path_of(self.space, self.direction)

    def below(self, name: str):
        """`done` or `refused`, made when it is missing."""
        return tree.folder(root(), [self.space.slug, self.direction, name])


def _look(space: Space, direction: str) -> int:
    try:
        with tree.folder(root(), [space.slug, direction], make=False) as handle:
            watched = _Folder(space, direction, handle)
            return sum(_taken(watched, file) for file in _unchanged(watched))
    except FileNotFoundError:
        return 0
    except OSError as error:
        logger.warning("The watched folder %s can't be read: %s", path_of(space, direction), error)
        return 0


def _unchanged(watched: _Folder) -> list[_File]:
    """The files that look as they did the last time: nobody writes to them any more."""
    key = f"folder-intake:{watched.space.pk}:{watched.direction}"
    before, now = cache.get(key, {}), {file.name: file for file in _files(watched.handle)}
    cache.set(key, {name: file.stamp for name, file in now.items()}, _REMEMBERED)
    return [file for name, file in sorted(now.items()) if before.get(name) == file.stamp][:_AT_MOST]


def _files(handle: int):
    for name in os.listdir(handle):
        if name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED):
            continue
        try:
            found = os.stat(name, dir_fd=handle, follow_symlinks=False)
        except FileNotFoundError:
            continue
        if stat.S_ISREG(found.st_mode):
            yield _File(name, _stamp(found))


def _stamp(found: os.stat_result) -> str:
    return f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"


def _taken(watched: _Folder, file: _File) -> bool:
    """Keep one file, then move it away. False when it was refused or stays for the next look."""
    name = _shown(file.name)
    try:
        data = _read(watched.handle, file)
    except OSError as error:
        logger.warning("%s/%s can't be read: %s", watched, name, error.strerror)
        return False
    if data is None:
        return False
    try:
        intake.receive(
            space=watched.space,
            data=data,
            filename=name,
            channel=Channel.FOLDER,
            direction=watched.direction,
            by=None,
            message_id=f"{watched.direction}:{file.stamp}:{files.digest(data)}",
        )
    except intake.IntakeRefused as error:
        if error.code != "storage":  # that is no fault of the file: the next look tries again
            _refuse(watched, file, error.message)
        return False
    _move(watched, file, DONE)
    return True


def _read(handle: int, file: _File) -> bytes | None:
    """Its bytes, one more than may be taken at most; None when it changed or went away meanwhile."""
    try:
        opened = os.open(file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
    except FileNotFoundError:
        return None
    with os.fdopen(opened, "rb") as stream:
        data = stream.read(settings.BANQUP_MAX_UPLOAD_BYTES + 1)
        return data if _stamp(os.fstat(stream.fileno())) == file.stamp else None


def _refuse(watched: _Folder, file: _File, why: str) -> None:
    moved = _move(watched, file, REFUSED)
    if not moved:
        return
    words = _("%(name)s was not taken in: %(why)s") % {"name": _shown(file.name), "why": why}
    logger.info("%s: %s", watched, words)
    try:
        with watched.below(REFUSED) as target:
            tree.add(target, f"{moved}.txt", f"{words}\n".encode())
    except OSError as error:
        logger.warning("%s: the reason could not be written: %s", watched, error.strerror)


def _move(watched: _Folder, file: _File, name: str) -> str:
    """Away from the folder that is watched, never over another file; what it is called there, or nothing."""
    try:
        with watched.below(name) as target:
            for wanted in _names(file.name):
                if tree.move(watched.handle, file.name, target, wanted):
                    return wanted
    except FileNotFoundError:  # another worker was faster
        pass
    except OSError as error:  # the next look recognises it: it does no harm where it is
        logger.warning("%s/%s could not be moved to %s: %s", watched, _shown(file.name), name, error.strerror)
    return ""


def _names(name: str):
    """`a.pdf`, `a-2.pdf`, `a-3.pdf` …"""
    yield name
    stem, ending = os.path.splitext(name)
    yield from (f"{stem}-{number}{ending}" for number in range(2, 1000))


def _shown(name: str) -> str:
    """A file system may hold names that are no text."""
    return os.fsencode(name).decode("utf-8", "replace")

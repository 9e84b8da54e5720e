"""Writing below one folder and nowhere else, whole files only, never over somebody else's file.

Every step goes through a handle of the folder before it and refuses links, so nothing that is
swapped in meanwhile can lead outside.
"""

import errno
import hashlib
import os
import secrets
import stat
import time
from contextlib import contextmanager

# Our own temporary files begin like this.
TEMPORARY = ".banqup-"
# An empty file may stand so long for the one that is about to replace it.
TAKEN_SECONDS = 60
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Errors of file systems that know no hard links.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class LeadsElsewhere(OSError):
    """Something on the way is not a plain folder: a link, or a file."""


@contextmanager
def folder(root, parts, *, make: bool = True):
    """A handle of `root`/`parts`, each made when it is missing."""
    handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # the operator's own root may be a link
    try:
        for part in parts:
            below = _enter(handle, part, make)
            os.close(handle)
            handle = below
        yield handle
    finally:
        os.close(handle)


def _enter(handle: int, part: str, make: bool) -> int:
    if part in ("", ".", "..") or "/" in part or "\0" in part:
        raise LeadsElsewhere(errno.EINVAL, "not a plain name", part)
    if make:
        try:
            os.mkdir(part, 0o755, dir_fd=handle)
        except FileExistsError:
            pass
        else:
            _sync(handle)
    try:
        return os.open(part, _FOLDER, dir_fd=handle)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise LeadsElsewhere(error.errno, "not a plain folder", part) from error
        raise


def digest(handle: int, name: str) -> str | None:
    """SHA-256 of the file `name`; None when there is none; "" for what is no plain file."""
    try:
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=handle)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            return ""
        raise
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            return ""
        with os.fdopen(opened, "rb", closefd=False) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    finally:
        os.close(opened)


def is_being_taken(handle: int, name: str) -> bool:
    """Is it an empty file of this moment? Without hard links a name is taken so before the file is put there."""
    try:
        there = os.stat(name, dir_fd=handle, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISREG(there.st_mode) and not there.st_size and time.time() - there.st_mtime < TAKEN_SECONDS


def add(handle: int, name: str, data: bytes) -> bool:
    """Write `data` as `name`, whole or not at all; False when `name` is taken already.

    The last step fails when somebody else was first, so two workers can't both take a name.
    """
    temporary = f"{TEMPORARY}{secrets.token_hex(8)}"
    try:
        _write(handle, temporary, data)
        try:
            os.link(temporary, name, src_dir_fd=handle, dst_dir_fd=handle, follow_symlinks=False)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            return _rename_if_free(handle, temporary, name)
    finally:
        remove(handle, temporary)
    _sync(handle)
    return True


def _rename_if_free(handle: int, temporary: str, name: str) -> bool:
    """Without hard links: take the name with an empty file, which fails if it exists, then put ours there."""
    try:
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=handle))
    except FileExistsError:
        return False
    os.replace(temporary, name, src_dir_fd=handle, dst_dir_fd=handle)
    _sync(handle)
    return True


def move(handle: int, name: str, target: int, wanted: str) -> bool:
    """Bring the file `name` into the folder `target` as `wanted`; False when that name is taken there."""
    try:
        os.link(name, wanted, src_dir_fd=handle, dst_dir_fd=target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _move_if_free(handle, name, target, wanted)
    remove(handle, name)
    _sync(target)
    return True


def _move_if_free(handle: int, name: str, target: int, wanted: str) -> bool:
    try:
        os.close(os.open(wanted, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, dir_fd=target))
    except FileExistsError:
        return False
    try:
        os.replace(name, wanted, src_dir_fd=handle, dst_dir_fd=target)
    except OSError:
        remove(target, wanted)
        raise
    _sync(target)
    return True


def _sync(handle: int) -> None:
    """Make the names in a folder last; some network file systems can't, and do so by themselves."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise


def _write(handle: int, name: str, data: bytes) -> None:
    opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=handle)
    with os.fdopen(opened, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def remove(handle: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=handle)
    except FileNotFoundError:
        pass

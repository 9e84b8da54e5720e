"""Where the validator's socket is, and who may own it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from pathlib import Path

ENVIRONMENT = "BANQUP_VALIDATOR_SOCKET"
# sun_path holds 108 bytes on Linux and 104 on macOS, with a zero at the end.
_MAX_PATH = 100


def choose(given: str | os.PathLike | None = None) -> str:
    """The socket path: the one given, else from the environment, else one of this user's.

    A path too long for a unix socket is replaced by a short one in the user's
    own folder, made from the long one's hash, so that service and client agree.
    """
    wanted = os.fspath(given) if given else os.environ.get(ENVIRONMENT, "")
    if not wanted:
        return str(private_folder() / "validator.sock")
    wanted = os.path.abspath(wanted)
    if len(os.fsencode(wanted)) <= _MAX_PATH:
        return wanted
    return str(private_folder() / f"{hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]}.sock")


def private_folder() -> Path:
    """A folder of this user alone in the temporary directory.

    Raises PermissionError when somebody else owns that name or can write in
    it: they could put a validator of their own there.
    """
    folder = Path(tempfile.gettempdir()) / f"banqup-{os.getuid()}"
    if len(os.fsencode(folder)) > _MAX_PATH - 24:
        folder = Path("/tmp") / f"banqup-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    check_private(folder)
    return folder


def check_private(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is not a folder that only this user can write in")


class Lock:
    """Held by the one service that owns a socket path, until its process ends in whatever way."""

    def __init__(self, socket_path: str):
        self._path = f"{socket_path}.lock"
        self._file: int | None = None

    def take(self) -> bool:
        """True when the lock is ours; False when another service holds it."""
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            self._file = None
            return False
        return True

    def release(self) -> None:
        # The file stays: removing it would let two services lock two files of one name.
        if self._file is not None:
            os.close(self._file)
            self._file = None

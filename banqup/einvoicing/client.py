"""Asking the validator service for a verdict."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from . import frames, sockets
from .errors import ValidatorUnavailable
from .report import Report, failed
from .safe_xml import MAX_BYTES

START_SECONDS = 30.0
IDLE_EXIT_SECONDS = 300


def validate(
    data: bytes,
    *,
    socket_path: str | os.PathLike | None = None,
    timeout: float = 60.0,
    layers: Iterable[str] | None = None,
    keep_going: bool = False,
) -> Report:
    """The verdict of the machine's validator service on `data`.

    The socket is `socket_path`, else the one in BANQUP_VALIDATOR_SOCKET, else
    one of this user's in the temporary directory. Where nothing answers, a
    service is started that stops by itself after 300 idle seconds. `timeout`
    is in seconds, for the answer, waiting in the queue included. `layers` and
    `keep_going` are those of `judge.judge`.

    Raises `ValidatorUnavailable` when no verdict could be had: try again later.
    """
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1048576:.1f}"
        limit = MAX_BYTES // 1048576
        return failed("UNREADABLE:too-large", f"The file is {size} MB and the limit is {limit} MB.")
    options = {"layers": list(layers) if layers is not None else None, "keep_going": keep_going}
    return _report(_ask(_choose(socket_path), frames.pack(options, bytes(data)), timeout))


def begin_validation(
    data: bytes, *, socket_path: str | os.PathLike | None = None, timeout: float = 60.0
) -> Callable[[], Report]:
    """Send `data` to the service now; the function that comes back waits for the verdict.

    For callers with something to do while the rules run in another process: reading the document,
    say. Nothing is raised here. Where the line could not be had or breaks, the function asks again
    as `validate` does, and raises what it raises.
    """

    def ask_again() -> Report:
        return validate(data, socket_path=socket_path, timeout=timeout)

    if len(data) > MAX_BYTES:
        return ask_again
    try:
        line = _send(_choose(socket_path), frames.pack({"layers": None, "keep_going": False}, bytes(data)), timeout)
    except (OSError, ValidatorUnavailable):
        return ask_again

    def finish() -> Report:
        try:
            with line:
                answer, _ = frames.read_from(line.recv)
        except TimeoutError:
            # It had its time; a second try would only make a busy service busier.
            raise ValidatorUnavailable(f"the validator did not answer within {timeout:g} s") from None
        except (OSError, frames.Broken):
            return ask_again()
        return _report(answer)

    return finish


def _report(answer: dict) -> Report:
    if "report" not in answer:
        raise ValidatorUnavailable(answer.get("unavailable", "the validator gave no report"))
    return Report.from_dict(answer["report"])


def ping(*, socket_path: str | os.PathLike | None = None, timeout: float = 5.0) -> dict:
    """`{"pid": ..., "children": [...]}` of the service that answers; it is not started for this.

    Raises `ValidatorUnavailable`.
    """
    try:
        return _exchange(_choose(socket_path), frames.pack({"ping": True}), timeout)
    except (OSError, frames.Broken) as error:
        raise ValidatorUnavailable(f"no validator answers: {error}") from None


def _choose(socket_path) -> str:
    try:
        return sockets.choose(socket_path)
    except OSError as error:
        raise ValidatorUnavailable(f"there is no safe place for the validator's socket: {error}") from None


def _ask(path: str, frame: bytes, timeout: float) -> dict:
    # The second try is for a service that was just leaving, or a stale socket.
    for last in (False, True):
        try:
            return _exchange(path, frame, timeout)
        except TimeoutError:
            raise ValidatorUnavailable(f"the validator did not answer within {timeout:g} s") from None
        except (OSError, frames.Broken) as error:
            if last:
                raise ValidatorUnavailable(f"the validator closed the line: {error}") from None
            _start(path)
    raise AssertionError("unreachable")


def _exchange(path: str, frame: bytes, timeout: float) -> dict:
    with _send(path, frame, timeout) as line:
        options, _ = frames.read_from(line.recv)
        return options


def _send(path: str, frame: bytes, timeout: float) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.settimeout(timeout)
        line.connect(path)
        _check_owner(line, path)
        line.sendall(frame)
    except BaseException:
        line.close()
        raise
    return line


def _check_owner(line: socket.socket, path: str) -> None:
    """Refuse a service of another user: it would see every invoice and could give any verdict."""
    if not hasattr(socket, "SO_PEERCRED"):
        return
    _, owner, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    if owner not in (0, os.getuid()) and os.getuid() != 0:
        raise ValidatorUnavailable(f"the validator at {path} belongs to another user")


def _start(path: str) -> None:
    """Start a service on `path` and wait until it listens. Somebody else's will do as well."""
    command = [sys.executable, "-m", f"{__package__}.service", "--socket", path]
    command += ["--idle-exit", str(IDLE_EXIT_SECONDS)]
    environment = dict(os.environ)
    # The package must be found again even where the caller put it on sys.path by hand.
    root = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    process, started = _spawn(command, environment), time.monotonic()
    deadline = started + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, frames.Broken):
            _exchange(path, frames.pack({"ping": True}), 5.0)
            return
        code = process.poll()
        if code not in (None, 0):
            raise ValidatorUnavailable(f"the validator stopped while starting (code {code})")
        if code == 0 and time.monotonic() - started > 2.0:
            # Another service held the path but does not answer: it was just leaving.
            process, started = _spawn(command, environment), time.monotonic()
        time.sleep(0.02)
    raise ValidatorUnavailable(f"the validator was not ready within {START_SECONDS:g} s")


def _spawn(command: list[str], environment: dict[str, str]) -> subprocess.Popen:
    try:
        return subprocess.Popen(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ValidatorUnavailable(f"the validator could not be started: {error}") from None

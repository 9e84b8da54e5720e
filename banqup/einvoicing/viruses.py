"""Asks ClamAV's daemon about a file, where one listens: the INSTREAM command of its protocol."""

from __future__ import annotations

import socket
import struct

# The daemon reads as we send; a large archive takes it a while.
SECONDS = 60.0
_CHUNK = 1 << 16


class NotScanned(Exception):
    """The daemon would not look at the file, for example because it is larger than it is set up for."""


def virus_in(data: bytes, socket_path: str) -> str:
    """The name of what was found in `data`; empty when it is clean.

    Raises OSError when the daemon does not answer, NotScanned when it declines.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(SECONDS)
        line.connect(socket_path)
        line.sendall(b"zINSTREAM\0")
        try:
            for start in range(0, len(data), _CHUNK):
                chunk = data[start : start + _CHUNK]
                line.sendall(struct.pack("!I", len(chunk)) + chunk)
            line.sendall(struct.pack("!I", 0))
        except BrokenPipeError:
            pass  # it has heard enough: the answer says why
        answer = _answer(line)
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise NotScanned(answer)


def _answer(line: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\0") and len(received) < 4096:
        part = line.recv(1024)
        if not part:
            break
        received += part
    if not received:
        raise OSError("clamd closed the line without an answer")
    return received.rstrip(b"\0\n").decode("utf-8", "replace")

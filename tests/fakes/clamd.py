"""A ClamAV daemon that finds `VIRUS` in a stream, closes the line, or says that the stream is too large."""

import contextlib
import socket
import struct
import threading


@contextlib.contextmanager
def clamd(path, *, limit: int = 1 << 30, silent: bool = False):
    """Listens on the unix socket `path` and yields the list of streams it got."""
    streams: list[bytes] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve():
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line, contextlib.suppress(OSError):
                _answer(line, streams, limit, silent)

    worker = threading.Thread(target=serve, daemon=True)
    worker.start()
    try:
        yield streams
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        worker.join(5)


def _answer(line, streams, limit, silent):
    file = line.makefile("rb")
    assert file.read(10) == b"zINSTREAM\0"
    stream = b""
    while size := struct.unpack("!I", file.read(4))[0]:
        stream += file.read(size)
    streams.append(stream)
    if silent:
        return
    if len(stream) > limit:
        line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
    else:
        line.sendall(b"stream: Test.Signature FOUND\0" if b"VIRUS" in stream else b"stream: OK\0")

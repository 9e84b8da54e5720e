"""What all fake destinations share: a real HTTP server on 127.0.0.1 that can be told to misbehave.

    class Shelf(FakeServer):
        def reply(self, request): ...           # the honest destination, with its own state

    with Shelf() as shelf:
        shelf.next(status(500), when=path("/files"))   # the next request that matches; then honest again
        …
        assert [request.path for request in shelf.requests] == …

Time is Django's (`tests.factories.clock`), so that token lifetimes and limits pass when a test says so.
"""

import contextlib
import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str  # decoded, without the query
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(data, status: int = 200, **headers) -> Reply:
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Reply(status, json.dumps(data).encode(), {"Content-Type": "application/json", **named})


# --- misbehaviour: (server, request) -> Reply, or None to hang up without a word ---------------------


def status(code: int, body: bytes = b"", **headers):
    """Answer so, and do nothing."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return lambda server, request: Reply(code, body, named)


def lose_answer():
    """Do it, then hang up: the caller can't know."""

    def fault(server, request):
        server.reply(request)

    return fault


def hang_up():
    """Hang up before anything was done."""
    return lambda server, request: None


def html(code: int = 200):
    """A page for people where a program expected data."""
    return status(code, b"<!doctype html><title>Maintenance</title>", Content_Type="text/html")


def path(part: str, method: str = ""):
    """For `when`: requests whose path contains `part`."""
    return lambda request: part in request.path and method in ("", request.method)


class Nth:
    """For `when`: the so-manieth request from now, those to `skip` not counted; `used` when it came."""

    def __init__(self, number: int, skip: str = ""):
        self.left, self.skip, self.used = number, skip, False

    def __call__(self, request) -> bool:
        if not self.used and (not self.skip or request.path != self.skip):
            self.left -= 1
            self.used = self.left == 0
            return self.used
        return False


class FakeServer:
    def __init__(self):
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self._faults: list[tuple[Callable[[Request], bool], Callable]] = []
        self._server = _listen(self)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()

    def next(self, *faults, when=lambda request: True) -> None:
        """One misbehaviour each for the next requests that match `when`."""
        with self.lock:
            self._faults += [(when, fault) for fault in faults]

    def lose_answer_at(self, number: int, *, skip: str = "") -> Nth:
        """Only the answer to the so-manieth request from now is lost, if it comes before the next call."""
        with self.lock:
            nth = Nth(number, skip)
            self._faults = [(nth, lose_answer())]
            return nth

    def reply(self, request: Request) -> Reply:
        """What the honest destination answers."""
        raise NotImplementedError

    def answer(self, request: Request) -> Reply | None:
        with self.lock:
            self.requests.append(request)
            for position, (when, fault) in enumerate(self._faults):
                if when(request):
                    del self._faults[position]
                    return fault(self, request)
            return self.reply(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without both, each answer waits for a delayed acknowledgement, and the server looks slow.
    wbufsize = -1
    disable_nagle_algorithm = True
    fake: FakeServer

    def _serve(self):
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        reply = self.fake.answer(Request(self.command, unquote(address.path), query, headers, body))
        if reply is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.status != 204 and self.command != "HEAD":
            self.wfile.write(reply.body)
        with contextlib.suppress(OSError):
            self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # clients that hang up are part of the play


def _listen(fake) -> _Server:
    """On one of the ports that our own guard lets out."""
    handler = type("Handler", (_Handler,), {"fake": fake})
    for port in random.sample(range(8100, 9990), 200):
        with contextlib.suppress(OSError):
            return _Server(("127.0.0.1", port), handler)
    raise OSError("no free port between 8100 and 9990")

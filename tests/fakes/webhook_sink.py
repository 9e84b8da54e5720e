"""A receiver of signed webhooks on 127.0.0.1, honest about ids and scripted to misbehave.

    with WebhookSink() as sink:
        sink.then(sink.status(500), sink.status(500))   # the next two requests; afterwards 200
        …
        assert len(sink.documents) == 1

It keeps one document per `webhook-id`, as Standard Webhooks asks of receivers. By hand:
`python -m tests.fakes.webhook_sink` prints its address and what comes in.
"""

import contextlib
import json
import random
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


class WebhookSink:
    def __init__(self):
        self.requests: list[Received] = []
        # webhook-id → body of the first delivery: what an honest receiver has kept.
        self.documents: dict[str, dict] = {}
        self.connections = 0
        self.ended = threading.Event()
        self._script = deque()
        self._lock = threading.Lock()
        self._server = _listen(self)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def then(self, *answers) -> None:
        """What to do with the next requests, one each; afterwards they are kept and answered 200."""
        self._script.extend(answers)

    # --- answers: functions of (handler, keep) ---

    @staticmethod
    def status(code: int, body: bytes = b"", **headers):
        """Answer `code` without keeping anything (unless it is a success)."""

        def answer(handler, keep):
            if code < 300:
                keep()
            handler.answer(code, body, headers)

        return answer

    @staticmethod
    def lose_answer():
        """Keep the document, then close the connection without a word."""

        def answer(handler, keep):
            keep()
            handler.close_connection = True

        return answer

    def never(self):
        """Read the request and never answer."""

        def answer(handler, keep):
            self.ended.wait()
            handler.close_connection = True

        return answer

    def drip(self):
        """Answer one byte at a time, for ever."""

        def answer(handler, keep):
            handler.close_connection = True
            with contextlib.suppress(OSError):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                while not self.ended.wait(0.01):
                    handler.wfile.write(b".")
                    handler.wfile.flush()

        return answer

    def endless(self):
        """Answer 200 with a body that does not end."""

        def answer(handler, keep):
            keep()
            handler.close_connection = True
            with contextlib.suppress(OSError):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                while not self.ended.is_set():
                    handler.wfile.write(b"x" * 65536)
                    handler.wfile.flush()

        return answer

    def handle(self, handler, received: Received) -> None:
        with self._lock:
            self.requests.append(received)
            answer = self._script.popleft() if self._script else self.status(200, b"thank you")

        def keep():
            with self._lock:
                if received.json["type"] == "document.approved":
                    self.documents.setdefault(received.headers.get("webhook-id", ""), received.json)

        answer(handler, keep)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without both, each answer waits for a delayed acknowledgement, and the sink looks slow.
    wbufsize = -1
    disable_nagle_algorithm = True
    sink: WebhookSink

    def setup(self):
        super().setup()
        self.sink.connections += 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.sink.handle(self, Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        with contextlib.suppress(OSError):
            self.wfile.flush()

    def answer(self, code, body=b"", headers=None):
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # clients that hang up are part of the play


def _listen(sink) -> _Server:
    """On one of the ports that webhooks may use."""
    handler = type("Handler", (_Handler,), {"sink": sink})
    for port in random.sample(range(8100, 9990), 200):
        with contextlib.suppress(OSError):
            return _Server(("127.0.0.1", port), handler)
    raise OSError("no free port between 8100 and 9990")


if __name__ == "__main__":
    with WebhookSink() as running:
        print(f"Webhooks to {running.url}", flush=True)
        shown = 0
        while not running.ended.wait(0.5):
            for received in running.requests[shown:]:
                shown += 1
                print(
                    json.dumps({**received.json, "webhook-id": received.headers.get("webhook-id")})[:2000], flush=True
                )

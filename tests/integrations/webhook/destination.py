"""The webhook's part of the contract test: where its documents arrive, and how an answer is lost."""

import contextlib

from integrations.webhook.forms import generate_secret
from tests.fakes.webhook_sink import WebhookSink


class Destination:
    def __init__(self, sink):
        self._sink = sink
        self.config, self.secrets = {"url": sink.url}, {"secret": generate_secret()}

    def documents(self) -> int:
        return len(self._sink.documents)

    def lose_next_answer(self) -> None:
        self._sink.then(self._sink.lose_answer())


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with WebhookSink() as sink:
        yield Destination(sink)

"""The webhook's part of the contract test: where its documents arrive, and how an answer is lost."""

import base64
import contextlib

from integrations.webhook.forms import generate_secret
from tests.fakes.webhook_sink import WebhookSink


class Destination:
    def __init__(self, sink):
        self.fake = sink
        self.config, self.secrets = {"url": sink.url}, {"secret": generate_secret()}

    def documents(self) -> int:
        return len(self.fake.documents)

    def lose_next_answer(self) -> None:
        self.fake.then(self.fake.lose_answer())

    def contents(self) -> list[bytes]:
        files = [file for document in self.fake.documents.values() for file in document["data"]["files"]]
        return [base64.b64decode(file["content_base64"]) for file in files]

    @contextlib.contextmanager
    def refusing(self):
        self.fake.then(self.fake.status(410))
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with WebhookSink() as sink:
        yield Destination(sink)

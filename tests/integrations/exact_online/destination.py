"""Exact Online's part of the contract test: where its documents arrive, and how an answer is lost."""

import base64
import contextlib

from tests.fakes.exact_online import ExactOnline
from tests.fakes.server import lose_answer, path, status

CONFIG = {"country": "be", "division": "123456", "mode": "document", "credit_notes": "minus"}


class Destination:
    def __init__(self, exact):
        self.fake, self.consent = exact, exact.consent
        self.config, self.secrets = dict(CONFIG), {}

    def documents(self) -> int:
        return len(self.fake.documents())

    def lose_next_answer(self) -> None:
        self.fake.next(lose_answer(), when=path("documents/Documents", "POST"))

    def contents(self) -> list[bytes]:
        return [base64.b64decode(each["Attachment"]) for each in self.fake.attachments()]

    @contextlib.contextmanager
    def refusing(self):
        self.fake.next(status(400, b"No."), when=path("documents/Documents", "POST"))
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with ExactOnline() as exact:
        settings.BANQUP_BASE_URLS = {**settings.BANQUP_BASE_URLS, "exact_online.be": exact.url}
        yield Destination(exact)

"""Exact Online's part of the contract test: where its documents arrive, and how an answer is lost."""

import contextlib

from tests.fakes.exact_online import ExactOnline
from tests.fakes.server import lose_answer, path

CONFIG = {"country": "be", "division": "123456", "mode": "document", "credit_notes": "minus"}


class Destination:
    def __init__(self, exact):
        self.exact, self.consent = exact, exact.consent
        self.config, self.secrets = dict(CONFIG), {}

    def documents(self) -> int:
        return len(self.exact.documents())

    def lose_next_answer(self) -> None:
        self.exact.next(lose_answer(), when=path("documents/Documents", "POST"))


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with ExactOnline() as exact:
        settings.BANQUP_BASE_URLS = {**settings.BANQUP_BASE_URLS, "exact_online.be": exact.url}
        yield Destination(exact)

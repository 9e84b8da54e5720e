"""Yuki's part of the contract test: which documents stand there, and how an answer is lost."""

import contextlib

from django.core.cache import cache

from tests.fakes.server import lose_answer
from tests.fakes.yuki import ADMINISTRATION, KEY, Yuki


class Destination:
    def __init__(self, yuki):
        self._yuki = yuki
        self.config = {"country": "be", "administration": ADMINISTRATION, "mode": "documents", "domain": ""}
        self.secrets = {"access_key": KEY}

    def documents(self) -> int:
        return len(self._yuki.kept)

    def lose_next_answer(self) -> None:
        self._yuki.next(lose_answer(), when=lambda request: b"UploadDocument" in request.body)


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    cache.clear()
    with Yuki() as yuki:
        settings.BANQUP_BASE_URLS = {"yuki.be": yuki.url}
        yield Destination(yuki)

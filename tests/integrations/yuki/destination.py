"""Yuki's part of the contract test: which documents stand there, and how an answer is lost."""

import contextlib

from django.core.cache import cache

from tests.fakes.server import lose_answer, status
from tests.fakes.yuki import ADMINISTRATION, KEY, Yuki

FAULT = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    b"<faultcode>soap:Server</faultcode><faultstring>No.</faultstring></soap:Fault></soap:Body></soap:Envelope>"
)


class Destination:
    def __init__(self, yuki):
        self.fake = yuki
        self.config = {"country": "be", "administration": ADMINISTRATION, "mode": "documents", "domain": ""}
        self.secrets = {"access_key": KEY}

    def documents(self) -> int:
        return len(self.fake.kept)

    def lose_next_answer(self) -> None:
        self.fake.next(lose_answer(), when=lambda request: b"UploadDocument" in request.body)

    def contents(self) -> list[bytes]:
        return [data for each in self.fake.kept for data in each.files.values()]

    @contextlib.contextmanager
    def refusing(self):
        self.fake.next(status(500, FAULT), when=lambda request: b"UploadDocument" in request.body)
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    cache.clear()
    with Yuki() as yuki:
        settings.BANQUP_BASE_URLS = {"yuki.be": yuki.url}
        yield Destination(yuki)

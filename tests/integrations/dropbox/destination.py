"""Dropbox's part of the contract test."""

import contextlib

from tests.fakes.dropbox import Dropbox
from tests.fakes.server import lose_answer, path, status


class Destination:
    def __init__(self, there):
        self.fake, self.consent = there, there.consent
        self.config, self.secrets = {}, {}

    def documents(self) -> int:
        return len([name for name in self.fake.files if name.endswith(".xml")])

    def lose_next_answer(self) -> None:
        self.fake.next(lose_answer(), when=path("/files/upload"))

    def contents(self) -> list[bytes]:
        return list(self.fake.files.values())

    @contextlib.contextmanager
    def refusing(self):
        self.fake.next(status(400, b"No."), when=path("/files/upload"))
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with Dropbox() as there:
        settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
        settings.BANQUP_BASE_URLS = there.base_urls
        yield Destination(there)

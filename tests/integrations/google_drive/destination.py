"""Google Drive's part of the contract test."""

import contextlib

from tests.fakes.google_drive import GoogleDrive
from tests.fakes.server import lose_answer, path


class Destination:
    def __init__(self, there):
        self._there, self.consent = there, there.consent
        self.config, self.secrets = {}, {}

    def documents(self) -> int:
        return sum(len(each) for name, each in self._there.tree().items() if name.endswith(".xml"))

    def lose_next_answer(self) -> None:
        self._there.next(lose_answer(), when=path("/upload/"))


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with GoogleDrive() as there:
        settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
        settings.BANQUP_BASE_URLS = there.base_urls
        yield Destination(there)

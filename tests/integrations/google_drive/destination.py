"""Google Drive's part of the contract test."""

import contextlib

from tests.fakes.google_drive import GoogleDrive
from tests.fakes.server import lose_answer, path, status


class Destination:
    def __init__(self, there):
        self.fake, self.consent = there, there.consent
        self.config, self.secrets = {}, {}

    def documents(self) -> int:
        return sum(len(each) for name, each in self.fake.tree().items() if name.endswith(".xml"))

    def lose_next_answer(self) -> None:
        self.fake.next(lose_answer(), when=path("/upload/"))

    def contents(self) -> list[bytes]:
        return [data for each in self.fake.tree().values() for data in each]

    @contextlib.contextmanager
    def refusing(self):
        self.fake.next(status(400, b"No."), when=path("/upload/"))
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with GoogleDrive() as there:
        settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
        settings.BANQUP_BASE_URLS = there.base_urls
        yield Destination(there)

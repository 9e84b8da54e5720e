"""The store's part of the contract test: which documents stand there, and how an answer is lost."""

import contextlib

from tests.fakes.s3 import Store
from tests.fakes.server import lose_answer, path, status


class Destination:
    def __init__(self, store):
        self.fake = store
        self.config = {
            "endpoint": store.url,
            "region": store.region,
            "bucket": store.bucket,
            "access_key": store.access_key,
            "pattern": "{year}/{number}",
        }
        self.secrets = {"secret_key": store.secret_key}

    def documents(self) -> int:
        return sum(name.endswith(".xml") for name in self.fake.objects)

    def contents(self) -> list[bytes]:
        return list(self.fake.objects.values())

    def lose_next_answer(self) -> None:
        self.fake.next(lose_answer(), when=path("/", "PUT"))

    @contextlib.contextmanager
    def refusing(self):
        self.fake.next(status(400, b"<Error><Code>KeyTooLongError</Code></Error>"), when=path("/", "PUT"))
        yield


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with Store() as store:
        yield Destination(store)

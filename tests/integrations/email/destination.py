"""The mailbox's part of the contract test: which documents came, and how an answer is lost."""

import contextlib

from tests.fakes import email


class Destination:
    def __init__(self, mailbox):
        self.fake = mailbox
        self.config, self.secrets = {"address": "janssens@mailbox.example"}, {}

    def documents(self) -> int:
        return len(self.fake.documents)

    def contents(self) -> list[bytes]:
        return [data for attached in self.fake.documents.values() for data in attached.values()]

    def lose_next_answer(self) -> None:
        self.fake.server.answers_to_lose = 1

    @contextlib.contextmanager
    def refusing(self):
        self.fake.server.answers["END"] = "554 5.6.0 no such document type"
        yield
        del self.fake.server.answers["END"]


@contextlib.contextmanager
def opened(settings, tmp_path, monkeypatch):
    with email.running() as mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", mailbox.server.port, 5
        settings.DEFAULT_FROM_EMAIL = "Banqup <no-reply@banqup.example>"
        yield Destination(mailbox)

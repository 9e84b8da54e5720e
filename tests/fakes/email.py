"""The mailbox of an accounting program behind a real mail server on 127.0.0.1.

Honest about Message-IDs: a mail that comes twice under one id is one document. By hand:
`python -m tests.fakes.email` prints the EMAIL_URL and each mail that comes in.
"""

import contextlib
import threading

from tests.fakes import mail_server


class _Lost:
    def __init__(self, server, armed: bool):
        self._server, self._armed = server, armed

    @property
    def used(self) -> bool:
        return self._armed and self._server.answers_to_lose == 0


class Mailbox:
    def __init__(self, server: mail_server.MailServer):
        self.server = server

    @property
    def documents(self) -> dict[str, dict[str, bytes]]:
        """Message-ID -> attachments of the first mail under it."""
        found = {}
        for message in self.server.messages:
            attached = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
            found.setdefault(message["Message-ID"], attached)
        return found

    def lose_answer_at(self, number: int, *, skip: str = "") -> "_Lost":
        """A mail has one answer that counts."""
        self.server.answers_to_lose = int(number == 1)
        return _Lost(self.server, number == 1)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server.port}"


@contextlib.contextmanager
def running():
    with mail_server.running() as server:
        yield Mailbox(server)


if __name__ == "__main__":
    with running() as mailbox:
        print(f"EMAIL_URL={mailbox.url}", flush=True)
        mailbox.server.on_message = lambda: print(f"a mail came: {mailbox.server.messages[-1]['Subject']}", flush=True)
        threading.Event().wait()

"""The mailbox of an accounting program behind a real mail server on 127.0.0.1.

Honest about Message-IDs: a mail that comes twice under one id is one document. By hand:
`python -m tests.fakes.email` prints the EMAIL_URL and each mail that comes in.
"""

import contextlib
import threading

from tests.fakes import mail_server


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

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server.port}"


@contextlib.contextmanager
def running():
    with mail_server.running() as server:
        yield Mailbox(server)


def by_hand() -> Mailbox:
    """One that runs until it is ended, with how to reach it in `shown`."""
    server = mail_server.MailServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mailbox = Mailbox(server)
    mailbox.shown = f"EMAIL_URL={mailbox.url}"
    server.on_message = lambda: print("mail:", server.messages[-1]["Subject"], list(mailbox.documents)[-1], flush=True)
    return mailbox


if __name__ == "__main__":
    print(by_hand().shown, flush=True)
    threading.Event().wait()

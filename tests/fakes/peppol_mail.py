"""What the fakes of access points share: messages on their way, inboxes, and calls to webhooks.

fake.sent                       what was handed over, the newest last: `.id`, `.recipient`, `.data`, `.state`
fake.settle()                   what waits is sent; to a participant with an account here it arrives
fake.fail(id, "words")          late: it was not delivered after all
fake.arrive(data, to="…")       a message of somebody comes into an inbox; returns its id
fake.unread(to="…")             ids that nobody has confirmed
fake.unreachable.add("0208:…")  a participant that the network does not know
fake.hook = "http://…"          is called when something happens
"""

import contextlib
import urllib.request
from dataclasses import dataclass, field, replace

from django.utils import timezone

from tests.fakes.server import FakeServer

NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
WAITING, SENT, FAILED = "waiting", "sent", "failed"


@dataclass
class Message:
    id: str
    sender: str
    recipient: str
    data: bytes
    document_type: str
    process: str
    incoming: bool = False
    state: str = WAITING
    confirmed: bool = False
    words: str = ""
    category: str = ""
    at: object = field(default_factory=timezone.now)


class AccessPointFake(FakeServer):
    def __init__(self):
        super().__init__()
        self.messages: list[Message] = []
        self.unreachable: set[str] = set()
        # Participants that take other documents, and not invoices.
        self.other_documents: set[str] = set()
        # Participants who have signed in: what is sent to one of them comes into its inbox.
        self.accounts: set[str] = set()
        self.hook = ""
        # Taken and delivered in one go.
        self.at_once = False

    def participant(self, key: str) -> str:
        """Whose account it is that signs in with `key`; empty for a key that does not exist."""
        start, _dash, number = key.rpartition("-")
        own = f"0208:{number}" if start == "key" and number.isdigit() else ""
        if own:
            self.accounts.add(own)
        return own

    @property
    def sent(self) -> list[Message]:
        return [each for each in self.messages if not each.incoming]

    def settle(self) -> None:
        with self.lock:
            waiting = [each for each in self.sent if each.state == WAITING]
        for message in waiting:
            self._deliver(message)

    def fail(self, id: str, words: str = "The receiver rejected it", category: str = "other") -> None:
        with self.lock:
            message = self.find(id)
            message.state, message.words, message.category = FAILED, words, category
        self._call(message)

    def arrive(self, data: bytes, *, to: str, sender: str = "0208:0403019261", document_type: str = "") -> str:
        with self.lock:
            message = Message(self.new_id(), sender, to, data, document_type, "", incoming=True)
            self.messages.append(message)
        self._call(message)
        return message.id

    def unread(self, *, to: str) -> list[str]:
        return [each.id for each in self.messages if each.incoming and each.recipient == to and not each.confirmed]

    def find(self, id: str) -> Message | None:
        return next((each for each in self.messages if each.id == id), None)

    def hand_over(self, message: Message) -> Message:
        """Taken from the sender; called with the lock held."""
        self.messages.append(message)
        if self.at_once:
            message.state = SENT
            if message.recipient in self.accounts:
                copy = replace(message, id=self.new_id(), incoming=True, confirmed=False)
                self.messages.append(copy)
        return message

    def new_id(self) -> str:
        raise NotImplementedError

    def announcement(self, message: Message) -> tuple[bytes, dict[str, str]]:
        """(body, headers) of the call to the webhook."""
        raise NotImplementedError

    def _deliver(self, message: Message) -> None:
        message.state = SENT
        self._call(message)
        if message.recipient in self.accounts:
            self.arrive(message.data, to=message.recipient, sender=message.sender, document_type=message.document_type)

    def _call(self, message: Message) -> None:
        if not self.hook:
            return
        body, headers = self.announcement(message)
        request = urllib.request.Request(self.hook, body, {"Content-Type": "application/json", **headers})
        with contextlib.suppress(OSError):  # who is not there hears of it when it asks
            NO_PROXY.open(request, timeout=5).close()

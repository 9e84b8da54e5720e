"""The contract of a Peppol access point: plain data in, plain data out, failures as the classes of `base`.

An access point never touches models or the clock of retries. It sends a document to a participant,
says later what became of it, hands out what came in, and is told when that is safely kept.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from django import forms

from .base import TestStep


class Delivery(StrEnum):
    """What a report says of a message; the values of `NetworkAnswer.Delivery`."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Outgoing:
    """One message to the network: the same at every try. Participants are `scheme:id`, such as `0208:0123456789`."""

    message_id: str
    sender: str
    recipient: str
    # The root element, `{namespace}LocalName`, BT-24 and BT-23 of the document: they make up its document type id.
    root: str
    customization: str
    profile: str
    data: bytes
    filename: str
    # Remote ids of earlier sendings of the same bytes: finding one of these is not finding this message.
    earlier: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Accepted:
    """The access point took it; no proof of arrival. `remote_id`: what its reports will call it."""

    remote_id: str
    words: str = ""
    status: int | None = None
    excerpt: str = ""
    # It was delivered before the answer came.
    delivered: bool = False


@dataclass(frozen=True)
class Report:
    """What became of a message of ours. `id` is unique for each report, so that one is heard once."""

    id: str
    remote_id: str
    delivery: Delivery
    words: str = ""


@dataclass(frozen=True)
class Incoming:
    """One message that came in. `load` fetches its bytes; raises a `base.DeliveryError`."""

    remote_id: str
    load: Callable[[], bytes]
    sender: str = ""
    recipient: str = ""


@dataclass(frozen=True)
class Page:
    """Some of what came in since `cursor`, and where to go on."""

    incoming: tuple[Incoming, ...] = ()
    reports: tuple[Report, ...] = ()
    cursor: dict = field(default_factory=dict)
    more: bool = False


@dataclass(frozen=True)
class Reachable:
    """Can a participant receive this kind of document? `words` say what the network knows of it."""

    can_receive: bool
    words: str = ""


class AccessPointApi(ABC):
    """One account at a provider, configured. Made anew for each use."""

    key: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    config_form: ClassVar[type[forms.Form]]
    # Fields of `config_form` that are sealed and never shown again.
    secret_fields: ClassVar[tuple[str, ...]] = ()
    # The largest message it takes, in bytes; 0: not known.
    largest: ClassVar[int] = 0
    # Messages handed over at the same time, by all workers together.
    max_in_flight: ClassVar[int] = 4

    def __init__(self, *, config: dict, secrets: dict):
        self.config, self.secrets = config, secrets

    @abstractmethod
    def check(self) -> list[TestStep]:
        """Try the real thing, harmlessly. Never raises for what a person can repair."""

    @abstractmethod
    def send(self, message: Outgoing, *, remote: dict, keep: Callable[..., None], hold: Callable[[], None]) -> Accepted:
        """Hand `message` over, once, however often this is called. Raises a `base.DeliveryError`.

        `remote` holds what earlier tries kept; `keep(**ids)` persists the ids of a finished step at once.
        `hold()` is called right before what can't be taken back, and while it takes long to find out whether
        that has happened: it gives this worker its whole time again, or raises TryAgain because another one
        has taken the message over.
        """

    @abstractmethod
    def reach(self, participant: str, *, root: str, customization: str, profile: str) -> Reachable:
        """Ask the network. Raises a `base.DeliveryError` when it can't be asked."""

    @abstractmethod
    def fetch(self, cursor: dict) -> Page:
        """What came in that was not acknowledged, and reports since `cursor`; in order. Raises a `base.DeliveryError`."""

    @abstractmethod
    def acknowledge(self, remote_id: str) -> None:
        """The incoming message is safely kept here (called after commit). Harmless to repeat. Raises a `base.DeliveryError`."""

    @abstractmethod
    def report(self, remote_id: str) -> Report | None:
        """What became of a message of ours; None: nothing is known yet. Raises a `base.DeliveryError`."""

    @abstractmethod
    def called(self, headers: dict, body: bytes) -> Iterable[str]:
        """A call to our webhook: ids of what it announces (then fetched: a call is never believed by itself).

        Raises ValueError when its signature is wrong, where the provider signs.
        """

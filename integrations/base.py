"""The contract of a connector: plain data in, plain data out, failures as classes.

A connector never touches models, the clock of retries or the outbox. It says what an answer of its
destination means by the class it raises; `integrations.delivery` owns what happens next.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import ClassVar

from django import forms

from banqup.einvoicing import Document

ORIGINAL, E_INVOICE, PICTURE, APPENDIX = "original", "e_invoice", "picture", "appendix"


@dataclass(frozen=True)
class PayloadFile:
    """One file of a document. `load` reads its bytes, checked against `sha256`, or raises Permanent."""

    name: str
    mime_type: str
    role: str
    load: Callable[[], bytes]
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Payload:
    """One released document on its way out: frozen, the same at every try."""

    export_id: int
    idempotency_key: str
    document_id: int
    content_sha256: str
    kind: str
    is_credit_note: bool
    document: Document
    space_name: str
    space_vat_id: str
    counterparty_name: str
    released_at: datetime
    time_zone: str
    files: tuple[PayloadFile, ...] = ()


@dataclass(frozen=True)
class Delivered:
    """What the destination made of it: words (and a link) that let a person find it there."""

    label: str
    url: str = ""
    answer_status: int | None = None
    excerpt: str = ""


@dataclass(frozen=True)
class TestStep:
    """One step of a connection test, in plain words."""

    __test__ = False  # the name is the product's, not a test case

    name: str
    ok: bool
    message: str
    # When it was through: what lies between two steps is what the later one took.
    at: float = field(default_factory=monotonic, compare=False, repr=False)


def as_kept(steps: list[TestStep], began: float) -> list[dict]:
    """The steps of a test that `began` then, as rows keep them: `name`, `ok`, `message`, and `ms` that each took."""
    return [
        {
            "name": str(step.name),
            "ok": step.ok,
            "message": str(step.message),
            "ms": round(1000 * (step.at - before)),
        }
        for step, before in zip(steps, [began, *(step.at for step in steps)], strict=False)
    ]


class Connector(ABC):
    """One destination, configured. Made anew for each push and each test."""

    key: ClassVar[str]
    label: ClassVar[str]
    initials: ClassVar[str]
    description: ClassVar[str]
    # Sending again replaces what is there; otherwise it may make a second copy, and this warns:
    can_update: ClassVar[bool] = False
    resend_warning: ClassVar[str] = ""
    config_form: ClassVar[type[forms.Form]]
    # Fields of `config_form` that are sealed and never shown again.
    secret_fields: ClassVar[tuple[str, ...]] = ()
    # Can book, not only store: then `lists` gives what a person maps (see `integrations.booking`).
    can_book: ClassVar[bool] = False
    # Which documents it can book there at all; the others are delivered as they are.
    books_directions: ClassVar[tuple[str, ...]] = ("purchase", "sales")
    # The field of `config_form` that names one of several administrations (companies, dossiers) of an account;
    # then `administrations` gives them, and the set-up page offers them.
    administration_field: ClassVar[str] = ""
    # Works by a person's consent there (OAuth 2.0): then `provider` says how, and `access` holds the tokens.
    needs_consent: ClassVar[bool] = False
    # Fields that say whom the secrets are shown to: another value, and they have to be entered again.
    secrets_are_for: ClassVar[tuple[str, ...]] = ()
    # Fields that every client of an accountant has of its own: an office's template leaves them out.
    per_client_fields: ClassVar[tuple[str, ...]] = ()
    # Documents at a time for each integration, unless the installation says otherwise; 1 where an account takes one.
    max_in_flight: ClassVar[int] = 2
    # Fields whose value no other space may use; left empty, they get the owner's own address (slug).
    own_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *, config: dict, secrets: dict, access=None):
        self.config, self.secrets = config, secrets
        # `integrations.oauth.Access` where `needs_consent`, else None.
        self.access = access

    @classmethod
    def provider(cls, config: dict):
        """The `integrations.oauth.Provider` for this configuration, where `needs_consent`."""
        raise NotImplementedError

    @classmethod
    def asks_consent(cls, config: dict) -> bool:
        """Does it want a person's consent, configured like this? Some offer another way to sign in."""
        return cls.needs_consent

    @abstractmethod
    def check(self) -> list[TestStep]:
        """Try the real thing, harmlessly. Never raises for what a person can repair."""

    @abstractmethod
    def push(self, payload: Payload, *, remote: dict, keep: Callable[..., None]) -> Delivered:
        """Bring `payload` there, once, however often this is called.

        `remote` holds what earlier tries kept; `keep(**ids)` persists the ids of a finished step at
        once, so that a retry goes on after it. Raises a `DeliveryError`; whatever else it raises is
        taken for a fault of ours and retried.
        """

    def lists(self):
        """The destination's journals, accounts and VAT codes as `booking.Lists`, where `can_book`. Raises DeliveryError."""
        raise NotImplementedError

    def administrations(self):
        """What `administration_field` may hold: a tuple of `booking.Choice`. Raises DeliveryError."""
        raise NotImplementedError

    def books(self, payload: Payload) -> bool:
        """Does `push` book `payload` as it is configured, or only store it? Where `can_book`."""
        return self.config.get("mode") == "booking"

    def preview(self, payload: Payload, booking) -> str:
        """What `push` will send for this `booking.Booking`, as text for people; nothing is sent and nothing asked."""
        return ""

    @abstractmethod
    def summary(self, config: dict) -> str:
        """One line for the card: where it writes."""

    @classmethod
    def renew_secrets(cls, old: dict, entered: dict) -> tuple[dict, dict]:
        """What to keep of `old` and newly `entered` secrets (an empty field keeps the old one), and
        what was generated here and must be shown to the person once."""
        return {**old, **{name: value for name, value in entered.items() if value}}, {}


class DeliveryError(Exception):
    """A push that did not deliver. `message` is for people; `excerpt` is redacted by the connector."""

    family: ClassVar[str]

    def __init__(self, message: str, *, status: int | None = None, excerpt: str = ""):
        super().__init__(message)
        self.message, self.status, self.excerpt = str(message), status, excerpt


class TryAgain(DeliveryError):
    """The destination is unwell or unreachable; nothing was done there."""

    family = "try_again"


class UnknownOutcome(DeliveryError):
    """It was sent and the answer was lost: pushed again with the same idempotency key."""

    family = "unknown_outcome"


class WaitUntil(DeliveryError):
    """The destination asks for patience (rate limit, maintenance): uses up no try."""

    family = "wait_until"

    def __init__(self, message: str, *, at: datetime, status: int | None = None, excerpt: str = ""):
        super().__init__(message, status=status, excerpt=excerpt)
        self.at = at


class Refused(DeliveryError):
    """The destination does not take this document, perhaps by mistake: a few slow tries, then failed."""

    family = "refused"


class Permanent(DeliveryError):
    """Never again without a person: the document or its files are at fault."""

    family = "permanent"


class DestinationGone(DeliveryError):
    """The destination says it is gone for good: the row fails, the integration needs attention."""

    family = "destination_gone"


class BrokenConfiguration(DeliveryError):
    """The integration can't work as it is set up: rows wait with the reason until it is repaired."""

    family = "broken_configuration"


class ReconnectNeeded(BrokenConfiguration):
    """The destination does not know us any more; a person connects again."""

    family = "reconnect_needed"

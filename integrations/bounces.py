"""Mails that come back: what another mail server says of a mail of ours (RFC 3464, and older forms).

`read` understands the bytes and touches nothing; `take` keeps them and tells `hearing`. A customer's
own automatic reply, a read receipt and the bounce of a mail that is not ours are none of this.
"""

import email
import hashlib
import re
from dataclasses import dataclass
from email.message import Message as Mail
from email.parser import HeaderParser
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from banqup.actions import hearing
from banqup.actions.hearing import Message
from banqup.invoices import files
from banqup.sending.models import NetworkAnswer
from banqup.spaces.models import Space

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# Our Message-IDs are `<uuid@domain>` (email.customer); an envelope id is the uuid with or without the rest.
_OUR_ID = re.compile(rf"^\s*<?({_UUID})(?:@[^>\s]*)?>?\s*$", re.IGNORECASE)
_ID_IN_TEXT = re.compile(rf"^[> \t]*Message-I[Dd]:\s*<({_UUID})@", re.MULTILINE | re.IGNORECASE)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# Parts that hold the mail that came back, whole or its head.
_RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})
_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_NOTE_AT_MOST = 450


class Outcome(StrEnum):
    FAILED = "failed"
    # Their server goes on trying: nothing is decided.
    DELAYED = "delayed"
    DELIVERED = "delivered"


# RFC 3464, 2.3.3. `relayed` and `expanded` say that it went on to somewhere: no proof of anything.
_ACTIONS = {"failed": Outcome.FAILED, "delayed": Outcome.DELAYED, "delivered": Outcome.DELIVERED}
_SILENT = frozenset({"relayed", "expanded"})
_BY_CLASS = {"5": Outcome.FAILED, "4": Outcome.DELAYED, "2": Outcome.DELIVERED}
_WORST_FIRST = tuple(Outcome)


@dataclass(frozen=True)
class Bounce:
    """What a mail server says of one mail of ours."""

    # The Message-ID of the report; the same report is heard once.
    id: str
    # The id that our mail bore.
    about: UUID
    outcome: Outcome
    recipient: str = ""
    # RFC 3463: `5.1.1`; empty when the report names none.
    status: str = ""
    # What their server said, as it stands in the report.
    diagnostic: str = ""


def read(data: bytes) -> Bounce | None:
    """The bounce that these bytes are; None for every other mail."""
    mail = email.message_from_bytes(data)
    found = _from_report(mail) if _is_report(mail) else _from_old_form(mail)
    about = found and _about(mail)
    if not about:
        return None
    return Bounce(id=_own_id(mail, data), about=about, **found)


def take(*, space: Space, data: bytes) -> NetworkAnswer | None:
    """Keep and apply a bounce that came to `space`; idempotent. None when it is none, or decides nothing.

    Raises OSError when the bytes can't be stored: then nothing is kept.
    """
    bounce = read(data)
    if bounce is None or bounce.outcome == Outcome.DELAYED:
        return None
    told = Message(
        source=NetworkAnswer.Source.MAIL,
        message_id=bounce.id,
        subject=NetworkAnswer.Subject.DELIVERY,
        code=_CODES[bounce.outcome],
        reference=str(bounce.about),
        note=words(bounce),
        sha256=files.store(space.pk, data),
    )
    return hearing.hear(space=space, message=told)


_CODES = {
    Outcome.FAILED: NetworkAnswer.Delivery.FAILED,
    Outcome.DELIVERED: NetworkAnswer.Delivery.DELIVERED,
}


def words(bounce: Bounce) -> str:
    """What it means for a person, and what their server said."""
    to = {"recipient": bounce.recipient or _("the customer")}
    if bounce.outcome == Outcome.DELIVERED:
        return _("The mail server of %(recipient)s says that it was delivered.") % to
    said = _reason(bounce.status) % to
    if bounce.diagnostic:
        said += " " + _("Their mail server said: %s") % bounce.diagnostic
    return said if len(said) <= _NOTE_AT_MOST else f"{said[: _NOTE_AT_MOST - 1]}…"


def _reason(status: str) -> str:
    kind, _dot, detail = status.partition(".")
    if kind == "4" or detail == "4.7":
        return _("The mail to %(recipient)s could not be delivered for days, and was given up. Send it again.")
    match detail:
        case "1.1" | "1.10" | "1.3" | "1.6":
            return _("There is no mailbox %(recipient)s. Correct the address of the customer and send it again.")
        case "1.2" | "4.4" | "1.8":
            return _("The mail domain of %(recipient)s does not exist. Correct the address and send it again.")
        case "2.1":
            return _("The mailbox %(recipient)s is closed. Ask the customer for another address.")
        case "2.2":
            return _("The mailbox %(recipient)s is full. Send it again later, or to another address.")
        case "2.3" | "3.4":
            return _("The mail is too large for %(recipient)s. Send the document in another way.")
    if detail.startswith("7."):
        return _("The mail server of %(recipient)s refused the mail. Ask the customer, or send it in another way.")
    return _("The mail to %(recipient)s came back. Check the address and send it again.")


# --- reading ------------------------------------------------------------------------------------
def _is_report(mail: Mail) -> bool:
    """A report of delivery; a read receipt is a report too, of another type."""
    if mail.get_content_type() != "multipart/report":
        return False
    return any(part.get_content_type() in _REPORTS for part in mail.walk())


def _from_report(mail: Mail) -> dict | None:
    blocks = [block for part in _parts(mail, _REPORTS) for block in _blocks(part)]
    told = [found for found in map(_of_a_recipient, blocks) if found]
    # A mail of ours has one recipient; where its address stands for several, one that failed counts.
    return min(told, key=lambda found: _WORST_FIRST.index(found["outcome"]), default=None)


def _of_a_recipient(block: Mail) -> dict | None:
    diagnostic = _after_type(_value(block, "Diagnostic-Code"))
    status = _status(_value(block, "Status"), diagnostic)
    action = _value(block, "Action").lower()
    if action in _SILENT:
        return None
    outcome = _ACTIONS.get(action) or _BY_CLASS.get(status[:1])
    if outcome is None:
        return None
    recipient = _after_type(_value(block, "Original-Recipient")) or _after_type(_value(block, "Final-Recipient"))
    return {
        "outcome": outcome,
        "recipient": recipient.strip("<>")[:320],
        "status": status,
        "diagnostic": diagnostic,
    }


def _from_old_form(mail: Mail) -> dict | None:
    """Before RFC 3464, and still today: plain text under a head that names who was not reached (Exim, qmail)."""
    recipient = _value(mail, "X-Failed-Recipients")
    if not recipient:
        return None
    said = next((line.strip() for line in _text(mail).splitlines() if re.search(r"\b[45]\d\d[ -]", line)), "")
    return {
        "outcome": Outcome.FAILED,
        "recipient": recipient.split(",")[0].strip("<> ")[:320],
        "status": _status("", said),
        "diagnostic": said,
    }


def _about(mail: Mail) -> UUID | None:
    """Our id of the mail that came back, from the surest place to the least sure."""
    candidates = [_value(block, "Original-Envelope-Id") for part in _parts(mail, _REPORTS) for block in _blocks(part)]
    candidates += [_value(_head(part), "Message-ID") for part in _parts(mail, _RETURNED)]
    candidates += [_value(mail, "In-Reply-To"), *_value(mail, "References").split()]
    known = next(filter(None, map(_OUR_ID.match, candidates)), None) or _ID_IN_TEXT.search(_text(mail))
    return UUID(known.group(1)) if known else None


def _parts(mail: Mail, kinds) -> list[Mail]:
    """The parts of the report itself: what hangs on the mail that came back is not looked into."""
    inside = mail.get_payload() if mail.is_multipart() else []
    return [part for part in inside if isinstance(part, Mail) and part.get_content_type() in kinds]


def _blocks(part: Mail) -> list[Mail]:
    """The groups of fields of a delivery status: one of the message, then one a recipient."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        return _fields(_decoded(part))
    if part.get_content_type() == "message/delivery-status":
        return payload
    # The parser takes the internationalised form for a mail: a head, and the rest as its text.
    return [block for inner in payload for block in (inner, *_fields(_decoded(inner)))]


def _fields(text: str) -> list[Mail]:
    return [HeaderParser().parsestr(block) for block in re.split(r"\r?\n\s*\r?\n", text) if block.strip()]


def _head(part: Mail) -> Mail:
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload[0] if payload else Mail()
    return HeaderParser().parsestr(_decoded(part))


def _text(mail: Mail) -> str:
    """What the report says to people: its own text, without the mail that came back unless that is text too."""
    if not mail.is_multipart():
        return _decoded(mail)
    return "\n".join(_decoded(part) for part in _parts(mail, {"text/plain"}))


def _decoded(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _value(block: Mail, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _after_type(value: str) -> str:
    """`rfc822; an@x.example` → `an@x.example`."""
    kind, separator, rest = value.partition(";")
    return (rest if separator else kind).strip()


def _status(declared: str, diagnostic: str) -> str:
    """The status, or the one that their server named where the report only says that something failed."""
    own, other = _STATUS.search(declared), _STATUS.search(diagnostic)
    if own and not own.group(0).endswith(".0.0"):
        return own.group(0)
    return (other or own).group(0) if other or own else ""


def _own_id(mail: Mail, data: bytes) -> str:
    given = _value(mail, "Message-ID")
    return given if 0 < len(given) <= 255 else hashlib.sha256(data).hexdigest()

"""What the network says of a message as such: Message Level Response (BIS 36) and Message Level Status (MLS), read.

Neither speaks for the buyer: they say whether a message was taken, passed on, or refused on its way.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import names
from .errors import Unreadable
from .model import Party
from .safe_xml import parse
from .ubl_read_parts import party
from .values import Node

# What stands in BT-24 of each; the rest of the identifier is its version.
_RESPONSE, _STATUS = ":trns:mlr:", ":mls:"
REASONS = {
    "BV": "Business rule violation",
    "BW": "Business rule warning",
    "SV": "Syntax violation",
    "FD": "Failure of delivery",
}


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong: code of the list above, where, in words."""

    code: str | None = None
    text: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class MessageLevel:
    """One word on one message. `reference` names the message (or its document), `is_status` tells MLS from MLR."""

    code: str | None = None
    number: str | None = None
    reference: str | None = None
    is_status: bool = False
    sender: Party = Party()
    text: str | None = None
    issues: tuple[Issue, ...] = ()


def is_message_level(data: bytes) -> bool:
    """Is this one of the two? Raises what `safe_xml.parse` raises."""
    specification = Node(parse(data)).text("cbc:CustomizationID") or ""
    return _RESPONSE in specification or _STATUS in specification


def read_message_level(data: bytes) -> MessageLevel:
    """Read either of them. Nothing is judged: what is missing stays None. Raises `Unreadable`."""
    root = parse(data)
    if root.tag != f"{{{names.APPLICATION_RESPONSE}}}ApplicationResponse":
        raise Unreadable("unknown-document", "This says nothing of a message (UBL ApplicationResponse).")
    doc = Node(root)
    answer = doc.one("cac:DocumentResponse")
    response = answer.one("cac:Response")
    return MessageLevel(
        code=response.text("cbc:ResponseCode"),
        number=doc.text("cbc:ID"),
        reference=answer.text("cac:DocumentReference/cbc:ID"),
        is_status=_STATUS in (doc.text("cbc:CustomizationID") or ""),
        sender=party(doc.first("cac:SenderParty")) or Party(),
        text=response.text("cbc:Description") or doc.text("cbc:Note"),
        issues=tuple(_issues(answer)),
    )


def _issues(answer: Node):
    whole = [(None, node) for node in answer.all("cac:Response")]
    lines = [
        (line.text("cac:LineReference/cbc:LineID"), node)
        for line in answer.all("cac:LineResponse")
        for node in line.all("cac:Response")
    ]
    for place, response in whole + lines:
        for status in response.all("cac:Status"):
            yield Issue(
                code=status.text("cbc:StatusReasonCode"),
                text=response.text("cbc:Description") or status.text("cbc:StatusReason"),
                place=place,
            )

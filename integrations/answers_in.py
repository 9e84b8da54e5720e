"""Answers that come in over the network: kept as they are, read, and given to `hearing`.

Three kinds share one format (UBL ApplicationResponse): the buyer's Invoice Response (T111), and what
the network says of the message itself (Message Level Response, Message Level Status). Nothing is lost:
the bytes are stored before anything looks at them, and what can't be read waits for a person.
"""

import re

from django.utils.translation import gettext as _

from banqup import einvoicing
from banqup.actions import hearing
from banqup.actions.hearing import Message
from banqup.einvoicing import InvoiceResponse, MessageLevel, Party, Unreadable
from banqup.einvoicing.response import REASONS_LIST
from banqup.invoices import files
from banqup.invoices.reasons import Answer
from banqup.sending.models import NetworkAnswer
from banqup.spaces.models import Space

_SUBJECT, _DELIVERY = NetworkAnswer.Subject, NetworkAnswer.Delivery

# What the network says of a message (LIFECYCLE §6): blind acceptance is no proof of arrival.
_OF_A_MESSAGE = {"AB": _DELIVERY.ACCEPTED, "AP": _DELIVERY.DELIVERED, "RE": _DELIVERY.FAILED}
# "Already received" proves arrival, in whatever words; there is no code for it.
_WAS_THERE = re.compile(
    r"duplicat|doublon|dubbel|doppelt|already\s+(been\s+)?(received|delivered|processed|exists)|"
    r"reeds\s+ontvangen|déjà\s+reçu|bereits\s+(empfangen|erhalten)",
    re.IGNORECASE,
)


def take(*, space: Space, source: str, message_id: str, data: bytes) -> NetworkAnswer:
    """Keep and apply one answer; idempotent by (space, source, message id).

    Raises OSError when the bytes can't be stored: then nothing is kept, and the transport hands it out again.
    """
    sha256 = files.store(space.pk, data)
    message_id = message_id[:255]
    try:
        if einvoicing.is_message_level(data):
            message = _of_the_message(einvoicing.read_message_level(data))
        else:
            message = _of_the_buyer(einvoicing.read_response(data))
    except Unreadable as error:
        return _unread(space, source, message_id, sha256, error.message)
    except _NotUnderstood as error:
        return _unread(space, source, message_id, sha256, str(error))
    return hearing.hear(space=space, message=Message(source, message_id, sha256=sha256, **message))


class _NotUnderstood(Exception):
    """Readable, and yet it says nothing that we know."""


def _unread(space, source, message_id, sha256, words) -> NetworkAnswer:
    return hearing.keep_unread(space=space, source=source, message_id=message_id, sha256=sha256, words=words)


def _of_the_buyer(response: InvoiceResponse) -> dict:
    code = response.code or ""
    if code == Answer.PAID and any(reason.code == Answer.PARTLY_PAID for reason in response.reasons):
        code = Answer.PARTLY_PAID.value
    elif code not in Answer.values or code == Answer.PARTLY_PAID:
        raise _NotUnderstood(_("It answers with the code “%s”, which is none of the network's.") % code[:20])
    return {
        "subject": _SUBJECT.ANSWER,
        "code": code,
        "number": response.invoice_number or "",
        "issue_date": response.invoice_date,
        "sender": _participant(response.sender),
        "note": response.note or "",
        "clarifications": tuple(_clarification(item) for item in response.clarifications),
    }


def _clarification(item) -> dict:
    told = {"list": item.list_id or REASONS_LIST, "code": item.code or "", "text": item.text or ""}
    conditions = [[part.attribute or "", part.description or ""] for part in item.conditions]
    return {**told, "conditions": conditions} if conditions else told


def _of_the_message(told: MessageLevel) -> dict:
    code = _OF_A_MESSAGE.get(told.code or "")
    if code is None:
        raise _NotUnderstood(_("It answers with the code “%s”, which is none of the network's.") % (told.code or ""))
    said = [told.text or "", *(issue.text or "" for issue in told.issues)]
    if code == _DELIVERY.FAILED and any(_WAS_THERE.search(words) for words in said):
        code = _DELIVERY.DUPLICATE
    return {
        "subject": _SUBJECT.DELIVERY,
        "code": code,
        "reference": told.reference or "",
        # An MLS names the message only; an MLR may name the document, and comes from its receiver.
        "number": "" if told.is_status else told.reference or "",
        "sender": "" if told.is_status else _participant(told.sender),
        "note": _in_words(told),
    }


def _in_words(told: MessageLevel) -> str:
    """FD: Unknown receiver · BV (line 3): The total is wrong"""
    issues = []
    for issue in told.issues:
        place = f" ({issue.place})" if issue.place else ""
        issues.append(": ".join(filter(None, [f"{issue.code or ''}{place}".strip(), issue.text or ""])))
    return " · ".join(issues or filter(None, [told.text]))


def _participant(party: Party) -> str:
    return f"{party.endpoint_scheme or ''}:{party.endpoint_id}" if party.endpoint_id else ""

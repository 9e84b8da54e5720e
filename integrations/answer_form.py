"""What a customer sends on the answer page, checked; and what it means for the network's words."""

import uuid
from dataclasses import dataclass

from banqup.actions import platform
from banqup.actions.hearing import Message
from banqup.invoices.reasons import PEPPOL, Answer, ObjectionReason
from banqup.sending.models import NetworkAnswer, Transmission

from .answer_words import say

NOTE_AT_MOST = 2000
# What a person can say here.
CHOICES = (Answer.ACCEPTED, Answer.QUERIED, Answer.REFUSED)
_OBJECTIONS = (Answer.QUERIED, Answer.REFUSED)


@dataclass
class Said:
    """One answer as it was entered; `errors` by field."""

    code: str = ""
    reason: str = ""
    note: str = ""
    # One for each time that the page was opened: sent twice, it is heard once.
    token: str = ""

    @classmethod
    def of(cls, form) -> "Said":
        return cls(
            code=form.get("answer", ""),
            reason=form.get("reason", ""),
            note=form.get("note", "").replace("\x00", "").strip(),
            token=_token(form.get("token", "")),
        )

    def errors(self, language: str) -> dict[str, str]:
        found = {}
        if self.code in _OBJECTIONS:
            if self.reason not in ObjectionReason.values:
                found["reason"] = say("need_reason", language)
            if not self.note and (self.code == Answer.QUERIED or self.reason == ObjectionReason.OTHER):
                found["note"] = say("need_note", language)
        if len(self.note) > NOTE_AT_MOST:
            found["note"] = say("note_too_long", language, limit=NOTE_AT_MOST)
        return found

    def message(self, row: Transmission) -> Message:
        """As it is heard."""
        why = ()
        if self.code in _OBJECTIONS:
            why = platform.clarifications(self.reason, *PEPPOL[ObjectionReason(self.reason)])
        return _message(row, f"{row.message_id}:{self.token}", NetworkAnswer.Subject.ANSWER, self.code, self.note, why)


def seen(row: Transmission) -> Message:
    """A person opened the document."""
    return _message(row, f"{row.message_id}:seen", NetworkAnswer.Subject.DELIVERY, NetworkAnswer.Delivery.DELIVERED)


def _message(row, message_id, subject, code, note="", clarifications=()) -> Message:
    return Message(
        source=NetworkAnswer.Source.PAGE,
        message_id=message_id,
        subject=subject,
        code=str(code),
        reference=str(row.message_id),
        number=row.invoice.number,
        issue_date=row.invoice.issue_date,
        sender=row.recipient,
        note=note,
        clarifications=clarifications,
    )


def _token(text: str) -> str:
    try:
        return uuid.UUID(text).hex
    except ValueError:
        return uuid.uuid4().hex

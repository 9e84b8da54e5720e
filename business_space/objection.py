"""The banner of a document that stopped: what was said, by whom and when, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from banqup.invoices.history import reason_of
from banqup.invoices.history_answers import clarified
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer
from banqup.invoices.statuses import PAYABLE, UNDER_OBJECTION, DocumentStatus, GeneralStatus

_OBJECTIONS = (Verb.DISPUTED, Verb.REFUSED, Verb.CUSTOMER_ANSWERED, Verb.WONT_BE_PAID)


@dataclass(frozen=True)
class Objection:
    title: str
    next: str
    tone: str = "warning"
    icon: str = ""
    reason: str = ""
    note: str = ""
    who: str = ""
    at: datetime | None = None


def objection(invoice) -> Objection | None:
    """One query, and none for a document that takes its course (one for a sale that was accepted and is not paid)."""
    if invoice.deleted_at is not None:
        words = _("Nobody works on it there. Restore brings it back as it was.")
        return _of(invoice, (Verb.DELETED,), _("In the recycle bin"), words, tone="info", icon="trash")
    closed = invoice.general_status == GeneralStatus.WONT_BE_PAID
    if not closed and invoice.document_status not in UNDER_OBJECTION:
        return _conditions(invoice)
    if closed:
        words = _("Mark as resolved, or a payment, opens it again.")
        return _of(invoice, _OBJECTIONS, _("Won't be paid"), words, tone="info", icon="no-symbol")
    disputed = invoice.document_status == DocumentStatus.DISPUTED
    return _of(
        invoice,
        _OBJECTIONS,
        invoice.get_document_status_display(),
        _next(invoice, disputed),
        tone="warning" if disputed else "danger",
        icon="chat-bubble-left" if disputed else "x-circle",
    )


def _conditions(invoice) -> Objection | None:
    """The customer accepts what we sold under conditions: they are to be settled (S7)."""
    if not invoice.is_sales or invoice.accepted_at is None or invoice.general_status not in PAYABLE:
        return None
    event = invoice.events.filter(verb=Verb.CUSTOMER_ANSWERED).first()
    if event is None or event.data.get("code") != Answer.CONDITIONAL:
        return None
    words = _("Settle the conditions with the customer, by a credit note for a part if need be.")
    return _told(event, _("Accepted with conditions"), words, tone="info", icon="clipboard-document-check")


def _of(invoice, verbs, title, following, **looks) -> Objection:
    event = invoice.events.filter(verb__in=verbs).select_related("actor").first()
    return Objection(title, following, **looks) if event is None else _told(event, title, following, **looks)


def _told(event, title, following, **looks) -> Objection:
    return Objection(
        title,
        following,
        reason=reason_of(event.data) or clarified(event.data.get("clarifications")),
        note=event.data.get("note", ""),
        who=str(event.actor or (_("The customer") if "code" in event.data else "")),
        at=event.at,
        **looks,
    )


def _next(invoice, disputed: bool) -> str:
    if invoice.is_sales:
        if disputed:
            return _("Settle it with the customer, then mark it as resolved. A refusal is recorded as their answer.")
        return _("Credit it, mark it as won't be paid, or mark it as resolved.")
    if not invoice.is_released:
        return _("It was never approved. Resolve opens it for a decision again.")
    if disputed:
        return _("Settle it with the supplier, then resolve it. Don't pay it meanwhile.")
    return _("Ask for a credit note or a new invoice. Resolve it if you accept it after all.")

"""What both sides of a document told each other about it: the panel on its page."""

from django.utils.translation import gettext as _

from banqup.actions import answers
from banqup.invoices import statuses
from banqup.invoices.history import reason_of, timeline
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer
from banqup.sending.models import OwedAnswer

State = OwedAnswer.State
_BY_THE_CUSTOMER = (Verb.CUSTOMER_ANSWERED, Verb.CUSTOMER_TOLD, Verb.ANSWER_IGNORED)
# state → icon, tone.
_LOOKS = {
    State.DUE: ("clock", ""),
    State.SENT: ("check", "green"),
    State.FAILED: ("exclamation-triangle", "red"),
    State.NOT_SENDABLE: ("exclamation-triangle", "amber"),
}


def answered(invoice) -> dict | None:
    """Title and entries, newest first; None where nothing was said. One query."""
    if invoice.kind in statuses.ISSUED_BY_US:
        title, entries = _("What the customer said"), timeline(invoice, limit=30, verbs=_BY_THE_CUSTOMER)
        if invoice.kind not in statuses.SALES_LIST:
            title = _("What the supplier said")
    elif answers.takes_answers(invoice):
        title, entries = _("What the supplier was told"), [_told(row) for row in _owed(invoice)]
    else:
        return None
    return {"title": title, "events": entries} if entries else None


def _owed(invoice):
    rows = OwedAnswer.objects.filter(invoice=invoice).exclude(state=State.SUPERSEDED)
    return rows.select_related("created_by", "event").order_by("-pk")


def _told(row: OwedAnswer) -> dict:
    """An answer as an entry of a timeline."""
    icon, tone = _LOOKS[State(row.state)]
    return {
        "what": f"{row.get_code_display()}: {row.get_state_display()}",
        "note": " · ".join(filter(None, [reason_of(row.event.data) if row.reason else "", _why(row)])),
        "comment": row.note,
        "who": str(row.created_by or ""),
        "at": row.sent_at or row.created_at,
        "icon": icon,
        "tone": tone,
    }


def _why(row: OwedAnswer) -> str:
    if row.state == State.NOT_SENDABLE:
        return _("After “%s” the network takes no other answer: tell them by e-mail.") % Answer(row.after).label
    return row.words

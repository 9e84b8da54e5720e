"""What a supplier is told: written with the decision, in its transaction (LIFECYCLE §4, §6).

A verb asks `told` for what its event says of the answer, and gives the written event to `keep`. Over
Peppol a worker sends it (`telling`); a supplier with a space on this server is told in the same
transaction (`platform`). An answer that is due counts as given: the rank rule then decides about the
next one. What the rule forbids is kept too, so that a person is told to say it in another way.
"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.receipt import Channel
from banqup.invoices.reasons import PEPPOL, Answer, ObjectionReason
from banqup.invoices.statuses import Kind
from banqup.sending import ranks
from banqup.sending.models import OwedAnswer

State = OwedAnswer.State
# The one place that knows the worker's task by name.
SEND_TASK = "integrations.tasks.send_answer"
# What counts as said already.
GIVEN = (State.DUE, State.SENT)
_OBJECTS = frozenset({Answer.QUERIED, Answer.REFUSED})


def takes_answers(invoice: Invoice) -> bool:
    """Answers go from the buyer to the seller, and only the way that brought the document."""
    return invoice.kind == Kind.PURCHASE and invoice.channel in (Channel.PEPPOL, Channel.PLATFORM)


def tells_at_once(invoice: Invoice) -> bool:
    """The supplier has a space on this server: what is decided is known there in the same moment."""
    return takes_answers(invoice) and invoice.channel == Channel.PLATFORM


def given(invoice: Invoice) -> Answer | None:
    """The answer that stands: the highest of those that were sent or are due; one query."""
    codes = OwedAnswer.objects.filter(invoice=invoice, state__in=GIVEN).order_by().values_list("code", flat=True)
    return ranks.highest(codes)


def told_for_good(invoice: Invoice) -> OwedAnswer | None:
    """An approval or a payment that the supplier knows of, or may know of at this moment (P13); one query."""
    tried = Q(lease_until__isnull=False) | Q(attempt_count__gt=0)
    final = OwedAnswer.objects.filter(invoice=invoice, code__in=(Answer.ACCEPTED, Answer.PARTLY_PAID, Answer.PAID))
    return final.filter(Q(state=State.SENT) | Q(state=State.DUE) & tried).first()


def told(invoice: Invoice, code: Answer, *, reason: ObjectionReason | None = None) -> dict:
    """What the event of a decision says of the answer `code`: `{"to_supplier": …}`, or nothing where none is given.

    With `reason`, the reason and action of the network. `after`: the earlier answer that forbids it.
    """
    if not takes_answers(invoice):
        return {}
    words = dict(zip(("reason", "action"), PEPPOL[reason], strict=True)) if reason else {}
    before = given(invoice) if invoice.pk else None
    forbidden = {} if ranks.follows(before, code) else {"after": before.value}
    at_once = {"at_once": True} if tells_at_once(invoice) and not forbidden else {}
    return {"to_supplier": {"code": code.value, **words, **forbidden, **at_once}}


def told_paid(invoice: Invoice) -> dict:
    """As `told`, of a payment: only where the space wants it and the network takes it, and never of a credit note (P10)."""
    if not invoice.space.tells_when_paid or invoice.is_credit_note or not invoice.is_released:
        return {}
    found = told(invoice, Answer.PAID if invoice.open_amount <= 0 else Answer.PARTLY_PAID)
    return {} if found and "after" in found["to_supplier"] else found


def keep(event: Event) -> None:
    """Write the answer that `event`, written just now, tells of; it takes the place of lower ones."""
    if (answer := event.data.get("to_supplier")) is not None:
        _write(event, answer)


def _write(event: Event, answer: dict) -> None:
    if "after" in answer:
        state = State.NOT_SENDABLE
    else:
        state = State.SENT if "at_once" in answer else State.DUE
        _supersede(event.invoice_id, ranks.PASSING)
    owed = OwedAnswer.objects.create(
        invoice_id=event.invoice_id,
        event=event,
        code=answer["code"],
        reason=answer.get("reason", ""),
        action=answer.get("action", ""),
        # Only what objects is explained to the supplier: how a dispute was settled, or a payment noted, is our own.
        note=event.data.get("note", "") if answer["code"] in _OBJECTS else "",
        state=state,
        after=answer.get("after", ""),
        sent_at=timezone.now() if state == State.SENT else None,
        created_by=event.actor,
    )
    if state == State.SENT:
        from .platform import tell  # which hears on the other side, where verbs of this side are at work too

        tell(owed)
    elif state == State.DUE:
        nudge(SEND_TASK, owed.pk)


def say_in_process(answer_id: int) -> None:
    """Nobody has decided since long about the document whose arrival was told as `answer_id`: tell its supplier so."""
    arrival = OwedAnswer.objects.select_related("event").get(pk=answer_id)
    with transaction.atomic():
        rows = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("space")
        invoice = rows.get(pk=arrival.invoice_id)
        if invoice.has_open_data and ranks.follows(given(invoice), Answer.IN_PROCESS):
            _write(arrival.event, told(invoice, Answer.IN_PROCESS)["to_supplier"])


def take_back(invoice: Invoice, *codes: Answer) -> dict:
    """What these answers told of was undone before they were sent; what the event of it says of that."""
    taken = _supersede(invoice.pk, codes)
    return {"not_sent": taken} if taken else {}


def _supersede(invoice_id: int, codes) -> list[str]:
    # One that is being sent at this moment is not held back any more: its worker says what became of it.
    idle = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    due = OwedAnswer.objects.filter(idle, invoice=invoice_id, state=State.DUE, code__in=codes)
    found = list(due.values_list("code", flat=True))
    due.update(state=State.SUPERSEDED)
    return found


def before_the_click(invoice: Invoice, code: Answer) -> str:
    """What a dialog says of the answer that the decision gives; empty where none goes over the network."""
    found = told(invoice, code)
    if not found:
        return ""
    who = invoice.counterparty_name or _("The supplier")
    if after := found["to_supplier"].get("after"):
        return _("%(who)s was told “%(before)s”, after which Peppol takes no “%(now)s”: tell them by e-mail.") % {
            "who": who,
            "before": Answer(after).label,
            "now": code.label,
        }
    at_once = "at_once" in found["to_supplier"]
    words = (
        _("%(who)s will be told at once, in their space: %(now)s.")
        if at_once
        else _("%(who)s will be told over Peppol: %(now)s.")
    )
    words %= {"who": who, "now": code.label}
    final = _("This can't be taken back.")
    return f"{words} {final}" if code == Answer.REFUSED else words

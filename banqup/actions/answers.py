"""What a supplier is told over the Peppol network: written with the decision, in its transaction (LIFECYCLE §4, §6).

A verb asks `told` for what its event says of the answer, and gives the written event to `keep`. An
answer that is due counts as given: the rank rule then decides about the next one. What the rule
forbids is kept too, so that a person is told to say it in another way.
"""

from django.utils.translation import gettext as _

from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.receipt import Channel
from banqup.invoices.reasons import PEPPOL, Answer, ObjectionReason
from banqup.invoices.statuses import Kind
from banqup.sending import ranks
from banqup.sending.models import OwedAnswer

State = OwedAnswer.State


def takes_answers(invoice: Invoice) -> bool:
    """Answers go from the buyer to the seller, and only over the network that brought the document."""
    return invoice.kind == Kind.PURCHASE and invoice.channel == Channel.PEPPOL


def given(invoice: Invoice) -> Answer | None:
    """The answer that stands: the highest of those that are due; one query."""
    codes = OwedAnswer.objects.filter(invoice=invoice, state=State.DUE).order_by().values_list("code", flat=True)
    return ranks.highest(codes)


def told(invoice: Invoice, code: Answer, *, reason: ObjectionReason | None = None) -> dict:
    """What the event of a decision says of the answer `code`: `{"to_supplier": …}`, or nothing where none is given.

    With `reason`, the reason and action of the network. `after`: the earlier answer that forbids it.
    """
    if not takes_answers(invoice):
        return {}
    words = dict(zip(("reason", "action"), PEPPOL[reason], strict=True)) if reason else {}
    before = given(invoice) if invoice.pk else None
    forbidden = {} if ranks.follows(before, code) else {"after": before.value}
    return {"to_supplier": {"code": code.value, **words, **forbidden}}


def told_paid(invoice: Invoice) -> dict:
    """As `told`, of a payment: only where the space wants it and the network takes it, and never of a credit note (P10)."""
    if not invoice.space.tells_when_paid or invoice.is_credit_note or not invoice.is_released:
        return {}
    found = told(invoice, Answer.PAID if invoice.open_amount <= 0 else Answer.PARTLY_PAID)
    return {} if found and "after" in found["to_supplier"] else found


def keep(event: Event) -> None:
    """Write the answer that `event`, written just now, tells of; it takes the place of lower ones."""
    answer = event.data.get("to_supplier")
    if answer is None:
        return
    state = State.NOT_SENDABLE if "after" in answer else State.DUE
    if state == State.DUE:
        _supersede(event.invoice_id, ranks.PASSING)
    OwedAnswer.objects.create(
        invoice_id=event.invoice_id,
        event=event,
        code=answer["code"],
        reason=answer.get("reason", ""),
        action=answer.get("action", ""),
        note=event.data.get("note", ""),
        state=state,
        after=answer.get("after", ""),
        created_by=event.actor,
    )


def take_back(invoice: Invoice, *codes: Answer) -> dict:
    """What these answers told of was undone before they were sent; what the event of it says of that."""
    taken = _supersede(invoice.pk, codes)
    return {"not_sent": taken} if taken else {}


def _supersede(invoice_id: int, codes) -> list[str]:
    due = OwedAnswer.objects.filter(invoice=invoice_id, state=State.DUE, code__in=codes)
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
    words = _("%(who)s will be told over Peppol: %(now)s.") % {"who": who, "now": code.label}
    final = _("This can't be taken back.")
    return f"{words} {final}" if code == Answer.REFUSED else words

"""What people do to a document, with arguments that dice choose. A new verb of `banqup.actions` is one line here.

Each entry takes (document as the person sees it, person's user, dice) and calls the verb; it returns
`NOTHING` when the document has nothing that the verb could be about. The name of an entry is its name in
`tests.permissions.table`, which says who may; `OFFERED_AS` is the name of its button.
"""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Q

from banqup.actions import (
    approval,
    assignment,
    bookkeeping,
    conversations,
    crediting,
    disputes,
    duplicates,
    exports,
    payments,
    recycle,
    sales,
    withdrawal,
)
from banqup.exports.models import Integration
from banqup.invoices.models import DuplicateDecision, Invoice
from banqup.invoices.reasons import CustomerAnswer, WontBePaidReason
from banqup.payments.models import Allocation, Payment

from . import papers

NOTHING = object()
CENT = Decimal("0.01")


def _version(invoice, dice) -> dict:
    """Half of the pages say which version they showed."""
    return {"version": invoice.version} if dice.random() < 0.5 else {}


def _save(invoice, by, dice):
    same = invoice.data and dice.random() < 0.3
    document = invoice.document if same else papers.typed(invoice.kind, dice.choice((0, 0, 1, 2)))
    return approval.save(invoice=invoice, document=document, by=by, version=invoice.version)


def _approve(invoice, by, dice):
    return approval.approve(invoice=invoice, by=by, delivered_elsewhere=True, **_version(invoice, dice))


def _refuse(invoice, by, dice):
    return disputes.refuse(invoice=invoice, reason="price", by=by, confirmed=True, **_version(invoice, dice))


def _amount(invoice, dice) -> Decimal:
    """All that is open, a part of it, or more."""
    open_amount = max(invoice.open_amount or CENT, CENT)
    return dice.choice((open_amount, Decimal("10.00"), CENT, open_amount + CENT))


def _pay(invoice, by, dice):
    on = invoice.space.today() - timedelta(days=dice.choice((0, 3)))
    amount = _amount(invoice, dice)
    return payments.record_payment(invoice=invoice, amount=amount, paid_on=on, by=by, **_version(invoice, dice))


def _undo_payment(invoice, by, dice):
    found = list(Payment.objects.filter(allocations__invoice=invoice).order_by("pk"))
    return payments.undo_payment(payment=dice.choice(found), by=by) if found else NOTHING


def _link(invoice, by, dice):
    fitting = dice.random() < 0.8
    others = (
        crediting.candidates(invoice) if fitting else Invoice.objects.exclude(is_credit_note=invoice.is_credit_note)
    )
    others = list(others.order_by("pk").select_related("space"))
    if not others:
        return NOTHING
    other = dice.choice(others)
    note, target = (invoice, other) if invoice.is_credit_note else (other, invoice)
    amount = dice.choice((None, None, Decimal("5.00"), Decimal("500.00")))
    return crediting.link(credit_note=note, invoice=target, amount=amount, by=by)


def _unlink(invoice, by, dice):
    found = list(Allocation.objects.filter(invoice=invoice, credit_note__isnull=False).order_by("pk"))
    return crediting.unlink(allocation=dice.choice(found), by=by) if found else NOTHING


def _resend(invoice, by, dice):
    found = list(Integration.objects.filter(space=invoice.space_id).order_by("pk"))
    return exports.resend(invoice=invoice, integrations=[dice.choice(found)], by=by)


def _answer(invoice, by, dice):
    said = dice.choice(CustomerAnswer.values)
    return sales.record_answer(invoice=invoice, answer=said, reason="price", by=by)


def _give_up(invoice, by, dice):
    reason = dice.choice(WontBePaidReason.values)
    return sales.mark_wont_be_paid(invoice=invoice, reason=reason, note="Bankrupt", by=by)


def _twins(verb):
    def call(invoice, by, dice):
        others = Invoice.objects.filter(space=invoice.space_id).exclude(pk=invoice.pk).select_related("space")
        found = list(others.filter(pk=invoice.possible_duplicate_of_id) or others.order_by("pk"))
        return verb(invoice=invoice, twin=dice.choice(found), by=by, **_version(invoice, dice)) if found else NOTHING

    return call


def _undo_decision(invoice, by, dice):
    found = list(DuplicateDecision.objects.filter(Q(first=invoice) | Q(second=invoice)).order_by("pk"))
    return duplicates.undo(decision=dice.choice(found), by=by) if found else NOTHING


def _assign(invoice, by, dice):
    return assignment.assign_approver(invoice=invoice, approver=dice.choice((by, by, None)), by=by)


def _says(verb):
    def call(invoice, by, dice):
        side = "business" if by.memberships.filter(space=invoice.space_id).exists() else "partner"
        return verb(invoice=invoice, text="Is <b>this</b> right?", by=by, side=side)

    return call


def _stands_alone(invoice, by, dice):
    return crediting.set_stands_alone(credit_note=invoice, stands_alone=dice.random() < 0.7, by=by)


DOCUMENTS = {
    "save": _save,
    "approve": _approve,
    "dispute": lambda i, by, dice: disputes.dispute(invoice=i, reason="price", by=by, **_version(i, dice)),
    "refuse": _refuse,
    "resolve": lambda i, by, dice: disputes.resolve(invoice=i, note="Settled", by=by, **_version(i, dice)),
    "withdraw": lambda i, by, dice: withdrawal.withdraw_approval(invoice=i, by=by, **_version(i, dice)),
    "delete": lambda i, by, dice: recycle.delete(invoice=i, by=by),
    "restore": lambda i, by, dice: recycle.restore(invoice=i, by=by),
    "record_payment": _pay,
    "undo_payment": _undo_payment,
    "link": _link,
    "unlink": _unlink,
    "record_answer": _answer,
    "wont_be_paid": _give_up,
    "mark_resolved": lambda i, by, dice: sales.mark_as_resolved(invoice=i, note="Settled", by=by),
    "resend": _resend,
    "mark_as_processed": lambda i, by, dice: bookkeeping.mark_as_processed(invoice=i, by=by),
    "mark_unpaid": lambda i, by, dice: payments.mark_as_unpaid(invoice=i, by=by, **_version(i, dice)),
    "paid_again": lambda i, by, dice: payments.mark_as_paid_again(invoice=i, by=by),
    "stands_alone": _stands_alone,
    "mark_as_duplicate": _twins(duplicates.mark_as_duplicate),
    "mark_as_another": _twins(duplicates.mark_as_another),
    "undo_decision": _undo_decision,
    "assign": _assign,
    "comment": _says(conversations.comment),
    "ask": _says(conversations.ask),
    "undo_processed": lambda i, by, dice: bookkeeping.undo_processed(invoice=i, by=by),
}

# The button in `allowed`; verbs without one (undo of a payment or link) stand beside what they undo.
_BESIDE = ("undo_payment", "unlink", "paid_again", "stands_alone", "undo_decision", "comment", "ask")
OFFERED_AS = {name: name for name in DOCUMENTS} | {"link": "link_credit_note"} | dict.fromkeys(_BESIDE, "")
# With these, what is offered goes through: their arguments are always right.
KEPT_PROMISES = frozenset({"dispute", "refuse", "resolve", "withdraw", "delete", "mark_as_processed", "undo_processed"})

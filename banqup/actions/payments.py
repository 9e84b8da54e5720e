"""Record and undo payments by hand; the ledger computes what is paid."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.fields import rounded
from banqup.invoices import journal, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer
from banqup.payments import ledger
from banqup.payments.models import Allocation, Payment

from . import alerts, answers
from .approval import locked, require
from .refusals import NotPossible
from .rights import may_pay

# A day further away than this, in either direction, is a slip of the finger.
FAR_AWAY = timedelta(days=10 * 366)


def record_payment(
    *,
    invoice: Invoice,
    amount: Decimal,
    paid_on: date,
    by,
    method=Payment.Method.TRANSFER,
    reference="",
    comment="",
    version=None,
) -> Invoice:
    """Record a payment made outside and count it for `invoice`, also before approval (P10).

    `amount` in the invoice's currency, at most what is open. Raises NotAllowed, NotPossible (with the
    `field` that is wrong), ChangedMeanwhile. Returns the invoice re-read.
    """
    require(by, invoice, may_pay(invoice))
    if amount != rounded(amount) or amount <= 0:
        raise NotPossible(_("Enter an amount above zero with at most two decimals."), field="amount")
    if abs(paid_on - invoice.space.today()) > FAR_AWAY:
        raise NotPossible(_("This day is more than ten years away. Check the year."), field="paid_on")
    with transaction.atomic():
        invoice = locked(invoice, version)
        if reason := _takes_no_money(invoice):
            raise NotPossible(reason)
        if amount > invoice.open_amount:
            raise NotPossible(
                _("Only %(currency)s %(open)s is open.") % {"currency": invoice.currency, "open": invoice.open_amount},
                field="amount",
            )
        payment = _record(invoice, amount, paid_on, method, reference, comment, by)
        invoice.wont_be_paid_at = None  # money came after all (S12)
        invoice.version += 1
        invoice.save()
        told = _told(payment, amount) | {"paid_on": paid_on.isoformat()} | answers.told_paid(invoice)
        answers.keep(journal.record(invoice, Verb.PAYMENT_RECORDED, by=by, **told))
    return invoice.reread()


def undo_payment(*, payment: Payment, by) -> Invoice:
    """Take a hand-recorded payment back: everything is as before it. Raises NotAllowed, NotPossible."""
    # Undone or not: who has no right to the document does not learn which.
    allocation = Allocation.objects.filter(payment=payment).select_related("invoice__space").latest("pk")
    require(by, allocation.invoice, may_pay(allocation.invoice))
    with transaction.atomic():
        invoice = locked(allocation.invoice, None)
        if not _take_back(payment, allocation, invoice, by):
            raise NotPossible(_("This payment is undone already."))
        invoice.version += 1
        invoice.save()
        told = _told(payment, allocation.amount) | answers.take_back(invoice, Answer.PAID, Answer.PARTLY_PAID)
        journal.record(invoice, Verb.PAYMENT_UNDONE, by=by, **told)
    return invoice.reread()


def mark_as_unpaid(*, invoice: Invoice, by, version: int | None = None) -> Invoice:
    """Take every payment that a person recorded on `invoice` back at once; credit notes stay linked.

    Raises NotAllowed, NotPossible, ChangedMeanwhile. Returns it re-read; `mark_as_paid_again` undoes it.
    """
    require(by, invoice, may_pay(invoice))
    with transaction.atomic():
        invoice = locked(invoice, version)
        taken = [row for row in by_hand(invoice) if _take_back(row.payment, row, invoice, by)]
        if not taken:
            raise NotPossible(_("No payment was recorded by hand on %s.") % invoice.title)
        invoice.version += 1
        invoice.save()
        journal.record(
            invoice,
            Verb.MARKED_UNPAID,
            by=by,
            **answers.take_back(invoice, Answer.PAID, Answer.PARTLY_PAID),
            payments=[row.payment_id for row in taken],
            amount=str(sum(row.amount for row in taken)),
            currency=invoice.currency,
        )
    return invoice.reread()


def mark_as_paid_again(*, invoice: Invoice, by) -> Invoice:
    """Undo of `mark_as_unpaid`: the payments that it took back are recorded again, as they were.

    Raises NotAllowed, NotPossible (something else was paid or settled meanwhile). Returns it re-read.
    """
    require(by, invoice, may_pay(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)
        last = invoice.events.filter(verb__in=_MONEY).order_by("-position").first()
        if last is None or last.verb != Verb.MARKED_UNPAID:
            raise NotPossible(_("Its payments changed meanwhile. Record what was paid by hand."))
        taken = list(Payment.objects.filter(pk__in=last.data["payments"]).order_by("pk"))
        if reason := _takes_no_money(invoice):
            raise NotPossible(reason)
        if sum(payment.amount for payment in taken) > invoice.open_amount:
            raise NotPossible(_("Less is open now. Record what was paid by hand."))
        for old in taken:
            payment = _record(invoice, old.amount, old.paid_on, old.method, old.reference, old.comment, by)
            journal.record(
                invoice, Verb.PAYMENT_RECORDED, by=by, **_told(payment, old.amount), paid_on=old.paid_on.isoformat()
            )
        invoice.version += 1
        invoice.save()
    return invoice.reread()


# What changes the money on a document.
_MONEY = (Verb.PAYMENT_RECORDED, Verb.PAYMENT_UNDONE, Verb.MARKED_UNPAID, Verb.CREDITED, Verb.UNCREDITED)


def by_hand(invoice: Invoice):
    """The payments that count now and that a person recorded: as allocations, oldest first."""
    rows = Allocation.objects.filter(invoice=invoice, removed_at=None, payment__recorded_by__isnull=False)
    return rows.select_related("payment").order_by("pk")


def _takes_no_money(invoice: Invoice) -> str:
    """Why no payment can be recorded on it; empty when one can."""
    if invoice.document_status == statuses.DocumentStatus.DRAFT:
        return _("A draft is not paid: send it first.")
    if invoice.deleted_at is not None:
        return _("%s is in the recycle bin. Restore it first.") % invoice.title
    if invoice.payable is None:
        return _("Complete the total first: a payment needs to know what it pays.")
    return ""


def _record(invoice, amount, paid_on, method, reference, comment, by) -> Payment:
    payment = Payment.objects.create(
        space=invoice.space,
        amount=amount,
        currency=invoice.currency,
        paid_on=paid_on,
        method=method,
        reference=reference,
        comment=comment,
        recorded_by=by,
    )
    ledger.allocate(payment=payment, invoice=invoice, amount=amount)
    if invoice.document_status == statuses.DocumentStatus.REFUSED:
        alerts.paid_while_refused(invoice, amount=amount, by=by)
    return payment


def _take_back(payment: Payment, allocation: Allocation, invoice: Invoice, by) -> bool:
    """False when it was undone already."""
    now = timezone.now()
    undone = Payment.objects.filter(pk=payment.pk, undone_at=None).update(undone_at=now, undone_by=by)
    if undone:
        ledger.remove(allocation=allocation, invoice=invoice, at=now)
    return bool(undone)


def _told(payment: Payment, amount: Decimal) -> dict:
    return {"payment": payment.pk, "amount": str(amount), "currency": payment.currency}

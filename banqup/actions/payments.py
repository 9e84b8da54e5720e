"""Record and undo payments by hand; the ledger computes what is paid."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.fields import rounded
from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.payments import ledger
from banqup.payments.models import Allocation, Payment
from banqup.spaces.roles import Capability

from .approval import locked, require
from .refusals import NotPossible


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

    `amount` in the invoice's currency, at most what is open. Raises NotAllowed, NotPossible,
    ChangedMeanwhile. Returns the invoice re-read.
    """
    require(by, invoice, Capability.RECORD_PAYMENT)
    if amount != rounded(amount) or amount <= 0:
        raise NotPossible(_("Enter an amount above zero with at most two decimals."))
    with transaction.atomic():
        invoice = locked(invoice, version)
        if invoice.payable is None or invoice.deleted_at is not None:
            raise NotPossible(_("Complete the total first: a payment needs to know what it pays."))
        if amount > invoice.open_amount:
            raise NotPossible(
                _("Only %(currency)s %(open)s is open.") % {"currency": invoice.currency, "open": invoice.open_amount}
            )
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
        invoice.wont_be_paid_at = None  # money came after all (S12)
        invoice.version += 1
        invoice.save()
        told = {"amount": str(amount), "currency": invoice.currency, "paid_on": paid_on.isoformat()}
        journal.record(invoice, Verb.PAYMENT_RECORDED, by=by, payment=payment.pk, **told)
    return invoice.reread()


def undo_payment(*, payment: Payment, by) -> Invoice:
    """Take a hand-recorded payment back: everything is as before it. Raises NotAllowed, NotPossible."""
    allocation = Allocation.objects.filter(payment=payment, removed_at=None).select_related("invoice__space").first()
    if allocation is None:
        raise NotPossible(_("This payment is undone already."))
    require(by, allocation.invoice, Capability.RECORD_PAYMENT)
    with transaction.atomic():
        invoice = locked(allocation.invoice, None)
        now = timezone.now()
        undone = Payment.objects.filter(pk=payment.pk, undone_at=None).update(undone_at=now, undone_by=by)
        if not undone:
            raise NotPossible(_("This payment is undone already."))
        ledger.remove(allocation=allocation, invoice=invoice, at=now)
        invoice.version += 1
        invoice.save()
        told = {"amount": str(allocation.amount), "currency": invoice.currency}
        journal.record(invoice, Verb.PAYMENT_UNDONE, by=by, payment=payment.pk, **told)
    return invoice.reread()

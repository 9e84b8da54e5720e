"""The rules of the ledger. Callers hold the invoice's row lock and an open transaction."""

from decimal import Decimal

from django.db.models import Sum

from .models import Allocation, Payment


class LedgerError(Exception):
    """The ledger refuses; `str()` says why and what is possible."""


def paid_total(invoice) -> Decimal:
    """What the ledger says was paid on `invoice`: the truth behind `invoice.paid`."""
    return _total(Allocation.objects.filter(invoice=invoice, payment__isnull=False))


def credited_total(invoice) -> Decimal:
    """What credit notes took off `invoice`, or a credit note gave to invoices: the truth behind `.credited`."""
    if invoice.is_credit_note:
        return _total(Allocation.objects.filter(credit_note=invoice))
    return _total(Allocation.objects.filter(invoice=invoice, credit_note__isnull=False))


def _total(allocations) -> Decimal:
    return allocations.filter(removed_at=None).aggregate(total=Sum("amount"))["total"] or Decimal("0.00")


def allocate(*, payment: Payment, invoice, amount: Decimal) -> Allocation:
    """Count `amount` of `payment` for `invoice` and keep `invoice.paid` in step (unsaved).

    The caller has checked `amount` against what is open on both sides.
    """
    allocation = Allocation.objects.create(
        payment=payment, invoice=invoice, amount=amount, created_by=payment.recorded_by
    )
    invoice.paid = paid_total(invoice)
    return allocation


def credit(*, credit_note, invoice, amount: Decimal, by) -> Allocation:
    """Count `amount` of `credit_note` for `invoice`; `.credited` of both is kept in step (unsaved).

    The caller has checked `amount` against what is open on both sides.
    """
    allocation = Allocation.objects.create(credit_note=credit_note, invoice=invoice, amount=amount, created_by=by)
    _sum_up(credit_note, invoice)
    return allocation


def remove(*, allocation: Allocation, invoice, at, credit_note=None) -> None:
    """Stop counting `allocation`; both sides are as they were before it (unsaved)."""
    allocation.removed_at = at
    allocation.save(update_fields=["removed_at"])
    if credit_note is None:
        invoice.paid = paid_total(invoice)
    else:
        _sum_up(credit_note, invoice)


def _sum_up(credit_note, invoice) -> None:
    credit_note.credited, invoice.credited = credited_total(credit_note), credited_total(invoice)

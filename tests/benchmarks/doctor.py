"""The doctor's memory: it reads the database through, and keeps nothing of it."""

import tracemalloc
from datetime import date
from decimal import Decimal

from django.utils import timezone

from banqup.actions import doctor
from banqup.contacts.models import Contact
from banqup.invoices import journal, statuses
from banqup.invoices.models import Event, Invoice, Receipt
from banqup.invoices.models.event import Verb
from banqup.payments.models import Allocation, Payment
from tests.benchmarks.measure import Measure
from tests.factories import world

AT_ONCE = 1000


def memory(*, quick: bool) -> Measure:
    """The peak while everything is examined: several times the documents, about the same memory."""
    few, many = (5_000, 15_000) if quick else (10_000, 100_000)
    space = world.business(slug="clinic", vat_id="", endpoint_id="", company_id="")
    _healthy(space, 0, few)
    little = _peak()
    _healthy(space, few, many)
    much = _peak()
    name = f"doctor: memory with {many:,} documents : with {few:,}"
    return Measure(name, much / little, 1.5, f"{much / 2**20:.1f} / {little / 2**20:.1f} MB")


def _peak() -> int:
    """Bytes. The first look warms up what stays in memory anyway."""
    peaks = []
    for _look in range(2):
        tracemalloc.start()
        wrong = next(doctor.examine(), None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert wrong is None, wrong
    return peaks[-1]


def _healthy(space, start: int, end: int) -> None:
    """Documents number `start` to `end`: received, approved, paid in part, with all that belongs to it."""
    contact, _new = Contact.objects.get_or_create(space=space, name="Molens De Ster NV", is_supplier=True)
    for first in range(start, end, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, end))
        invoices = Invoice.objects.bulk_create([_invoice(space, contact, number) for number in numbers])
        _write_histories(invoices)
        now = timezone.now()
        Receipt.objects.bulk_create(_receipt(space, invoice, now) for invoice in invoices)
        paid = {"space": space, "amount": Decimal("10.00"), "currency": "EUR", "paid_on": date(2026, 11, 1)}
        payments = Payment.objects.bulk_create(Payment(**paid) for _invoice in invoices)
        Allocation.objects.bulk_create(
            Allocation(payment=payment, invoice=invoice, amount=payment.amount)
            for payment, invoice in zip(payments, invoices, strict=True)
        )


def _invoice(space, contact, number: int) -> Invoice:
    return Invoice(
        space=space,
        kind=statuses.Kind.PURCHASE,
        channel="inbound",
        document_status=statuses.DocumentStatus.FULLY_APPROVED,
        number=f"D-{number}",
        payable=Decimal("121.00"),
        paid=Decimal("10.00"),
        counterparty=contact,
        counterparty_name=contact.name,
        released_at=timezone.now(),
        content_sha256="0" * 64,
        original_sha256=f"{space.pk:08x}{number:056x}",
    )


def _write_histories(invoices) -> None:
    """As the journal writes them, for many documents at once."""
    events = []
    for invoice in invoices:
        before = ""
        for position, verb in enumerate((Verb.RECEIVED, Verb.APPROVED_AUTOMATICALLY), start=1):
            event = Event(invoice=invoice, space_id=invoice.space_id, verb=verb, position=position)
            event.digest = before = journal.digest(event, before)
            events.append(event)
        invoice.event_count, invoice.event_head = 2, before
    Event.objects.bulk_create(events)
    Invoice.objects.bulk_update(invoices, ["event_count", "event_head"], batch_size=200)


def _receipt(space, invoice, now) -> Receipt:
    return Receipt(
        space=space,
        direction="purchase",
        channel="inbound",
        size=1,
        sha256=invoice.original_sha256,
        outcome=Receipt.Outcome.DOCUMENT,
        invoice=invoice,
        judged_at=now,
    )

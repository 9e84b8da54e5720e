"""The ledger by hand: what is paid is always computed, undone exactly, never over what is open."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banqup.actions import payments
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.invoices.models import Event, Invoice
from banqup.payments import ledger
from banqup.payments.models import Payment
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def payer(space):
    return world.member(space, "FR")


def pay(invoice, amount, by):
    return payments.record_payment(invoice=invoice, amount=Decimal(amount), paid_on=TODAY, by=by)


def test_partial_and_full_payments_move_the_status(space, payer):
    invoice = world.received(space, einvoices.invoice_bytes())
    invoice = pay(invoice, "100.00", payer)
    assert (invoice.general_status, invoice.paid) == ("PARTIALLY_PAID", Decimal("100.00"))
    invoice = pay(invoice, invoice.open_amount, payer)
    assert (invoice.general_status, invoice.open_amount) == ("FULLY_PAID", Decimal("0.00"))


def test_undoing_a_payment_restores_everything_but_the_history(space, payer):
    invoice = world.received(space, einvoices.invoice_bytes())
    kept = pay(invoice, "50.00", payer)
    pay(kept, "100.00", payer)
    invoice = payments.undo_payment(payment=Payment.objects.get(amount="100.00"), by=payer)
    assert (invoice.paid, invoice.general_status, invoice.open_amount) == (
        kept.paid,
        kept.general_status,
        kept.open_amount,
    )
    assert list(invoice.events.values_list("verb", flat=True)[:3]) == [
        "payment_undone",
        "payment_recorded",
        "payment_recorded",
    ]
    with pytest.raises(NotPossible):
        payments.undo_payment(payment=Payment.objects.get(amount="100.00"), by=payer)


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "100000"])
def test_an_impossible_amount_is_refused_and_changes_nothing(space, payer, amount):
    invoice = world.received(space, einvoices.invoice_bytes())
    with pytest.raises(NotPossible):
        pay(invoice, amount, payer)
    assert (Payment.objects.count(), Invoice.objects.get(pk=invoice.pk).paid) == (0, Decimal("0.00"))


def test_a_payment_needs_to_know_what_it_pays(space, payer):
    with pytest.raises(NotPossible):
        pay(world.received(space, b"unreadable"), "1.00", payer)


@pytest.mark.parametrize("role", ["ADM", "PA", "SA", "AUD"])
def test_who_may_not_record_payments(space, role):
    invoice = world.received(space, einvoices.invoice_bytes())
    with pytest.raises(NotAllowed):
        pay(invoice, "1.00", world.member(space, role))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(st.integers(1, 30000), st.just("undo")), max_size=12))
def test_after_any_sequence_the_invoice_equals_its_ledger(space, payer, steps):
    invoice = world.received(space, einvoices.invoice_bytes(number=f"H-{Invoice.objects.count()}"))
    standing: list[Payment] = []
    for step in steps:
        if step == "undo":
            if standing:
                invoice = payments.undo_payment(payment=standing.pop(), by=payer)
            continue
        amount = Decimal(step).scaleb(-2)
        if amount > invoice.open_amount:
            with pytest.raises(NotPossible):
                pay(invoice, amount, payer)
        else:
            invoice = pay(invoice, amount, payer)
            standing.append(Payment.objects.latest("pk"))
        total = sum((payment.amount for payment in standing), Decimal("0.00"))
        assert invoice.paid == ledger.paid_total(invoice) == total <= invoice.payable
        expected = "FULLY_PAID" if total == invoice.payable else "PARTIALLY_PAID" if total else "UNPAID"
        assert invoice.payment_status == expected
    recorded = Event.objects.filter(invoice=invoice, verb="payment_recorded").count()
    assert recorded == Payment.objects.filter(allocations__invoice=invoice).count()

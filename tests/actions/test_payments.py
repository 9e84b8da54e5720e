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


@pytest.mark.parametrize(
    "amount, paid_on, field",
    [
        ("0", TODAY, "amount"),
        ("-1", TODAY, "amount"),
        ("0.001", TODAY, "amount"),
        ("1000000", TODAY, "amount"),
        ("1", date(202, 11, 20), "paid_on"),
        ("1", date(9999, 12, 31), "paid_on"),
    ],
)
def test_a_refusal_names_the_entry_that_is_wrong(space, payer, amount, paid_on, field):
    invoice = world.received(space, einvoices.invoice_bytes())
    with pytest.raises(NotPossible) as refused:
        payments.record_payment(invoice=invoice, amount=Decimal(amount), paid_on=paid_on, by=payer)
    assert (refused.value.field, Payment.objects.count()) == (field, 0)


def test_whoever_may_not_undo_does_not_learn_that_it_is_undone(space, payer):
    pay(world.received(space, einvoices.invoice_bytes()), "50.00", payer)
    payments.undo_payment(payment=Payment.objects.get(), by=payer)
    with pytest.raises(NotAllowed):
        payments.undo_payment(payment=Payment.objects.get(), by=world.member(space, "SR"))


def facts(invoice) -> list[tuple]:
    counting = Payment.objects.filter(allocations__invoice=invoice, undone_at=None).order_by("pk")
    return list(counting.values_list("amount", "paid_on", "method", "reference", "comment"))


def test_mark_as_unpaid_takes_back_what_was_recorded_by_hand_and_its_undo_records_it_again(space, payer):
    invoice = world.received(space, einvoices.invoice_bytes())
    pay(invoice, "50.00", payer)
    paid = payments.record_payment(
        invoice=invoice, amount=Decimal("7.00"), paid_on=date(2026, 11, 3), by=payer, method="cash", reference="R", comment="C"
    )  # fmt: skip
    before = facts(invoice)
    unpaid = payments.mark_as_unpaid(invoice=paid, by=payer, version=paid.version)
    assert (unpaid.general_status, unpaid.paid, facts(invoice)) == ("UNPAID", Decimal("0.00"), [])
    told = unpaid.events.first()
    assert (told.verb, told.data["amount"], len(told.data["payments"])) == ("marked_unpaid", "57.00", 2)
    again = payments.mark_as_paid_again(invoice=unpaid, by=payer)
    assert (again.general_status, again.paid, facts(invoice)) == ("PARTIALLY_PAID", Decimal("57.00"), before)
    with pytest.raises(NotPossible):
        payments.mark_as_paid_again(invoice=again, by=payer)


def test_mark_as_unpaid_leaves_credit_notes_and_is_undone_only_while_nothing_else_happened(space, payer):
    invoice = world.received(space, einvoices.invoice_bytes())
    part = einvoices.lines()[:1]
    world.received(space, einvoices.invoice_bytes(kind="credit_note", number="CN-1", lines=part))
    credited = Invoice.objects.get(pk=invoice.pk).credited
    pay(Invoice.objects.get(pk=invoice.pk), "5.00", payer)
    unpaid = payments.mark_as_unpaid(invoice=invoice, by=payer)
    assert (unpaid.credited, unpaid.paid) == (credited, Decimal("0.00")) and credited > 0
    pay(unpaid, "1.00", payer)
    with pytest.raises(NotPossible, match="meanwhile"):
        payments.mark_as_paid_again(invoice=Invoice.objects.get(pk=invoice.pk), by=payer)
    payments.mark_as_unpaid(invoice=Invoice.objects.get(pk=invoice.pk), by=payer)
    with pytest.raises(NotPossible):
        payments.mark_as_unpaid(invoice=Invoice.objects.get(pk=invoice.pk), by=payer)


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

"""After a sale: the customer's answer by hand, won't be paid, resolved."""

from datetime import date
from decimal import Decimal

import pytest

from banqup.actions import approval, bookkeeping, payments, sales
from banqup.actions.refusals import NotAllowed, NotPossible
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


@pytest.fixture
def sale(space, seller):
    """Approved, and delivered elsewhere."""
    data = einvoices.invoice_bytes(seller=einvoices.BUYER, buyer=einvoices.SELLER)
    invoice = world.received(space, data, direction="sales")
    return approval.approve(invoice=invoice, by=seller, delivered_elsewhere=True)


def told(invoice, answer, by, **more):
    return sales.record_answer(invoice=invoice, answer=answer, by=by, **more)


def statuses(invoice):
    return invoice.document_status, invoice.delivery_status, invoice.general_status


def test_every_answer_proves_arrival_and_none_moves_money(sale, seller):
    assert statuses(sale) == ("VALIDATED", "SENT", "UNPAID")
    assert statuses(told(sale, "accepted", seller)) == ("FULLY_APPROVED", "RECEIVED", "UNPAID")


def test_a_question_disputes_and_a_refusal_refuses(sale, seller):
    sale = told(sale, "queried", seller, reason="price")
    assert statuses(sale) == ("DISPUTED", "RECEIVED", "DISPUTED")
    sale = told(sale, "refused", seller, reason="quality")
    assert statuses(sale) == ("REFUSED", "RECEIVED", "REFUSED")
    with pytest.raises(NotPossible):
        told(sale, "accepted", seller)


def test_a_refused_sale_is_booked_no_longer(space, sale, seller):
    office = world.partner()
    world.engaged(space, office)
    sale = bookkeeping.mark_as_processed(invoice=sale, by=world.member(office, "ACC"))
    sale = told(sale, "refused", seller, reason="price")
    assert (sale.accounting_status, sale.processed_by) == ("READY_TO_PROCESS", None)


def test_won_t_be_paid_because_it_is_refused_and_resolved_after_all(sale, seller):
    sale = sales.mark_wont_be_paid(invoice=sale, reason="refused", by=seller)
    assert statuses(sale) == ("REFUSED", "SENT", "WONT_BE_PAID")
    sale = sales.mark_as_resolved(invoice=sale, note="They pay after all", by=seller)
    assert statuses(sale) == ("VALIDATED", "SENT", "UNPAID")


def test_bad_debt_keeps_the_decision_and_money_that_comes_clears_it(sale, seller):
    sale = told(sale, "accepted", seller)
    sale = sales.mark_wont_be_paid(invoice=sale, reason="insolvent", by=seller)
    assert statuses(sale) == ("FULLY_APPROVED", "RECEIVED", "WONT_BE_PAID")
    sale = payments.record_payment(invoice=sale, amount=Decimal("10.00"), paid_on=date(2026, 11, 20), by=seller)
    assert sale.general_status == "PARTIALLY_PAID"


def test_resolved_goes_back_to_accepted_when_the_customer_had_accepted(sale, seller):
    sale = told(told(sale, "accepted", seller), "queried", seller, reason="price")
    sale = sales.mark_as_resolved(invoice=sale, note="Discount agreed", by=seller)
    assert statuses(sale) == ("FULLY_APPROVED", "RECEIVED", "UNPAID")


def test_a_disputed_sale_that_will_not_be_paid_is_refused(sale, seller):
    sale = told(sale, "queried", seller, reason="price")
    sale = sales.mark_wont_be_paid(invoice=sale, reason="settlement", by=seller)
    assert statuses(sale) == ("REFUSED", "RECEIVED", "WONT_BE_PAID")


def test_nothing_to_close_or_to_resolve_is_refused(space, sale, seller):
    with pytest.raises(NotPossible):
        sales.mark_as_resolved(invoice=sale, note="x", by=seller)
    purchase = world.received(space, einvoices.invoice_bytes())
    with pytest.raises(NotPossible):
        sales.mark_wont_be_paid(invoice=purchase, reason="insolvent", by=seller)


def test_the_sales_assistant_records_nothing(space, sale):
    assistant = world.member(space, "SA")
    with pytest.raises(NotAllowed):
        told(sale, "accepted", assistant)
    with pytest.raises(NotAllowed):
        sales.mark_wont_be_paid(invoice=sale, reason="insolvent", by=assistant)

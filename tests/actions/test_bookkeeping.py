"""The accountant's own status."""

import pytest

from banqup.actions import bookkeeping
from banqup.actions.refusals import NotAllowed, NotPossible
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def accountant(space):
    office = world.partner()
    world.engaged(space, office)
    return world.member(office, "ACC")


def test_processed_and_undone(space, accountant):
    invoice = world.received(space, einvoices.invoice_bytes())
    invoice = bookkeeping.mark_as_processed(invoice=invoice, by=accountant)
    assert (invoice.accounting_status, invoice.processed_by) == ("PROCESSED", accountant)
    invoice = bookkeeping.undo_processed(invoice=invoice, by=accountant)
    assert (invoice.accounting_status, invoice.processed_by, invoice.processed_at) == ("READY_TO_PROCESS", None, None)
    assert list(invoice.events.values_list("verb", flat=True)[:2]) == ["unprocessed", "processed"]


def test_twice_is_refused(space, accountant):
    invoice = world.received(space, einvoices.invoice_bytes())
    bookkeeping.mark_as_processed(invoice=invoice, by=accountant)
    with pytest.raises(NotPossible):
        bookkeeping.mark_as_processed(invoice=invoice, by=accountant)


def test_what_the_client_has_not_approved_can_not_be_processed(space, accountant):
    with pytest.raises(NotPossible):
        bookkeeping.mark_as_processed(invoice=world.received(space, b"unreadable"), by=accountant)


def test_nobody_but_the_client_s_own_accountant_processes(space, accountant):
    invoice = world.received(space, einvoices.invoice_bytes())
    stranger = world.member(world.partner(slug="other"), "ACC", email="acc@other.example")
    client_manager = world.member(accountant.spaces.get(), "CM")
    for person in (stranger, client_manager, world.member(space)):
        with pytest.raises(NotAllowed):
            bookkeeping.mark_as_processed(invoice=invoice, by=person)

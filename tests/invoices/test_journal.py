"""History is a hash chain per document: whoever changes it behind the application's back is found."""

import pytest
from django.db import connection

from banqup.actions import approval, doctor, payments
from banqup.invoices import journal
from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.event import Verb
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


def history(invoice):
    return list(invoice.events.order_by("position").values_list("position", "verb"))


def found():
    return [(problem.rule, problem.message) for problem in doctor.examine()]


def behind_our_back(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def invoice(space):
    """Arrived, approved automatically, paid in part."""
    invoice = world.received(space, einvoices.invoice_bytes())
    person = world.member(space, "FR")
    return payments.record_payment(
        invoice=invoice, amount=invoice.payable / 2, paid_on=space.today(), method="transfer", by=person
    )


def test_the_events_of_a_document_are_numbered_and_counted_on_it(invoice):
    invoice = Invoice.objects.get(pk=invoice.pk)
    assert history(invoice) == [
        (1, Verb.RECEIVED),
        (2, Verb.APPROVED_AUTOMATICALLY),
        (3, Verb.PAYMENT_RECORDED),
    ]
    assert (invoice.event_count, invoice.event_head) == (3, invoice.events.get(position=3).digest)
    assert found() == []


def test_an_altered_event_is_found_by_the_doctor(invoice):
    behind_our_back("UPDATE invoices_event SET verb = 'saved' WHERE invoice_id = %s AND position = 2", invoice.pk)
    assert found() == [
        ("released-without-approval", "released, but no approval stands in its history"),
        ("history", "event 2 (saved) is not what was written"),
    ]


def test_altered_details_of_an_event_are_found(invoice):
    event = invoice.events.get(position=3)
    changed = {**event.data, "amount": "0.01"}
    Event.objects.filter(pk=event.pk).update(data=changed)
    assert found() == [("history", "event 3 (payment_recorded) is not what was written")]


def test_another_person_put_into_an_event_is_found(invoice, space):
    Event.objects.filter(invoice=invoice, position=3).update(actor=world.member(space, "PR"))
    assert found() == [("history", "event 3 (payment_recorded) is not what was written")]


def test_a_removed_event_is_found_in_the_middle_and_at_the_end(invoice):
    behind_our_back("DELETE FROM invoices_event WHERE invoice_id = %s AND position = 3", invoice.pk)
    assert found() == [("history", "the document counts 3 events, its history holds 2")]
    behind_our_back("DELETE FROM invoices_event WHERE invoice_id = %s AND position = 1", invoice.pk)
    assert found() == [("history", "event 1 is missing: the next one is number 2")]


def test_a_copy_in_memory_never_sets_the_history_back(space):
    invoice = world.received(space, einvoices.invoice_bytes())
    stale = Invoice.objects.get(pk=invoice.pk)
    journal.record(invoice, Verb.EXPORT_DELIVERED, integration="Folder")
    stale.save()
    assert list(journal.broken_links()) == []


def test_an_event_of_a_change_that_is_undone_is_undone_with_it(monkeypatch):
    waiting = world.business(auto_approve="never")
    invoice = world.received(waiting, einvoices.invoice_bytes())
    person = world.member(waiting, "PR", "PA")

    def breaks(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("banqup.exports.outbox.release", breaks)
    before = history(invoice)
    with pytest.raises(RuntimeError):
        approval.approve(invoice=invoice, by=person)
    assert history(invoice) == before
    assert list(journal.broken_links()) == []

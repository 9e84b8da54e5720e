"""A credit note goes to a destination after the invoice that it corrects."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from banqup.contacts.models import Contact
from banqup.einvoicing import DocumentReference
from banqup.exports import outbox
from banqup.exports.models import Export, Integration
from banqup.exports.outbox import PUSH_SEVERAL_TASK, PUSH_TASK, Answer
from banqup.exports.whereabouts import whereabouts
from banqup.invoices import content, numbers
from banqup.invoices.models import Invoice
from integrations import base, gate, setup
from tests.factories import world

from . import helpers
from .test_delivery import Scripted, scripted  # noqa: F401

BEHIND = "Goes after V2026-0143."


@pytest.fixture
def integration(space, scripted):  # noqa: F811
    return helpers.integration(space, "scripted", name="Books")


def of_mill(space, number, **fields) -> Invoice:
    """A released document of one supplier."""
    mill, _new = Contact.objects.get_or_create(space=space, name="Molens Van Damme NV", is_supplier=True)
    made = helpers.released(space, number)
    Invoice.objects.filter(pk=made.pk).update(counterparty=mill, number_key=numbers.key(number), **fields)
    return Invoice.objects.get(pk=made.pk)


def credit_note(space, number="C-1", corrects=("V2026-0143",)) -> Invoice:
    named = tuple(DocumentReference(each) for each in corrects)
    what = helpers.document(number, kind="credit_note", type_code="381", preceding=named)
    return of_mill(space, number, is_credit_note=True, data=content.to_json(what))


@pytest.fixture
def invoice(space):
    return of_mill(space, "V2026-0143")


@pytest.fixture
def pair(space, integration, invoice):
    """The exports of an invoice and of its credit note, which is due first."""
    second = helpers.queued(credit_note(space), integration, next_try_at=timezone.now() - timedelta(minutes=1))
    return helpers.queued(invoice, integration), second


def now_of(export) -> tuple[str, str]:
    export.refresh_from_db()
    return export.state, export.reason


def sent() -> list[str]:
    return [payload.document.number for payload, _remote in Scripted.seen]


def is_due(export) -> bool:
    return outbox.due().filter(pk=export.pk).exists()


@pytest.mark.django_db
class TestOrder:
    def test_it_waits_visibly_while_its_invoice_has_not_gone(self, pair):
        _first, second = pair
        held = helpers.push(second)
        assert (held.state, held.reason, held.attempt_count, helpers.tries(held)) == ("waiting", BEHIND, 0, [])
        assert not is_due(second)
        (place,) = whereabouts(second.invoice).places
        assert (place.words, place.repair) == (f"{BEHIND} Nothing to do.", "")

    def test_the_push_of_the_invoice_hands_on_to_it(self, pair, nudges, django_capture_on_commit_callbacks):
        first, second = pair
        helpers.push(second)
        with django_capture_on_commit_callbacks(execute=True):
            helpers.push(first)
        assert (PUSH_TASK, (second.pk,)) in nudges
        assert (helpers.push(second).state, sent()) == ("delivered", ["V2026-0143", "C-1"])

    def test_its_turn_goes_to_the_next_one(self, pair, nudges, django_capture_on_commit_callbacks):
        first, second = pair
        with django_capture_on_commit_callbacks(execute=True):
            helpers.push(second)
        assert nudges == [(PUSH_TASK, (first.pk,))]

    def test_it_waits_through_every_try_of_its_invoice(self, pair):
        first, second = pair
        Scripted.answers = [base.TryAgain("It is down.")]
        helpers.push(first)
        assert now_of(helpers.push(second)) == ("waiting", BEHIND)
        helpers.push_again(first)
        assert helpers.push(second).state == "delivered"

    def test_an_invoice_that_fails_for_good_lets_it_go_and_that_is_said(self, pair):
        first, second = pair
        helpers.push(second)
        Scripted.answers = [base.Permanent("No such journal.")]
        helpers.push(first)
        assert is_due(second)
        assert helpers.push(second).state == "delivered"
        (place,) = whereabouts(second.invoice).places
        assert place.words.endswith("went without V2026-0143, which did not get there")

    def test_an_invoice_that_is_called_off_lets_it_go(self, pair):
        first, second = pair
        helpers.push(second)
        outbox.cancel(Export.objects.filter(pk=first.pk), reason="The approval was withdrawn.")
        assert helpers.push(second).state == "delivered"

    def test_a_new_sending_of_the_invoice_goes_first_as_well(self, pair, invoice, integration):
        first, second = pair
        helpers.push(second)
        again = outbox.resend(invoice, integration, by=None)
        assert now_of(helpers.push(second)) == ("waiting", BEHIND)
        helpers.push(again)
        assert (helpers.push(second).state, sent()) == ("delivered", ["V2026-0143", "C-1"])

    def test_another_destination_has_an_order_of_its_own(self, space, pair, invoice):
        _first, second = pair
        other = helpers.integration(space, "scripted", name="Archive")
        helpers.queued(invoice, other, state="delivered", settled_at=timezone.now())
        elsewhere = helpers.queued(second.invoice, other)
        assert helpers.push(elsewhere).state == "delivered"
        assert now_of(helpers.push(second)) == ("waiting", BEHIND)

    def test_it_waits_for_every_invoice_that_it_names(self, space, integration, invoice):
        other = of_mill(space, "V2026-0144")
        both = helpers.queued(credit_note(space, corrects=["V2026-0143", "v2026 144"]), integration)
        first, second = helpers.queued(invoice, integration), helpers.queued(other, integration)
        helpers.push(both)
        helpers.push(first)
        assert now_of(helpers.push(both)) == ("waiting", "Goes after V2026-0144.")
        helpers.push(second)
        assert helpers.push(both).state == "delivered"

    def test_neither_an_invoice_of_another_supplier_nor_one_that_was_never_asked_for_is_waited_for(
        self, space, integration, invoice
    ):
        of_mill(space, "V2026-0200")  # approved before the integration was active
        theirs = helpers.released(space, "V2026-0300")
        Invoice.objects.filter(pk=theirs.pk).update(number_key=numbers.key("V2026-0300"))
        helpers.queued(theirs, integration)
        note = helpers.queued(credit_note(space, corrects=["V2026-0200", "V2026-0300", "V2026-9999"]), integration)
        assert helpers.push(note).state == "delivered"

    def test_who_waits_behind_its_invoice_makes_nobody_patient(self, pair):
        first, second = pair
        Scripted.answers = [base.WaitUntil("Too many.", at=timezone.now() + timedelta(minutes=5))]
        Export.objects.filter(pk=first.pk).update(state="cancelled", settled_at=timezone.now())
        helpers.push(second)
        again = outbox.resend(first.invoice, first.integration, by=None)
        assert now_of(helpers.push_again(second)) == ("waiting", BEHIND)
        assert helpers.push(again).state == "delivered"

    def test_a_repaired_integration_keeps_the_order(self, space, pair, monkeypatch):
        first, second = pair
        Scripted.answers = [base.ReconnectNeeded("Connect again.")]
        helpers.push(first)
        helpers.push(second)
        monkeypatch.setattr(Scripted, "check", lambda self: [base.TestStep("Call it", True, "fine")])
        setup.test(integration=Integration.objects.get(), by=world.member(space, "ADM"))
        assert now_of(helpers.push(second)) == ("waiting", BEHIND)
        helpers.push(first)
        assert helpers.push(second).state == "delivered"

    def test_switching_the_integration_off_leaves_nobody_waiting(self, space, pair):
        _first, second = pair
        helpers.push(second)
        setup.deactivate(integration=Integration.objects.get(), by=world.member(space, "ADM"))
        assert set(Export.objects.values_list("state", flat=True)) == {"cancelled"}

    def test_a_sweep_asks_the_same_of_the_database_for_one_and_for_many_credit_notes(self, space, integration, invoice):
        def cost():
            Export.objects.update(next_try_at=timezone.now())
            with CaptureQueriesContext(connection) as seen:
                gate.sweep()
            return len(seen)

        helpers.queued(invoice, integration)
        helpers.queued(credit_note(space), integration)
        few = cost()
        for each in range(2, 12):
            helpers.queued(credit_note(space, f"C-{each}"), integration)
        assert cost() == few


@pytest.mark.django_db(transaction=True)
def test_two_workers_keep_the_order(space, webhook, sink, start_worker, eventually):
    let_go = threading.Event()

    def slowly(handler, keep):
        let_go.wait(60)
        keep()
        handler.answer(200, b"", {})

    sink.then(slowly)
    second = helpers.queued(credit_note(space), webhook)
    first = helpers.queued(of_mill(space, "V2026-0143"), webhook)
    start_worker()
    start_worker()
    outbox.nudge(PUSH_SEVERAL_TASK, [second.pk, first.pk])
    eventually(lambda: now_of(second) == ("waiting", BEHIND) and len(sink.requests) == 1, 60)
    let_go.set()
    eventually(lambda: Export.objects.filter(state="delivered").count() == 2, 60)
    assert [request.headers["webhook-id"] for request in sink.requests] == [
        str(first.idempotency_key),
        str(second.idempotency_key),
    ]


@pytest.mark.django_db(transaction=True)
def test_an_invoice_that_is_settled_at_the_same_moment_calls_it_all_the_same(space, integration, invoice):
    first = helpers.queued(invoice, integration)
    for round_ in range(8):
        second = helpers.queued(credit_note(space, f"C-{round_}"), integration)
        taken, ready = outbox.claim(first.pk), threading.Barrier(2)

        def settles():
            ready.wait(30)  # noqa: B023
            outbox.settle_delivered(*taken, Answer("delivered", "there"))  # noqa: B023
            connection.close()

        other = threading.Thread(target=settles)
        other.start()
        ready.wait(30)
        went = gate.take(second.pk)
        other.join(30)
        assert went or is_due(second)
        first = outbox.resend(invoice, integration, by=None)
        Export.objects.filter(pk=second.pk).update(state="delivered", settled_at=timezone.now(), lease_until=None)

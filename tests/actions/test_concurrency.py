"""Two at once: exactly one wins, the other is told, nothing is doubled. Real threads, real transactions."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from banqup.actions import approval, intake, payments
from banqup.actions.refusals import ChangedMeanwhile, NotPossible, Refused
from banqup.exports import outbox
from banqup.exports.models import Export
from banqup.invoices.models import Invoice, Receipt
from banqup.payments.models import Payment
from banqup.spaces.models import Space
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def space():
    return world.business()


def at_once(*jobs) -> list:
    """Run `jobs` in threads that start together; their results or refusals, in the order of the jobs."""
    barrier, outcomes = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(position, job):
        try:
            barrier.wait(120)
            outcomes[position] = job()
        except Refused as refusal:
            outcomes[position] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    return outcomes


def test_two_people_approve_at_once_and_one_of_them_is_told_what_happened(space):
    Space.objects.filter(pk=space.pk).update(auto_approve=Space.AutoApprove.NEVER)
    space.refresh_from_db()
    world.integration(space)
    people = [world.member(space, "PR", email=f"{name}@janssens.example") for name in ("an", "tom")]
    invoice = world.received(space, einvoices.invoice_bytes())
    outcomes = at_once(
        *(
            lambda person=person: approval.approve(invoice=Invoice.objects.get(pk=invoice.pk), by=person)
            for person in people
        )
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, Invoice)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, ChangedMeanwhile | NotPossible)]
    assert (len(won), len(lost)) == (1, 1)
    assert (Export.objects.count(), invoice.events.filter(verb="approved").count()) == (1, 1)


def test_two_payments_at_once_never_exceed_what_is_open(space):
    payer = world.member(space, "FR")
    invoice = world.received(space, einvoices.invoice_bytes())
    share = Decimal("200.00")  # of 283.22: there is room for one

    def pay():
        fresh = Invoice.objects.get(pk=invoice.pk)
        return payments.record_payment(invoice=fresh, amount=share, paid_on=date(2026, 11, 20), by=payer)

    outcomes = at_once(pay, pay)
    assert sorted(isinstance(outcome, Refused) for outcome in outcomes) == [False, True]
    assert (Payment.objects.count(), Invoice.objects.get(pk=invoice.pk).paid) == (1, share)


def test_the_same_file_judged_twice_at_once_makes_one_document_and_one_duplicate(space):
    data = einvoices.invoice_bytes()
    sent = {
        "space": space,
        "data": data,
        "filename": "a.xml",
        "channel": "inbound",
        "direction": "purchase",
        "by": None,
    }
    receipts = [intake.receive(**sent), intake.receive(**sent)]
    at_once(*(lambda receipt=receipt: intake.judge(receipt_id=receipt.pk) for receipt in receipts))
    outcomes = sorted(Receipt.objects.values_list("outcome", flat=True))
    assert (outcomes, Invoice.objects.count()) == (["document", "duplicate"], 1)


def test_one_receipt_judged_by_two_workers_makes_one_document_and_one_release(space):
    world.integration(space)
    receipt = intake.receive(
        space=space, data=einvoices.invoice_bytes(), filename="a.xml", channel="inbound", direction="purchase", by=None
    )
    at_once(*[lambda: intake.judge(receipt_id=receipt.pk)] * 3)
    assert (Invoice.objects.count(), Export.objects.count()) == (1, 1)
    assert Receipt.objects.get().outcome == "document"


def test_with_the_broker_gone_approval_goes_on_and_the_sweep_delivers_later(space, publishing_to, own_redis, caplog):
    Space.objects.filter(pk=space.pk).update(auto_approve=Space.AutoApprove.NEVER)
    space.refresh_from_db()
    world.integration(space)
    person = world.member(space, "PR")
    invoice = world.received(space, einvoices.invoice_bytes())
    own_redis.kill()
    with publishing_to(own_redis.url):
        invoice = approval.approve(invoice=invoice, by=person)
    export = Export.objects.get()
    assert invoice.general_status == "UNPAID"
    assert "The broker did not take integrations.tasks.push_several" in caplog.text
    assert (export.state, list(outbox.due().values_list("pk", flat=True))) == ("queued", [export.pk])

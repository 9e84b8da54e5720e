"""*Send*: the draft gets its number, is frozen and released, and is on its way."""

import pytest

from banqup.actions import drafts, hearing, issuing, transmitting
from banqup.actions.hearing import Message
from banqup.actions.refusals import ChangedMeanwhile, NotAllowed, NotCompliant, NotPossible
from banqup.invoices.models import Invoice
from banqup.sending.models import IssuedNumber, NumberSeries
from banqup.sending.queue import Told
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business(iban=einvoices.iban(1))


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


def statuses(invoice):
    invoice = Invoice.objects.get(pk=invoice.pk)
    return invoice.document_status, invoice.delivery_status, invoice.general_status, invoice.accounting_status


def test_a_draft_has_no_number_and_no_accountant_sees_it(space, seller):
    invoice = sales.draft(space, seller)
    assert (invoice.number, *statuses(invoice)) == ("", "DRAFT", "NONE", "DRAFT", "NONE")
    assert invoice.error_count == 0
    assert str(invoice.payable) == "47.70"
    assert not IssuedNumber.objects.exists()


def test_sending_numbers_freezes_releases_and_queues(space, seller, nudges, django_capture_on_commit_callbacks):
    folder = world.integration(space)
    with django_capture_on_commit_callbacks(execute=True):
        invoice = sales.issued(space, seller)
    assert (invoice.number, *statuses(invoice)) == (
        f"V{space.today().year}-0001",
        "VALIDATED",
        "READY_TO_SEND",
        "UNPAID",
        "READY_TO_PROCESS",
    )
    row = invoice.transmissions.get()
    assert (row.way, row.recipient, row.state) == ("email", "facturen@terduinen.example", "queued")
    assert row.content_sha256 == invoice.content_sha256 == invoice.attachment("e_invoice").sha256
    assert [export.integration for export in invoice.exports.all()] == [folder]
    assert ("integrations.tasks.transmit", (row.pk,)) in nudges
    assert [event.verb for event in invoice.events.order_by("position")] == [
        "created",
        "saved",
        "approved",
        "transmission_queued",
    ]


def test_numbers_follow_each_other_in_the_pattern_of_the_space_from_where_it_starts(space, seller):
    NumberSeries.objects.create(space=space, purpose="invoice", pattern="F{YY}/{###}", starts_at=41)
    numbers = [sales.issued(space, seller).number for _each in range(3)]
    year = space.today().year % 100
    assert numbers == [f"F{year}/041", f"F{year}/042", f"F{year}/043"]


def test_what_is_not_sent_uses_no_number(space, seller):
    incomplete = drafts.start(space=space, by=seller, contact=sales.customer(space))
    with pytest.raises(NotCompliant):
        issuing.send(invoice=incomplete, by=seller)
    assistant = world.member(space, "SA")
    with pytest.raises(NotAllowed):
        issuing.send(invoice=sales.draft(space, assistant), by=assistant)
    unreachable = sales.draft(space, seller, contact=sales.customer(space, "Zonder adres", 78, email=""))
    with pytest.raises(NotPossible, match="no e-mail address"):
        issuing.send(invoice=unreachable, by=seller)
    assert not IssuedNumber.objects.exists()


def test_two_people_who_send_one_draft_send_it_once(space, seller):
    seen = sales.draft(space, seller)
    issuing.send(invoice=Invoice.objects.get(pk=seen.pk), by=seller, version=seen.version)
    with pytest.raises(ChangedMeanwhile):
        issuing.send(invoice=seen, by=seller, version=seen.version)
    assert IssuedNumber.objects.count() == 1


def test_a_number_that_an_imported_sale_carries_is_not_given_again(space, seller):
    data = einvoices.invoice_bytes(seller=einvoices.BUYER, buyer=einvoices.SELLER, number=f"V{space.today().year}-0001")
    world.received(space, data, direction="sales")
    with pytest.raises(NotPossible, match="is used by"):
        issuing.send(invoice=sales.draft(space, seller), way="email", by=seller)


def test_sent_received_and_accepted_each_move_one_status(space, seller):
    invoice = sales.issued(space, seller)
    sales.transmitted(invoice, remote_id="r-1")
    assert statuses(invoice)[:2] == ("VALIDATED", "SENT")
    heard(space, "1", "AB", reference="r-1")
    assert statuses(invoice)[:3] == ("VALIDATED", "RECEIVED", "UNPAID")
    assert heard(space, "2", "UQ", reference="r-1").outcome == "applied"
    assert statuses(invoice)[:3] == ("DISPUTED", "RECEIVED", "DISPUTED")
    assert heard(space, "3", "AP", reference="r-1").outcome == "applied"
    assert heard(space, "4", "UQ", reference="r-1").outcome == "ignored"
    assert heard(space, "5", "PD", reference="r-1").outcome == "applied"
    assert statuses(invoice)[:3] == ("FULLY_APPROVED", "RECEIVED", "UNPAID")
    assert Invoice.objects.get(pk=invoice.pk).payment_announced_at is not None
    assert heard(space, "2", "UQ", reference="r-1").outcome == "applied"  # heard before: nothing is done again
    assert statuses(invoice)[0] == "FULLY_APPROVED"


def test_a_late_failure_counts_until_the_customer_has_spoken(space, seller):
    invoice = sales.issued(space, seller)
    sales.transmitted(invoice, remote_id="r-1")
    heard(space, "1", "failed", subject="delivery", reference="r-1", note="Unknown recipient")
    assert statuses(invoice)[:2] == ("VALIDATED", "DELIVERY_FAILED")
    again = transmitting.resend(invoice=Invoice.objects.get(pk=invoice.pk), way="email", by=seller)
    assert [row.state for row in again.transmissions.all()] == ["failed", "queued"]
    assert {row.content_sha256 for row in again.transmissions.all()} == {invoice.content_sha256}
    sales.transmitted(again, remote_id="r-2")
    heard(space, "2", "AP", reference="r-2")
    assert heard(space, "3", "failed", subject="delivery", reference="r-2").outcome == "ignored"
    assert statuses(invoice)[:2] == ("FULLY_APPROVED", "RECEIVED")


def test_tries_that_fail_go_back_to_ready_and_end_in_delivery_failed(space, seller, eventually):
    invoice = sales.issued(space, seller)
    row = invoice.transmissions.get()
    for _each in range(8):
        type(row).objects.filter(pk=row.pk).update(next_try_at=invoice.created_at)
        taken, attempt = transmitting.begin(row.pk)
        assert statuses(invoice)[1] == "SENDING"
        transmitting.tried(taken, attempt, Told("try_again", "No route"))
    row.refresh_from_db()
    assert (row.state, row.reason, row.attempts.count()) == ("failed", "No route", 8)
    assert statuses(invoice)[:3] == ("VALIDATED", "DELIVERY_FAILED", "UNPAID")


def test_an_answer_proves_arrival_and_ends_what_waits_to_be_sent(space, seller):
    invoice = sales.issued(space, seller)
    hearing.hear(space=space, invoice=invoice, message=Message("page", "1", "answer", "RE", note="Not ours"))
    assert statuses(invoice)[:3] == ("REFUSED", "RECEIVED", "REFUSED")
    assert invoice.transmissions.get().state == "cancelled"
    assert transmitting.begin(invoice.transmissions.get().pk) is None


def test_an_answer_to_an_unknown_number_or_from_a_stranger_is_kept_for_a_person(space, seller):
    invoice = sales.issued(space, seller)
    stranger = heard(space, "1", "RE", number=invoice.number, sender="0208:0123456789")
    unknown = heard(space, "2", "RE", number="V1999-0001", sender="0208:0123456789")
    assert [stranger.outcome, unknown.outcome] == ["unmatched", "unmatched"]
    assert statuses(invoice)[0] == "VALIDATED"
    matched = hearing.match(answer=unknown, invoice=invoice, by=seller)
    assert (matched.outcome, statuses(invoice)[0]) == ("applied", "REFUSED")


def heard(space, message_id, code, *, subject="answer", **fields):
    return hearing.hear(space=space, message=Message("peppol", message_id, subject, code, **fields))

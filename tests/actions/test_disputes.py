"""Objections to what we received: dispute, refuse, resolve, withdraw, and the recycle bin."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from banqup.actions import approval, bookkeeping, disputes, payments, recycle, withdrawal
from banqup.actions.refusals import ChangedMeanwhile, NeedsConfirmation, NotAllowed, NotPossible
from banqup.exports.models import Export, ExportAttempt
from banqup.invoices.models import Invoice
from banqup.spaces.models import Space
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def decider(space):
    return world.member(space, "PR", "PA", "FR")


def statuses(invoice):
    return invoice.document_status, invoice.general_status, invoice.accounting_status


def pay(invoice, by, amount=None):
    amount = amount or invoice.open_amount
    return payments.record_payment(invoice=invoice, amount=amount, paid_on=date(2026, 11, 20), by=by)


def waiting(space) -> Invoice:
    """A correct e-invoice that waits for a person."""
    Space.objects.filter(pk=space.pk).update(auto_approve=Space.AutoApprove.NEVER)
    space.refresh_from_db()
    return world.received(space, einvoices.invoice_bytes())


# --- dispute ----------------------------------------------------------------------------------------


def test_a_disputed_invoice_keeps_its_accounting_status_and_its_exports(space, decider):
    world.integration(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    invoice = disputes.dispute(invoice=invoice, reason="price", note="Agreed was 0.58", by=decider)
    assert statuses(invoice) == ("DISPUTED", "DISPUTED", "READY_TO_PROCESS")
    assert list(Export.objects.values_list("state", flat=True)) == ["queued"]
    event = invoice.events.first()
    assert (event.verb, event.actor, event.data) == (
        "disputed",
        decider,
        {"reason": "price", "note": "Agreed was 0.58"},
    )


def test_what_is_paid_may_be_disputed_but_not_refused(space, decider):
    invoice = pay(world.received(space, einvoices.invoice_bytes()), decider)
    with pytest.raises(NotPossible):
        disputes.refuse(invoice=invoice, reason="price", by=decider)
    assert statuses(disputes.dispute(invoice=invoice, reason="price", by=decider))[0] == "DISPUTED"


@pytest.mark.parametrize(("reason", "note"), [("", ""), ("nonsense", ""), ("other", "  ")])
def test_an_objection_needs_a_reason_and_other_a_note(space, decider, reason, note):
    invoice = world.received(space, einvoices.invoice_bytes())
    with pytest.raises(NotPossible):
        disputes.dispute(invoice=invoice, reason=reason, note=note, by=decider)
    assert Invoice.objects.get(pk=invoice.pk).document_status == "FULLY_APPROVED"


def test_an_invoice_may_be_disputed_before_approval_and_comes_back_for_approval(space, decider):
    invoice = disputes.dispute(invoice=waiting(space), reason="quantity", by=decider)
    assert statuses(invoice) == ("DISPUTED", "DISPUTED", "CLIENT_ACTION_NEEDED")
    invoice = disputes.resolve(invoice=invoice, note="The rest was delivered", by=decider)
    assert (statuses(invoice), invoice.is_released) == (
        ("VALIDATED", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED"),
        False,
    )
    assert approval.approve(invoice=invoice, by=decider).is_released


# --- refuse -----------------------------------------------------------------------------------------


def test_a_refusal_cancels_what_still_waits_and_reopens_what_was_processed(space, decider):
    office = world.partner()
    world.engaged(space, office)
    accountant = world.member(office, "ACC")
    world.integration(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    invoice = bookkeeping.mark_as_processed(invoice=invoice, by=accountant)
    invoice = disputes.refuse(invoice=invoice, reason="recipient", by=decider)
    assert statuses(invoice) == ("REFUSED", "REFUSED", "READY_TO_PROCESS")
    assert (invoice.processed_by, Export.objects.get().state) == (None, "cancelled")
    assert invoice.events.filter(verb="refused").get().data["was_processed"] is True


def test_refusing_a_partly_paid_invoice_has_to_be_meant(space, decider):
    invoice = pay(world.received(space, einvoices.invoice_bytes()), decider, Decimal("10.00"))
    with pytest.raises(NeedsConfirmation):
        disputes.refuse(invoice=invoice, reason="price", by=decider)
    invoice = disputes.refuse(invoice=invoice, reason="price", by=decider, confirmed=True)
    assert (invoice.general_status, invoice.payment_status) == ("REFUSED", "PARTIALLY_PAID")


def test_refused_before_approval_there_is_no_accounting_work(space, decider):
    invoice = disputes.refuse(invoice=waiting(space), reason="unknown_issuer", by=decider)
    assert statuses(invoice) == ("REFUSED", "REFUSED", "NONE")
    with pytest.raises(NotPossible):
        approval.approve(invoice=invoice, by=decider)


def test_resolving_never_exports_again(space, decider):
    world.integration(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    released_at = invoice.released_at
    invoice = disputes.refuse(invoice=invoice, reason="price", by=decider)
    invoice = disputes.resolve(invoice=invoice, note="New price agreed", by=decider)
    assert (statuses(invoice), invoice.released_at) == (("FULLY_APPROVED", "UNPAID", "READY_TO_PROCESS"), released_at)
    assert Export.objects.count() == 1
    with pytest.raises(NotPossible):
        disputes.resolve(invoice=invoice, note="again", by=decider)


@pytest.mark.parametrize("role", ["ADM", "PA", "SR", "SA", "FR", "AUD"])
def test_only_the_purchase_responsible_objects(space, role):
    invoice, person = world.received(space, einvoices.invoice_bytes()), world.member(space, role)
    for verb in (disputes.dispute, disputes.refuse):
        with pytest.raises(NotAllowed):
            verb(invoice=invoice, reason="price", by=person)
    with pytest.raises(NotAllowed):
        withdrawal.withdraw_approval(invoice=invoice, by=person)


def test_a_stale_page_decides_nothing(space, decider):
    invoice = world.received(space, einvoices.invoice_bytes())
    disputes.dispute(invoice=invoice, reason="price", by=decider, version=invoice.version)
    with pytest.raises(ChangedMeanwhile):
        disputes.refuse(invoice=invoice, reason="price", by=decider, version=invoice.version)


# --- withdraw ---------------------------------------------------------------------------------------


def test_an_approval_that_nobody_has_seen_can_be_withdrawn_and_given_again(space, decider):
    integration = world.integration(space)
    invoice = approval.approve(invoice=waiting(space), by=decider)
    invoice = withdrawal.withdraw_approval(invoice=invoice, by=decider)
    assert (statuses(invoice), invoice.released_at, invoice.content_sha256) == (
        ("VALIDATED", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED"),
        None,
        "",
    )
    assert approval.approve(invoice=invoice, by=decider).is_released
    assert list(Export.objects.values_list("integration", "sequence", "state")) == [
        (integration.pk, 1, "cancelled"),
        (integration.pk, 2, "queued"),
    ]


def test_what_was_tried_processed_or_paid_can_not_be_withdrawn(space, decider):
    world.integration(space)
    tried = world.received(space, einvoices.invoice_bytes(number="A-1"))
    ExportAttempt.objects.create(export=tried.exports.get(), number=1)
    paid = pay(world.received(space, einvoices.invoice_bytes(number="A-2")), decider, Decimal("1.00"))
    processed = world.received(space, einvoices.invoice_bytes(number="A-3"))
    Invoice.objects.filter(pk=processed.pk).update(processed_at=timezone.now())
    processed = Invoice.objects.select_related("space").get(pk=processed.pk)
    for invoice in (tried, paid, processed):
        with pytest.raises(NotPossible):
            withdrawal.withdraw_approval(invoice=invoice, by=decider)
    assert not Invoice.objects.filter(released_at=None).exists()


# --- recycle bin ------------------------------------------------------------------------------------


def test_what_was_never_approved_is_deleted_and_restored_as_it_was(space, decider):
    invoice = waiting(space)
    before = statuses(invoice)
    invoice = recycle.delete(invoice=invoice, by=decider)
    assert (invoice.accounting_status, invoice.has_open_data) == ("NONE", False)
    assert list(Invoice.objects.of_business(space).present()) == []
    assert statuses(recycle.restore(invoice=invoice, by=decider)) == before


def test_what_is_released_or_came_over_a_network_is_not_deleted(space, decider):
    released = world.received(space, einvoices.invoice_bytes(number="A-1"))
    networked = world.received(space, b"unreadable", channel="inbound")
    for invoice in (released, networked):
        with pytest.raises(NotPossible):
            recycle.delete(invoice=invoice, by=decider)


def test_a_deleted_document_whose_file_came_again_stays_in_the_bin(space, decider):
    invoice = recycle.delete(invoice=world.received(space, b"unreadable"), by=decider)
    world.received(space, b"unreadable")
    with pytest.raises(NotPossible):
        recycle.restore(invoice=invoice, by=decider)

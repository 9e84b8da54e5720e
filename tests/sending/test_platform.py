"""Two spaces on one server: what the buyer decides, the seller's document shows at once; nothing else crosses."""

from dataclasses import replace
from decimal import Decimal

import pytest

from banqup.actions import (
    answers,
    approval,
    conversations,
    disputes,
    drafts,
    intake,
    issuing,
    payments,
    selfbilling,
    transmitting,
    withdrawal,
)
from banqup.actions import sales as sales_verbs
from banqup.actions.refusals import NotPossible
from banqup.actions.release import e_invoice
from banqup.conversations.models import Notification, Side
from banqup.invoices.history import timeline
from banqup.invoices.models import Event, Invoice
from banqup.sending.models import NetworkAnswer, OwedAnswer
from banqup.sending.queue import Told
from tests.actions.colliding import at_the_same_time
from tests.business_space.helpers import browser_of, main, url, words
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def seller_space():
    number = einvoices.enterprise_number(5)
    return world.business(
        slug="molens",
        name="Molens Vermeulen NV",
        vat_id=f"BE{number}",
        company_id=number,
        endpoint_id=number,
        iban=einvoices.iban(1),
        auto_approve="never",
    )


@pytest.fixture
def seller(seller_space):
    return world.member(seller_space)


@pytest.fixture
def buyer_space():
    return world.business(auto_approve="never")


@pytest.fixture
def buyer(buyer_space):
    return world.member(buyer_space)


@pytest.fixture
def sold(seller_space, seller, buyer_space):
    """Issued to the other space; the worker has not been there yet."""
    known = {"vat_id": buyer_space.vat_id, "company_id": buyer_space.company_id}
    contact = sales.customer(seller_space, buyer_space.name, **known)
    return issuing.send(invoice=sales.draft(seller_space, seller, contact=contact), way="platform", by=seller)


def brought(invoice) -> Invoice:
    """What the worker does: hand the bytes to the other space, which judges them."""
    row, attempt = transmitting.begin(invoice.transmissions.last().pk)
    receipt = intake.receive_and_judge(
        space=row.recipient_space,
        data=e_invoice(invoice).load(),
        filename="invoice.xml",
        channel="platform",
        direction="sales" if invoice.kind == "self_billed_out" else "purchase",
        by=None,
        message_id=str(row.message_id),
    )
    transmitting.sent(row, attempt, Told("sent", "Handed over"))
    return Invoice.objects.get(pk=receipt.invoice_id)


def statuses(invoice):
    invoice = Invoice.objects.get(pk=invoice.pk)
    return invoice.document_status, invoice.delivery_status, invoice.general_status


def test_when_it_was_judged_there_it_has_arrived_here(sold):
    bought = brought(sold)

    assert statuses(sold) == ("VALIDATED", "RECEIVED", "UNPAID")
    assert statuses(bought)[2] == "AWAITING_VALIDATION"
    told = OwedAnswer.objects.get()
    assert (told.code, told.state, told.sent_at is not None) == ("AB", "sent", True)


def test_dispute_approval_and_payment_move_both_sides_at_once(sold, buyer, buyer_space):
    buyer_space.tells_when_paid = True
    buyer_space.save()
    bought = brought(sold)
    disputes.dispute(invoice=bought, reason="price", note="Agreed was 4.00", by=buyer)
    assert statuses(sold)[0] == "DISPUTED"
    said = timeline(sold)[0]
    assert (said["what"], said["note"], said["comment"], said["who"]) == (
        "The customer answered from their space: under query",
        "prices are wrong: Price · asks for a credit note for a part",
        "Agreed was 4.00",
        "",
    )

    approved = approval.approve(invoice=Invoice.objects.get(pk=bought.pk), note="We were wrong about 4.00", by=buyer)
    assert statuses(sold)[0] == "FULLY_APPROVED"
    payments.record_payment(invoice=approved, amount=approved.payable, paid_on=buyer_space.today(), by=buyer)
    announced = Invoice.objects.get(pk=sold.pk)
    assert (announced.general_status, announced.payment_announced_at is not None) == ("UNPAID", True)
    assert announced.paid == Decimal("0.00")


def test_the_seller_hears_that_it_is_in_process(sold):
    brought(sold)
    answers.say_in_process(OwedAnswer.objects.get().pk)
    answers.say_in_process(OwedAnswer.objects.get(code="AB").pk)

    assert list(OwedAnswer.objects.values_list("code", "state")) == [("AB", "sent"), ("IP", "sent")]
    assert timeline(sold)[0]["what"] == "The customer answered from their space: in process"


def test_the_page_says_that_the_supplier_knows_at_once_and_offers_no_way_back(sold, buyer, buyer_space):
    bought = brought(sold)
    browser, who = browser_of(buyer), bought.counterparty_name
    before = words(main(browser.get(url("purchase_detail", buyer_space, bought.pk))))
    approval.approve(invoice=bought, by=buyer)
    after = words(main(browser.get(url("purchase_detail", buyer_space, bought.pk))))

    assert f"{who} will be told at once, in their space: accepted." in before
    assert "You can withdraw the approval" not in before
    assert "What the supplier was told" in after and "accepted: Sent" in after
    with pytest.raises(NotPossible, match="was told that it is accepted"):
        withdrawal.withdraw_approval(invoice=Invoice.objects.get(pk=bought.pk), by=buyer)


def test_a_refusal_reaches_the_seller_and_a_later_word_is_kept_for_a_person(sold, buyer):
    bought = brought(sold)
    disputes.refuse(invoice=bought, reason="recipient", by=buyer)
    resolved = disputes.resolve(invoice=bought, note="It was ours", by=buyer)
    approval.approve(invoice=resolved, by=buyer)

    assert statuses(sold)[0] == "REFUSED"
    assert list(OwedAnswer.objects.values_list("code", "state")) == [
        ("AB", "sent"),
        ("RE", "sent"),
        ("AP", "not_sendable"),
    ]


def test_nothing_but_the_answer_crosses(sold, seller, buyer, seller_space):
    bought = brought(sold)
    conversations.comment(invoice=bought, text="Internal: they always do this", by=buyer, side=Side.BUSINESS)
    disputes.dispute(invoice=bought, reason="price", note="For the supplier", by=buyer)
    disputes.resolve(invoice=bought, note="Internal: we gave in", by=buyer)
    approval.approve(invoice=Invoice.objects.get(pk=bought.pk), by=buyer, note="Internal: let it be")
    conversations.comment(invoice=sold, text="Internal: difficult customer", by=seller, side=Side.BUSINESS)
    sales_verbs.mark_wont_be_paid(invoice=sold, reason="other", note="Internal: not worth it", by=seller)

    heard = str(list(Event.objects.filter(space=seller_space).exclude(actor=seller).values_list("data", "actor")))
    heard += str(list(NetworkAnswer.objects.values()))
    assert "For the supplier" in heard
    assert "Internal" not in heard
    assert buyer.email not in heard
    assert all("Internal: difficult" not in str(event.data) for event in bought.events.all())
    assert all("not worth it" not in str(event.data) for event in bought.events.all())


def test_where_the_suppliers_document_is_unknown_a_person_tells_it(buyer, buyer_space):
    """Handed in by hand as if it came from a space here."""
    bought = world.received(buyer_space, einvoices.invoice_bytes(), channel="platform")

    assert list(OwedAnswer.objects.values_list("code", "state")) == [("AB", "failed")]
    assert timeline(bought)[0]["what"] == "The supplier could not be told: received"
    assert [told.topic for told in Notification.objects.filter(user=buyer)] == ["supplier_not_told"]


def test_a_file_that_was_there_already_has_arrived(sold, buyer_space):
    world.received(buyer_space, e_invoice(sold).load(), channel="browser")
    brought(sold)
    assert statuses(sold)[1] == "RECEIVED"


def test_what_we_issue_for_a_supplier_arrives_as_its_sale(seller_space, buyer_space, buyer):
    """The supplier gives no answer, and yet the issuer knows that it is there."""
    contact = sales.customer(buyer_space, seller_space.name, 5, is_supplier=True)
    selfbilling.agree(contact=contact, self_billing=True, since=buyer_space.today(), until=None, by=buyer)
    draft = drafts.start(space=buyer_space, by=buyer, contact=contact, kind="self_billed_out")
    document = replace(draft.document, lines=(sales.line(),))
    draft = drafts.save(invoice=draft, document=document, contact=contact, by=buyer, version=draft.version)
    issued = issuing.send(invoice=draft, way="platform", by=buyer)

    came = brought(issued)

    assert (came.kind, came.space) == ("self_billed_in", seller_space)
    assert statuses(issued)[1] == "RECEIVED"


@pytest.mark.django_db(transaction=True)
def test_both_sides_at_the_same_moment_wait_for_each_other_and_never_for_ever(sold, seller, buyer):
    bought = brought(sold)
    page = Invoice.objects.get(pk=sold.pk)

    outcomes = at_the_same_time(
        lambda: disputes.refuse(invoice=Invoice.objects.get(pk=bought.pk), reason="price", by=buyer),
        lambda: sales_verbs.record_answer(invoice=page, answer="queried", reason="price", by=seller),
        lambda: transmitting.mark_received(invoice=page, by=seller),
    )

    assert outcomes[0] == "done" and set(outcomes) <= {"done", "NotPossible", "ChangedMeanwhile"}
    assert statuses(sold)[0] in ("REFUSED", "DISPUTED")
    assert statuses(bought)[0] == "REFUSED"

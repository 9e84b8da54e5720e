"""What a supplier is owed over Peppol: written with the decision, sent later."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from banqup import einvoicing
from banqup.actions import approval, disputes, payments, sales, withdrawal
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.invoices.history import timeline
from banqup.invoices.models import Invoice
from banqup.sending.models import OwedAnswer
from banqup.spaces.models import Space
from tests.business_space.helpers import browser_of, main, sale, url, words
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def space(db):
    return world.business(auto_approve=Space.AutoApprove.NEVER)


@pytest.fixture
def an(space):
    return world.member(space, email="an@janssens.example")


@pytest.fixture
def came(space):
    """An e-invoice of the Peppol network that waits for approval."""
    return world.received(space, einvoices.invoice_bytes(), channel="peppol")


def owed(invoice) -> list[tuple]:
    rows = OwedAnswer.objects.filter(invoice=invoice)
    return list(rows.values_list("code", "reason", "action", "state", "after", "event__verb", "created_by__email"))


def pay(invoice, amount, by):
    return payments.record_payment(invoice=invoice, amount=Decimal(amount), paid_on=date(2026, 11, 20), by=by)


AN = "an@janssens.example"


def test_an_arrival_is_acknowledged_once_and_an_automatic_approval_is_not_told(space):
    space.auto_approve = Space.AutoApprove.ALL
    space.save()
    invoice = world.received(space, einvoices.invoice_bytes(), channel="peppol")
    world.received(space, einvoices.invoice_bytes(), channel="peppol", filename="again.xml")

    assert invoice.is_released
    assert owed(invoice) == [("AB", "", "", "due", "", "received", None)]


def test_an_approval_by_a_person_is_told_instead_of_the_arrival(came, an):
    approval.approve(invoice=came, by=an)

    assert owed(came) == [
        ("AB", "", "", "superseded", "", "received", None),
        ("AP", "", "", "due", "", "approved", AN),
    ]


def test_a_dispute_and_a_refusal_carry_reason_action_and_note(came, an):
    disputes.dispute(invoice=came, reason="price", note="Agreed was 0.58", by=an)
    disputes.resolve(invoice=came, note="A slip", by=an)
    disputes.dispute(invoice=came, reason="reference", by=an)
    disputes.refuse(invoice=came, reason="recipient", note="Not for us", by=an)

    assert owed(came)[1:] == [
        ("UQ", "PRI", "CNP", "superseded", "", "disputed", AN),
        ("UQ", "REF", "PIN", "superseded", "", "disputed", AN),
        ("RE", "REC", "CNF", "due", "", "refused", AN),
    ]
    assert list(OwedAnswer.objects.values_list("note", flat=True)) == ["", "Agreed was 0.58", "", "Not for us"]


def test_after_the_approval_was_told_an_objection_goes_by_mail_and_says_so(came, an):
    approval.approve(invoice=came, by=an)
    disputes.dispute(invoice=came, reason="price", by=an)
    disputes.refuse(invoice=came, reason="price", by=an)

    assert owed(came)[1:] == [
        ("AP", "", "", "due", "", "approved", AN),
        ("UQ", "PRI", "CNP", "not_sendable", "AP", "disputed", AN),
        ("RE", "PRI", "CNP", "not_sendable", "AP", "refused", AN),
    ]
    assert [entry["note"] for entry in timeline(came)][:2] == [
        "Price · Peppol takes no “refused (asks for a credit note for a part)” after “accepted”: "
        "tell the supplier by e-mail.",
        "Price · Peppol takes no “under query (asks for a credit note for a part)” after “accepted”: "
        "tell the supplier by e-mail.",
    ]


def test_a_refusal_is_final_also_when_it_was_settled(came, an):
    disputes.refuse(invoice=came, reason="price", by=an)
    resolved = disputes.resolve(invoice=came, note="They were right", by=an)
    approval.approve(invoice=resolved, by=an)

    assert [row[:1] + row[3:5] for row in owed(came)] == [
        ("AB", "superseded", ""),
        ("RE", "due", ""),
        ("AP", "not_sendable", "RE"),
    ]


def test_a_withdrawn_approval_is_not_told_and_a_new_one_is(came, an):
    withdrawn = withdrawal.withdraw_approval(invoice=approval.approve(invoice=came, by=an), by=an)
    assert [entry["note"] for entry in timeline(came)][0] == "Not told to the supplier any more: accepted."
    approval.approve(invoice=withdrawn, by=an)

    assert [row[:1] + row[3:4] for row in owed(came)] == [("AB", "superseded"), ("AP", "superseded"), ("AP", "due")]


def test_payments_are_told_only_where_the_space_wants_it(space, came, an):
    approved = approval.approve(invoice=came, by=an)
    pay(approved, "1.00", an)
    space.tells_when_paid = True
    space.save()
    invoice = Invoice.objects.get(pk=came.pk)

    pay(invoice, "1.00", an)
    paid = pay(invoice, invoice.open_amount - 1, an)
    assert [row[:1] + row[3:4] for row in owed(came)][1:] == [("AP", "due"), ("PPD", "superseded"), ("PD", "due")]

    payments.undo_payment(payment=paid.allocations.latest("pk").payment, by=an)
    assert [row[:1] + row[3:4] for row in owed(came)][1:] == [
        ("AP", "due"),
        ("PPD", "superseded"),
        ("PD", "superseded"),
    ]


def test_a_payment_of_a_credit_note_is_never_told(space, an):
    space.tells_when_paid = True
    space.save()
    lines = tuple(einvoices.line(number) for number in range(1, 6))
    world.received(space, einvoices.invoice_bytes(number="2026-0042"))  # what it credits
    note = world.received(
        space, einvoices.invoice_bytes(number="C-1", kind="credit_note", lines=lines), channel="peppol"
    )
    pay(approval.approve(invoice=note, by=an), "1.00", an)

    assert [row[0] for row in owed(note)] == ["AB", "AP"]


@pytest.mark.parametrize("channel", ["inbound", "command", "browser"])
def test_nothing_is_owed_where_no_network_takes_it(space, an, channel):
    invoice = world.received(space, einvoices.invoice_bytes(), channel=channel)
    disputes.dispute(invoice=invoice, reason="price", by=an)

    assert owed(invoice) == []


def test_what_a_customer_bills_in_our_name_takes_no_answer(space):
    data = einvoicing.write(einvoices.self_billed(seller=einvoices.BUYER, buyer=einvoices.SELLER))
    invoice = world.received(space, data, channel="peppol", direction="sales")

    assert owed(invoice) == []


def test_an_answer_falls_with_its_decision(came, space):
    with pytest.raises(NotAllowed):
        disputes.dispute(invoice=came, reason="price", by=world.member(space, "PA"))

    assert [row[0] for row in owed(came)] == ["AB"]


def test_receive_names_the_network(space, tmp_path):
    file = tmp_path / "a.xml"
    file.write_bytes(einvoices.invoice_bytes())
    call_command("receive", str(file), space="janssens", channel="peppol", stdout=StringIO())

    assert [row[0] for row in owed(Invoice.objects.get())] == ["AB"]


# --- said on the pages --------------------------------------------------------------------------------


def test_it_is_said_before_the_click_and_in_the_history(space, came, an):
    browser = browser_of(an)
    who = came.counterparty_name

    asked = {
        name: words(main(browser.get(url(f"purchase_{name}", space, came.pk))))
        for name in ("dispute", "refuse", "detail")
    }
    disputes.dispute(invoice=came, reason="price", by=an)
    history = words(main(browser.get(url("purchase_detail", space, came.pk))))

    assert f"{who} will be told over Peppol: under query." in asked["dispute"]
    assert f"{who} will be told over Peppol: refused. This can't be taken back." in asked["refuse"]
    assert f"{who} will be told over Peppol: accepted." in asked["detail"]
    said = "Answer to the supplier over Peppol: under query (asks for a credit note for a part), to be sent."
    assert said in history


def test_after_a_refusal_the_way_back_says_that_it_is_final(space, came, an):
    disputes.refuse(invoice=came, reason="price", by=an)

    asked = words(main(browser_of(an).get(url("purchase_resolve", space, came.pk))))

    assert "The supplier was told over Peppol that it is refused, which is final there" in asked


def test_telling_of_payments_is_switched_on_by_an_administrator(space, an):
    said = browser_of(an).post(url("settings_answers", space), {"tells_when_paid": "on"})
    refused = browser_of(world.member(space, "PR")).post(url("settings_answers", space), {})

    space.refresh_from_db()
    assert (said.status_code, refused.status_code, space.tells_when_paid) == (303, 403, True)


# --- what customers say, by hand ----------------------------------------------------------------------


def test_a_refusal_of_the_customer_is_final_until_the_matter_is_resolved(space, an):
    sold = approval.approve(invoice=sale(space), by=an, delivered_elsewhere=True)
    sales.record_answer(invoice=sold, answer="refused", reason="price", by=an)
    with pytest.raises(NotPossible, match="refused .*, which is final"):
        sales.record_answer(invoice=sold, answer="accepted", by=an)
    sales.mark_as_resolved(invoice=sold, note="They agree now", by=an)

    assert sales.record_answer(invoice=sold, answer="accepted", by=an).accepted_at is not None


def test_a_question_by_hand_always_counts(space, an):
    sold = approval.approve(invoice=sale(space), by=an, delivered_elsewhere=True)
    for answer in ("accepted", "queried", "accepted"):
        sold = sales.record_answer(invoice=sold, answer=answer, reason="price", by=an)

    assert sold.document_status == "FULLY_APPROVED"

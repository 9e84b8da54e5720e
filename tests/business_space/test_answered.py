"""What both sides told each other, on the page of a document."""

import pytest

from banqup.actions import disputes, hearing
from banqup.actions.hearing import Message
from banqup.invoices.models import Invoice
from tests.business_space.helpers import browser_of, main, url, words
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def space():
    return world.business(iban=einvoices.iban(1), auto_approve="never")


@pytest.fixture
def an(space):
    return world.member(space, email="an@janssens.example")


@pytest.fixture
def sold(space, an):
    invoice = sales.issued(space, an)
    sales.transmitted(invoice)
    return invoice


def heard(invoice, code, message_id, **more):
    message = Message("peppol", message_id, "answer", code, **more)
    return hearing.hear(space=invoice.space, message=message, invoice=Invoice.objects.get(pk=invoice.pk))


def shown(space, an, invoice, side="sales"):
    return words(main(browser_of(an).get(url(f"{side}_detail", space, invoice.pk))))


def test_the_page_of_a_sale_lists_the_answers_and_why_one_changed_nothing(space, an, sold):
    assert "What the customer said" not in shown(space, an, sold)
    heard(sold, "AP", "1")
    heard(sold, "UQ", "2", note="Too late", clarifications=({"list": "OPStatusReason", "code": "PRI", "text": ""},))

    panel = shown(space, an, sold).partition("What the customer said")[2]

    assert "Kept, changed nothing: under query over Peppol" in panel
    assert "After “accepted” the network takes no “under query”. · prices are wrong" in panel
    assert "The customer answered over Peppol: accepted" in panel


def test_a_payment_that_the_customer_announced_stands_beside_the_status(space, an, sold):
    heard(sold, "PD", "1")

    assert "Unpaid payment announced" in words(main(browser_of(an).get(url("sales_list", space))))
    assert "payment announced" in shown(space, an, sold)


def test_conditions_and_questions_are_put_on_top_with_what_the_customer_asks_for(space, an, sold):
    why = (
        {"list": "OPStatusReason", "code": "PRI", "text": "Agreed was 4.00", "conditions": [["BT-146", "4.00"]]},
        {"list": "OPStatusAction", "code": "CNP", "text": ""},
    )
    heard(sold, "UQ", "1", clarifications=why)
    asked = shown(space, an, sold)
    heard(sold, "CA", "2", clarifications=why)
    agreed = shown(space, an, sold)

    said = "prices are wrong: Agreed was 4.00 (BT-146: 4.00) · asks for a credit note for a part"
    assert f"Disputed: {said} The customer," in asked
    assert f"Accepted with conditions: {said} The customer," in agreed
    assert "Settle the conditions with the customer" in agreed


def test_the_page_of_a_purchase_says_what_the_supplier_was_told_and_what_waits(space, an):
    came = world.received(space, einvoices.invoice_bytes(), channel="peppol")
    disputes.dispute(invoice=came, reason="price", note="Agreed was 0.58", by=an)

    panel = shown(space, an, came, "purchase").partition("What the supplier was told")[2]

    assert "under query: To be sent" in panel and "Price" in panel and "Agreed was 0.58" in panel

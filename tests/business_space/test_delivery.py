"""The page of a document of ours: how it gets to its customer, what belongs together, and what helps."""

import pytest

from banqup.actions import drafts, issuing, reissuing, transmitting
from banqup.actions import sales as verbs
from banqup.actions.refusals import NotPossible
from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.reminders.models import Letter
from banqup.sending.models import Transmission
from banqup.sending.queue import Told
from banqup.spaces.models import User
from tests.factories import einvoices, network, sales

from .helpers import form_of, fresh, main, messages, page, sale, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def person(an):
    return User.objects.get(email="an@janssens.example")


@pytest.fixture
def issued(space, person):
    return sales.issued(space, person)


def settle(invoice, verb, *told):
    """One try of its transmission, ended by `verb`."""
    row = invoice.transmissions.last()
    Transmission.objects.filter(pk=row.pk).update(next_try_at=invoice.created_at)
    verb(*transmitting.begin(row.pk), Told(*told))


def panel(response, name="delivery") -> str:
    (found,) = main(response).xpath(f".//section[@aria-labelledby='{name}']")
    return words(found)


def looked_at(client, space, invoice):
    return client.get(url("sales_detail", space, invoice.pk))


def test_the_panel_says_where_it_is_what_was_tried_and_what_comes_next(an, space, issued):
    waiting = panel(looked_at(an, space, issued))
    assert "Ready to send It waits to be sent to Hotel Ter Duinen NV." in waiting
    assert "E-mail facturen@terduinen.example" in waiting

    settle(issued, transmitting.tried, "try_again", "The mail server puts us off (451).", 451, "451 later")
    again = panel(looked_at(an, space, issued))
    assert "It is tried again." in again and "Next try on" in again and "(1 of 8 so far)" in again
    assert "1 try" in again and "451 later" in again

    settle(issued, transmitting.sent, "sent", "Mailed to facturen@terduinen.example.")
    sent = panel(looked_at(an, space, issued))
    assert "The mail server took it. That it arrived, only an answer of Hotel Ter Duinen NV proves." in sent
    assert "2 tries" in sent

    verbs.record_answer(invoice=fresh(issued), answer="accepted", by=User.objects.get(email="an@janssens.example"))
    assert "Hotel Ter Duinen NV has received it." in panel(looked_at(an, space, issued))


def test_a_failed_delivery_offers_what_helps_and_goes_out_again(an, space, issued):
    settle(issued, transmitting.failed, "permanent", "facturen@terduinen.example is refused (550).")
    seen = looked_at(an, space, issued)
    assert "Hotel Ter Duinen NV did not receive V" in panel(seen)
    assert "Peppol No access point is set up." in panel(seen)
    (button,) = main(seen).xpath(".//section[@aria-labelledby='delivery']//*[contains(., 'Resend to customer')]/@href")
    Contact.objects.filter(pk=issued.counterparty_id).update(email="nieuw@terduinen.example")

    dialog = an.get(button)
    assert "E-mail: nieuw@terduinen.example" in words(main(dialog))
    answer = an.post(button, {"version": fresh(issued).version, "way": "email"}, follow=True)

    assert messages(answer) == [f"Hotel Ter Duinen NV {issued.number} is being sent again."]
    rows = issued.transmissions.order_by("sequence")
    assert [(row.state, row.recipient) for row in rows] == [
        ("failed", "facturen@terduinen.example"),
        ("queued", "nieuw@terduinen.example"),
    ]
    assert len({row.content_sha256 for row in rows}) == 1 and len({row.message_id for row in rows}) == 2


def test_the_dialog_says_where_it_goes_now_and_what_helps_where_it_can_not_go(an, space, issued):
    network.account(space, "peppyrus")
    settle(issued, transmitting.failed, "permanent", "facturen@terduinen.example is refused (550).")
    now = einvoices.enterprise_number(78)
    corrected = {"email": "nieuw@terduinen.example", "endpoint_scheme": "0208", "endpoint_id": now}
    Contact.objects.filter(pk=issued.counterparty_id).update(**corrected)

    dialog = an.get(url("sales_resend_customer", space, issued.pk))
    said = words(main(dialog))
    assert "E-mail goes to nieuw@terduinen.example, as the customer's page says now" in said
    assert "the document names facturen@terduinen.example." in said
    assert f"Peppol: The customer's Peppol id is 0208:{now} now, the document names 0208:" in said
    assert main(dialog).xpath(".//input[@name='way']/@value") == ["email"]
    (link,) = main(looked_at(an, space, issued)).xpath(
        ".//section[@aria-labelledby='delivery']//a[normalize-space()='Credit and issue again']/@href"
    )
    assert link == url("sales_reissue", space, issued.pk)
    assert "This document keeps its number." in words(main(an.get(link)))


def test_who_may_only_prepare_sales_sends_copies_and_resends_nothing(space, issued, browser_with):
    settle(issued, transmitting.failed, "permanent", "No such mailbox.")
    client, version = browser_with("SA"), fresh(issued).version
    refused = client.post(url("sales_resend_customer", space, issued.pk), {"version": version, "way": "email"})
    assert (refused.status_code, issued.transmissions.count()) == (403, 1)
    bad = client.post(url("sales_send_copy", space, issued.pk), {"version": version, "to": "nowhere"})
    assert (bad.status_code, Letter.objects.count()) == (422, 0)
    client.post(url("sales_send_copy", space, issued.pk), {"version": version, "to": ""})
    assert list(Letter.objects.values_list("kind", "recipient")) == [("copy", "facturen@terduinen.example")]


def test_an_imported_sale_that_was_delivered_elsewhere_says_so_and_is_marked_as_received(an, space, person):
    invoice = issuing.send(invoice=sales.draft(space, person), delivered_elsewhere=True, by=person)
    assert "It was delivered elsewhere: nothing was sent from here." in panel(looked_at(an, space, invoice))
    entered = {"version": fresh(invoice).version, "note": "They called"}
    an.post(url("sales_mark_received", space, invoice.pk), entered)
    shown = panel(looked_at(an, space, invoice))
    assert fresh(invoice).delivery_status == "RECEIVED"
    assert "Hotel Ter Duinen NV has it." in shown and "An knows that the customer has received it" in shown


def test_a_refused_invoice_is_credited_and_issued_again_once(an, space, issued, person):
    verbs.record_answer(invoice=issued, answer="refused", reason="price", by=person)
    entered = {"version": fresh(issued).version}
    an.post(url("sales_reissue", space, issued.pk), entered)
    credit, copy = Invoice.objects.filter(document_status="DRAFT").order_by("pk")
    assert [reference.number for reference in credit.document.preceding] == [issued.number]
    assert (credit.is_credit_note, copy.is_credit_note, copy.document.lines[0].name) == (True, False, "Brood")
    chain = panel(looked_at(an, space, issued), "chain")
    assert "Issued again as Draft of an invoice" in chain and "Credited by Draft of a credit note" in chain
    with pytest.raises(NotPossible, match="already"):
        reissuing.reissue(invoice=Invoice.objects.get(pk=issued.pk), by=person)

    sent = issuing.send(invoice=credit, way="email", by=person)
    assert f"Credits {issued.number}" in panel(looked_at(an, space, sent), "chain")
    drafts.save(invoice=copy, document=copy.document, contact=copy.counterparty, by=person, version=copy.version)
    anew = issuing.send(invoice=Invoice.objects.get(pk=copy.pk), way="email", by=person)
    chain = panel(looked_at(an, space, anew), "chain")
    assert f"Made from {issued.number}" in chain
    first = panel(looked_at(an, space, issued), "chain")
    assert f"Credited by {sent.number}" in first and f"Issued again as {anew.number}" in first
    assert (fresh(issued).document_status, fresh(issued).open_amount) == ("REFUSED", 0)


def test_only_what_was_refused_is_issued_again(space, issued, person):
    with pytest.raises(NotPossible, match="refused"):
        reissuing.reissue(invoice=issued, by=person)


def test_a_reminder_by_hand_is_written_from_the_page(an, space, issued):
    settle(issued, transmitting.sent, "sent", "250 OK")
    dialog = an.get(url("sales_remind", space, issued.pk))
    assert "It is not overdue" in words(main(dialog))
    Invoice.objects.filter(pk=issued.pk).update(due_date="2026-01-02")
    dialog = an.get(url("sales_remind", space, issued.pk))
    assert "facturen@terduinen.example is reminded of EUR 47.70, due 2 Jan 2026." in words(main(dialog))
    an.post(url("sales_remind", space, issued.pk), {"version": fresh(issued).version})
    assert list(Letter.objects.values_list("kind", "reminders__invoice", "reminders__step")) == [
        ("reminder", issued.pk, 1)
    ]


def test_the_form_of_approval_keeps_its_fields_apart(an, space):
    """The choice of the way stands within the review form, and has an id of its own."""
    seen = an.get(url("sales_detail", space, sale(space).pk))
    found = page(seen).xpath("//form[@id='document-form']//input[@name='way']/@value")
    assert found == ["elsewhere"]
    assert "way" not in form_of(seen)

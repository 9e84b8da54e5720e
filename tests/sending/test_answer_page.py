"""The page on which a customer without an account reads a document and answers it."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from banqup.actions import conversations, payments, transmitting
from banqup.actions import sales as sales_verbs
from banqup.conversations.models import Side
from banqup.invoices.history import timeline
from banqup.invoices.models import Invoice
from banqup.sending import links
from banqup.sending.models import NetworkAnswer, Transmission
from integrations import answer_page
from tests.business_space.helpers import main, words
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""
    cache.clear()


@pytest.fixture
def space():
    return world.business(iban=einvoices.iban(1), email="an@janssens.example")


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


@pytest.fixture
def row(space, seller) -> Transmission:
    """Mailed to the customer, in its language."""
    contact = sales.customer(space, language="nl")
    return sales.transmitted(sales.issued(space, seller, contact=contact))


@pytest.fixture
def link(row, settings) -> str:
    return links.answer_url(row).removeprefix(settings.BANQUP_PUBLIC_URL)


@pytest.fixture
def customer() -> Client:
    """Any browser, with checks against forged forms as everywhere."""
    return Client(enforce_csrf_checks=True)


def statuses(row):
    invoice = Invoice.objects.get(pk=row.invoice_id)
    return invoice.document_status, invoice.delivery_status


def answered(customer, link, answer, **fields):
    return customer.post(f"{link}document/", {"answer": answer, "token": uuid.uuid4().hex, **fields})


def test_a_scanner_that_opens_the_link_proves_nothing_and_a_person_who_presses_the_button_does(row, link, customer):
    for address in (link, f"{link}document/", f"{link}document.pdf", f"{link}document.xml", f"{link}done/"):
        assert customer.get(address).status_code in (200, 303)
        assert customer.head(address).status_code in (200, 303)
    assert statuses(row) == ("VALIDATED", "SENT")

    cover = customer.get(link).content.decode()
    assert "Bakkerij Janssens BV stuurde u een document" in cover and row.invoice.number not in cover
    shown = customer.post(link, follow=True)
    customer.post(link)

    assert statuses(row) == ("VALIDATED", "RECEIVED")
    assert timeline(row.invoice)[0]["what"] == "Seen by the customer"
    assert NetworkAnswer.objects.count() == 1
    text = words(main(shown))
    assert {f"Factuur {row.invoice.number}", "Nog te betalen 47,70 EUR", "Ik aanvaard het"} <= set(found_in(text))
    assert "payment-code" in shown.content.decode()
    assert not shown.cookies and not customer.cookies


def found_in(text):
    wanted = (r"Factuur V\d{4}-\d{4}", r"Nog te betalen 47,70.EUR", r"Ik aanvaard het")
    return [found.group().replace("\xa0", " ") for each in wanted if (found := re.search(each, text))]


def test_nobody_keeps_or_lists_the_page_or_learns_its_address(link, customer):
    for address in (link, f"{link}document/", f"{link}document.pdf", "/answer/guessed/"):
        headers = customer.get(address).headers
        assert (headers["X-Robots-Tag"], headers["Cache-Control"], headers["Referrer-Policy"]) == (
            "noindex, nofollow, noarchive",
            "no-store, private",
            "no-referrer",
        )


def test_accepting_moves_the_document_and_is_confirmed(row, link, customer):
    said = customer.post(f"{link}document/", {"answer": "AP"}, follow=True)

    assert "heeft uw antwoord: aanvaard." in said.content.decode()
    assert statuses(row) == ("FULLY_APPROVED", "RECEIVED")
    again = customer.get(f"{link}document/").content.decode()
    assert "Uw antwoord tot nu toe: aanvaard." in again and "Ik weiger het" not in again
    assert answered(customer, link, "RE", reason="price").status_code == 409


def test_a_question_needs_words_and_a_refusal_a_reason(row, link, customer):
    mute = answered(customer, link, "UQ", reason="price")
    vague = answered(customer, link, "RE", note="No")
    unknown = answered(customer, link, "PD")
    assert [each.status_code for each in (mute, vague, unknown)] == [422, 422, 422]
    assert "Schrijf wat er mis is" in mute.content.decode()
    assert "Kies een reden." in vague.content.decode() and ">No</textarea>" in vague.content.decode()
    assert statuses(row) == ("VALIDATED", "SENT")

    asked = answered(customer, link, "UQ", reason="price", note="Afgesproken was <b>4,00</b>")
    assert (asked.status_code, statuses(row)) == (303, ("DISPUTED", "RECEIVED"))
    told = timeline(row.invoice)[0]
    assert (told["what"], told["note"], told["comment"]) == (
        "The customer answered on the answer page: under query",
        "prices are wrong: Price · asks for a credit note for a part",
        "Afgesproken was <b>4,00</b>",
    )


def test_a_form_that_is_sent_twice_is_heard_once(row, link, customer):
    form = {"answer": "UQ", "reason": "price", "note": "Why?", "token": uuid.uuid4().hex}
    for _twice in range(2):
        customer.post(f"{link}document/", form)
    assert NetworkAnswer.objects.count() == 1


def test_a_refusal_is_final_until_the_seller_resolves_it(row, link, customer, seller):
    answered(customer, link, "RE", reason="recipient")
    final = customer.get(f"{link}document/").content.decode()
    assert "U kunt dit hier niet meer wijzigen." in final and "<form" not in final

    refused = Invoice.objects.get(pk=row.invoice_id)
    sales_verbs.mark_as_resolved(invoice=refused, note="They agree", by=seller)
    assert answered(customer, link, "AP").status_code == 303
    assert statuses(row)[0] == "FULLY_APPROVED"


def test_the_link_of_an_earlier_sending_answers_the_document_of_today(row, link, customer, seller):
    Transmission.objects.filter(pk=row.pk).update(sent_at=timezone.now() - timedelta(days=3))
    again = transmitting.resend(invoice=Invoice.objects.get(pk=row.invoice_id), way="email", by=seller)
    assert answered(customer, link, "AP").status_code == 303
    assert [each.state for each in again.transmissions.all()] == ["sent", "cancelled"]


@pytest.mark.parametrize(
    ("change", "status"),
    [(lambda text: text[:-6] + "/", 404), (lambda text: text.replace("/answer/", "/answer/0"), 404)]
    + [(lambda text: "/answer/1/", 404), (lambda text: "/answer/" + "a" * 32 + ".b/", 404)],
)
def test_a_guessed_or_cut_link_says_so_in_the_readers_language(row, link, customer, change, status):
    answer = customer.get(change(link), headers={"accept-language": "fr-BE,fr;q=0.9"})
    assert answer.status_code == status
    assert "Ce lien ne fonctionne pas" in answer.content.decode()
    assert row.invoice.number not in answer.content.decode()


def test_an_expired_link_shows_nothing_and_takes_no_answer(row, link, customer):
    Transmission.objects.filter(pk=row.pk).update(created_at=timezone.now() - links.GOOD_FOR - timedelta(minutes=1))
    for answer in (customer.get(link), customer.get(f"{link}document.xml"), answered(customer, link, "AP")):
        assert (answer.status_code, "Deze link is niet meer geldig" in answer.content.decode()) == (410, True)
    assert statuses(row)[0] == "VALIDATED"


def test_it_shows_that_document_only_and_nothing_that_was_said_inside(space, seller, row, link, customer):
    other = sales.issued(space, seller, lines=[sales.line("Geheime taart")])
    invoice = Invoice.objects.get(pk=row.invoice_id)
    conversations.comment(invoice=invoice, text="Internal: slow payer", by=seller, side=Side.BUSINESS)

    pages = [customer.get(f"{link}{each}").content.decode() for each in ("", "document/", "done/")]

    shown = " ".join(pages)
    assert other.number not in shown and "Geheime taart" not in shown
    assert "Internal" not in shown and seller.email not in shown and space.slug not in shown.replace(space.email, "")


def test_what_is_open_is_what_a_part_payment_left(row, link, customer, space, seller):

    invoice = Invoice.objects.get(pk=row.invoice_id)
    payments.record_payment(invoice=invoice, amount=Decimal("40.00"), paid_on=space.today(), by=seller)
    assert "7,70" in words(main(customer.get(f"{link}document/")))
    paid = Invoice.objects.get(pk=row.invoice_id)
    payments.record_payment(invoice=paid, amount=Decimal("7.70"), paid_on=space.today(), by=seller)
    closed = customer.get(f"{link}document/?lang=en").content.decode()
    assert "Nothing is open on this document." in closed and "payment-code" not in closed


def test_the_reader_chooses_another_language(link, customer):
    german = customer.get(f"{link}document/?lang=de").content.decode()
    assert 'lang="de"' in german and "Ich lehne es ab" in german and "Noch zu zahlen" in german


def test_who_asks_too_often_waits(link, customer):
    answers = [answered(customer, link, "XX").status_code for _each in range(21)]
    assert (set(answers[:20]), answers[20]) == ({422}, 429)


def test_who_guesses_links_waits_and_nobody_else(link, customer):
    for _each in range(answer_page.WRONG_AT_MOST):
        customer.get("/answer/guessed/")
    assert customer.get("/answer/guessed/").status_code == 429
    assert customer.get(link).status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").get(link).status_code == 200
    assert Client(REMOTE_ADDR="").get(link).status_code == 200

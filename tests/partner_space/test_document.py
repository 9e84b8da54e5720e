"""One document of a client: picture, data, status, destinations, and the way through the queue."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.actions import bookkeeping
from banqup.exports.models import Export, ExportAttempt, ExportState
from banqup.invoices import files
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus
from business_space.demo import paper
from tests.factories import einvoices, world

from .helpers import HTMX, exported, integration, messages, page, processed, released, texts, undecided, url


@pytest.fixture
def exact(bakery, engagement):
    return integration(bakery, engagement=engagement, name="Exact Online")


def open_(browser, office, invoice, query=""):
    return browser.get(url("document", office, invoice.pk) + query)


def card(response) -> str:
    return texts(response, "//section[@class='card']/p")[0]


def destinations(response) -> list[str]:
    return texts(response, "//p[@class='integration__name']")


def test_an_e_invoice_is_shown_with_its_picture_data_and_files(sofie, office, bakery, engagement):
    made = einvoices.document()
    invoice = world.received(bakery, paper.pdf(made), filename="scan.pdf")
    shown = open_(sofie, office, invoice)
    (picture,) = page(shown).xpath("//figure/img/@src")
    answer = sofie.get(picture)
    assert (answer["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert answer["X-Content-Type-Options"] == "nosniff"
    e_invoice = world.received(bakery, einvoices.invoice_bytes())
    data = open_(sofie, office, e_invoice, "?view=data").text
    assert all(words in data for words in ("Molens De Ster NV", "Oven cleaner, 5 l", "PO-778", "Made from the data"))
    listed = page(open_(sofie, office, e_invoice, "?view=files")).xpath("//a[@download]/@href")
    assert listed == [url("document_file", office, e_invoice.pk, one.pk) for one in e_invoice.attachments.all()]
    download = sofie.get(listed[0])
    assert (download.status_code, download["Content-Disposition"].partition(";")[0]) == (200, "attachment")


def test_a_file_of_another_document_is_not_found_below_this_one(sofie, office, bakery, engagement, strangers):
    mine, theirs = released(bakery, "A-1"), released(strangers, "S-1")
    answers = [sofie.get(url("document_file", office, mine.pk, file.pk)) for file in theirs.attachments.all()]
    assert {answer.status_code for answer in answers} == {404}


def test_a_lost_file_is_told_and_the_document_stays(sofie, office, bakery, engagement, settings):
    invoice = released(bakery, "A-1")
    file = invoice.attachments.first()
    (settings.MEDIA_ROOT / files.path(bakery.pk, file.sha256)).unlink()
    answer = sofie.get(url("document_file", office, invoice.pk, file.pk))
    assert (answer.status_code, "scan.pdf can't be read" in answer.text.replace("&#x27;", "'")) == (410, True)
    assert open_(sofie, office, invoice, "?view=data").status_code == 200


def test_the_status_says_why_and_what_is_next(sofie, sofie_herself, office, bakery, engagement):
    ready = released(bakery, "A-1")
    done = bookkeeping.mark_as_processed(invoice=released(bakery, "A-2"), by=sofie_herself)
    waiting = undecided(bakery, "A-3", error_count=2, payable=1)
    refused = undecided(bakery, "A-4", status=DocumentStatus.REFUSED)
    cards = [card(open_(sofie, office, invoice)) for invoice in (ready, done, waiting, refused)]
    assert all(text.endswith(" Why this status?") for text in cards)
    said = [text.removesuffix(" Why this status?") for text in cards]
    assert said[0].startswith("Approved automatically on")
    assert said[0].endswith("Next: Check it, book it, then mark it as processed.")
    assert said[1].startswith(f"Marked as processed by {sofie_herself.name} on")
    assert (
        said[2]
        == "Bakkerij Janssens BV has not approved it yet. Nothing was sent to you. Next: Bakkerij Janssens BV: its input (2)."
    )
    assert said[3] == "Bakkerij Janssens BV refused it before it was approved. Next: Nothing: there is nothing to book."


@pytest.mark.parametrize(
    ("status", "words", "advice"),
    [
        (
            DocumentStatus.DISPUTED,
            "Disputed – do not pay",
            "The client disputes it: do not pay. It may be resolved as it is.",
        ),
        (DocumentStatus.REFUSED, "Refused – do not book", "The client refused it: do not book, or undo the booking."),
    ],
)
def test_an_objection_stands_on_top(sofie, office, bakery, engagement, status, words, advice):
    invoice = released(bakery, "A-1")
    Invoice.objects.filter(pk=invoice.pk).update(document_status=status)
    shown = open_(sofie, office, invoice)
    assert (words in shown.text, advice in shown.text) == (True, True)


def test_only_the_offices_destinations_are_told(sofie, office, bakery, engagement, exact):
    own = integration(bakery, name="Their Dropbox")
    invoice = released(bakery, "A-1")
    export = exported(invoice, exact, ExportState.FAILED, reason="No such journal.")
    exported(invoice, own, ExportState.FAILED, reason="Dropbox is full.")
    ExportAttempt.objects.create(
        export=export, number=1, message="No such journal.", response_status=422, response_excerpt="{}"
    )
    shown = open_(sofie, office, invoice)
    assert destinations(shown) == ["Exact Online"]
    assert "0 of 1 destination has it, 1 failed" in shown.text
    tries = sofie.get(url("document_attempts", office, invoice.pk))
    told = [shown.text, tries.text, sofie.get(url("document_resend", office, invoice.pk)).text]
    assert [("Their Dropbox" in text or "Dropbox is full" in text) for text in told] == [False] * 3
    assert "No such journal." in tries.text and "422" in tries.text


def test_without_an_integration_the_page_says_where_to_set_one_up(sofie, office, bakery, engagement):
    shown = open_(sofie, office, released(bakery, "A-1"))
    assert "You have no integration for Bakkerij Janssens BV." in shown.text
    assert page(shown).xpath(f"//a[@href='{url('client_extensions', office, bakery.pk)}']")


def facts() -> dict:
    """All of the one document but its history, which grows."""
    found = Invoice.objects.values().get()
    return {name: value for name, value in found.items() if name not in ("event_count", "event_head")}


# --- sending ----------------------------------------------------------------------------------------


def test_resending_chooses_what_failed_or_is_missing_and_moves_no_status(sofie, office, bakery, engagement, exact):
    second = integration(bakery, engagement=engagement, name="WinBooks")
    third = integration(bakery, engagement=engagement, name="Zoomit")
    invoice = released(bakery, "A-1")
    exported(invoice, exact, ExportState.DELIVERED)
    exported(invoice, second, ExportState.FAILED)
    form = sofie.get(url("document_resend", office, invoice.pk))
    boxes = page(form).xpath("//input[@name='integration']")
    assert {int(box.get("value")): box.get("checked") is not None for box in boxes} == {
        exact.pk: False,
        second.pk: True,
        third.pk: True,
    }
    before = facts()
    answer = sofie.post(url("document_resend", office, invoice.pk), {"integration": [second.pk, third.pk]}, follow=True)
    assert messages(answer) == ["Sent again to WinBooks, Zoomit. Status and bookkeeping do not change."]
    assert (facts(), Export.objects.filter(state=ExportState.QUEUED).count()) == (before, 2)


def test_the_clients_own_integration_can_not_be_reached_even_by_who_works_there_too(
    sofie, sofie_herself, office, bakery, engagement, exact
):
    world.member(bakery, person=sofie_herself)
    own, invoice = integration(bakery, name="Their Dropbox"), released(bakery, "A-1")
    answer = sofie.post(url("document_resend", office, invoice.pk), {"integration": [own.pk]})
    assert (answer.status_code, Export.objects.count()) == (422, 0)
    sofie.post(url("document_resend", office, invoice.pk), {"integration": [own.pk, exact.pk]})
    assert list(Export.objects.values_list("integration__name", flat=True)) == ["Exact Online"]


def test_nothing_chosen_or_not_approved_is_refused_in_the_dialog(sofie, office, bakery, engagement, exact):
    invoice, waiting = released(bakery, "A-1"), undecided(bakery, "A-2")
    answers = [
        sofie.post(url("document_resend", office, invoice.pk), headers=HTMX),
        sofie.post(url("document_resend", office, waiting.pk), {"integration": [exact.pk]}, headers=HTMX),
    ]
    assert [(answer.status_code, "<html" in answer.text) for answer in answers] == [(422, False)] * 2
    assert "Choose at least one integration." in answers[0].text
    assert "No integration receives it before approval." in answers[1].text


# --- the queue --------------------------------------------------------------------------------------


def step(response, key) -> str:
    return next(iter(page(response).xpath(f"//a[@data-key='{key}']/@href")), "")


@pytest.fixture
def queue(bakery, engagement, other_client):
    """To check: one of Thijs, then two of the bakery."""
    return [released(other_client, "B-1"), released(bakery, "A-1"), released(bakery, "A-2")]


def test_next_and_previous_go_through_a_client_and_on_to_the_next(sofie, office, queue):
    addresses = [url("document", office, invoice.pk) for invoice in queue]
    shown = [sofie.get(address) for address in addresses]
    assert [step(one, "j") for one in shown] == [addresses[1], addresses[2], addresses[0]]
    assert [step(one, "k") for one in shown] == ["", "", addresses[1]]
    assert "2 of 2 to check" in shown[2].text


def test_with_a_client_chosen_the_queue_stays_with_it(sofie, office, bakery, queue):
    shown = open_(sofie, office, queue[2], f"?client={bakery.pk}")
    assert (step(shown, "j"), step(shown, "k")) == ("", url("document", office, queue[1].pk) + f"?client={bakery.pk}")


def test_marking_goes_on_to_the_next_until_the_list(sofie, office, queue):
    order, address, visited = [], url("document", office, queue[1].pk), []
    while "/documents/" in address and address != url("documents", office):
        pk = int(address.rstrip("/").rpartition("/")[2])
        visited.append(pk)
        answer = sofie.post(url("document_process", office, pk))
        assert answer.status_code == 303
        address = answer["Location"]
        order.append(address)
    assert visited == [queue[1].pk, queue[2].pk, queue[0].pk]
    assert messages(sofie.get(address))[-1] == f"{queue[0].title} is marked as processed."


def test_the_undo_bar_leads_back_to_the_document(sofie, office, bakery, queue):
    shown = sofie.post(url("document_process", office, queue[1].pk) + f"?client={bakery.pk}", follow=True)
    (undo,) = page(shown).xpath("//form[contains(@action, '/undo/')]/@action")
    answer = sofie.post(undo)
    assert (answer.status_code, answer["Location"]) == (
        303,
        url("document", office, queue[1].pk) + f"?client={bakery.pk}",
    )
    assert Invoice.objects.get(pk=queue[1].pk).processed_at is None


def test_the_mark_is_taken_back_from_the_document_itself(sofie, office, bakery, engagement):
    invoice = processed(bakery, "A-1")
    assert "Undo processed" in open_(sofie, office, invoice).text
    answer = sofie.post(url("document_process", office, invoice.pk), {"undo": "1"})
    assert (answer["Location"], Invoice.objects.get().processed_at) == (url("document", office, invoice.pk), None)


def test_marked_by_a_colleague_meanwhile_stays_and_says_so(sofie, office, bakery, engagement):
    invoice = processed(bakery, "A-1")
    shown = sofie.post(url("document_process", office, invoice.pk), follow=True)
    assert messages(shown) == [f"1 was skipped: {invoice.title} is processed already."]
    assert shown.redirect_chain == [(url("document", office, invoice.pk), 303)]


def test_refused_since_the_page_was_opened_is_not_booked_unseen(sofie, office, bakery, engagement):
    invoice = released(bakery, "A-1")
    (seen,) = page(open_(sofie, office, invoice)).xpath("(//input[@name='seen'])[1]/@value")
    Invoice.objects.filter(pk=invoice.pk).update(document_status=DocumentStatus.REFUSED)
    shown = sofie.post(url("document_process", office, invoice.pk), {"seen": seen}, follow=True)
    assert messages(shown) == [f"1 was skipped: {invoice.title} was refused meanwhile."]


def test_what_waits_for_the_client_offers_its_actions_off_with_the_reason(sofie, office, bakery, engagement):
    shown = open_(sofie, office, undecided(bakery, "A-1"))
    reasons = texts(shown, "//div[@class='pane__actions']//span[@class='action__reason']")
    assert reasons == ["It waits for the client's approval.", "No integration receives it before approval."]


def test_the_number_of_queries_does_not_grow_with_the_queue(sofie, office, bakery, engagement, exact):
    invoice = released(bakery, "A-0")
    open_(sofie, office, invoice)
    counted = []
    for number in (2, 40):
        for n in range(number):
            exported(released(bakery, f"A-{number}-{n}"), exact, ExportState.DELIVERED)
        with CaptureQueriesContext(connection) as queries:
            open_(sofie, office, invoice)
        counted.append(len(queries))
    assert counted[0] == counted[1]

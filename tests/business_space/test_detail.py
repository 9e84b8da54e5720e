"""A released document: where it is, and what happened to it."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.exports import outbox
from banqup.exports.models import Export, ExportAttempt, ExportState
from banqup.exports.outbox import Answer
from banqup.exports.whereabouts import whereabouts
from banqup.invoices.models import Invoice
from tests.factories import world

from .helpers import e_invoice, main, page, pushed, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


NAME = ".//*[@class='integration__name']"


def destinations(response) -> dict[str, tuple[str, str]]:
    found = {}
    for row in page(response).xpath("//div[@class='integration']"):
        badge = row.xpath(".//*[contains(@class, 'badge')]")[0]
        found[words(row.xpath(NAME)[0])] = (words(badge), words(row.xpath(".//p[2]")[0]))
    return found


def test_every_destination_of_both_sides_tells_what_became_of_it(an, space):
    engagement = world.engaged(space, world.partner())
    folder = world.integration(space, name="Folder")
    webhook = world.integration(space, name="Webhook", connector="webhook")
    office = world.integration(space, name="Office", engagement=engagement)
    invoice = e_invoice(space)
    outbox.settle_delivered(
        *outbox.claim(Export.objects.get(integration=folder).pk), Answer("delivered", "ok"), label="2026/11/a.xml"
    )
    pushed(invoice, webhook, outbox.settle_failed, Answer("permanent", "The address is gone."))

    response = an.get(url("purchase_detail", space, invoice.pk))

    found = destinations(response)
    assert list(found) == ["Office", "Folder", "Webhook"]
    assert found["Office"] == ("Queued", "Waits for its turn. Nothing to do.")
    assert found["Folder"][0] == "Delivered" and found["Folder"][1].startswith("2026/11/a.xml · ")
    assert found["Webhook"][0] == "Failed" and found["Webhook"][1].startswith("The address is gone. · ")
    assert "1 of 3 destinations have it, 1 failed, 1 is under way" in words(main(response))
    assert Export.objects.get(integration=office).state == ExportState.QUEUED


def test_a_document_approved_before_the_activation_says_so_and_offers_to_send(an, space, delivered):
    world.integration(space, name="Folder")
    Invoice.objects.filter(pk=delivered.pk).update(released_at=datetime.datetime(2026, 3, 10, 12, tzinfo=datetime.UTC))

    response = an.get(url("purchase_detail", space, delivered.pk))

    state, said = destinations(response)["Folder"]
    assert state == "Not sent"
    assert said.startswith("Approved on 10 Mar, before Folder was activated on ")
    assert "0 of 1 destination has it, 1 was never sent" in words(main(response))


def test_a_waiting_export_tells_the_next_try(an, space):
    folder = world.integration(space, name="Folder")
    invoice = e_invoice(space)
    pushed(invoice, folder, outbox.settle_retry, Answer("try_again", "Folder did not answer."))

    state, said = destinations(an.get(url("purchase_detail", space, invoice.pk)))["Folder"]

    assert state == "Waiting"
    assert said.startswith("Folder did not answer. Next try at ") and said.endswith("(2 of 9). Nothing to do.")


def test_a_broken_integration_is_repaired_first(an, space):
    folder = world.integration(space, name="Folder")
    invoice = e_invoice(space)
    pushed(invoice, folder, outbox.settle_waiting, Answer("broken_configuration", "The folder is gone."))

    response = an.get(url("purchase_detail", space, invoice.pk))

    assert destinations(response)["Folder"] == ("Waiting", "The folder is gone. It is sent when that is repaired.")
    (repair,) = page(response).xpath("//a[normalize-space()='Repair']/@href")
    assert repair == url("extension", space, folder.pk)


def test_whereabouts_asks_three_times_however_many_there_are(space, django_assert_num_queries):
    for number in range(12):
        world.integration(space, name=f"Folder {number}")
    invoice = e_invoice(space)

    with django_assert_num_queries(3):
        found = whereabouts(invoice)
        assert [place.words for place in found.places] == ["Waits for its turn. Nothing to do."] * 12


def test_the_attempts_page_shows_every_try_and_hides_the_accountants_answers(an, space):
    engagement = world.engaged(space, world.partner())
    own, office = world.integration(space, name="Own"), world.integration(space, name="Office", engagement=engagement)
    invoice = e_invoice(space)
    for integration in (own, office):
        pushed(
            invoice, integration, outbox.settle_retry, Answer("try_again", "Busy.", status=503, excerpt="secret body")
        )

    text = words(main(an.get(url("purchase_attempts", space, invoice.pk))))

    assert text.count("Busy.") == 2
    assert text.count("secret body") == 1
    assert ExportAttempt.objects.count() == 2


def test_the_history_tells_who_did_what(an, space, waiting):
    an.post(url("purchase_payment", space, waiting.pk), {"amount": "1", "paid_on": "1/3/2026", "method": "cash"})

    events = page(an.get(url("purchase_detail", space, waiting.pk))).xpath("//section[@data-pane='history']//li")

    assert [words(event.xpath(".//*[@class='timeline__what']")[0]) for event in events] == [
        "An recorded a payment of EUR 1.00",
        "Received: E-invoice",
    ]


def test_a_page_that_is_looked_at_again_writes_nothing(an, space):
    """It would wait for whoever is writing."""
    invoice = e_invoice(space)
    an.get(invoice.get_absolute_url())
    with CaptureQueriesContext(connection) as captured:
        assert an.get(invoice.get_absolute_url()).status_code == 200
    assert [query["sql"] for query in captured if not query["sql"].startswith("SELECT")] == []

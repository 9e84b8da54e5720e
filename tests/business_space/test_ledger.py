"""The export ledger of a business: what is where, what is missing, and how it gets there."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from banqup.actions import bulk
from banqup.bulk.models import BulkRun
from banqup.exports.models import Export, ExportState, Integration
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import Kind
from integrations import ledger_pages
from tests.factories import world
from tests.integrations.helpers import integration, queued, released

from .helpers import main, messages, page, url, words

S = ExportState


@pytest.fixture
def archive(space):
    return integration(space, name="Archive")


@pytest.fixture
def exact(space):
    """The accountant's."""
    return integration(space, name="Exact Online", engagement=world.engaged(space, world.partner()))


def export(invoice, to, state, **fields) -> Export:
    open_ones = (S.QUEUED, S.WAITING, S.SENDING)
    settled = {"settled_at": None if state in open_ones else timezone.now()}
    return queued(invoice, to, state=state, **(settled | fields))


def matrix(response) -> dict[str, list[str]]:
    """Number of the document → its cells, without what stands in the bubble."""
    found = {}
    for row in page(response).xpath("//table[contains(@class, 'table--matrix')]/tbody/tr"):
        for hidden in row.xpath(".//*[@role='tooltip'] | .//*[contains(@class, 'phone-only')]"):
            hidden.getparent().remove(hidden)
        number = words(row.xpath(".//*[@class='row-number']")[0])
        found[number] = [words(cell) for cell in row.xpath("./td[contains(@class, 'pair')]")]
    return found


def bubbles(response) -> list[str]:
    return [words(one) for one in page(response).xpath("//*[starts-with(@id, 'words-')]")]


def gaps(response) -> dict[str, list[str]]:
    rows = page(response).xpath("//table[contains(@class, 'table--gaps')]/tbody/tr")
    return {
        words(row.xpath("./th")[0]): [
            words(cell).removeprefix(words(cell.xpath("./span[contains(@class, 'phone-only')]")[0])).strip()
            for cell in row.xpath("./td")
        ]
        for row in rows
    }


def lines(response) -> list[dict]:
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_each_document_shows_what_became_of_it_on_both_sides(an, space, archive, exact):
    first, second, third = (released(space, number) for number in ("A-1", "A-2", "A-3"))
    export(first, archive, S.DELIVERED, remote_label="2026/A-1.xml")
    export(first, exact, S.FAILED, reason="No such journal.")
    export(second, archive, S.WAITING, reason="It did not answer.", next_try_at=timezone.now() + timedelta(hours=1))
    export(third, exact, S.CANCELLED, reason="The integration was switched off.")
    shown = an.get(url("ledger", space))
    assert [words(one) for one in page(shown).xpath("//table/thead/tr/th")[3:]] == [
        "Archive",
        "Exact Online (accountant)",
    ]
    assert matrix(shown) == {
        "A-3": ["Not sent Send", "Cancelled Send again"],
        "A-2": ["Waiting", "Not sent Send"],
        "A-1": ["Delivered", "Failed Send again"],
    }
    told = " | ".join(bubbles(shown))
    assert "2026/A-1.xml" in told and "No such journal." in told and "It did not answer. Next try at" in told
    (link,) = page(shown).xpath(f"//tr[@id='invoice-{first.pk}']/th/a/@href")
    assert link == url("purchase_detail", space, first.pk) + "#where"


def test_what_was_delivered_once_is_there_and_a_later_sending_is_told_beside_it(an, space, archive):
    invoice = released(space, "A-1")
    export(invoice, archive, S.DELIVERED)
    export(invoice, archive, S.FAILED, reason="The folder is full.")
    shown = an.get(url("ledger", space))
    assert matrix(shown) == {"A-1": ["Delivered Failed"]}
    assert "Sent again: Failed. The folder is full." in bubbles(shown)[0]
    assert matrix(an.get(url("ledger", space), {"state": "missing"})) == {}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["S-5", "A-4", "A-3", "A-2", "A-1"]),
        ({"state": "delivered"}, ["A-1"]),
        ({"state": "waiting"}, ["A-2"]),
        ({"state": "failed"}, ["A-3"]),
        ({"state": "cancelled"}, ["A-4"]),
        ({"state": "never"}, ["S-5"]),
        ({"state": "missing"}, ["S-5", "A-4", "A-3", "A-2"]),
        ({"kind": "purchase"}, ["A-4", "A-3", "A-2", "A-1"]),
        ({"kind": "sales"}, ["S-5"]),
        ({"kind": "credit"}, ["A-3"]),
        ({"q": "a-2"}, ["A-2"]),
        ({"q": "A-", "state": "failed"}, ["A-3"]),
        ({"first": "2026-01-10", "last": "2026-01-10"}, ["A-1"]),
        ({"last": "2026-01-09"}, []),
    ],
)
def test_it_is_filtered(an, space, archive, asked, expected):
    states = (S.DELIVERED, S.WAITING, S.FAILED, S.CANCELLED)
    for number, state in enumerate(states, start=1):
        export(released(space, f"A-{number}"), archive, state)
    released(space, "S-5", kind=Kind.SALES)
    Invoice.objects.filter(number="A-3").update(is_credit_note=True)
    Invoice.objects.filter(number="A-1").update(released_at="2026-01-10T22:30:00Z")  # 23:30 in Brussels
    for invoice in Invoice.objects.all():
        Invoice.objects.filter(pk=invoice.pk).update(search_text=invoice.number.lower())
    shown = an.get(url("ledger", space), asked)
    assert [number.partition(" ")[0] for number in matrix(shown)] == expected


def test_one_integration_can_be_looked_at_alone(an, space, archive, exact):
    export(released(space, "A-1"), archive, S.DELIVERED)
    export(released(space, "A-2"), exact, S.FAILED)
    shown = an.get(url("ledger", space), {"integration": exact.pk, "state": "failed"})
    assert matrix(shown) == {"A-2": ["Failed Send again"]}


def test_a_filter_that_makes_no_sense_says_so(an, space, archive):
    released(space, "A-1")
    shown = an.get(url("ledger", space), {"first": "2026-02-01", "last": "2026-01-01"})
    assert "Until is before From." in words(main(shown)) and matrix(shown) == {}
    assert "not one of the available choices" in words(main(an.get(url("ledger", space), {"integration": "x"})))


def test_what_is_off_is_not_missed_but_what_it_has_is_shown(an, space):
    off = integration(space, name="Yuki", active=False)
    integration(space, name="Never used", active=False)
    export(released(space, "A-1"), off, S.DELIVERED)
    export(released(space, "A-2"), off, S.CANCELLED, reason="The integration was switched off.")
    released(space, "A-3")
    shown = an.get(url("ledger", space))
    assert matrix(shown) == {"A-3": ["–"], "A-2": ["Cancelled"], "A-1": ["Delivered"]}
    assert matrix(an.get(url("ledger", space), {"state": "missing"})) == {}


def test_the_gap_report_counts_by_reason_and_each_number_leads_to_its_documents(an, space, archive, exact):
    for number in ("A-1", "A-2"):
        export(released(space, number), archive, S.DELIVERED)
    export(released(space, "A-3"), archive, S.FAILED)
    export(released(space, "A-4"), archive, S.WAITING)
    export(released(space, "A-5"), archive, S.CANCELLED)
    export(released(space, "A-6"), exact, S.DELIVERED)
    withdrawn = released(space, "A-7")
    export(withdrawn, archive, S.CANCELLED)
    Invoice.objects.filter(pk=withdrawn.pk).update(
        released_at=None, content_sha256="", document_status="AWAITING_VALIDATION"
    )
    shown = an.get(url("ledger", space), {"state": "missing"})
    assert gaps(shown) == {
        "Archive": ["1 Send all", "1", "1 Send all again", "1 Send all"],
        "Exact Online": ["5 Send all", "–", "–", "–"],
    }
    links = page(shown).xpath("//table[contains(@class, 'table--gaps')]//td/a/@href")
    assert [list(matrix(an.get(link))) for link in links] == [
        ["A-6"],
        ["A-4"],
        ["A-3"],
        ["A-5"],
        ["A-5", "A-4", "A-3", "A-2", "A-1"],
    ]


def test_without_gaps_it_says_so(an, space, archive):
    export(released(space, "A-1"), archive, S.DELIVERED)
    shown = an.get(url("ledger", space), {"state": "missing"})
    assert gaps(shown) == {"Archive has everything": ["–"] * 4}
    assert "Everything is where it should be" in words(main(shown))


def test_one_click_sends_one_document_to_one_integration(an, space, archive, exact):
    invoice, back = released(space, "A-1"), url("ledger", space) + "?state=missing"
    answer = an.post(url("ledger_send", space, invoice.pk, archive.pk), {"next": back})
    assert (answer.status_code, answer.url) == (303, back)
    assert list(Export.objects.values_list("invoice", "integration", "state")) == [(invoice.pk, archive.pk, "queued")]
    (told,) = messages(an.get(back))
    assert told.endswith("A-1 is being sent to Archive. Status and bookkeeping do not change.")
    answer = an.post(url("ledger_send", space, invoice.pk, exact.pk), {"next": "https://evil.example/"})
    assert answer.url == url("ledger", space)


def test_one_click_sends_all_that_was_never_asked_for(an, space, archive, exact):
    there = released(space, "A-0")
    export(there, archive, S.DELIVERED)
    failed = export(released(space, "A-1"), archive, S.FAILED)
    never = [released(space, f"B-{each}") for each in range(3)]
    answer = an.post(url("ledger_send_missing", space, archive.pk), {"state": "never"})
    assert messages(an.get(answer.url)) == ["3 documents are being sent to Archive."]
    sent = Export.objects.filter(state="queued").values_list("invoice", "integration")
    assert list(sent.order_by("invoice")) == [(invoice.pk, archive.pk) for invoice in never]
    an.post(url("ledger_send_missing", space, archive.pk), {"state": "failed"})
    assert Export.objects.filter(state="queued", invoice=failed.invoice_id, integration=archive).count() == 1
    answer = an.post(url("ledger_send_missing", space, archive.pk), {"state": "never"})
    assert messages(an.get(answer.url))[-1] == "Archive misses no such document any more."


def test_many_are_sent_by_a_run_that_can_be_followed(an, space, archive, nudges):
    integration(space, name="Other")
    for each in range(bulk.SMALL + 1):
        released(space, f"B-{each}")
    answer = an.post(url("ledger_send_missing", space, archive.pk), {"state": "never", "next": url("ledger", space)})
    run = BulkRun.objects.get()
    assert answer.url == url("run", space, run.pk)
    assert "Sending 11 documents to Archive" in words(main(an.get(answer.url)))
    assert Export.objects.count() == 0
    bulk.work(run_id=run.pk)
    assert set(Export.objects.values_list("integration", flat=True)) == {archive.pk}
    assert (Export.objects.count(), BulkRun.objects.get().finished_at is not None) == (bulk.SMALL + 1, True)


def test_the_same_documents_asked_for_by_two_integrations_are_two_runs(an, space, archive):
    other = integration(space, name="Other")
    for each in range(bulk.SMALL + 1):
        released(space, f"B-{each}")
    for each in (archive, other, archive):
        an.post(url("ledger_send_missing", space, each.pk), {"state": "never"})
    runs = BulkRun.objects.order_by("pk")
    assert [run.target.integration for run in runs] == [archive, other]


def test_only_the_lists_that_a_person_may_send_are_sent(browser_with, space, archive):
    released(space, "A-1")
    sale = released(space, "S-1", kind=Kind.SALES)
    sells = browser_with("SR")
    shown = matrix(sells.get(url("ledger", space)))
    assert list(shown) == ["S-1 · sales", "A-1"]
    sells.post(url("ledger_send_missing", space, archive.pk), {"state": "never"})
    assert [row.invoice_id for row in Export.objects.all()] == [sale.pk]
    reads = browser_with("AUD")
    answers = [
        reads.get(url("ledger", space)),
        reads.post(url("ledger_send_missing", space, archive.pk), {"state": "never"}),
        reads.post(url("ledger_send", space, sale.pk, archive.pk)),
    ]
    assert [answer.status_code for answer in answers] == [200, 403, 403]
    assert Export.objects.count() == 1


def test_an_integration_in_trouble_is_repaired_first(an, space, archive, exact):
    Integration.objects.update(attention="Connect again.")
    export(released(space, "A-1"), archive, S.WAITING, reason="Connect again.")
    shown = an.get(url("ledger", space), {"state": "missing"})
    assert matrix(shown) == {"A-1": ["Waiting Repair", "Not sent"]}
    (repair,) = page(shown).xpath("//table[contains(@class, 'table--matrix')]//td//a[contains(., 'Repair')]/@href")
    assert repair == url("extension", space, archive.pk)


def test_neither_strangers_nor_their_documents_are_found(an, stranger, space, archive):
    elsewhere = world.business(slug="other", vat_id="BE0999999923", company_id="", endpoint_id="")
    theirs, foreign = released(elsewhere, "X-1"), integration(elsewhere, name="Theirs")
    ours = released(space, "A-1")
    assert stranger.get(url("ledger", space)).status_code == 404
    for invoice, to in ((theirs, archive), (ours, foreign)):
        assert an.post(url("ledger_send", space, invoice.pk, to.pk)).status_code == 404
    assert an.post(url("ledger_send_missing", space, foreign.pk)).status_code == 404
    assert Export.objects.count() == 0


def test_it_is_read_page_by_page_in_both_directions(an, space, archive, monkeypatch):
    monkeypatch.setattr(ledger_pages, "PAGE_SIZE", 2)
    for number in range(1, 6):
        export(released(space, f"A-{number}"), archive, S.DELIVERED)

    def follow(response, rel):
        (link,) = page(response).xpath(f"//a[@rel='{rel}']/@href")
        return an.get(url("ledger", space) + link)

    first = an.get(url("ledger", space), {"state": "delivered"})
    second = follow(first, "next")
    third = follow(second, "next")
    pages = [first, second, third, follow(third, "prev")]
    assert [list(matrix(one)) for one in pages] == [["A-5", "A-4"], ["A-3", "A-2"], ["A-1"], ["A-3", "A-2"]]


def test_the_file_holds_what_is_filtered_and_no_formulas(an, space, archive, exact, settings):
    invoice = released(space, "=1+1")
    export(
        invoice,
        exact,
        S.DELIVERED,
        remote_label="@entry 7",
        remote_url="https://exact.example/7",
        attempt_count=2,
        settled_at=timezone.now().replace(2026, 3, 14, 9, 30, 0, 0),
    )
    Invoice.objects.filter(pk=invoice.pk).update(
        released_at="2026-03-14T08:00:00Z", payable="-121.00", counterparty_name="+Mill"
    )
    answer = an.get(url("ledger", space), {"format": "csv", "integration": exact.pk})
    assert (answer["Content-Type"], answer.streaming) == ("text/csv; charset=utf-8", True)
    assert lines(answer) == [
        {
            "document": str(invoice.pk),
            "number": "'=1+1",
            "kind": "invoice, purchase",
            "party": "'+Mill",
            "issued": "2026-03-14",
            "approved": "2026-03-14T08:00:00+00:00",
            "amount": "-121.00",
            "currency": "EUR",
            "integration": "Exact Online",
            "side": "accountant",
            "state": "delivered",
            "since": "2026-03-14T09:30:00+00:00",
            "tries": "2",
            "reason": "",
            "where": "'@entry 7",
            "link": "",
        }
    ]
    missing = lines(an.get(url("ledger", space), {"format": "csv", "state": "missing"}))
    assert [(line["integration"], line["state"]) for line in missing] == [("Archive", "not_sent")]


def test_the_file_is_read_in_pieces(an, space, archive, monkeypatch):
    monkeypatch.setattr("integrations.ledger_rows._CHUNK", 2)
    for number in range(5):
        released(space, f"A-{number}")
    found = lines(an.get(url("ledger", space), {"format": "csv"}))
    assert [line["number"] for line in found] == ["A-4", "A-3", "A-2", "A-1", "A-0"]


def test_the_number_of_queries_grows_with_nothing(an, space, archive, exact):
    def queries(**asked):
        with CaptureQueriesContext(connection) as seen:
            assert an.get(url("ledger", space), asked).status_code == 200
        return len(seen)

    def more(count):
        for each in range(count):
            invoice = released(space, f"{count}-{each}")
            for to in Integration.objects.all():
                export(invoice, to, S.FAILED if each % 2 else S.DELIVERED)

    more(2)
    an.get(url("ledger", space))  # remembers the space
    few = queries(), queries(state="missing")
    for number in range(4):
        integration(space, name=f"More {number}")
    more(20)
    assert (queries(), queries(state="missing")) == few


def test_the_navigation_leads_there(an, space, archive):
    (link,) = page(an.get(url("home", space))).xpath("//nav//a[contains(., 'Export ledger')]/@href")
    assert link == url("ledger", space)

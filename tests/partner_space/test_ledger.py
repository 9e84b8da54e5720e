"""The export ledger of one client, as its accountant sees it: the office's own integrations only."""

import csv
import io

import pytest

from banqup.actions import bulk
from banqup.bulk.models import BulkRun
from banqup.exports.models import Export, ExportState

from .helpers import exported, integration, messages, page, released, texts, url

MISSING = {"state": "missing"}


@pytest.fixture
def exact(bakery, engagement):
    return integration(bakery, engagement=engagement, name="Exact Online")


@pytest.fixture
def theirs(bakery):
    return integration(bakery, name="Their Dropbox")


def columns(response) -> list[str]:
    return texts(response, "//table[contains(@class, 'table--matrix')]/thead//th")[3:]


def states(response) -> list[str]:
    return texts(response, "//td[contains(@class, 'pair')]/span/a")


def test_it_shows_the_offices_own_integrations_of_that_client(sofie, office, bakery, other_client, exact, theirs):
    invoice = released(bakery, "A-1")
    exported(invoice, exact, ExportState.FAILED, reason="No such journal.")
    exported(invoice, theirs, ExportState.DELIVERED)
    released(other_client, "B-1")
    shown = sofie.get(url("client_ledger", office, bakery.pk))
    assert (columns(shown), states(shown)) == (["Exact Online"], ["Failed"])
    assert "Their Dropbox" not in shown.text and "B-1" not in shown.text
    (link,) = page(shown).xpath(f"//tr[@id='invoice-{invoice.pk}']/th/a/@href")
    assert link == url("document", office, invoice.pk) + "#where"


def test_one_document_and_all_that_is_missing_are_sent_to_the_office_only(sofie, office, bakery, exact, theirs):
    first = released(bakery, "A-1")
    sofie.post(url("client_ledger_send", office, bakery.pk, first.pk, exact.pk))
    for each in range(bulk.SMALL + 1):
        released(bakery, f"B-{each}")
    answer = sofie.post(url("client_ledger_send_missing", office, bakery.pk, exact.pk), {"state": "never"})
    run = BulkRun.objects.get()
    assert answer.url == url("run", office, run.pk)
    bulk.work(run_id=run.pk)
    assert set(Export.objects.values_list("integration", flat=True)) == {exact.pk}
    assert Export.objects.count() == bulk.SMALL + 2


def test_the_clients_own_integrations_do_not_exist_there(sofie, office, bakery, engagement, theirs):
    invoice = released(bakery, "A-1")
    answers = [
        sofie.post(url("client_ledger_send", office, bakery.pk, invoice.pk, theirs.pk)),
        sofie.post(url("client_ledger_send_missing", office, bakery.pk, theirs.pk)),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert Export.objects.count() == 0


def test_a_stranger_is_not_found_and_who_sees_no_documents_sees_no_ledger(
    sofie, browser_with, office, bakery, exact, strangers
):
    released(bakery, "A-1")
    assert sofie.get(url("client_ledger", office, strangers.pk)).status_code == 404
    for role in ("CM", "ADM"):
        visitor = browser_with(role)
        answers = [
            visitor.get(url("client_ledger", office, bakery.pk)),
            visitor.get(url("client_ledger", office, bakery.pk), {"format": "csv"}),
            visitor.post(url("client_ledger_send_missing", office, bakery.pk, exact.pk)),
        ]
        assert [answer.status_code for answer in answers] == [403] * 3
        assert "Export ledger of" not in visitor.get(url("client_extensions", office, bakery.pk)).text


def test_the_gap_report_of_a_client_counts_for_the_office(sofie, office, bakery, exact, theirs):
    exported(released(bakery, "A-1"), exact, ExportState.DELIVERED)
    released(bakery, "A-2")
    shown = sofie.get(url("client_ledger", office, bakery.pk), MISSING)
    assert texts(shown, "//table[contains(@class, 'table--gaps')]/tbody//th") == ["Exact Online"]
    assert texts(shown, "//table[contains(@class, 'table--gaps')]/tbody//td/a") == ["1"]
    sofie.post(url("client_ledger_send_missing", office, bakery.pk, exact.pk), {"state": "never"})
    assert messages(sofie.get(url("client_ledger", office, bakery.pk)))[-1] == (
        "1 document is being sent to Exact Online."
    )


def test_the_file_holds_the_address_in_the_offices_own_software(sofie, office, bakery, exact):
    exported(released(bakery, "A-1"), exact, ExportState.DELIVERED, remote_url="https://exact.example/7")
    answer = sofie.get(url("client_ledger", office, bakery.pk), {"format": "csv"})
    (line,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))
    assert (line["integration"], line["side"], line["link"]) == (
        "Exact Online",
        "accountant",
        "https://exact.example/7",
    )


def test_a_credit_note_that_goes_after_its_invoice_names_no_time(sofie, office, bakery, exact):
    first = exported(released(bakery, "A-1"), exact, ExportState.QUEUED)
    exported(released(bakery, "C-1"), exact, ExportState.WAITING, after=first, reason="Goes after A-1.")
    reasons = texts(sofie.get(url("exports", office)), "//tr[starts-with(@id, 'export-')]/td[7]")
    assert reasons[0] == "Goes after A-1."
    assert texts(sofie.get(url("client_ledger", office, bakery.pk)), "//*[@role='tooltip']")[0] == (
        "Goes after A-1. Nothing to do."
    )

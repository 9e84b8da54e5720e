"""All of a list marked as processed or sent, across its pages."""

import pytest

from banqup.actions import bulk as verbs
from banqup.bulk.models import BulkRun
from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Invoice

from .helpers import exported, integration, messages, page, processed, released, texts, undecided, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(bakery, engagement):
    return [released(bakery, f"A-{n}") for n in (1, 2, 3)]


def hidden(response) -> str:
    return "".join(page(response).xpath("//form//input[@name='ids']/@value"))


def title(response) -> str:
    return texts(response, "//*[@id='dialog-title']")[0]


def rows(response) -> list[str]:
    return texts(response, "//main//tbody/tr")


def statuses() -> dict:
    return dict(Invoice.objects.order_by("pk").values_list("number", "accounting_status"))


def test_the_list_offers_all_of_its_filter(sofie, office, three):
    listed = page(sofie.get(url("documents", office), {"q": "jans"}))

    (every,) = listed.xpath("//*[@data-selection-bar]//p/a")
    assert (words(every), every.get("href")) == ("mark all 3 as processed", url("bulk_process", office) + "?q=jans")


def test_all_to_check_are_marked_as_processed(sofie, office, bakery, other_client, three):
    released(other_client, "T-1")
    undecided(bakery, "W-1")

    seen = sofie.get(url("bulk_process", office))
    shown = sofie.post(url("bulk_process", office), {"ids": hidden(seen)}, follow=True)

    assert title(seen) == "Mark 4 documents as processed"
    assert "2 clients" in texts(seen, "//header[contains(@class, 'dialog__head')]/p")[0]
    assert messages(shown) == ["4 documents marked as processed."]
    assert statuses() == {
        **{f"A-{n}": "PROCESSED" for n in (1, 2, 3)},
        "T-1": "PROCESSED",
        "W-1": "CLIENT_ACTION_NEEDED",
    }


def test_the_filter_of_client_and_search_holds(sofie, office, bakery, other_client, three):
    released(other_client, "T-1")

    of_client = sofie.get(url("bulk_process", office), {"client": other_client.pk})
    of_search = sofie.get(url("bulk_process", office), {"q": "thijs"})

    assert (title(of_client), title(of_search)) == ("Mark 1 document as processed", "Mark 1 document as processed")


def test_what_is_in_the_way_is_said_before_and_after(sofie, office, bakery, three, monkeypatch):
    monkeypatch.setattr(verbs, "SMALL", 1)
    undecided(bakery, "W-1"), processed(bakery, "P-1")
    seen = sofie.get(url("bulk_process", office), {"tab": "all"})
    sofie.post(url("bulk_process", office), {"ids": hidden(seen)})
    run = BulkRun.objects.get()
    Invoice.objects.filter(pk=three[0].pk).update(version=7)
    verbs.work(run_id=run.pk)

    result = sofie.get(url("run", office, run.pk))

    assert title(seen) == "Mark 3 of 5 documents as processed"
    assert [row for row in rows(seen) if row.endswith("It waits for the client's approval.")] == rows(seen)[:1]
    assert [row for row in rows(seen) if row.endswith("It is processed already.")] == rows(seen)[1:2]
    assert texts(result, "//h1") == ["2 documents marked as processed, 1 not: changed by the system."]
    assert url("bulk_process", office) + f"?again={run.pk}" in page(result).xpath("//main//a/@href")


def test_all_are_sent_to_what_misses_them(sofie, office, bakery, engagement, three):
    exact = integration(bakery, engagement=engagement, name="Exact Online")
    exported(three[0], exact, ExportState.DELIVERED)

    seen = sofie.get(url("bulk_send", office))
    shown = sofie.post(url("bulk_send", office), {"ids": hidden(seen)}, follow=True)

    assert title(seen) == "Send 2 of 3 documents to integrations"
    assert messages(shown) == ["2 documents are being sent."]
    assert Export.objects.filter(state=ExportState.QUEUED).count() == 2


def test_another_offices_documents_are_left_out(sofie, office, strangers, three):
    theirs = released(strangers, "S-1")

    shown = sofie.post(url("bulk_process", office), {"ids": f"{theirs.pk}-{theirs.version}"}, follow=True)

    assert messages(shown) == ["Choose at least one document."]
    assert statuses()["S-1"] == "READY_TO_PROCESS"


def test_who_may_not_is_told_in_the_page_of_missing_rights(browser_with, office, three):
    manager = browser_with("CM")
    assert manager.get(url("bulk_process", office)).status_code == 403
    assert manager.post(url("bulk_process", office), {"ids": f"{three[0].pk}-1"}).status_code == 403
    assert BulkRun.objects.count() == 0

"""The export ledger: every document on its way to the office's software, for all clients."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.exports.models import Export, ExportState
from partner_space.views import exports
from tests.factories import world

from .helpers import HTMX, browser_of, exported, integration, messages, page, released, tabs, texts, url, words


@pytest.fixture
def exact(bakery, engagement):
    return integration(bakery, engagement=engagement, name="Exact Online")


@pytest.fixture
def octopus(other_client):
    return integration(other_client, engagement=other_client.active_engagement(), name="Octopus")


def suppliers(response) -> list[str]:
    return texts(response, "//main//td[contains(@class, 'cell-name')]/a[1]")


def numbers(response) -> list[str]:
    """The numbers of the documents that are listed."""
    text = words(page(response).xpath("//body")[0]) if "<body" in response.text else response.text
    return [number for number in ("A-1", "A-2", "A-3", "B-1") if number in text]


def test_it_lists_the_latest_sending_of_every_client(sofie, office, bakery, other_client, exact, octopus):
    again = released(bakery, "A-1")
    exported(again, exact, ExportState.FAILED, reason="The folder is full.")
    exported(again, exact, ExportState.DELIVERED, remote_label="2026/A-1.xml")
    exported(released(bakery, "A-2"), exact, ExportState.WAITING, reason="It did not answer.")
    exported(released(other_client, "B-1"), octopus, ExportState.FAILED, reason="No such journal.")
    shown = sofie.get(url("exports", office))
    assert numbers(shown) == ["A-1", "A-2", "B-1"]
    assert list(tabs(shown).values()) == ["3", "1", "1", "1"]
    assert "No such journal." in shown.text and "The folder is full." not in shown.text


@pytest.mark.parametrize(
    ("show", "expected"),
    [("failed", ["B-1"]), ("waiting", ["A-2"]), ("delivered", ["A-1"]), ("nonsense", ["A-1", "A-2", "B-1"])],
)
def test_it_is_filtered_by_state(sofie, office, bakery, other_client, exact, octopus, show, expected):
    exported(released(bakery, "A-1"), exact, ExportState.DELIVERED)
    exported(released(bakery, "A-2"), exact, ExportState.QUEUED)
    exported(released(other_client, "B-1"), octopus, ExportState.FAILED)
    assert numbers(sofie.get(url("exports", office), {"show": show})) == expected


def test_it_is_filtered_by_client_and_a_stranger_is_not_found(
    sofie, office, bakery, other_client, exact, octopus, strangers
):
    exported(released(bakery, "A-1"), exact, ExportState.FAILED)
    exported(released(other_client, "B-1"), octopus, ExportState.FAILED)
    assert numbers(sofie.get(url("exports", office), {"client": bakery.pk})) == ["A-1"]
    answers = [sofie.get(url("exports", office), {"client": client}) for client in (strangers.pk, "x", "9" * 30)]
    assert [answer.status_code for answer in answers] == [404] * 3


def test_neither_the_clients_own_nor_another_offices_exports_are_there(sofie, office, bakery, engagement, strangers):
    exported(released(bakery, "A-1"), integration(bakery, name="Their Dropbox"), ExportState.FAILED)
    theirs = integration(strangers, engagement=strangers.active_engagement(), name="Fidu's")
    foreign = exported(released(strangers, "B-1"), theirs, ExportState.FAILED)
    shown = sofie.get(url("exports", office))
    assert (numbers(shown), suppliers(shown)) == ([], [])
    assert sofie.post(url("export_resend", office, foreign.pk), {}).status_code == 404
    assert Export.objects.count() == 2


def test_a_failed_one_is_sent_again_from_here(sofie, office, bakery, exact):
    row = exported(released(bakery, "A-1"), exact, ExportState.FAILED, reason="No such journal.")
    back = f"{url('exports', office)}?show=failed"
    answer = sofie.post(url("export_resend", office, row.pk), {"next": back})
    assert (answer.status_code, answer.url) == (303, back)
    assert messages(sofie.get(back))[0].endswith("is being sent to Exact Online. Status and bookkeeping do not change.")
    assert list(Export.objects.order_by("sequence").values_list("sequence", "state")) == [(1, "failed"), (2, "queued")]
    assert numbers(sofie.get(back)) == []


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/p/fidu/exports/", ""])
def test_after_sending_nobody_is_led_elsewhere(sofie, office, bakery, exact, elsewhere):
    row = exported(released(bakery, "A-1"), exact, ExportState.FAILED)
    assert sofie.post(url("export_resend", office, row.pk), {"next": elsewhere}).url == url("exports", office)


def test_to_a_destination_that_is_off_nothing_is_sent(sofie, office, bakery, engagement):
    off = integration(bakery, engagement=engagement, name="Yuki", active=False)
    row = exported(released(bakery, "A-1"), off, ExportState.FAILED)
    assert "Activate Yuki first." in sofie.get(url("exports", office)).text
    answer = sofie.post(url("export_resend", office, row.pk), {}, follow=True)
    assert "not active any more" in messages(answer)[0]
    assert Export.objects.count() == 1


def test_it_is_for_who_sees_documents(browser_with, office, bakery, exact):
    row = exported(released(bakery, "A-1"), exact, ExportState.FAILED)
    for role in ("CM", "ADM"):
        visitor = browser_with(role)
        answers = [visitor.get(url("exports", office)), visitor.post(url("export_resend", office, row.pk), {})]
        assert [answer.status_code for answer in answers] == [403, 403]
    assert Export.objects.count() == 1


def test_htmx_gets_only_the_rows(sofie, office, bakery, exact):
    exported(released(bakery, "A-1"), exact, ExportState.FAILED)
    part = sofie.get(url("exports", office), headers=HTMX)
    assert "<html" not in part.text and "A-1" in part.text and "HX-Request" in part["Vary"]


def test_the_older_ones_are_a_page_away(sofie, office, bakery, exact, monkeypatch):
    monkeypatch.setattr(exports, "PAGE_SIZE", 2)
    for number in ("A-1", "A-2", "A-3"):
        exported(released(bakery, number), exact, ExportState.DELIVERED)
    first = sofie.get(url("exports", office))
    (older,) = page(first).xpath("//a[@rel='next']/@href")
    assert (numbers(first), numbers(sofie.get(older))) == (["A-2", "A-3"], ["A-1"])


def test_the_number_of_queries_is_the_same_for_3_and_60(sofie, office, bakery, exact):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert sofie.get(url("exports", office)).status_code == 200
        return len(seen)

    sofie.get(url("exports", office))  # remembers the space
    for number in range(3):
        exported(released(bakery, f"C-{number}"), exact, ExportState.FAILED)
    few = queries()
    for number in range(3, 60):
        exported(released(bakery, f"C-{number}"), exact, ExportState.FAILED)
    assert queries() == few


def test_two_offices_do_not_see_each_other(office, bakery, exact, strangers):
    exported(released(bakery, "A-1"), exact, ExportState.FAILED)
    fidu = strangers.active_engagement().partner
    other = browser_of(world.member(fidu, email="rik@fidu.example"))
    assert other.get(url("exports", office)).status_code == 404
    assert numbers(other.get(url("exports", fidu))) == []

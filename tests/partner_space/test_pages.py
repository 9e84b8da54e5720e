"""The pages of *Client documents*: every document once, in order, at the same cost."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.exports.models import ExportState
from banqup.invoices.models import Invoice
from partner_space import clients, listing

from .helpers import exported, integration, numbers, page, rail, released, url


@pytest.fixture
def exact(bakery, engagement):
    return integration(bakery, engagement=engagement, name="Exact Online")


def many(space, count, prefix, **fields):
    start = date(2026, 1, 1)
    first = released(space, f"{prefix}-000", **fields)
    Invoice.objects.filter(pk=first.pk).update(sort_date=start)
    copies = [
        Invoice(
            space=space,
            kind=first.kind,
            channel=first.channel,
            document_status=first.document_status,
            released_at=first.released_at,
            content_sha256=first.content_sha256,
            number=f"{prefix}-{n:03d}",
            counterparty_name="Elektro Maes BV",
            sort_date=start + timedelta(days=n // 2),
        )
        for n in range(1, count)
    ]
    Invoice.objects.bulk_create(copies)
    return [f"{prefix}-{n:03d}" for n in range(count)]


def walk(browser, address, rel) -> list[list[str]]:
    """The numbers of each page, following the links."""
    pages = []
    while address:
        shown = browser.get(address)
        pages.append(numbers(shown))
        link = page(shown).xpath(f"//a[@rel='{rel}']/@href")
        address = link[0] if link else ""
        assert len(pages) < 20
    return pages


@pytest.mark.parametrize(("small", "large"), [(1, 1), (3, 60), (60, 3), (50, 50), (51, 51), (49, 120)])
def test_every_document_stands_on_one_page_in_order_forth_and_back(
    sofie, office, bakery, engagement, other_client, small, large
):
    expected = many(other_client, small, "B") + many(bakery, large, "A")
    forth = walk(sofie, url("documents", office), "next")
    assert sum(forth, []) == expected
    assert [len(one) for one in forth[:-1]] == [listing.PAGE_SIZE] * (len(forth) - 1)
    last = sofie.get(url("documents", office))
    for _page in forth[1:]:
        last = sofie.get(page(last).xpath("//a[@rel='next']/@href")[0])
    assert numbers(last) == forth[-1]
    address = page(last).xpath("//a[@rel='prev']/@href")
    back = walk(sofie, address[0], "prev") if address else []
    assert sum(reversed(back), []) == sum(forth[:-1], [])


def test_pages_in_all_and_in_a_search_go_through_everything(sofie, office, bakery, engagement, other_client):
    expected = set(many(other_client, 30, "B") + many(bakery, 70, "A"))
    Invoice.objects.update(search_text="maes")
    for query in ("?tab=all", "?q=maes", "?tab=all&q=maes"):
        found = sum(walk(sofie, url("documents", office) + query, "next"), [])
        assert (set(found), len(found)) == (expected, 100)


def test_a_page_whose_rows_were_all_processed_begins_anew(sofie, office, bakery, engagement):
    many(bakery, 60, "A")
    following = page(sofie.get(url("documents", office))).xpath("//a[@rel='next']/@href")[0]
    Invoice.objects.filter(number__gte="A-040").update(processed_at=Invoice.objects.first().released_at)
    assert numbers(sofie.get(following))[0] == "A-000"


@pytest.mark.parametrize(
    "key",
    [
        "x",
        "1.",
        "1.[]",
        '0.["2026-01-01","1"]',
        '1.["x","y"]',
        f'1.["2026-01-01","{"9" * 40}"]',
        "[" * 2000,
        "1." + "[" * 2000,
    ],
)
def test_a_key_that_is_none_shows_the_first_page(sofie, office, bakery, engagement, key):
    released(bakery, "A-1")
    for name in ("after", "before"):
        assert numbers(sofie.get(url("documents", office), {name: key})) == ["A-1"]


def test_a_client_with_very_many_counts_up_to_the_cap_and_says_so(sofie, office, bakery, engagement, monkeypatch):
    monkeypatch.setattr(clients, "CLIENT_CAP", 5)
    for module in ("listing", "views.documents"):
        monkeypatch.setattr(f"partner_space.{module}.CLIENT_CAP", 5)
    many(bakery, 9, "A")
    assert rail(sofie.get(url("documents", office)))[1] == ["Bakkerij Janssens BV", "5+", "–"]


@pytest.mark.parametrize("tab", ["to-check", "processed", "all"])
def test_the_number_of_queries_is_the_same_for_3_and_60(sofie, office, bakery, exact, tab):
    counted = []
    sofie.get(url("documents", office))  # remembers the space, once
    for number in (3, 57):
        for name in many(bakery, number, f"Q{number}"):
            exported(Invoice.objects.get(number=name), exact, ExportState.FAILED)
        if tab == "processed":
            Invoice.objects.update(processed_at=Invoice.objects.first().released_at)
        with CaptureQueriesContext(connection) as queries:
            sofie.get(url("documents", office), {"tab": tab})
        counted.append(len(queries))
    assert counted[0] == counted[1]

"""The accountant's integrations over all clients, and the number beside them in the navigation."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.exports.models import ExportState
from tests.factories import world

from .helpers import browser_of, exported, integration, page, released, rows, tabs, texts, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def exact(bakery, engagement):
    return integration(bakery, "folder", name="Exact", engagement=engagement)


def named(response):
    return [words(row.xpath(".//td[2]")[0]) for row in page(response).xpath("//tbody/tr")]


def badge(browser, office):
    return texts(browser.get(url("home", office)), "//a[contains(@href, '/integrations/')]/span[@class='nav__count']")


def test_those_in_trouble_come_first_each_with_its_repair(sofie, office, bakery, exact, other_client):
    well = integration(other_client, name="Well", engagement=other_client.active_engagement())
    exported(released(other_client, "W-1"), well, ExportState.DELIVERED)
    integration(bakery, name="Off", engagement=exact.engagement, active=False)
    exact.attention = "The consent has ended. Connect again."
    exact.save()
    exported(released(bakery, "A-1"), exact, ExportState.WAITING)
    exported(released(bakery, "A-2"), exact, ExportState.FAILED)
    answer = sofie.get(url("integrations", office))
    assert [name.split()[0] for name in named(answer)] == ["Exact", "Well", "Off"]
    (first, *_others) = rows(answer)
    what = ["Bakkerij Janssens BV", "Exact Folder", "Needs attention", "The consent has ended. Connect again."]
    assert first == [*what, "–", "–", "1", "1"]
    assert tabs(answer) == {"All": "3", "Needs you": "1"}
    assert [name.split()[0] for name in named(sofie.get(url("integrations", office), {"show": "needs"}))] == ["Exact"]


def test_the_navigation_counts_those_that_need_somebody_for_who_may_repair(sofie, browser_with, office, bakery, exact):
    assert badge(sofie, office) == []
    exported(released(bakery, "A-1"), exact, ExportState.FAILED)
    assert badge(sofie, office) == ["1"]
    assert (badge(browser_with("ADM"), office), badge(browser_with("CM"), office)) == (["1"], [])


def test_an_office_sees_its_own_for_its_clients_of_now(office, bakery, exact, strangers):
    integration(bakery, name="The bakery's own", attention="Connect again.")
    fidu = strangers.active_engagement().partner
    other = browser_of(world.member(fidu, email="rik@fidu.example"))
    assert (named(other.get(url("integrations", fidu))), badge(other, fidu)) == ([], [])
    assert other.get(url("integrations", office)).status_code == 404


def test_the_list_costs_the_same_for_2_and_30(sofie, office, bakery, exact):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert sofie.get(url("integrations", office)).status_code == 200
        return len(seen)

    queries()  # remembers the space
    integration(bakery, name="Second", engagement=exact.engagement)
    few = queries()
    for number in range(28):
        made = integration(bakery, name=f"N{number}", engagement=exact.engagement)
        exported(released(bakery, f"N-{number}"), made, ExportState.FAILED)
    assert queries() == few

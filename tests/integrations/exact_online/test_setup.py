"""Setting Exact Online up: what the test says, the lists, the administration, another country."""

import pytest

from banqup.exports.models import Grant
from integrations import delivery, lists, setup
from integrations.booking import Choice, Mapping
from tests.factories import world
from tests.fakes.server import html, path, status

from .conftest import MAPPING

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(space):
    return world.member(space, "ADM")


def said(integration):
    return [(step.ok, step.message) for step in delivery.configured(integration).check()]


def test_the_test_says_what_it_found_and_writes_nothing(exact, connected):
    assert said(connected("booking")) == [
        (True, "Connected as Sofie Delvaux."),
        (True, "Bakkerij Janssens BV (123456), BE0702451135."),
        (True, "Both can be read."),
        (True, "Every journal, account and VAT code exists there."),
    ]
    assert {request.method for request in exact.requests} == {"GET"}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"division": ""}, "No administration is chosen yet."),
        ({"division": "999999"}, "Exact Online does not know administration 999999"),
        ({"mode": "booking", "booking": {}}, "Nothing is chosen under Booking yet."),
        ({"mode": "booking", "booking": {**MAPPING, "journals": {"purchase": "66"}}}, "The journal 66 does not exist"),
    ],
)
def test_the_test_says_what_is_missing(exact, connected, config, words):
    last = said(connected(**config))[-1]
    assert not last[0] and last[1].startswith(words)


def test_the_test_says_when_there_is_no_consent_and_when_there_is_no_right(exact, connected):
    integration = connected()
    exact.forbidden.add("crm/Accounts")
    assert said(integration)[-1][1].startswith("The person who connected may not do this in administration 123456")
    Grant.objects.all().delete()
    assert said(integration) == [(False, "Not connected yet. Connect it, then test it.")]


@pytest.mark.parametrize("fault", [html(), status(302, Location="https://elsewhere.example/"), status(503)])
def test_odd_answers_become_words(exact, connected, fault):
    exact.next(fault, when=path("/Me"))
    [(ok, words)] = said(connected())
    assert not ok and words


def test_lists_are_fetched_whole_and_kept(exact, connected, admin):
    integration = connected()
    for number in range(130):  # three pages
        exact.books.add("financial/GLAccounts", {"Code": f"61{number:04}", "Description": "Kosten"})
    lists.fetch(integration=integration, by=admin)
    kept = lists.offered(integration)
    assert kept.administrations == (
        Choice("123456", "Bakkerij Janssens BV (123456)"),
        Choice("222222", "Delvaux Accountants (222222)"),
    )
    assert kept.booking.journals == (
        Choice("60", "60 Aankoopdagboek", "purchase"),
        Choice("70", "70 Verkoopdagboek", "sales"),
    )
    assert len(kept.booking.accounts) == 133
    assert kept.booking.vat_codes[0] == Choice("4", "4 21 % aankopen", "purchase")
    assert kept.fetched_at


def test_administrations_are_offered_before_one_is_chosen(exact, connected, admin):
    integration = connected(division="")
    found = lists.fetch(integration=integration, by=admin)
    assert len(found.administrations) == 2 and found.booking.journals == ()
    widget = str(setup.form(integration)["division"])
    assert "<select" in widget and "Bakkerij Janssens BV (123456)" in widget


def test_a_failed_fetch_says_why_and_keeps_the_old_lists(exact, connected, admin):
    integration = connected()
    before = lists.fetch(integration=integration, by=admin)
    exact.next(status(503), when=path("financial/Journals"))
    with pytest.raises(setup.SetupRefused) as refused:
        lists.fetch(integration=integration, by=admin)
    assert "(503)" in refused.value.message
    assert lists.offered(integration) == before


def test_another_country_ends_the_consent_and_the_mapping_survives_a_change(exact, connected, admin):
    integration = connected("booking")
    cleaned = {name: value for name, value in integration.config.items() if name != "booking"}
    setup.configure(integration=integration, cleaned={**cleaned, "division": "222222"}, by=admin)
    assert Grant.objects.exists()
    setup.configure(integration=integration, cleaned={**cleaned, "country": "nl"}, by=admin)
    assert not Grant.objects.exists()
    integration.refresh_from_db()
    assert Mapping.of(integration.config).as_json() == MAPPING


def test_who_may_not_manage_neither_fetches_nor_maps(exact, connected, space):
    stranger, integration = world.member(space, "AUD"), connected()
    with pytest.raises(setup.SetupRefused):
        lists.fetch(integration=integration, by=stranger)
    with pytest.raises(setup.SetupRefused):
        lists.keep_mapping(integration=integration, mapping=Mapping(), by=stranger)
    assert exact.requests == []

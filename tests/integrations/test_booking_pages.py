"""The pages where a connector's booking is set up: its lists, what is mapped, and a dry run; in both spaces."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from banqup.exports.models import DestinationLists, Integration
from banqup.invoices.statuses import Kind
from integrations import lists
from tests.factories import world
from tests.fakes.exact_online import ExactOnline
from tests.fakes.server import path, status
from tests.integrations.exact_online.conftest import MAPPING, vat
from tests.integrations.exact_online.destination import CONFIG

from . import helpers

pytestmark = pytest.mark.django_db


@pytest.fixture
def exact(settings):
    with ExactOnline() as running:
        settings.BANQUP_BASE_URLS = {"exact_online.be": running.url}
        yield running


@pytest.fixture(params=["business", "partner"])
def desk(request, space, exact):
    """(client signed in, integration, a function that names its pages): the business's own, or its accountant's."""
    office = world.partner()
    engagement = world.engaged(space, office)
    theirs = request.param == "partner"
    integration = helpers.integration(
        space, "exact_online", config=dict(CONFIG), engagement=engagement if theirs else None, name="Exact Online"
    )
    helpers.consented(integration, exact.consent)
    client = Client()
    client.force_login(world.member(office if theirs else space))

    def url(name):
        if theirs:
            return reverse(f"partner:client_{name}", args=[office.slug, space.pk, integration.pk])
        return reverse(f"business:{name}", args=[space.slug, integration.pk])

    return client, integration, url


POSTED = {
    "journal-purchase": "60",
    "journal-sales": "70",
    "account-purchase": "604000 Handelsgoederen",
    "account-sales": "700000",
    "vat-purchase-S-21": "4",
    "vat-purchase-S-6": "2",
    "vat-purchase-AE-0": "0",
    "vat-sales-S-21": "1",
}


def text(answer) -> str:
    return answer.content.decode()


def test_from_fetching_the_lists_to_a_dry_run(desk, space):
    client, integration, url = desk
    invoice = helpers.released(space, vat_breakdown=vat("100.00", "21.00"))
    assert "There is nothing to choose from yet." in text(client.get(url("extension_booking")))
    answer = client.post(url("extension_lists"), {"to": "booking"}, follow=True)
    assert "Fetched: 2 journals, 3 accounts, 4 VAT codes." in text(answer)
    shown = text(answer)
    assert "60 Aankoopdagboek" in shown and "Kas" not in shown and 'value="604000"' in shown
    assert "Molens Van Damme NV" in shown  # a supplier of an approved document may get its own account

    assert "No journal is chosen for purchase documents." in text(client.get(url("extension_dry_run")))
    assert client.post(url("extension_booking"), POSTED | {"party-BE0403019261": "612100"}).status_code == 303
    kept = Integration.objects.get(pk=integration.pk)
    assert kept.config["booking"] == {**MAPPING, "parties": {"BE0403019261": "612100"}}
    assert kept.test_passed

    run = text(client.get(url("extension_dry_run"), {"document": invoice.pk}))
    for words in ("60 Aankoopdagboek", "612100 Elektriciteit", "4 21 % aankopen", "121.00", "YourRef", "2026-0042"):
        assert words in run
    assert "this document is delivered without a booking" in run
    Integration.objects.filter(pk=integration.pk).update(config={**kept.config, "mode": "booking"})
    assert "delivered without a booking" not in text(client.get(url("extension_dry_run")))


def test_a_dry_run_asks_nobody_and_sends_nothing(desk, space, exact):
    client, integration, url = desk
    helpers.released(space, vat_breakdown=vat("100.00", "21.00"))
    integration.config["booking"] = MAPPING
    integration.save()
    assert "Exactly as it will be sent" in text(client.get(url("extension_dry_run")))
    assert exact.requests == []


def test_an_account_that_does_not_exist_is_named_at_its_field(desk):
    client, integration, url = desk
    client.post(url("extension_lists"))
    answer = client.post(url("extension_booking"), POSTED | {"account-sales": "999999"})
    assert answer.status_code == 422
    assert "Account 999999 does not exist there." in text(answer)
    assert "booking" not in Integration.objects.get(pk=integration.pk).config


def test_a_party_that_is_not_listed_is_entered_and_taken_away_again(desk):
    client, integration, url = desk
    client.post(url("extension_lists"))
    client.post(url("extension_booking"), POSTED | {"new-party": "BE 0417.823.441", "new-account": "612100"})
    assert Integration.objects.get(pk=integration.pk).config["booking"]["parties"] == {"BE0417823441": "612100"}
    client.post(url("extension_booking"), POSTED | {"party-BE0417823441": ""})
    assert Integration.objects.get(pk=integration.pk).config["booking"]["parties"] == {}
    answer = client.post(url("extension_booking"), POSTED | {"new-party": "BE0417823441"})
    assert "Enter both the VAT number and the account." in text(answer)


def test_a_destination_that_does_not_answer_says_so(desk, exact):
    client, _integration, url = desk
    exact.next(status(503), when=path("/Me"))
    answer = client.post(url("extension_lists"), follow=True)
    assert "The lists could not be fetched: Exact Online has a problem (503)" in text(answer)


def test_a_document_of_somebody_else_is_not_shown(desk):
    client, _integration, url = desk
    theirs = helpers.released(world.business("thijs", name="Thijs NV", vat_id="BE0700312086", endpoint_id=""))
    assert client.get(url("extension_dry_run"), {"document": theirs.pk}).status_code == 404


def test_connectors_that_only_store_have_no_such_pages(space, folder):
    client = Client()
    client.force_login(world.member(space))
    for name in ("extension_booking", "extension_dry_run"):
        assert client.get(reverse(f"business:{name}", args=[space.slug, folder.pk])).status_code == 404


def test_who_may_only_look_changes_nothing(space, exact):
    integration = helpers.integration(space, "exact_online", config={**CONFIG, "booking": MAPPING})
    helpers.consented(integration, exact.consent)
    client = Client()
    client.force_login(world.member(space, "AUD"))
    args = [space.slug, integration.pk]
    assert client.get(reverse("business:extension_booking", args=args)).status_code == 200
    for name in ("extension_booking", "extension_lists"):
        assert client.post(reverse(f"business:{name}", args=args), POSTED).status_code == 403


def test_a_passed_test_fetches_the_lists_and_says_when_it_could_not(desk, exact):
    client, integration, url = desk
    answer = client.post(url("extension_test"), follow=True)
    assert "The test of Exact Online has passed." in text(answer)
    assert len(lists.offered(integration).booking.journals) == 2
    DestinationLists.objects.all().delete()
    exact.next(*[status(500)] * 9, when=path("financial/Journals"))
    assert "Its lists could not be fetched:" in text(client.post(url("extension_test"), follow=True))
    assert Integration.objects.get(pk=integration.pk).test_passed


@pytest.fixture
def owner(space):
    client = Client()
    client.force_login(world.member(space))
    return client


def test_a_document_that_is_never_booked_there_needs_no_journal(owner, space):
    config = {"country": "be", "administration": "x", "mode": "booking"}
    yuki = helpers.integration(space, "yuki", config=config, secrets={"access_key": "k"})
    helpers.released(space, kind=Kind.SALES)
    shown = text(owner.get(reverse("business:extension_dry_run", args=[space.slug, yuki.pk])))
    assert "Yuki books no sales documents." in shown and "in its folder for sales" in shown
    assert "No journal" not in shown


def test_the_steps_of_a_set_up_name_the_consent_where_one_is_needed(owner, space):
    def steps(connector):
        integration = helpers.integration(space, connector)
        page = html.fromstring(text(owner.get(reverse("business:extension", args=[space.slug, integration.pk]))))
        return [
            re.sub(r"^(Done:|\d)", "", one.text_content().strip())
            for one in page.xpath("//ol[contains(@class, 'stepper')]/li")
        ]

    assert steps("dropbox") == ["Configure", "Connect", "Test", "Activate"]
    assert steps("folder") == ["Configure", "Test", "Activate"]

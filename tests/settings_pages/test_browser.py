"""The settings in a real browser: accessible in both themes and at three widths, and a journey through a dialog."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from banqup.exports.models import DestinationLists, Integration
from banqup.sending.models import AccessPoint
from banqup.spaces.models import Engagement, Membership
from tests.design.accessibility import violations
from tests.factories import network, world
from tests.integrations import helpers
from tests.integrations.exact_online.conftest import MAPPING, vat
from tests.integrations.exact_online.destination import CONFIG

from .conftest import browser as signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world_of_settings(db, transactional_db):
    space = world.business()
    admin = world.member(space, email="an@janssens.example")
    world.engaged(space, world.partner())
    other = world.partner(slug="peeters", name="Peeters")
    Engagement.objects.create(business=space, partner=other, invited_side="partner", invited_by=admin)
    integration = helpers.integration(space, "webhook", config={"url": "https://example.com"}, secrets={"secret": "s"})
    helpers.queued(helpers.released(space), integration)
    books = {**CONFIG, "booking": MAPPING}
    DestinationLists.objects.create(
        integration=helpers.integration(space, "exact_online", config=books, name="Exact Online"),
        administrations=[["123456", "Bakkerij Janssens BV (123456)", ""]],
        booking={
            "journals": [["60", "60 Aankoopdagboek", "purchase"]],
            "accounts": [["604000", "604000 Handelsgoederen", ""]],
            "vat_codes": [["4", "4 21 % aankopen", "purchase"]],
        },
        fetched_at=timezone.now(),
    )
    network.account(space, "peppyrus", attention="Peppyrus does not take the keys (401).")
    helpers.released(space, "2026-0043", vat_breakdown=vat("100.00", "21.00"))
    return admin, integration


@pytest.fixture
def go(browser_page, live_server, world_of_settings):
    admin, _integration = world_of_settings
    session = signed_in(admin).cookies["sessionid"].value
    browser_page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    def visit(path):
        browser_page.goto(f"{live_server.url}/s/janssens/settings/{path}")
        return browser_page

    return visit


def test_every_page_is_accessible_and_fits(go, world_of_settings):
    pk = world_of_settings[1].pk
    paths = ["company/", "users/", "users/add/", "accountant/", "approval/", "intake/", "extensions/"]
    paths += [f"extensions/{pk}/", f"extensions/{pk}/deactivate/", f"extensions/{pk}/missed/", "extensions/add/folder/"]
    books = Integration.objects.get(connector="exact_online").pk
    paths += [f"extensions/{books}/", f"extensions/{books}/booking/", f"extensions/{books}/dry-run/"]
    judged(go, paths)


def test_every_page_of_sending_is_accessible_and_fits(go):
    account = AccessPoint.objects.get().pk
    judged(go, ["sending/", "sending/add/recommand/", f"sending/{account}/", f"sending/{account}/deactivate/"])


def judged(go, paths):
    for path in paths:
        page = go(path)
        for width in (1440, 1000, 390):
            page.set_viewport_size({"width": width, "height": 844})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} at {width}"
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found = violations(page)
            assert not found, f"{path}, {theme}: {found}"


def test_a_user_is_added_in_a_dialog_that_says_what_is_wrong(go):
    page = go("users/")
    page.get_by_role("link", name="Add a user").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("heading", name="Add a user")).to_be_visible()
    dialog.get_by_label("E-mail address").fill("an@janssens.example")
    dialog.get_by_label("Purchase assistant").check()
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_text("Change the roles instead.").first).to_be_visible()
    dialog.get_by_label("E-mail address").fill("lies@janssens.example")
    dialog.get_by_role("button", name="Add").click()
    expect(page.locator(".undo-bar__text", has_text="lies@janssens.example was added")).to_be_visible()
    assert Membership.objects.get(user__email="lies@janssens.example").roles == ["PA"]


def test_switching_off_is_confirmed_in_a_dialog(go, world_of_settings):
    integration = world_of_settings[1]
    page = go(f"extensions/{integration.pk}/")
    page.get_by_role("link", name="Switch off…").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_text("1 waiting document will be cancelled.")).to_be_visible()
    dialog.get_by_role("button", name="Switch off").click()
    expect(page.locator(".undo-bar__text", has_text="1 waiting document was cancelled.")).to_be_visible()
    integration.refresh_from_db()
    assert not integration.is_active

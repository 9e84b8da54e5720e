"""Approve many in a real browser: chosen by keys, reviewed in a dialog, done at once or as a run."""

import pytest
from playwright.sync_api import expect

from banqup.actions import bulk
from banqup.bulk.models import BulkRun
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import GeneralStatus
from banqup.spaces.models import Space
from tests.design.accessibility import violations
from tests.factories import world

from .helpers import browser_of, e_invoice, scan, url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listed(browser_page, live_server, validator):
    """The purchase list with seven invoices that wait for approval, and a scan that nobody has read."""
    space = world.business(auto_approve=Space.AutoApprove.NEVER)
    world.engaged(space, world.partner())
    world.integration(space)
    for position in range(7):
        e_invoice(space, number=f"A-{position}")
    scan(space)
    session = browser_of(world.member(space)).cookies["sessionid"].value
    browser_page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    browser_page.goto(live_server.url + url("purchase_list", space))
    return browser_page


def waiting() -> int:
    return Invoice.objects.filter(general_status=GeneralStatus.AWAITING_VALIDATION).count()


def test_chosen_by_keys_reviewed_approved_and_told(listed):
    page = listed
    for key in ("j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    bar = page.locator("[data-selection-bar]")
    expect(bar.locator("[data-selected-count]")).to_have_text("3")
    page.get_by_label("Select all rows of this page").check()
    expect(bar.get_by_role("button", name="Approve 7 of 8")).to_be_visible()
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog", name="Approve 7 of 8 invoices")
    expect(dialog).to_contain_text("Complete the data and save first.")
    dialog.get_by_role("button", name="Approve 7").click()
    expect(page.locator(".undo-bar__text", has_text="7 invoices approved.")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("7 invoices approved.")
    expect(page.locator("#results tr", has_text="Unpaid")).to_have_count(7)
    expect(page.locator(".nav [aria-current=page] .nav__count")).to_have_text("1")
    assert (waiting(), page.problems) == (1, [])


def test_a_long_run_goes_on_while_one_is_away_and_its_page_ends_by_itself(listed, monkeypatch):
    page = listed
    monkeypatch.setattr(bulk, "SMALL", 2)
    page.get_by_label("Select all rows of this page").check()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("button", name="Approve 7").click()
    expect(page.get_by_role("heading", name="Approving 7 invoices")).to_be_visible()
    run = BulkRun.objects.get()
    page.get_by_role("link", name="Back to the list").click()
    bulk.work(run_id=run.pk, seconds=0)
    page.get_by_role("link", name="See how far it is").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "1")
    assert violations(page) == []
    bulk.work(run_id=run.pk)
    expect(page.get_by_role("heading", name="7 invoices approved.")).to_be_visible()
    expect(page.get_by_role("row", name="Done.")).to_have_count(7)
    assert violations(page) == []
    assert waiting() == 1


def test_all_of_the_filter_and_no_boxes_on_a_phone(listed):
    page = listed
    page.locator("[data-select]").first.check()
    page.get_by_role("link", name="select all 8 awaiting validation").click()
    expect(page.get_by_role("dialog", name="Approve 7 of 8 invoices")).to_be_visible()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("[data-select]").first).to_be_hidden()
    expect(page.locator("[data-selection-bar]")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert (waiting(), page.problems) == (8, [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_selection_and_review_are_accessible(listed, theme):
    page = listed
    page.emulate_media(color_scheme=theme)
    page.get_by_label("Select all rows of this page").check()
    assert violations(page) == []
    page.keyboard.press("a")
    expect(page.get_by_role("dialog", name="Approve 7 of 8 invoices")).to_be_visible()
    assert violations(page) == []

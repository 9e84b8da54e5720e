"""The creator in a real browser: kept while one types, totals at once, both themes, two widths, accessible."""

import pytest
from playwright.sync_api import expect

from banqup.contacts.models import Item
from banqup.spaces.models import User
from tests.design.accessibility import violations
from tests.factories import einvoices, sales, world

from .helpers import fresh, url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def space(db):
    return world.business(iban=einvoices.iban(1))


@pytest.fixture
def draft(space, an):
    return sales.draft(space, User.objects.get(email="an@janssens.example"))


@pytest.fixture
def visit(browser_page, live_server, space, an):
    cookie = {"name": "sessionid", "value": an.cookies["sessionid"].value, "url": live_server.url}
    browser_page.context.add_cookies([cookie])

    def go(address):
        browser_page.goto(live_server.url + address)
        return browser_page

    return go


def test_what_is_typed_is_shown_and_kept_by_itself(visit, space, draft):
    Item.objects.create(space=space, name="Taart Seizoen", price="46.00", vat_rate=6)
    shown = visit(draft.get_absolute_url())
    shown.get_by_label("Quantity").fill("3")
    expect(shown.locator("#live .big-amount")).to_contain_text("14.31")
    expect(shown.locator("#sums .sums__total")).to_contain_text("14.31")
    expect(shown.locator("#saved")).to_contain_text("Saved")
    assert str(fresh(draft).payable) == "14.31"
    shown.get_by_role("button", name="Add a line").click()
    second = shown.get_by_label("Description").nth(1)
    second.press_sequentially("taart")
    shown.get_by_role("button", name="Taart Seizoen").click()
    expect(shown.get_by_label("Price").nth(1)).to_have_value("46.00")
    expect(shown.locator("#sums .sums__total")).to_contain_text("63.07")
    expect(shown.get_by_label("Quantity").first).to_have_value("3")
    assert shown.problems == []


def test_what_is_missing_stands_beside_the_preview_and_moves_nothing_under_the_writers_hands(visit, draft):
    shown = visit(draft.get_absolute_url())
    shown.get_by_label("Price").fill("")
    shown.get_by_role("button", name="Save draft").click()
    expect(shown.locator("#error-summary")).to_be_focused()
    shown.set_viewport_size({"width": 390, "height": 844})
    price = shown.get_by_label("Price")
    price.evaluate("(field) => field.scrollIntoView({block: 'center'})")
    price.focus()
    place, version = price.bounding_box(), fresh(draft).version

    shown.keyboard.type("abc")
    expect(shown.locator("#creator-noticed li")).to_have_count(1)
    expect(shown.locator("#creator-count")).to_have_text("1 thing to complete")
    shown.keyboard.press("ControlOrMeta+A")
    shown.keyboard.type("4")
    expect(shown.locator("#creator-noticed li")).to_have_count(0)
    expect(shown.locator("#draft-version")).to_have_value(str(version + 1))
    expect(price).to_be_focused()
    assert price.bounding_box() == place

    shown.keyboard.type("x")
    expect(shown.locator("#creator-noticed li")).to_have_count(1)
    shown.get_by_role("link", name="Preview", exact=True).click()
    shown.locator("#creator-noticed a").click()
    expect(price).to_be_in_viewport()


def test_every_page_is_accessible_and_fits(visit, space, draft):
    Item.objects.create(space=space, name="Taart Seizoen", price="46.00", vat_rate=6)
    paths = [draft.get_absolute_url(), url("creator_customer", space, draft.pk)]
    paths += [url(name, space) for name in ("creator", "items", "item_add", "settings_numbering")]
    for path in paths:
        shown = visit(path)
        for width in (1440, 390, 320):
            shown.set_viewport_size({"width": width, "height": 844})
            wide = shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} at {width}"
        for theme in ("light", "dark"):
            shown.emulate_media(color_scheme=theme)
            found = violations(shown)
            assert not found, f"{path}, {theme}: {found}"

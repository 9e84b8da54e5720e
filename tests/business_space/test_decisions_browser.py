"""The pages of the decisions in a real browser: a key, a dialog, both themes, two widths."""

import pytest
from playwright.sync_api import expect

from banqup.actions import approval, disputes, sales
from banqup.invoices.statuses import DocumentStatus
from banqup.spaces.models import User
from tests.design.accessibility import violations

from . import helpers
from .helpers import e_invoice, fresh, url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person(an):
    return User.objects.get(email="an@janssens.example")


@pytest.fixture
def sale(space, person):
    """A released sale that the customer has."""
    return approval.approve(invoice=helpers.sale(space), by=person, delivered_elsewhere=True)


@pytest.fixture
def visit(browser_page, live_server, space, an):
    cookie = {"name": "sessionid", "value": an.cookies["sessionid"].value, "url": live_server.url}
    browser_page.context.add_cookies([cookie])

    def go(address):
        browser_page.goto(live_server.url + address)
        return browser_page

    return go


def test_the_key_d_disputes_in_a_dialog(visit, space, waiting):
    shown = visit(waiting.get_absolute_url())
    shown.keyboard.press("d")
    dialog = shown.locator("dialog[open]")
    dialog.get_by_role("button", name="Dispute").click()
    expect(dialog.get_by_text("This field is required.").first).to_be_visible()
    dialog.get_by_label("Reason").select_option("price")
    dialog.get_by_role("button", name="Dispute").click()

    expect(shown.locator(".undo-bar__text", has_text="is disputed: Price.")).to_be_visible()
    assert fresh(waiting).document_status == DocumentStatus.DISPUTED


def test_every_page_is_accessible_and_fits(visit, space, person, waiting, sale):
    disputed = disputes.dispute(invoice=e_invoice(space, number="D-1"), reason="other", note="Wrong", by=person)
    asked = approval.approve(invoice=helpers.sale(space, number="V-2"), by=person, delivered_elsewhere=True)
    sales.record_answer(invoice=asked, answer="queried", reason="price", by=person)
    paths = [url(f"purchase_{name}", space, waiting.pk) for name in ("detail", "dispute", "refuse", "delete")]
    paths += [url(f"purchase_{name}", space, disputed.pk) for name in ("detail", "resolve")]
    paths += [url(f"sales_{name}", space, sale.pk) for name in ("answer", "wont_be_paid")]
    paths += [url("sales_mark_resolved", space, asked.pk), url("recycle_bin", space)]
    for path in paths:
        shown = visit(path)
        for width in (1440, 390):
            shown.set_viewport_size({"width": width, "height": 844})
            wide = shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} at {width}"
        for theme in ("light", "dark"):
            shown.emulate_media(color_scheme=theme)
            found = violations(shown)
            assert not found, f"{path}, {theme}: {found}"

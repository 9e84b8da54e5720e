"""The export ledger in a real browser: a gap is found, filled and gone; both themes, three widths."""

import pytest
from playwright.sync_api import expect

from banqup.exports.models import Export, ExportState
from tests.design.accessibility import violations
from tests.factories import world
from tests.integrations.helpers import integration, released

from .helpers import url
from .test_ledger import export

pytestmark = pytest.mark.django_db(transaction=True)
S = ExportState


@pytest.fixture
def archive(space):
    return integration(space, name="Archive")


@pytest.fixture
def documents(space, archive):
    """Two that Archive misses, one that failed there; the accountant's program waits for one."""
    exact = integration(space, name="Exact Online", engagement=world.engaged(space, world.partner()))
    known = {number: released(space, number) for number in ("A-1", "A-2", "A-3", "A-4")}
    export(known["A-1"], archive, S.DELIVERED, remote_label="2026/A-1.xml")
    export(known["A-2"], archive, S.FAILED, reason="The folder is full.")
    export(known["A-1"], exact, S.WAITING, reason="It did not answer.")
    return known


@pytest.fixture
def visit(browser_page, live_server, an):
    cookie = {"name": "sessionid", "value": an.cookies["sessionid"].value, "url": live_server.url}
    browser_page.context.add_cookies([cookie])

    def go(address):
        browser_page.goto(live_server.url + address)
        return browser_page

    return go


def test_what_is_missing_is_found_and_sent_with_one_click(visit, space, archive, documents):
    page = visit(url("ledger", space))
    page.get_by_role("link", name="Not delivered").first.click()
    row = page.locator(".table--gaps tbody tr", has_text="Archive")
    row.get_by_role("button", name="Send all").first.click()
    expect(page.get_by_text("2 documents are being sent to Archive.").first).to_be_visible()
    sent = Export.objects.filter(integration=archive, state=S.QUEUED).values_list("invoice", flat=True)
    assert set(sent) == {documents["A-3"].pk, documents["A-4"].pk}
    # Only what failed is left to a person; what was just asked for waits.
    assert row.locator("td").nth(0).inner_text().strip() == "–"


def test_the_words_of_a_cell_are_shown_to_the_keyboard_too(visit, space, documents):
    page = visit(url("ledger", space))
    cell = page.locator(f"#invoice-{documents['A-2'].pk} td.pair").first
    cell.get_by_role("button", name="Failed").or_(cell.locator("[aria-describedby]")).first.focus()
    expect(cell.get_by_text("The folder is full.")).to_be_visible()


def test_the_ledger_is_accessible_and_fits(visit, space, documents):
    for query in ("", "?state=missing", "?state=failed", "?q=nothing"):
        page = visit(url("ledger", space) + query)
        for width in (1440, 1000, 390):
            page.set_viewport_size({"width": width, "height": 844})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{query} at {width}"
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            found = violations(page)
            assert not found, f"{query}, {theme}: {found}"

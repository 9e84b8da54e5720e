"""The accountant's pages in a real browser: accessible in both themes, fitting at three widths, and worked by keys."""

import pytest
from playwright.sync_api import expect

from banqup.exports.models import ExportState
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import AccountingStatus, DocumentStatus
from banqup.spaces.models import Engagement
from tests.design.accessibility import violations
from tests.factories import world

from . import helpers
from .helpers import exported, integration, processed, released, undecided

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db, own_files):
    """An office with two clients and documents in every state; gives the ids that pages need."""
    office, bakery = world.partner(), world.business()
    person = world.member(office, email="sofie@delvaux.example")
    engagement = world.engaged(bakery, office)
    thijs = world.business(
        slug="thijs", name="Aannemingen Thijs NV", vat_id="BE0700312086", company_id="", endpoint_id=""
    )
    world.engaged(thijs, office)
    asking = world.business(slug="ooms", name="Bloemen Ooms BV", vat_id="", company_id="", endpoint_id="")
    Engagement.objects.create(business=asking, partner=office, invited_side=Engagement.Side.BUSINESS)
    exact = integration(bakery, engagement=engagement, name="Exact Online")
    exported(released(bakery, "A-1"), exact, ExportState.FAILED, reason="No such journal.")
    exported(released(bakery, "A-2"), exact, ExportState.DELIVERED, remote_label="2026/A-2.xml")
    disputed = released(bakery, "A-3")
    Invoice.objects.filter(pk=disputed.pk).update(document_status=DocumentStatus.DISPUTED)
    for number in ("T-1", "T-2"):
        released(thijs, number)
    processed(bakery, "A-4")
    undecided(bakery, "A-5", error_count=2)
    return {
        "person": person,
        "client": bakery.pk,
        "document": Invoice.objects.get(number="A-1").pk,
        "integration": exact.pk,
    }


@pytest.fixture
def go(browser_page, live_server, desk):
    session = helpers.browser_of(desk["person"]).cookies["sessionid"].value
    browser_page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    def visit(path=""):
        browser_page.goto(f"{live_server.url}/p/delvaux/{path}")
        return browser_page

    return visit


def paths(desk):
    client, document = f"clients/{desk['client']}/", f"documents/{desk['document']}/"
    at = f"{client}integrations/"
    listed = ["", "documents/", "documents/?tab=client-action-needed", "documents/?tab=processed", "documents/?tab=all"]
    listed += [
        "documents/?q=nothing",
        document,
        f"{document}?pane=document",
        f"{document}resend/",
        f"{document}attempts/",
    ]
    listed += ["clients/", client, f"{client}contacts/", f"{client}end/", "clients/invite/", at, f"{at}add/folder/"]
    listed += [f"{at}{desk['integration']}/", f"{at}{desk['integration']}/missed/", "exports/", "settings/office/"]
    return [*listed, "settings/users/", "settings/users/add/"]


# The phone has no colours of its own.
LOOKS = [(1440, "light", True), (1440, "dark", True), (1000, "light", False), (390, "light", True)]


def test_every_page_is_accessible_and_fits_and_complains_of_nothing(go, desk):
    for path in paths(desk):
        page = go(path)
        page.wait_for_load_state("networkidle")
        assert not page.problems, f"{path}: {page.problems}"
        for width, theme, measured in LOOKS:
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 844})
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} at {width}"
            found = violations(page) if measured else []
            assert not found, f"{path} at {width}, {theme}: {found}"
        page.problems.clear()  # what measuring sets off is not the page's


def numbers_to_check():
    found = Invoice.objects.filter(accounting_status=AccountingStatus.READY_TO_PROCESS)
    return sorted(found.values_list("number", flat=True))


def test_documents_are_marked_and_taken_back_without_the_mouse(go):
    page = go("documents/?client=" + str(Invoice.objects.get(number="T-1").space_id))
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator("[data-selected-count]")).to_have_text("2")
    page.keyboard.press("e")
    expect(page.get_by_text("2 documents marked as processed.").first).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing to check for Aannemingen Thijs NV")).to_be_visible()
    assert numbers_to_check() == ["A-1", "A-2", "A-3"]
    expect(page.locator(".nav [aria-current=page] .nav__count")).to_have_text("3")
    page.keyboard.press("z")
    expect(page.get_by_text("2 documents are back in To check.").first).to_be_visible()
    assert numbers_to_check() == ["A-1", "A-2", "A-3", "T-1", "T-2"]


def test_the_search_answers_while_typing(go):
    Invoice.objects.filter(number="A-2").update(search_text="molens van damme nv a-2 121.00")
    page = go("documents/")
    page.get_by_role("searchbox", name="Client, supplier").fill("bakkerij a-2")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator("tr[data-row]")).to_contain_text("A-2")
    assert "q=bakkerij" in page.url
    page.get_by_role("link", name="Processed").click()
    expect(page.get_by_role("heading", name="No document matches")).to_be_visible()


def test_marking_a_document_leads_to_the_next_one(go):
    page = go("documents/?client=" + str(Invoice.objects.get(number="T-1").space_id))
    page.locator("tr[data-row] a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("T-1")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_contain_text("T-2")
    expect(page.get_by_text("T-1 is marked as processed.").first).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("heading", level=1)).to_contain_text("T-1")
    assert "T-1" in numbers_to_check()


def test_the_row_resends_what_failed(go):
    page = go("documents/")
    page.get_by_role("button", name="Resend").click()
    expect(page.get_by_text("1 document is being sent.").first).to_be_visible()
    expect(page.get_by_role("button", name="Resend")).to_have_count(0)
    assert list(Invoice.objects.get(number="A-1").exports.values_list("state", flat=True)) == ["failed", "queued"]


def test_an_invitation_that_finds_nobody_says_so_in_the_dialog(go):
    page = go("clients/")
    page.get_by_role("link", name="Invite a client").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Client", exact=True).fill("nobody")
    dialog.get_by_role("button", name="Invite").click()
    expect(dialog.get_by_text("No business space has this address or member.").first).to_be_visible()
    assert Engagement.objects.filter(invited_side=Engagement.Side.PARTNER).count() == 0


def test_without_script_the_list_works_too(browser, live_server, desk):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    session = helpers.browser_of(desk["person"]).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(f"{live_server.url}/p/delvaux/documents/")
    for box in page.locator("tr[data-row] input[type=checkbox]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Mark as processed").click()
    expect(page.locator(".undo-bar__text", has_text="2 documents marked as processed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".undo-bar__text", has_text="2 documents are back in To check.")).to_be_visible()
    assert numbers_to_check() == ["A-1", "A-2", "A-3", "T-1", "T-2"]
    context.close()

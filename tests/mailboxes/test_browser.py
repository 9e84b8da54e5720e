"""The pages of mailboxes in a real browser: accessible, at every width, and the way from nothing to a document."""

import pytest
from playwright.sync_api import expect

from banqup.mailboxes.models import Mailbox
from integrations import mailbox_polling
from tests.factories import mails, world
from tests.settings_pages.conftest import browser as signed_in
from tests.settings_pages.test_browser import judged

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def space(transactional_db):
    return world.business()


@pytest.fixture
def go(browser_page, live_server, space):
    session = signed_in(world.member(space, email="an@janssens.example")).cookies["sessionid"].value
    browser_page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    def visit(path):
        browser_page.goto(f"{live_server.url}/s/janssens/settings/{path}")
        return browser_page

    return visit


def test_every_page_of_mailboxes_is_accessible_and_fits(go, space, server, look):
    long = mails.mailbox(space, server, attention="The mail server does not accept the user name. " * 5)
    Mailbox.objects.filter(pk=long.pk).update(user=f"{'facturen' * 12}@bakkerij.example")
    used = mails.mailbox(space, server)
    server.put(mails.mail(("a.pdf", b"%PDF-1.7"), (f"{'lang' * 40}.pdf", b"%PDF-1.7 b")))
    server.put(mails.mail(id="2@x", subject="Zeer" * 50))
    look(used)
    base = f"intake/mailboxes/{long.pk}/"
    judged(go, ["intake/", "intake/mailboxes/add/?preset=gmail", base, f"intake/mailboxes/{used.pk}/"])
    judged(go, [f"{base}deactivate/", f"{base}forget/", "intake/mails/"])


def test_from_nothing_to_a_document_in_the_browser(go, space, server):
    server.put(mails.mail(("factuur.pdf", b"%PDF-1.7")))
    page = go("intake/")
    page.get_by_role("link", name="Add a mailbox").click()
    page.get_by_label("User name").fill(server.user)
    page.get_by_label("Password").fill(server.password)
    page.get_by_label("Server for incoming mail").fill("127.0.0.1")
    page.get_by_label("Port").fill(str(server.port))
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Run the test").click()
    expect(page.get_by_text("1 mail lies in “INBOX”.")).to_be_visible()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("link", name="Switch off…")).to_be_visible()
    assert mailbox_polling.read(Mailbox.objects.get().pk) == 1
    page.reload()
    expect(page.get_by_text("factuur.pdf")).to_be_visible()
    page.get_by_role("link", name="Switch off…").click()
    page.locator("dialog[open]").get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("button", name="Activate")).to_be_visible()
    assert page.problems == []
    assert not Mailbox.objects.get().is_active

"""People in browsers, a real worker, and destinations that can be looked into."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.factories import world
from tests.fakes.webhook_sink import WebhookSink
from tests.storms.approvals import webhook


class Person:
    """Somebody at a browser."""

    def __init__(self, page, base, email):
        self.page, self.base = page, base
        self.go("/account/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(world.PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(lambda url: "/account/login/" not in url)

    def go(self, path):
        self.page.goto(self.base + path)
        return self.page

    def choose(self, name):
        """Press a button or a line of the menu in the head of the page; returns the dialog that opens."""
        head = self.page.locator(".page-header__actions")
        wanted = head.get_by_role("link", name=name).or_(head.get_by_role("button", name=name)).first
        if not wanted.is_visible():
            head.locator("[data-menu] summary").click()
        wanted.click()
        return self.page.locator("dialog[open]")

    def confirm(self, name):
        """Press the button of the open dialog, and see the page that comes back."""
        self.page.locator("dialog[open]").get_by_role("button", name=name).click()
        expect(self.page.locator("dialog[open]")).to_have_count(0)


@pytest.fixture
def sign_in(browser, live_server):
    """A function: a person signs in, in a browser of their own; scripts must not have complained at the end."""
    opened = []

    def start(user) -> Person:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, locale="en-GB")
        context.set_default_timeout(15_000)
        page = context.new_page()
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        opened.append((context, problems))
        return Person(page, live_server.url, user.email)

    yield start
    found = [problem for _context, problems in opened for problem in problems]
    for context, _problems in opened:
        context.close()
    assert found == []


@pytest.fixture
def sink():
    with WebhookSink() as receiver:
        yield receiver


@pytest.fixture
def bakery(transactional_db, sink):
    """A bakery with a folder, whose accountant has a webhook; An approves, Sofie keeps the books."""

    class Bakery:
        space = world.business()
        office = world.partner()
        engagement = world.engaged(space, office)
        folder = world.integration(space, name="Folder", config={"folder": "bakery"})
        hook = webhook(space, sink.url, "Office ERP", engagement)
        an = world.member(space, email="an@janssens.example")
        sofie = world.member(office, email="sofie@delvaux.example")
        delivered = Path(settings.BANQUP_FOLDER_ROOT) / "bakery"

    Bakery.delivered.parent.mkdir(parents=True, exist_ok=True)
    for old in files_in(Bakery.delivered):
        old.unlink()
    return Bakery


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def kept(sink) -> list[dict]:
    """What the accountant's system has kept: the data of each document."""
    return [json.loads(json.dumps(body))["data"] for body in sink.documents.values()]

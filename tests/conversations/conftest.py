"""Bakkerij Janssens, its accountant, the people of both, and a document between them."""

import pytest

from banqup.actions import conversations
from banqup.conversations.models import Side
from tests.factories import world
from tests.integrations.helpers import released
from tests.partner_space.helpers import browser_of


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def bakery(db):
    return world.business()


@pytest.fixture
def office(db):
    return world.partner()


@pytest.fixture
def engagement(bakery, office):
    return world.engaged(bakery, office)


@pytest.fixture
def an(bakery):
    """Purchase responsible of the bakery."""
    return world.member(bakery, "PR", person=world.user("an@janssens.example", "An Janssens"))


@pytest.fixture
def sofie(office):
    """Accountant."""
    return world.member(office, "ACC", person=world.user("sofie@delvaux.example", "Sofie Delvaux"))


@pytest.fixture
def invoice(bakery, engagement):
    return released(bakery)


@pytest.fixture
def browser():
    return browser_of


@pytest.fixture
def question(invoice, sofie, an):
    """Sofie asks the bakery."""
    return conversations.ask(invoice=invoice, text="Is this for the shop or private?", by=sofie, side=Side.PARTNER)

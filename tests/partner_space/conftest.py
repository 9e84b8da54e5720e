"""Delvaux Accountants, its client Bakkerij Janssens, and people with their browsers."""

import pytest

from tests.factories import world

from . import helpers


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Files of these tests stay among themselves."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.BANQUP_FOLDER_ROOT = tmp_path / "delivered"
    settings.BANQUP_FOLDER_ROOT.mkdir()


@pytest.fixture
def office(db):
    return world.partner()


@pytest.fixture
def bakery(db):
    return world.business()


@pytest.fixture
def engagement(bakery, office):
    return world.engaged(bakery, office)


@pytest.fixture
def sofie_herself(office):
    return world.member(office, email="sofie@delvaux.example")


@pytest.fixture
def sofie(sofie_herself):
    """Somebody with every role of the office, signed in."""
    return helpers.browser_of(sofie_herself)


@pytest.fixture
def browser_with(office):
    """`browser_with("CM")`: somebody of the office with these roles only, signed in."""
    return lambda *roles: helpers.browser_of(world.member(office, *roles))


@pytest.fixture
def other_client(office):
    """A second client of the office."""
    made = world.business(
        slug="thijs", name="Aannemingen Thijs NV", vat_id="BE0700312086", company_id="", endpoint_id=""
    )
    world.engaged(made, office)
    return made


@pytest.fixture
def strangers(db):
    """A business that is no client of the office, with an office of its own."""
    made = world.business(slug="ooms", name="Bloemen Ooms BV", vat_id="BE0999999922", company_id="", endpoint_id="")
    world.engaged(made, world.partner(slug="fidu", name="Fidu Noord"))
    return made

"""A business with an administrator, a colleague without that right, and a stranger; each in a browser of its own."""

import pytest
from django.test import Client

from tests.factories import world


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def space(db):
    return world.business()


@pytest.fixture
def admin(space):
    """Has every role."""
    return world.member(space, email="an@janssens.example")


@pytest.fixture
def colleague(space):
    """Completes purchase documents; manages nothing."""
    return world.member(space, "PA", email="tom@janssens.example")


@pytest.fixture
def stranger(db):
    other = world.business(slug="thijs", name="Aannemingen Thijs NV", vat_id="BE0700312086")
    return world.member(other, email="rita@thijs.example")


@pytest.fixture
def page(space, admin):
    """`page("users/")`: GET as the administrator; with data a POST."""
    return visitor(admin, space)


def visitor(person, space):
    client = browser(person)

    def go(path, data=None, **extra):
        url = path if path.startswith("/") else f"/s/{space.slug}/settings/{path}"
        return client.get(url, **extra) if data is None else client.post(url, data, **extra)

    return go


@pytest.fixture
def delivered(settings, tmp_path):
    """The delivery folder."""
    settings.BANQUP_FOLDER_ROOT = tmp_path / "delivered"
    settings.BANQUP_FOLDER_ROOT.mkdir()
    return settings.BANQUP_FOLDER_ROOT

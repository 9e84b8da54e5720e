"""A business with people, and their browsers."""

import pytest

from tests.business_space import helpers
from tests.factories import world


@pytest.fixture
def space(db):
    return world.business()


@pytest.fixture
def an(space):
    """Somebody who may do everything here, signed in."""
    return helpers.browser_of(world.member(space, email="an@janssens.example"))


@pytest.fixture
def browser_with(space):
    """`browser_with("PA")`: somebody signed in with these roles only."""
    return lambda *roles: helpers.browser_of(world.member(space, *roles))


@pytest.fixture
def stranger(db):
    """Somebody signed in who works elsewhere."""
    elsewhere = world.business(slug="elsewhere", vat_id="BE0999999922", company_id="", endpoint_id="")
    return helpers.browser_of(world.member(elsewhere, email="eve@elsewhere.example"))


@pytest.fixture
def delivered(space):
    """A correct e-invoice that was approved on arrival."""
    return helpers.e_invoice(space)


@pytest.fixture
def waiting(space):
    """A correct e-invoice that a person must approve."""
    space.auto_approve = "never"
    space.save()
    return helpers.e_invoice(space)


@pytest.fixture
def scan(space):
    """A PDF that nothing could be read from."""
    return helpers.scan(space)

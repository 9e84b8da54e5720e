"""A business whose documents wait for approval, and its accountant."""

import pytest

from banqup.spaces.models import Space
from tests.business_space.helpers import e_invoice
from tests.factories import world


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def space(db):
    return world.business(auto_approve=Space.AutoApprove.NEVER)


@pytest.fixture
def an(space):
    return world.member(space, email="an@janssens.example")


@pytest.fixture
def make(space):
    """`make(12)`: so many correct e-invoices that wait for approval."""
    return lambda number, prefix="A": [e_invoice(space, number=f"{prefix}-{n:03}") for n in range(number)]

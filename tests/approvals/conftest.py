import pytest

from tests.factories import world


@pytest.fixture
def space(db):
    return world.business()


@pytest.fixture
def people(space):
    """An, Tom and Bart approve purchases; Piet enters them; Aud only looks; Ada administers."""

    class People:
        an = world.member(space, "PR", email="an@janssens.example")
        tom = world.member(space, "PR", email="tom@janssens.example")
        bart = world.member(space, "PR", email="bart@janssens.example")
        piet = world.member(space, "PA", email="piet@janssens.example")
        aud = world.member(space, "AUD", email="aud@janssens.example")
        ada = world.member(space, "ADM", email="ada@janssens.example")

    return People

"""The number in the navigation: integrations that need a person, for who may repair them."""

import pytest

from banqup.exports.models import Integration
from tests.factories import world

from .helpers import browser_of, page, url, words

pytestmark = pytest.mark.django_db


def badges(browser, address):
    return [words(found) for found in page(browser.get(address)).xpath("//header//a/span[@class='nav__count']")]


def test_whoever_manages_integrations_sees_how_many_need_them(django_assert_max_num_queries):
    space = world.business()
    manager, reader = browser_of(world.member(space, "ADM")), browser_of(world.member(space, "AUD"))
    home, settings = url("home", space), url("settings_people", space)
    world.integration(space, name="Well")
    assert badges(manager, home) == []
    world.integration(space, name="Sick")
    Integration.objects.filter(name="Sick").update(attention="Connect again.")
    assert badges(manager, home) == ["1 : 1 integration needs you"]
    assert badges(manager, settings) == ["1"]
    assert badges(reader, home) == badges(reader, settings) == []

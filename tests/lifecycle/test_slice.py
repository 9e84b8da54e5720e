"""A slice of the soak (`make soak`): some thousands of random steps, the same ones every time."""

import pytest

from . import machine
from .town import Town

pytestmark = pytest.mark.django_db


@pytest.mark.timeout(600)
def test_whatever_people_do_the_lifecycle_holds(validator, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    machine.play(Town(), plays=8, steps=40, seed=1)
    assert machine.COUNTS["steps"]["in all"] > 300, machine.account()

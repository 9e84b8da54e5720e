"""`make soak`: random people at work for as long as one likes; `SECONDS` and `SEED` choose how long and which."""

import os
import random
import time

import pytest

from tests.lifecycle import machine
from tests.lifecycle.town import Town


@pytest.mark.django_db
@pytest.mark.timeout(0)
def test_the_lifecycle_holds_for_as_long_as_people_work(validator, settings, tmp_path, capsys):
    settings.MEDIA_ROOT = tmp_path
    seconds, seed = (
        int(os.environ.get("SOAK_SECONDS") or 120),
        int(os.environ.get("SOAK_SEED") or random.randrange(10**6)),
    )
    town, end = Town(), time.monotonic() + seconds
    machine.COUNTS.clear()
    try:
        while time.monotonic() < end:
            machine.play(town, plays=10, steps=60, seed=seed, shrink=True)
            seed += 1
    finally:
        with capsys.disabled():
            print(f"\nup to SEED={seed}: {machine.account()}")

"""A storm is made of real workers, a broker of its own and four fakes; `tests/integrations` takes a slice of it."""

import contextlib
import random

import pytest

from integrations import http
from tests.factories import clock
from tests.fakes import email
from tests.storms import pushes, sales
from tests.storms.weather import StormyPeppyrus, StormyRecommand


@pytest.fixture
def storm(start_worker, own_redis, publishing_to, settings, monkeypatch, tmp_path):
    """A function that makes one with so many workers, by its seed; afterwards all of it is gone."""
    with contextlib.ExitStack() as stack:

        def make(*, workers: int, seed: int) -> pushes.Storm:
            time = stack.enter_context(clock.told_by(clock.SharedClock(tmp_path / "clock")))
            dice = {key: random.Random(f"{seed} {key}") for key in pushes.KINDS}
            fakes = {key: stack.enter_context(kind(dice[key])) for key, (kind, _there) in pushes.KINDS.items()}
            addresses = {**fakes["dropbox"].base_urls, "exact_online.be": fakes["exact_online"].url}
            settings.BANQUP_BASE_URLS = {**addresses, "yuki.be": fakes["yuki"].url}
            named = ",".join(f"{name}={url}" for name, url in settings.BANQUP_BASE_URLS.items())
            monkeypatch.setenv("BANQUP_BASE_URLS", named)  # of the workers' processes
            monkeypatch.setenv("BANQUP_STORM", str(tmp_path))
            stack.enter_context(publishing_to(own_redis.url))
            fleet = pushes.Fleet(tmp_path, own_redis, start_worker)
            made = pushes.Storm(clock=time, fakes=fakes, fleet=fleet, seed=seed)
            fleet.start(workers)
            return made

        yield make


@pytest.fixture
def sales_storm(start_worker, own_redis, publishing_to, settings, monkeypatch, tmp_path, validator):
    """A function that makes a storm of sales with so many workers, by its seed; afterwards all of it is gone."""
    with contextlib.ExitStack() as stack:

        def make(*, workers: int, seed: int) -> sales.Storm:
            time = stack.enter_context(clock.told_by(clock.SharedClock(tmp_path / "clock")))
            kinds = {"peppyrus": StormyPeppyrus, "recommand": StormyRecommand}
            fakes = {
                key: stack.enter_context(kind(random.Random(f"{seed} {key}")))  # noqa: S311
                for key, kind in kinds.items()
            }
            mailbox = stack.enter_context(email.running())
            network = {"peppyrus.live": fakes["peppyrus"].url, "recommand.api": fakes["recommand"].url}
            settings.BANQUP_BASE_URLS = network
            http.forget_connections()
            named = ",".join(f"{name}={url}" for name, url in network.items())
            monkeypatch.setenv("BANQUP_BASE_URLS", named)  # of the workers' processes
            monkeypatch.setenv("BANQUP_STORM", str(tmp_path))
            monkeypatch.setenv("BANQUP_STORM_MAIL", str(mailbox.server.port))
            stack.enter_context(publishing_to(own_redis.url))
            fleet = pushes.Fleet(tmp_path, own_redis, start_worker, "tests.storms.sales_worker")
            made = sales.Storm(clock=time, fakes=fakes, mailbox=mailbox, fleet=fleet, seed=seed)
            fleet.start(workers)
            return made

        yield make

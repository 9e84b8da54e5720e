"""Exact Online's limits are kept to ahead of time, by everybody who delivers to the same administration."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.exports.models import DestinationUse
from integrations import delivery
from integrations.base import TryAgain, WaitUntil
from integrations.pace import Pace
from tests.factories import clock
from tests.fakes.server import path, status
from tests.integrations import helpers

pytestmark = pytest.mark.django_db


def test_the_call_that_would_break_the_minutes_limit_is_not_made(exact, connected, bought):
    with clock.set_to(timezone.now()) as time:
        exact.minute = 3
        integration = connected()
        export = helpers.push(helpers.queued(bought(), integration))
        assert (export.state, helpers.tries(export)) == ("waiting", [(1, "wait_until")])
        assert len(exact.requests) == 3  # the fourth would have been answered with 429
        assert export.attempt_count == 0
        time.passes(seconds=62)
        exact.minute = 60
        assert helpers.push_again(export).state == "delivered"
        assert len(exact.documents()) == 1


def test_a_days_limit_waits_until_the_day_is_over(exact, connected, bought):
    with clock.set_to(timezone.now()) as time:
        exact.day = 3
        integration = connected()
        before = timezone.now()
        export = helpers.push(helpers.queued(bought(), integration))
        assert export.next_try_at > before + timedelta(hours=23)
        time.passes(hours=24, minutes=1)
        exact.day = 5000
        integration.grant.delete()
        helpers.consented(integration, exact.consent)
        assert helpers.push_again(export).state == "delivered"


def test_a_429_waits_until_the_reset_it_names(exact, connected, bought):
    reset = timezone.now() + timedelta(seconds=45)
    headers = {"X_RateLimit_Minutely_Remaining": 0, "X_RateLimit_Minutely_Reset": int(reset.timestamp() * 1000)}
    exact.next(status(429, **{name: str(value) for name, value in headers.items()}), when=path("crm/Accounts"))
    integration = connected()
    with pytest.raises(WaitUntil) as refused:
        delivery.configured(integration)._exact().find("crm/Accounts", select="ID")
    assert timedelta(0) <= refused.value.at - reset <= timedelta(seconds=2)


def test_after_five_refusals_within_an_hour_it_is_left_in_peace(exact, connected, bought):
    with clock.set_to(timezone.now()) as time:
        integration = connected()
        exact.next(*[status(400)] * 5, when=path("crm/Accounts"))
        for number in range(5):
            assert helpers.push(helpers.queued(bought(f"A-{number}"), integration)).state == "failed"
        asked = len(exact.requests)
        export = helpers.push(helpers.queued(bought("A-6"), integration))
        assert (export.state, helpers.tries(export), len(exact.requests)) == ("waiting", [(1, "wait_until")], asked)
        assert "so that it does not block us" in export.reason
        time.passes(hours=1, minutes=1)
        assert helpers.push_again(export).state == "delivered"


def test_a_worker_that_was_too_slow_does_not_go_on(db):
    with clock.set_to(timezone.now()) as time:
        slow, next_one = Pace("here"), Pace("here")
        with slow.alone():
            slow.before()
            time.passes(minutes=2)
            with next_one.alone():
                with pytest.raises(TryAgain):
                    slow.before()
                next_one.before()
        assert DestinationUse.objects.get().holder == ""


def test_who_finds_another_at_work_waits(db, monkeypatch):
    monkeypatch.setattr("integrations.pace.PATIENCE", 0)
    with Pace("here").alone(), pytest.raises(WaitUntil), Pace("here").alone():
        pass
    with Pace("here").alone(), Pace("elsewhere").alone():
        pass

"""The fixtures themselves: they do what CONTRIBUTING.md promises."""

import time

import pytest
from celery import current_app
from django.apps import apps
from django.db import connection
from kombu.exceptions import OperationalError

from tests.factories import world
from tests.runtime import emptying


def test_nudges_are_recorded_and_not_run(nudges):
    current_app.send_task("integrations.tasks.push", args=(7,))
    assert nudges == [("integrations.tasks.push", (7,))]


def test_a_real_worker_takes_what_the_test_publishes(celery_worker_process, eventually):
    current_app.send_task("no.such.task", args=())
    eventually(lambda: "no.such.task" in celery_worker_process.output)


def test_a_worker_finds_its_broker_again_and_publishing_meanwhile_fails_at_once(own_redis, publishing_to, eventually):
    with publishing_to(own_redis.url):
        current_app.send_task("no.such.task")
        own_redis.kill()
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            current_app.send_task("no.such.task")
        assert time.monotonic() - begun < 30  # and does not wait for it to come back
        own_redis.start()
        current_app.send_task("no.such.task")


def test_browser_shows_the_sign_in_page(live_server, browser_page):
    browser_page.goto(f"{live_server.url}/account/login/")
    assert browser_page.locator("input[type=password]").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_a_test_commits_is_gone_after_it_and_permissions_stay(turn):
    assert {model._meta.db_table for model in apps.get_models() if model._base_manager.exists()} == emptying.KEPT
    space = world.business()
    world.engaged(space, world.partner())
    world.member(space)


@pytest.mark.django_db(transaction=True)
def test_emptying_touches_only_what_holds_something():
    assert emptying.empty(connection) == []
    member = world.member(world.business())
    held = emptying.empty(connection)
    assert {type(member)._meta.db_table, "spaces_space", "spaces_membership"} <= set(held)
    assert emptying.empty(connection) == []

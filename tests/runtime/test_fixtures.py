"""The fixtures themselves: they do what CONTRIBUTING.md promises."""

import time

import pytest
from celery import current_app
from kombu.exceptions import OperationalError


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
        assert time.monotonic() - begun < 2
        own_redis.start()
        current_app.send_task("no.such.task")


def test_browser_shows_the_sign_in_page(live_server, browser_page):
    browser_page.goto(f"{live_server.url}/account/login/")
    assert browser_page.locator("input[type=password]").count() == 1

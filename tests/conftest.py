"""Fixtures for every test. See CONTRIBUTING.md for which one to ask for."""

import contextlib
import os
import sys
from pathlib import Path

import pytest

from tests.runtime import chromium, processes

TESTS = Path(__file__).resolve().parent
STORMS = TESTS / "storms"
BY_FIXTURE = {
    "browser": "browser",
    "browser_page": "browser",
    "celery_worker_process": "worker",
    "start_worker": "worker",
}

# Milliseconds until what a page should show is given up: no test waits so long unless it fails.
BROWSER_PATIENCE = 60_000
SERVICES = {"db", "transactional_db", "live_server", "broker_url", "own_redis"}


# --- which tests run ------------------------------------------------------------------------------


def pytest_ignore_collect(collection_path, config):
    """Storms, benchmarks and tests of real accounts run only when they are asked for by name."""
    asked = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    for folder in (STORMS, TESTS / "benchmarks", TESTS / "live"):
        if collection_path == folder and not any(path.is_relative_to(folder) for path in asked):
            return True
    return None


def pytest_itemcollected(item):
    fixtures = set(getattr(item, "fixturenames", ()))
    for marker in {BY_FIXTURE[fixture] for fixture in fixtures & BY_FIXTURE.keys()}:
        item.add_marker(marker)
    if item.path.is_relative_to(STORMS):
        item.add_marker("storm")
    # What starts whole programs (tests/runtime) reads the services' addresses by itself.
    uses_services = fixtures & SERVICES or item.get_closest_marker("django_db")
    if not uses_services and not item.path.is_relative_to(TESTS / "runtime"):
        item.add_marker("anywhere")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    # Last, because a started browser leaves an event loop running in the main thread.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_report_header():
    from django.conf import settings

    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    return f"services: {engine}, {'Redis' if settings.REDIS_URL else 'embedded broker'}"


def pytest_sessionfinish():
    """Our keys in somebody's Redis would live on for ever."""
    if os.environ.get("TEST_REDIS_URL"):
        import redis

        connection = redis.from_url(os.environ["TEST_REDIS_URL"])
        for key in connection.scan_iter(match=f"*{os.environ['BANQUP_REDIS_PREFIX']}*", count=1000):
            connection.delete(key)


# --- database -------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly():
    from tests.runtime import emptying

    with emptying.instead_of_flushing():
        yield


# --- services -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def validator():
    """The socket of the validator service: one for the whole test run, ready to judge.

    Tests that do not ask for it may still judge: the client starts the same service when none answers.
    """
    from banqup.einvoicing import client

    path = os.environ["BANQUP_VALIDATOR_SOCKET"]
    process = processes.Spawned([sys.executable, "-m", "banqup.einvoicing.service", "--socket", path])

    def answers():
        with contextlib.suppress(Exception):
            return client.ping()

    processes.eventually(answers, 120, f"the validator does not answer:\n{process.output}")
    yield path
    process.stop()


@pytest.fixture(scope="session")
def broker_url(request):
    """A broker for real workers: Redis in the second pass, a server of this run's own in the first."""
    if os.environ.get("TEST_REDIS_URL"):
        yield os.environ["TEST_REDIS_URL"]
        return
    server = processes.OwnRedis().start()
    yield server.url
    server.stop()


@pytest.fixture
def start_worker(transactional_db, broker_url):
    """A function that starts one more real Celery worker; ends them all after the test."""
    from django.db import connection

    from banqup.celery import app

    started = []

    def start(*options, broker=broker_url, **named):
        options = ["--hostname", f"w{len(started)}@%h", *options]
        started.append(processes.worker(connection, broker, *options, **named))
        return started[-1]

    with processes.publishing_to(broker_url):
        app.control.purge()
        yield start
        for process in started:
            process.kill()


@pytest.fixture
def celery_worker_process(start_worker):
    """A real Celery worker in a process of its own, on this test's database.

    What the test commits the worker sees (the test database is a file or a server), and what the test
    publishes it runs. `.pid`, `.output`, `.kill()`, `.signal(number)`.
    """
    return start_worker()


@pytest.fixture
def own_redis():
    """A Redis that the test may kill and start again: `.url`, `.pid`, `.kill()`, `.start()`, `.stop()`."""
    server = processes.OwnRedis().start()
    yield server
    server.stop()


@pytest.fixture
def publishing_to():
    """A context manager: inside, this process publishes its nudges to the broker of the given URL."""
    return processes.publishing_to


@pytest.fixture
def spawn():
    """A function that starts a program (see `processes.Spawned`); its group is killed after the test."""
    started = []

    def start(command, environ=None):
        started.append(processes.Spawned(command, environ))
        return started[-1]

    yield start
    for process in started:
        process.kill()


@pytest.fixture
def nudges():
    """What was published meanwhile, as `(task name, arguments)`; without a worker nothing runs it."""
    from celery.signals import before_task_publish

    seen = []

    def record(sender=None, body=None, **_):
        seen.append((sender, tuple(body[0])))

    before_task_publish.connect(record, weak=False)
    yield seen
    before_task_publish.disconnect(record)


@pytest.fixture
def eventually():
    """`eventually(condition, seconds=60)`: waits for it to become true and returns its value."""
    return processes.eventually


# --- browser --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser():
    """The machine's Chromium, driven by Playwright; one for the whole test run."""
    from playwright.sync_api import expect, sync_playwright

    path = chromium.find()
    if path is None:
        pytest.fail(chromium.ADVICE, pytrace=False)
    # Playwright keeps an event loop in this thread, and Django takes that for an async caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=BROWSER_PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
        yield started
        started.close()


@pytest.fixture
def browser_page(browser):
    """A fresh page; `page.problems` collects what the browser's console and scripts complained about."""
    # Without motion nothing is measured or clicked in the middle of a fade.
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(BROWSER_PATIENCE)
    page = context.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()

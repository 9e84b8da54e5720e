"""A business, a webhook sink and a delivery folder of each test's own."""

import pytest

from integrations import http
from integrations.webhook.forms import generate_secret
from tests.factories import world
from tests.fakes.webhook_sink import WebhookSink

from . import helpers


@pytest.fixture(autouse=True)
def no_open_connections():
    http.forget_connections()


@pytest.fixture
def space(db):
    return world.business()


@pytest.fixture
def sink():
    with WebhookSink() as running:
        yield running


@pytest.fixture
def secret():
    return generate_secret()


@pytest.fixture
def webhook(space, sink, secret):
    return helpers.integration(space, "webhook", config={"url": sink.url}, secrets={"secret": secret})


@pytest.fixture
def delivered(settings, tmp_path):
    """The delivery folder."""
    settings.BANQUP_FOLDER_ROOT = tmp_path / "delivered"
    settings.BANQUP_FOLDER_ROOT.mkdir()
    return settings.BANQUP_FOLDER_ROOT


@pytest.fixture
def folder(space, delivered):
    return helpers.integration(space, "folder", config={"folder": "janssens", "pattern": "{direction}/{year}/{number}"})


@pytest.fixture
def short_patience(monkeypatch):
    """The time limits of a request, so short that a test need not wait for them."""
    monkeypatch.setattr(http, "TOTAL_SECONDS", 1)
    monkeypatch.setattr(http, "CONNECT_SECONDS", 1)

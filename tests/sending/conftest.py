"""A seller with a mail server, for documents on their way."""

import pytest
from django.core.cache import cache

from integrations import http
from tests.factories import einvoices, world
from tests.fakes import email as mailbox_fake


@pytest.fixture(autouse=True)
def no_open_connections():
    http.forget_connections()


@pytest.fixture
def space(db):
    return world.business(iban=einvoices.iban(1), email="verkoop@janssens.example")


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


@pytest.fixture
def mailbox(settings):
    with mailbox_fake.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.server.port, 5
        settings.DEFAULT_FROM_EMAIL = "Banqup <no-reply@banqup.example>"
        yield running


@pytest.fixture(autouse=True)
def _nobody_has_asked_too_often():
    """Ids come again with every test, and what was counted for them would count on."""
    cache.clear()

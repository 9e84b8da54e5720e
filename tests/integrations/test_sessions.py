"""A session at a destination: kept sealed, for its credentials, as long as it is good."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.cache import cache

from integrations.sessions import Session
from tests.factories import clock


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()
    yield
    cache.clear()


def session(*credentials):
    return Session("yuki.be", *credentials, life=timedelta(hours=1))


def test_a_session_serves_until_its_end():
    with clock.set_to(datetime(2026, 3, 1, 12, 0, tzinfo=UTC)) as time:
        session("key").keep("s-1")
        time.passes(minutes=59)
        assert session("key").read() == "s-1"
        time.passes(minutes=1)
        assert session("key").read() == ""


def test_other_credentials_have_another_session_and_a_forgotten_one_is_gone():
    session("key", "domain").keep("s-1")
    assert session("key2", "domain").read() == session("keydomain").read() == ""
    session("key", "domain").forget()
    assert session("key", "domain").read() == ""


def test_the_cache_holds_neither_credentials_nor_session(monkeypatch):
    held = []
    monkeypatch.setattr("integrations.sessions.cache.set", lambda *args, **kwargs: held.append((args, kwargs)))
    session("key-123456").keep("s-123456")
    assert len(held) == 1 and "123456" not in repr(held)


def test_a_session_sealed_with_keys_that_are_gone_is_none(settings):
    session("key").keep("s-1")
    settings.BANQUP_SECRET_KEYS = [Fernet.generate_key().decode()]
    assert session("key").read() == ""

"""Accounts at access points for tests: the fake of a provider, and a space that sends over it."""

import contextlib
import importlib
from datetime import timedelta

from django.utils import timezone

from banqup.sending.models import AccessPoint
from integrations import http


@contextlib.contextmanager
def provider(key, settings):
    """The module `tests.integrations.<key>.provider`, and its fake running in the provider's place."""
    module = importlib.import_module(f"tests.integrations.{key}.provider")
    http.forget_connections()
    with module.Fake() as fake:
        settings.BANQUP_BASE_URLS = {**settings.BANQUP_BASE_URLS, **module.addresses(fake)}
        yield module, fake
    http.forget_connections()


def account(space, key, *, config=None, secrets=None, **fields) -> AccessPoint:
    """An account that is active and has passed its test a while ago."""
    module, before = importlib.import_module(f"tests.integrations.{key}.provider"), timezone.now() - timedelta(days=1)
    known = {"is_active": True, "activated_at": before, "tested_at": before, "test_passed": True}
    made = AccessPoint(space=space, provider=key, config=config or module.CONFIG, **{**known, **fields})
    made.keep_secrets(module.SECRETS if secrets is None else secrets, by=None)
    made.save()
    return made

"""One scene for a whole file of tests: each test works in a savepoint of its own, which is taken back."""

import functools

import pytest
from django.db import transaction
from django.test import override_settings

from banqup.actions import judgement

from .scene import Scene


@pytest.fixture
def _django_db_helper():
    """The mark `django_db` asks for a database; the transaction is the scene's, not one for each test."""


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """The rows of the scene, in a transaction that is rolled back when the file is through."""
    # Not set by hand: the storage has to hear of it, now and afterwards.
    files = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files"))
    with files, django_db_blocker.unblock(), transaction.atomic():
        yield Scene()
        transaction.set_rollback(True)


@pytest.fixture
def scene(built, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield built.forget()
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def _verdicts():
    return {}


@pytest.fixture(autouse=True)
def judged_once(monkeypatch, _verdicts):
    """The rules are asked once about the same bytes; they are not what is tested here."""
    ask = judgement.begin_verdict

    @functools.wraps(ask)
    def begin(data):
        def verdict():
            if data not in _verdicts:
                _verdicts[data] = ask(data)()
            return _verdicts[data]

        return verdict

    monkeypatch.setattr(judgement, "begin_verdict", begin)

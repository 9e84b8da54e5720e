"""Settings: production refuses to guess and passes Django's own deployment check."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from banqup.settings import base
from tests.runtime.processes import ROOT

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "banqup.settings.production",
    "SECRET_KEY": "k9!" * 20 + "0123456789abcdef",
    "ALLOWED_HOSTS": "banqup.example.test",
    "DATABASE_URL": "postgres://banqup:x@db.example.test:5432/banqup",
    "REDIS_URL": "redis://redis.example.test:6379/0",
    "BANQUP_SECRET_KEYS": Fernet.generate_key().decode(),
}


def manage(*arguments, **environ):
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean | environ, capture_output=True, text=True, timeout=60)


def test_the_deployment_check_finds_nothing():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **COMPLETE)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "BANQUP_SECRET_KEYS"])
def test_production_names_what_is_missing(name):
    done = manage("check", **(COMPLETE | {name: ""}))
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode != 0
    assert "ImproperlyConfigured: Set in the environment: " + name in last


def test_production_wants_proper_keys_and_an_encrypted_address():
    assert "BANQUP_SECRET_KEYS: each key is" in manage("check", **(COMPLETE | {"BANQUP_SECRET_KEYS": "short"})).stderr
    assert "must start with https://" in manage("check", **COMPLETE, BANQUP_PUBLIC_URL="http://x.test").stderr


def test_no_migration_is_missing():
    done = manage("makemigrations", "--check", "--dry-run", DJANGO_SETTINGS_MODULE="banqup.settings.test")
    assert done.returncode == 0, done.stdout + done.stderr


def test_mail_addresses():
    assert base.email_settings("console:")["EMAIL_BACKEND"].endswith("console.EmailBackend")
    mail = base.email_settings("smtp+tls://me%40x.test:p%2Fw@mail.x.test")
    assert (mail["EMAIL_HOST_USER"], mail["EMAIL_HOST_PASSWORD"], mail["EMAIL_PORT"]) == ("me@x.test", "p/w", 587)
    assert mail["EMAIL_USE_TLS"] and not mail["EMAIL_USE_SSL"]
    with pytest.raises(ImproperlyConfigured):
        base.email_settings("mail.x.test")


def test_wrong_values_are_named(monkeypatch):
    monkeypatch.setenv("X", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="X must be true or false"):
        base.flag("X")
    with pytest.raises(ImproperlyConfigured, match="X must be a whole number"):
        base.number("X", 1)

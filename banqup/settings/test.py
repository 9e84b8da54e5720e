"""The test suite, and the worker processes that tests start: never anybody's data."""

from banqup.runtime import testenv

testenv.prepare()

from .base import *  # noqa: E402, F403
from .base import DATABASES, REDIS_TRANSPORT_OPTIONS, fernet_key_from  # noqa: E402

SECRET_KEY = "only-for-tests"
BANQUP_SECRET_KEYS = [fernet_key_from(SECRET_KEY)]
ALLOWED_HOSTS = ["*"]

# A file, also for SQLite: the workers and servers that tests start open the same database.
DATABASES["default"]["TEST"] = {"NAME": testenv.test_database_name(DATABASES["default"])}
DATABASES["default"]["CONN_MAX_AGE"] = 0
# Nothing of a test has to outlive a power failure: no commit waits for the disk.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"
else:
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"

# Nudges are recorded and nothing runs them, except in the worker processes that tests start.
CELERY_BROKER_URL = testenv.broker() or "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_TRANSPORT_OPTIONS if testenv.broker() else {}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
WHITENOISE_AUTOREFRESH = True
BANQUP_ALLOW_PRIVATE_WEBHOOKS = True  # the fakes of tests/fakes listen on 127.0.0.1

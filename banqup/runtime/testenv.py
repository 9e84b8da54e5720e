"""The environment of a test run, set before the settings are read: never anybody's data or services.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` choose PostgreSQL and Redis; without them a test run uses
SQLite in a temporary folder and no Redis. Worker processes that tests start inherit all of this, and
get the run's real test database and broker through `BANQUP_TEST_DATABASE`, `BANQUP_TEST_BROKER`.
"""

import atexit
import contextlib
import os
import shutil
import signal
import tempfile

# Whatever the person has exported for `make run` must not reach the tests.
FOREIGN = ["ALLOWED_HOSTS", "BANQUP_FOLDER_ROOT", "BANQUP_INPROCESS_WORKER", "BANQUP_MAX_UPLOAD_BYTES"]
FOREIGN += ["BANQUP_METRICS_TOKEN"]
FOREIGN += ["BANQUP_PUBLIC_URL", "BANQUP_SECRET_KEYS", "BANQUP_TRUSTED_PROXIES", "EMAIL_URL", "PORT", "SECRET_KEY"]


def prepare():
    folder = os.environ.get("BANQUP_TEST_DIR")
    if not folder:
        folder = os.environ["BANQUP_TEST_DIR"] = tempfile.mkdtemp(prefix="banqup-test-")
        os.environ["BANQUP_REDIS_PREFIX"] = os.path.basename(folder) + ":"
        os.environ["BANQUP_VALIDATOR_SOCKET"] = os.path.join(folder, "validator.sock")
        atexit.register(_remove, folder, os.getpid())
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ["BANQUP_DATA_DIR"] = os.path.join(folder, "data")
    database = os.environ.get("BANQUP_TEST_DATABASE") or os.environ.get("TEST_DATABASE_URL")
    os.environ["DATABASE_URL"] = database or f"sqlite:///{folder}/unused.sqlite3"
    os.environ["REDIS_URL"] = os.environ.get("TEST_REDIS_URL", "")


def _remove(folder, owner):
    if os.getpid() != owner:
        return  # a forked child
    with contextlib.suppress(Exception):
        # A validator that was started on the way would live on for minutes.
        from banqup.einvoicing import client

        os.kill(client.ping(timeout=2)["pid"], signal.SIGTERM)
    shutil.rmtree(folder, ignore_errors=True)


def test_database_name(database):
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return os.path.join(os.environ["BANQUP_TEST_DIR"], "test.sqlite3")
    return "test_" + os.path.basename(os.environ["BANQUP_TEST_DIR"]).replace("-", "_").lower()


def broker():
    """The broker of a worker process that a test started; empty in the test process itself."""
    return os.environ.get("BANQUP_TEST_BROKER", "")

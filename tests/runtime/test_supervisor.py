"""`make run` with real processes: it starts, says what is wrong, and leaves nothing behind."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.db import connection

from banqup.runtime import broker
from tests.runtime.processes import ROOT, Spawned, eventually

# Their database and broker are their own, whatever the run's are: once is enough.
of_its_own = pytest.mark.anywhere

RUN = [sys.executable, "-m", "banqup.runtime"]
QUIET = {
    "DJANGO_SETTINGS_MODULE": "banqup.settings.development",
    "TEST_REDIS_URL": "",
    "DATABASE_URL": "",
    "REDIS_URL": "",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environ(folder, **more):
    names = {"BANQUP_TEST_DIR", "BANQUP_TEST_DATABASE", "BANQUP_VALIDATOR_SOCKET", "BANQUP_REDIS_PREFIX"}
    clean = {name: value for name, value in os.environ.items() if name not in names}
    quick = {"BANQUP_DEMO": "no"}
    return clean | QUIET | quick | {"BANQUP_DATA_DIR": str(folder), "PORT": str(free_port())} | more


def refused(folder, **more):
    """The one line that a wrong value gets."""
    done = subprocess.run(RUN, cwd=ROOT, env=environ(folder, **more), capture_output=True, text=True, timeout=180)
    assert done.returncode == 2, done.stderr
    lines = (done.stdout + done.stderr).splitlines()
    assert len(lines) == 1, lines
    return lines[0]


class Stack:
    def __init__(self, folder, **more):
        self.environ = environ(folder, **more)
        self.folder = folder
        self.address = f"http://127.0.0.1:{self.environ['PORT']}/"
        self.process = Spawned(RUN, self.environ)
        self.process.wait_for_output("Banqup is ready on " + self.address, 180)

    def members(self):
        """What was started for this data folder, by process id: all of it has the folder in its environment."""
        mark = f"BANQUP_DATA_DIR={self.folder}"
        listed = subprocess.run(["ps", "axeww", "-o", "pid=,command="], capture_output=True, text=True).stdout
        found = {int(line.split()[0]): line for line in listed.splitlines() if mark in line.split()}
        found.pop(self.process.pid, None)
        return found

    def pid_of(self, words):
        """The oldest process whose command line has these words."""
        return min((pid for pid, line in self.members().items() if words in line), default=None)

    def status(self):
        try:
            with urllib.request.urlopen(self.address + "account/login/", timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def leaves_nothing(self):
        eventually(lambda: not self.process.running and not self.members(), 60, self.process.output)
        assert not list(self.folder.rglob("*.sock"))
        assert self.status() is None


@pytest.fixture
def migrated(django_db_setup, django_db_blocker):
    """`migrated(folder)`: a data folder whose database is ready, so that a start has nothing to migrate."""

    def migrated(folder):
        folder.mkdir(parents=True)
        with django_db_blocker.unblock():
            assert connection.vendor == "sqlite", "the first pass's: what starts here uses SQLite"
            connection.ensure_connection()
            with contextlib.closing(sqlite3.connect(folder / "banqup.sqlite3")) as copy:
                connection.connection.backup(copy)
            connection.close()
        return folder

    return migrated


@pytest.fixture
def start(tmp_path):
    started = []

    def start(**more):
        started.append(Stack(tmp_path / "data", **more))
        return started[-1]

    yield start
    for stack in started:
        for pid in [*stack.members(), stack.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


@of_its_own
def test_a_whole_life(start):
    stack = start(BANQUP_DEMO="yes")
    assert "could not be made" not in stack.process.output
    assert stack.status() == 200
    assert len(stack.members()) >= 6  # guard, broker, validator, web, worker, beat and their children

    # A second one on the same data folder is refused.
    line = refused(stack.folder)
    assert "already runs on the data folder" in line and str(stack.process.pid) in line

    # What dies comes back.
    eventually(lambda: stack.process.output.count("ready.") == 1)
    assert "Traceback" not in stack.process.output
    worker = stack.pid_of("banqup.celery worker")
    os.kill(worker, signal.SIGKILL)
    stack.process.wait_for_output("worker was killed by SIGKILL; starting it again in 1 s.")
    eventually(lambda: stack.process.output.count("ready.") == 2)
    assert stack.pid_of("banqup.celery worker") != worker

    # Ctrl-C ends all of it.
    stack.process.signal(signal.SIGINT)
    stack.leaves_nothing()
    assert stack.process.process.returncode == 0
    assert "Traceback" not in stack.process.output.partition("Stopping.")[2]

    # The data is kept, the second start has nothing to migrate; kill -9 of the supervisor ends all of it too.
    again = start()
    assert "Applying" not in again.process.output
    os.kill(again.process.pid, signal.SIGKILL)
    again.leaves_nothing()


@of_its_own
def test_without_any_broker_tasks_run_inside_the_web_server(start, migrated, tmp_path):
    migrated(tmp_path / "data")
    stack = start(BANQUP_EMBEDDED_BROKER="none")
    assert stack.status() == 200
    assert "tasks run inside the web server" in stack.process.output
    assert "worker" not in {line.split()[1] for line in stack.process.output.splitlines()}
    stack.process.signal(signal.SIGTERM)
    stack.leaves_nothing()


@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="needs PostgreSQL and Redis: the second pass")
def test_with_postgresql_and_redis(start):
    import psycopg

    admin = os.environ["TEST_DATABASE_URL"].replace("postgres://", "postgresql://", 1)
    name = f"banqup_run_{os.getpid()}"
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            address = urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path=f"/{name}").geturl()
            stack = start(DATABASE_URL=address, REDIS_URL=os.environ["TEST_REDIS_URL"], BANQUP_REDIS_PREFIX=f"{name}:")
            assert stack.status() == 200
            assert "broker" not in {line.split()[1] for line in stack.process.output.splitlines()}
            stack.process.signal(signal.SIGTERM)
            stack.leaves_nothing()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@of_its_own
def test_a_long_data_path_gets_its_sockets_elsewhere(migrated, tmp_path):
    deep = migrated(tmp_path / ("d" * 60) / ("e" * 60))
    stack = Stack(deep)
    try:
        assert stack.status() == 200
    finally:
        stack.process.signal(signal.SIGHUP)
    stack.leaves_nothing()


@of_its_own
@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "80.5"])
def test_a_wrong_port(tmp_path, port):
    assert "PORT must be a number from 1 to 65535" in refused(tmp_path, PORT=port)


@of_its_own
def test_a_port_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "is in use" in refused(tmp_path, PORT=str(taken.getsockname()[1]))


@of_its_own
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@127.0.0.1/x", "must start with sqlite:// or postgres://"),
        ("nonsense", "must start with sqlite:// or postgres://"),
        ("sqlite://:memory:", "must name a file"),
        ("sqlite:////no/such/folder/x.sqlite3", "cannot be written"),
        ("postgres://nobody:secret@127.0.0.1:1/x", "the database does not answer"),
    ],
)
def test_a_wrong_database(tmp_path, url, said):
    line = refused(tmp_path, DATABASE_URL=url)
    assert said in line and "secret" not in line


@of_its_own
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("amqp://127.0.0.1", "must start with redis://"),
        ("redis://:secret@127.0.0.1:1/0", "Redis does not answer"),
        ("redis://127.0.0.1:port/0", "Redis does not answer"),
        ("unix:///no/such/socket", "Redis does not answer"),
    ],
)
def test_a_wrong_redis(tmp_path, url, said):
    line = refused(tmp_path, REDIS_URL=url)
    assert said in line and "secret" not in line


@of_its_own
def test_a_data_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refused(tmp_path / "file" / "data")


def test_the_sign_ins_are_shown(tmp_path, capsys):
    from banqup.runtime import preflight, stack

    class Said(list):
        stopping = False
        say = list.append

    plan = preflight.Plan(port=1, data_dir=tmp_path, database_url="", redis_url="")
    plan.run_dir.mkdir()
    (plan.run_dir / "sign-ins.json").write_text(json.dumps([["a@example.test", "pw", "owner"]]))
    said = Said()
    stack.show_sign_ins(plan, said)
    assert said == ["  a@example.test  password pw  (owner)"]


def test_every_kind_of_server_is_looked_for():
    assert broker.find_server()

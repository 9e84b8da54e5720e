"""Which programs make one running Banqup, and in which order they start."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import broker, features
from .preflight import LONGEST_SOCKET_PATH, Plan, Problem
from .supervisor import Program, Supervisor

PYTHON = sys.executable
# Workers let web pages go first.
WORKER_NICENESS = 10
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def lock(plan: Plan):
    """An open file that holds the data folder for us; the system lets go of it when we end, however."""
    plan.run_dir.mkdir(parents=True, exist_ok=True)
    stream = open(plan.run_dir / "lock", "a+")  # noqa: SIM115  (stays open as long as we run)
    deadline = time.monotonic() + 8
    while True:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            stream.seek(0)
            owner = stream.read().strip()
            # After a crash the guard of the last run holds the lock for the seconds it cleans up.
            if _lives(owner) or time.monotonic() > deadline:
                raise Problem(
                    f"Banqup already runs on the data folder {plan.data_dir} (process {owner or 'unknown'})."
                ) from None
            time.sleep(0.1)
    stream.truncate(0)
    stream.write(str(os.getpid()))
    stream.flush()
    return stream


def _lives(pid):
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def run(plan: Plan, held) -> int:
    supervisor = Supervisor(keep_open=(held.fileno(),))
    supervisor.remove_at_end(plan.run_dir / "sign-ins.json")
    begun = time.monotonic()
    environ = _environ(plan)
    try:
        sockets = _socket_folder(plan, supervisor)
        _start_broker(plan, supervisor, environ, sockets)
        _start_validator(supervisor, environ, sockets)
        prepare = Program("prepare", [PYTHON, "-m", "banqup.runtime.prepare"], environ)
        code = supervisor.run_once(prepare)
        if code:
            supervisor.say("The database could not be prepared; the lines above say why.")
            return 1
        if not supervisor.stopping:
            _start_django(plan, supervisor, environ)
            _announce(plan, supervisor, begun)
        supervisor.wait()
        supervisor.say("Stopping.")
        return 0
    finally:
        supervisor.close()
        _stop_stray_validator(environ)


def _stop_stray_validator(environ):
    """A request that met no validator (it was just being restarted) started one outside our supervision."""
    path = environ.get("BANQUP_VALIDATOR_SOCKET", "")
    if not os.path.exists(path):
        return
    from banqup.einvoicing import client

    with contextlib.suppress(client.ValidatorUnavailable, ProcessLookupError):
        os.kill(client.ping(socket_path=path)["pid"], signal.SIGTERM)


def _environ(plan):
    os.chdir(Path(__file__).resolve().parent.parent.parent)
    return {
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "banqup.settings.development"),
        "BANQUP_DATA_DIR": str(plan.data_dir),
        "PORT": str(plan.port),
    }


def _socket_folder(plan, supervisor):
    """Where the sockets stand: with the data, or in a private folder when that path is too long."""
    folder = plan.run_dir
    private = len(os.fsencode(folder / "validator.sock")) > LONGEST_SOCKET_PATH
    if private:
        folder = Path(tempfile.mkdtemp(prefix="banqup-", dir="/tmp"))
    for name in ("broker.sock", "validator.sock"):
        with contextlib.suppress(FileNotFoundError):
            (folder / name).unlink()
        supervisor.remove_at_end(folder / name)
    if private:
        supervisor.remove_at_end(folder)
    return folder


def _start_broker(plan, supervisor, environ, sockets):
    if plan.redis_url:
        environ["REDIS_URL"] = plan.redis_url
        return
    server = broker.find_server()
    if server is None:
        environ |= {"BANQUP_INPROCESS_WORKER": "true", "REDIS_URL": ""}
        supervisor.say("No Redis-compatible server here: tasks run inside the web server (package redis-server).")
        return
    folder = plan.data_dir / "broker"
    folder.mkdir(exist_ok=True)
    path = sockets / "broker.sock"
    environ["REDIS_URL"] = f"unix://{path}"
    supervisor.start(Program("broker", broker.command(server, path, folder), last=True))
    if not broker.wait(path):
        supervisor.say("The embedded broker does not answer yet; the database keeps what is due.")


def _start_validator(supervisor, environ, sockets):
    for line in features.missing():
        supervisor.say(line)
    path = sockets / "validator.sock"
    environ["BANQUP_VALIDATOR_SOCKET"] = str(path)
    if features.has_official_rules():
        command = [PYTHON, "-m", "banqup.einvoicing.service", "--socket", str(path)]
        supervisor.start(Program("validator", command, dict(environ), grace=5))


def _start_django(plan, supervisor, environ):
    web = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(plan.port)]
    threads = str(2 * (os.cpu_count() or 2))
    web += ["--workers", "1", "--blocking-threads", threads, "--respawn-failed-workers", "--log-level", "warning"]
    web += ["--access-log", "--access-log-fmt", "%(method)s %(path)s %(status)d %(dt_ms).0f ms"]
    supervisor.start(Program("web", [*web, "banqup.wsgi:application"], environ))
    if "BANQUP_INPROCESS_WORKER" in environ:
        return
    celery = [PYTHON, "-m", "celery", "--quiet", "--app", "banqup.celery"]
    worker = ["worker", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    schedule = str(plan.data_dir / "beat-schedule")
    supervisor.start(Program("worker", [*_behind_the_web(), *celery, *worker], environ, grace=20))
    supervisor.start(Program("beat", [*celery, "beat", "--schedule", schedule, "--pidfile", ""], environ))


def _behind_the_web() -> list[str]:
    """Before a command: ten thousand documents that are on their way must not slow the pages down."""
    nice = shutil.which("nice")
    return [nice, "-n", str(WORKER_NICENESS)] if nice else []


def _announce(plan, supervisor, begun):
    """Once the web server answers: where, and with which demo accounts."""
    address = f"http://127.0.0.1:{plan.port}/"
    while not supervisor.stopping and not _answers(address):
        supervisor.tick()
    if supervisor.stopping:
        return
    supervisor.say(f"Banqup is ready on {address} (after {time.monotonic() - begun:.1f} s; Ctrl-C stops it)")
    show_sign_ins(plan, supervisor)


def show_sign_ins(plan, supervisor):
    with contextlib.suppress(OSError, ValueError):
        for email, password, who in json.loads((plan.run_dir / "sign-ins.json").read_text()):
            supervisor.say(f"  {email}  password {password}  ({who})")


def _answers(address):
    try:
        NO_PROXY.open(address, timeout=5).close()
    except urllib.error.HTTPError:
        return True  # an error page is an answer
    except OSError:
        return False
    return True

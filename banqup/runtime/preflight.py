"""Checks what the environment asks for before anything starts: one clear line for what is wrong."""

import contextlib
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASES = {"sqlite", "postgres", "postgresql"}
BROKERS = {"redis", "rediss", "unix"}
# A unix socket's address holds 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 90


class Problem(Exception):
    """What the person who started it can put right; shown as one line."""


@dataclass(frozen=True)
class Plan:
    port: int
    data_dir: Path
    database_url: str
    redis_url: str  # empty: the embedded broker

    @property
    def run_dir(self):
        return self.data_dir / "run"


def read(environ) -> Plan:
    plan = Plan(
        port=_port(environ.get("PORT", "").strip() or "8000"),
        data_dir=Path(environ.get("BANQUP_DATA_DIR", "").strip() or ROOT / "var").resolve(),
        database_url=environ.get("DATABASE_URL", "").strip(),
        redis_url=environ.get("REDIS_URL", "").strip(),
    )
    _check_folder(plan.data_dir)
    if plan.database_url:
        _check_database(plan.database_url)
    if plan.redis_url:
        _check_redis(plan.redis_url)
    return plan


def _port(value):
    if not value.isdigit() or not 1 <= int(value) <= 65535:
        raise Problem(f"PORT must be a number from 1 to 65535, not {value!r}.")
    return int(value)


def check_port(port):
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Problem(f"PORT {port} needs more rights than you have; choose one above 1023.") from None
        except OSError:
            raise Problem(f"PORT {port} is in use; choose another one, for example PORT={port + 1}.") from None


def _check_folder(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Problem(f"The data folder {folder} cannot be written ({error.strerror}); see BANQUP_DATA_DIR.") from None


def _check_database(url):
    import dj_database_url

    scheme = urlsplit(url).scheme
    if scheme not in DATABASES:
        raise Problem(f"DATABASE_URL must start with sqlite:// or postgres://, not {scheme or 'nothing'}://.")
    try:
        settings = dj_database_url.parse(url)
    except ValueError as error:
        raise Problem(f"DATABASE_URL: {_first_line(error)}") from None
    name = settings["NAME"]
    if scheme == "sqlite":
        if name in {"", ":memory:"}:
            raise Problem("DATABASE_URL must name a file: several processes share the database.")
        if not os.access(os.path.dirname(os.path.abspath(name)), os.W_OK):
            raise Problem(f"DATABASE_URL: the folder of {name} cannot be written.")
        return
    import psycopg

    wanted = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    arguments = {ours: settings[theirs] for ours, theirs in wanted.items() if settings.get(theirs)}
    try:
        psycopg.connect(**arguments, **settings.get("OPTIONS", {}), connect_timeout=5).close()
    except psycopg.Error as error:
        raise Problem(f"DATABASE_URL: the database does not answer: {_first_line(error)}") from None


def _check_redis(url):
    scheme = urlsplit(url).scheme
    if scheme not in BROKERS:
        raise Problem(f"REDIS_URL must start with redis://, rediss:// or unix://, not {scheme or 'nothing'}://.")
    import redis

    try:
        with contextlib.closing(redis.from_url(url, socket_connect_timeout=3, socket_timeout=3)) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise Problem(f"REDIS_URL: Redis does not answer: {_first_line(error)}") from None


def _first_line(error):
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

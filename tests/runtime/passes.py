"""Runs the test suite once or twice: `make test`.

First with SQLite and an embedded broker, as anybody's machine can. Then, where PostgreSQL and Redis
answer, the same tests again with them, less those that touch neither database nor broker. Their
absence is a failure where they were asked for: by BANQUP_TEST_SERVICES=required, or by naming them
in TEST_DATABASE_URL or TEST_REDIS_URL.

One after the other, as a person wants to see it; with BANQUP_PASSES=together at the same time.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from functools import partial
from urllib.parse import urlsplit, urlunsplit

from tests.runtime import chromium, dovecot

DATABASE = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/0"
# pytest's code for it.
SOME_FAILED = 1


def database_problem(url):
    """Why no test database can be made there; empty when it can."""
    import psycopg

    try:
        with psycopg.connect(_maintenance(url), connect_timeout=3, autocommit=True) as connection:
            may = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            allowed = connection.execute(may).fetchone()[0]
    except psycopg.Error as error:
        return f"PostgreSQL does not answer ({str(error).strip().splitlines()[0]})"
    return "" if allowed else "PostgreSQL answers but its user may not create databases"


def _maintenance(url):
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql", path="/postgres"))


def redis_problem(url):
    import redis

    try:
        redis.from_url(url, socket_connect_timeout=3, socket_timeout=3).ping()
    except (redis.RedisError, ValueError, OSError) as error:
        return f"Redis does not answer ({error})"
    return ""


def command(arguments):
    return [sys.executable, "-m", "pytest", *arguments]


def environ(**services):
    foreign = {"DJANGO_SETTINGS_MODULE", "TEST_DATABASE_URL", "TEST_REDIS_URL", "BANQUP_TEST_DIR"}
    return {name: value for name, value in os.environ.items() if name not in foreign} | services


def run(arguments, **services):
    """One pass. With BANQUP_TEST_AGAIN what failed runs once more by itself: a machine that is shared may have been
    too busy for a browser or a worker. What fails again has failed; what passes is told, for somebody to look at."""
    if not os.environ.get("BANQUP_TEST_AGAIN"):
        return subprocess.run(command(arguments), env=environ(**services)).returncode
    with tempfile.TemporaryDirectory() as cache:
        kept = ["-o", f"cache_dir={cache}", *arguments]
        code = subprocess.run(command(kept), env=environ(**services)).returncode
        if code != SOME_FAILED:
            return code
        print("== What failed runs once more, by itself", flush=True)
        code = subprocess.run(command([*kept, "--last-failed"]), env=environ(**services)).returncode
        if not code:
            print("== It passed by itself: see above for what failed, and why it depends on the rest", flush=True)
        return code


@contextlib.contextmanager
def beginning(arguments, **services):
    """Runs meanwhile; gives a function that waits for its end, prints what it said and returns its code."""
    with tempfile.TemporaryFile() as said:
        # A cache of its own, or which tests failed last would be what the other pass says.
        own_cache = ["-o", "cache_dir=.pytest_cache/second"]
        process = subprocess.Popen(
            command([*own_cache, *arguments]),
            env=environ(**services),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )

        def end():
            code = process.wait()
            said.seek(0)
            print(said.read().decode(errors="replace"), end="", flush=True)
            return code

        try:
            yield end
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


def together():
    """Both passes at the same time? They share nothing; only where it is asked for."""
    return os.environ.get("BANQUP_PASSES") == "together"


def main(arguments):
    chromium.ensure()
    dovecot.ensure()
    wanted = os.environ.get("BANQUP_TEST_SERVICES") == "required"
    wanted = wanted or any(os.environ.get(name) for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"))
    database = os.environ.get("TEST_DATABASE_URL") or DATABASE
    redis = os.environ.get("TEST_REDIS_URL") or REDIS
    second = ["-m", "not anywhere", *arguments], {"TEST_DATABASE_URL": database, "TEST_REDIS_URL": redis}
    problems = [problem for problem in (database_problem(database), redis_problem(redis)) if problem]

    with contextlib.ExitStack() as stack:
        if together() and not problems:
            print(
                "== Both passes run at the same time; the second one is printed when the first has ended.", flush=True
            )
            end = stack.enter_context(beginning(second[0], **second[1]))
        else:
            end = partial(run, second[0], **second[1])
        print("== First pass: SQLite and an embedded broker", flush=True)
        codes = [run(arguments)]
        if problems:
            why = " That is a failure here: they were asked for." if wanted else ""
            print(f"== Second pass (PostgreSQL and Redis) not run: {'; '.join(problems)}.{why}", flush=True)
            codes.append(int(wanted))
        else:
            print("== Second pass: PostgreSQL and Redis", flush=True)
            codes.append(end())
    return max(abs(code) for code in codes)  # below zero: ended by a signal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

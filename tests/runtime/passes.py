"""Runs the test suite once or twice: `make test`.

First with SQLite and an embedded broker, as anybody's machine can. Then, where PostgreSQL and Redis
answer, the same tests again with them, less those that touch neither database nor broker. Their
absence is a failure where they were asked for: by BANQUP_TEST_SERVICES=required, or by naming them
in TEST_DATABASE_URL or TEST_REDIS_URL.
"""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

from tests.runtime import chromium

DATABASE = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/0"


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


def run(arguments, **services):
    foreign = {"DJANGO_SETTINGS_MODULE", "TEST_DATABASE_URL", "TEST_REDIS_URL", "BANQUP_TEST_DIR"}
    environ = {name: value for name, value in os.environ.items() if name not in foreign}
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environ | services).returncode


def main(arguments):
    chromium.ensure()
    wanted = os.environ.get("BANQUP_TEST_SERVICES") == "required"
    wanted = wanted or any(os.environ.get(name) for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"))
    database = os.environ.get("TEST_DATABASE_URL") or DATABASE
    redis = os.environ.get("TEST_REDIS_URL") or REDIS

    print("== First pass: SQLite and an embedded broker", flush=True)
    codes = [run(arguments)]
    problems = [problem for problem in (database_problem(database), redis_problem(redis)) if problem]
    if problems:
        why = " That is a failure here: they were asked for." if wanted else ""
        print(f"== Second pass (PostgreSQL and Redis) not run: {'; '.join(problems)}.{why}", flush=True)
        codes.append(int(wanted))
    else:
        print("== Second pass: PostgreSQL and Redis", flush=True)
        codes.append(run(["-m", "not anywhere", *arguments], TEST_DATABASE_URL=database, TEST_REDIS_URL=redis))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

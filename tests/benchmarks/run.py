"""`make bench`: every measure is a ratio taken in one run; exits 1 when one falls short.

`quick` as the argument takes under three minutes. `TEST_DATABASE_URL` measures on another database.
"""

import os
import platform
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banqup.settings.test")


def main(arguments: list[str]) -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    from tests.benchmarks import measures

    quick = "quick" in arguments
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
            version = cursor.fetchone()[0]
        print(
            f"{platform.machine()} {platform.system()} {os.cpu_count()} cores, Python {platform.python_version()},",
            end=" ",
        )
        print(f"Django {django.get_version()}, {connection.vendor} {version}, middleware {len(settings.MIDDLEWARE)}")
        print(f"{'name':<52} {'value':>8} {'limit':>8}")
        short = 0
        for measure in measures.every(quick=quick):
            print(measure, flush=True)
            short += not measure.ok
    finally:
        connection.close()
        teardown_databases(databases, verbosity=0)
        measures.stop_validator()
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

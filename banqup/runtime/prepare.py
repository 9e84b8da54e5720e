"""What a start does before the web server: migrations, and demo data in an empty database."""

import json
import sys
import traceback

import django
from django.conf import settings
from django.core.management import call_command, get_commands


def migrate():
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        print(f"Applying {len(pending)} migrations", flush=True)
        call_command("migrate", interactive=False, verbosity=0)


def demo():
    """Demo data, and who can sign in to it. The command does nothing when there is any space already."""
    if not settings.BANQUP_DEMO or "demo" not in get_commands():
        return []
    try:
        call_command("demo")
        from business_space.management.commands import demo as command

        return known(getattr(command, "SIGN_INS", []))
    except Exception:
        traceback.print_exc()
        print("The demo data could not be made; starting without it.", flush=True)
        return []


def known(sign_ins):
    """Those that this database has: one that was filled by hand has none of them."""
    from django.contrib.auth import get_user_model

    emails = set(
        get_user_model().objects.values_list("email", flat=True).filter(email__in=[row[0] for row in sign_ins])
    )
    return [list(row) for row in sign_ins if row[0] in emails]


def main():
    django.setup()
    migrate()
    settings.RUN_DIR.mkdir(parents=True, exist_ok=True)
    if settings.BANQUP_FOLDER_ROOT.is_relative_to(settings.DATA_DIR):
        # Ours to make; a folder that the operator named elsewhere is theirs (it may be a mount that is away).
        settings.BANQUP_FOLDER_ROOT.mkdir(parents=True, exist_ok=True)
    (settings.RUN_DIR / "sign-ins.json").write_text(json.dumps(demo()))


if __name__ == "__main__":
    sys.exit(main())

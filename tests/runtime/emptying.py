"""Empties the test database after a test that committed for real: only what holds something.

Django empties every table, and then writes content types and permissions anew. PostgreSQL makes new
files for each table that is truncated, some seconds for a hundred of them; a few deletions take none.
"""

from contextlib import contextmanager
from unittest.mock import patch

from django.db import connections, transaction
from django.test import TransactionTestCase

# Written by the migrations' end and read by everybody since: no test changes them.
KEPT = {"django_content_type", "auth_permission"}


def empty(connection) -> list[str]:
    """Delete every row but those of KEPT, in one transaction; the tables that held any.

    All foreign keys are checked at the end of a transaction only, so that the order does not matter.
    """
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT)
    quote = connection.ops.quote_name
    asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(asked)
        held = [table for (table,) in cursor.fetchall()]
        for table in held:
            cursor.execute(f"DELETE FROM {quote(table)}")
    return held


@contextmanager
def instead_of_flushing():
    """Inside, tests with real transactions end with `empty`."""

    def fixture_teardown(case):
        for alias in case._databases_names(include_mirrors=False):
            empty(connections[alias])

    with patch.object(TransactionTestCase, "_fixture_teardown", fixture_teardown):
        yield

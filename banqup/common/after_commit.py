"""The one way to wake a worker: after the transaction has committed, and never fatally.

The database's tables are the truth; a nudge that is lost (broker gone) is made good by the sweep.
"""

import logging

from django.db import transaction

logger = logging.getLogger(__name__)


def nudge(task_name: str, *args) -> None:
    """Ask the worker to run the task called `task_name` with `args` (ids only) after commit."""
    transaction.on_commit(lambda: _send(task_name, args))


def _send(task_name: str, args) -> None:
    from celery import current_app  # the app is configured in banqup.celery, which imports Django

    try:
        current_app.send_task(task_name, args=args, retry=False)
    except Exception as error:  # any broker failure: the sweep will find the row
        logger.warning("The broker did not take %s%r (%s); the sweep will.", task_name, args, error)

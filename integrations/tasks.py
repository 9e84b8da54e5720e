"""What Celery runs: a few lines each. The tables are the truth; a task only wakes their work."""

import logging
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from banqup.actions import bulk, intake, reading
from banqup.bulk import queue
from banqup.exports.models import ExportAttempt

from . import delivery, gate

logger = logging.getLogger(__name__)

# A message that no worker took by then is dropped; the next sweep lists its row again.
STALE_AFTER = 60
KEEP_EXCERPTS = timedelta(days=90)
# How many seconds a worker gives to a bulk run at a stretch: what it approves is delivered in between.
TURN = 5


@shared_task(name="integrations.tasks.push")
def push(export_id):
    delivery.push(export_id)


@shared_task(name="integrations.tasks.push_several")
def push_several(export_ids):
    """One nudge of an approval, handed on as one task an export, so that they go side by side."""
    _wake(push, export_ids)


@shared_task(name="integrations.tasks.sweep")
def sweep():
    """Wake a worker for every export whose time has come, whoever forgot to."""
    _wake(push, gate.sweep())


@shared_task(name="integrations.tasks.judge_receipt")
def judge_receipt(receipt_id):
    intake.judge(receipt_id=receipt_id)


@shared_task(name="integrations.tasks.judge_receipts")
def judge_receipts():
    """Wake a worker for every receipt that is still to be judged."""
    _wake(judge_receipt, intake.waiting_receipts())


@shared_task(name="integrations.tasks.work_bulk")
def work_bulk(run_id):
    """A turn at one bulk run, then to the back of the queue."""
    if queue.has_room(run_id) and bulk.work(run_id=run_id, seconds=TURN):
        _wake(work_bulk, [run_id])


@shared_task(name="integrations.tasks.bulk_runs")
def bulk_runs():
    """Wake a worker for every bulk run that is not finished."""
    _wake(work_bulk, queue.left_behind())


@shared_task(name="integrations.tasks.read_document")
def read_document(invoice_id):
    reading.read(invoice_id=invoice_id)


@shared_task(name="integrations.tasks.read_documents")
def read_documents():
    """Wake a worker for every document whose PDF or scan is still to be read."""
    _wake(read_document, reading.waiting())


@shared_task(name="integrations.tasks.housekeeping")
def housekeeping():
    """Forget what destinations answered long ago; that and when they did, and their ids, stay for ever."""
    old = ExportAttempt.objects.filter(started_at__lt=timezone.now() - KEEP_EXCERPTS)
    old.exclude(response_excerpt="").update(response_excerpt="")


def _wake(task, ids) -> None:
    for done, pk in enumerate(ids):
        try:
            task.apply_async((pk,), expires=STALE_AFTER, retry=False)
        except Exception as error:  # any broker failure: the rows stay due
            logger.warning(
                "The broker is away (%s): %d of %d not asked for; the next sweep will.",
                error,
                len(ids) - done,
                len(ids),
            )
            return

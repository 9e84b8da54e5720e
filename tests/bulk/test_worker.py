"""Bulk runs in real workers, and while they are killed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.actions import bulk
from banqup.bulk import queue
from banqup.bulk.models import BulkRow, Outcome, Task
from banqup.exports.models import Export
from banqup.invoices.models import Event
from banqup.invoices.models.event import Verb
from integrations import tasks
from tests.factories import world

pytestmark = pytest.mark.django_db(transaction=True)


def approve_all(space, an, invoices):
    seen = {invoice.pk: invoice.version for invoice in invoices}
    return bulk.start(space=space, task=Task.APPROVE, seen=seen, by=an)


def finished(run) -> bool:
    run.refresh_from_db()
    return run.finished_at is not None


def check(run, number) -> None:
    reasons = set(BulkRow.objects.filter(run_id=run.pk).exclude(outcome=Outcome.DONE).values_list("outcome", "words"))
    assert (reasons, queue.counts(run)) == (set(), queue.Counts(number, number, 0, 0))
    assert Event.objects.filter(verb=Verb.APPROVED).count() == number
    assert Export.objects.count() == number


def test_a_worker_works_a_run_off(space, an, make, celery_worker_process, eventually):
    world.integration(space)
    run = approve_all(space, an, make(bulk.SMALL + 2))

    eventually(lambda: finished(run), 60)

    check(run, bulk.SMALL + 2)


def test_workers_that_are_killed_lose_nothing_and_double_nothing(space, an, make, start_worker, eventually):
    world.integration(space)
    number = bulk.SMALL + 8
    run = approve_all(space, an, make(number))

    def handled():
        return queue.counts(run).handled

    for killed_after in (1, 7):
        worker = start_worker()
        eventually(lambda: handled() >= killed_after, 60)  # noqa: B023
        worker.kill()
        # The minute that a person would wait: the dead worker's lease ends, and the schedule's sweep comes.
        left = BulkRow.objects.filter(outcome=Outcome.WAITING, lease_until__isnull=False)
        left.update(lease_until=timezone.now() - timedelta(seconds=1))
        tasks.bulk_runs()
    start_worker()
    eventually(lambda: finished(run), 60)

    check(run, number)

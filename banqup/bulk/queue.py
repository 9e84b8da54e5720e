"""Write, claim and settle the rows of bulk runs. The table is the truth; Celery only wakes the worker.

A row is claimed by a conditional update and is its worker's until the lease ends, so two workers
never have the same row, and a row whose worker died is taken up again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from banqup.common.after_commit import nudge

from .models import BulkRow, BulkRun, Outcome

# The one place that knows the worker's task by name.
WORK_TASK = "integrations.tasks.work_bulk"

# How many documents of one run are worked on at a time: the validator has two children, and while
# one judges a document the next one is prepared.
LANES = 2
# Longer than the slowest document: the validator gives up on one before that.
LEASE = timedelta(minutes=1)
# A document whose worker died this often is left alone: it may be what kills it.
MAX_TRIES = 3


@dataclass(frozen=True)
class Counts:
    total: int
    done: int
    not_done: int
    stopped: int

    @property
    def handled(self) -> int:
        return self.done + self.not_done + self.stopped


def fingerprint(task: str, invoice_ids, target: str = "") -> str:
    told = f"{task}{target and f'>{target}'}:{','.join(map(str, sorted(invoice_ids)))}"
    return hashlib.sha256(told.encode()).hexdigest()


def write(*, space, task, seen: dict[int, int], by, list_url: str, target: str = "") -> tuple[BulkRun, bool]:
    """(the run, is it new?): the same documents asked for twice at the same time are one run.

    Called in a transaction. `seen`: invoice id → the version that the person saw, in the order of the work.
    `target`: what else makes it another run, such as where the documents go.
    """
    key = {"space": space, "started_by": by, "fingerprint": fingerprint(task, seen, target)}
    try:
        with transaction.atomic():
            run = BulkRun.objects.create(**key, task=task, total=len(seen), list_url=list_url[:1000])
    except IntegrityError:
        return BulkRun.objects.filter(**key).latest("id"), False
    rows = (
        BulkRow(run=run, position=position, invoice_id=pk, version=version)
        for position, (pk, version) in enumerate(seen.items(), start=1)
    )
    BulkRow.objects.bulk_create(rows, batch_size=1000)
    return run, True


def wake(run: BulkRun) -> None:
    """Ask the workers for it, after commit."""
    for _lane in range(LANES):
        nudge(WORK_TASK, run.pk)


def _due(run_id: int, now: datetime):
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return BulkRow.objects.filter(free, run=run_id, outcome=Outcome.WAITING)


def has_room(run_id: int) -> bool:
    """Whether another worker is of use to this run."""
    leased = BulkRow.objects.filter(run=run_id, outcome=Outcome.WAITING, lease_until__gte=timezone.now())
    return leased.count() < LANES


def claim(run_id: int) -> BulkRow | None:
    """The next row of the run, for this worker alone; None when nothing is left to take."""
    while True:
        now = timezone.now()
        row = _due(run_id, now).order_by("position").first()
        if row is None:
            return None
        lease, first = now + LEASE, row.claimed_at or now
        taken = _due(run_id, now).filter(pk=row.pk)
        if taken.update(lease_until=lease, tries=F("tries") + 1, claimed_at=first):
            row.lease_until, row.tries, row.claimed_at = lease, row.tries + 1, first
            return row


def settle(row: BulkRow, outcome: Outcome, words: str = "", *, may_help: bool = False) -> bool:
    """Write what became of a claimed row; False when the lease was lost, and nothing is written."""
    mine = BulkRow.objects.filter(pk=row.pk, outcome=Outcome.WAITING, lease_until=row.lease_until)
    return bool(
        mine.update(outcome=outcome, words=words[:500], may_help=may_help, settled_at=timezone.now(), lease_until=None)
    )


def finish(run_id: int) -> None:
    """Close the run when none of its rows waits any more."""
    waiting = BulkRow.objects.filter(run=run_id, outcome=Outcome.WAITING)
    if not waiting.exists():
        BulkRun.objects.filter(pk=run_id, finished_at=None).update(finished_at=timezone.now())


def stop(run: BulkRun) -> int:
    """Leave out whatever no worker has begun; how many those are. What is begun is finished."""
    now = timezone.now()
    with transaction.atomic():
        BulkRun.objects.filter(pk=run.pk, stopped_at=None).update(stopped_at=now)
        stopped = _due(run.pk, now).update(outcome=Outcome.STOPPED, settled_at=now)
    finish(run.pk)
    return stopped


def left_behind() -> list[int]:
    """Ids of runs that still have work and of those that nobody closed: what the sweep wakes."""
    return list(BulkRun.objects.filter(finished_at=None).order_by("id").values_list("pk", flat=True)[:200])


def counts(run: BulkRun) -> Counts:
    """How far a run is; one query."""
    found = dict(run.rows.order_by().values_list("outcome").annotate(Count("id")))
    return Counts(
        total=run.total,
        done=found.get(Outcome.DONE, 0),
        not_done=found.get(Outcome.NOT_DONE, 0),
        stopped=found.get(Outcome.STOPPED, 0),
    )

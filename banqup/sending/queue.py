"""Transmissions as rows: find what is due, take one, close one. Who changes the document is `banqup.actions.transmitting`.

The table is the truth; Celery only wakes the worker.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from .models import Transmission, TransmissionAttempt
from .models.transmission import CLAIMABLE, TransmissionState

# The one place that knows the worker's task by name.
TRANSMIT_TASK = "integrations.tasks.transmit"

# A try that has not ended by then is taken to be dead with its worker.
LEASE = timedelta(minutes=5)
# Delay after the 1st, 2nd … failed try; ±20 % jitter. After the last one a person must act.
RETRY_SCHEDULE = [
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=12),
]
MAX_ATTEMPTS = len(RETRY_SCHEDULE) + 1
SWEEP_AT_MOST = 500
HELD_AT_MOST = 5000


@dataclass(frozen=True)
class Told:
    """What the other side said to a try; `excerpt` is redacted by the caller."""

    outcome: str
    message: str
    status: int | None = None
    excerpt: str = ""


@dataclass(frozen=True)
class Wait:
    """Not now. `until` when, and why, for a person; without them: as soon as another one has ended."""

    until: datetime | None = None
    reason: str = ""


def due(now: datetime | None = None):
    """What is to be sent now, and what a dead worker left."""
    now = now or timezone.now()
    return Transmission.objects.filter(
        Q(state__in=CLAIMABLE, next_try_at__lte=now) | Q(state=TransmissionState.SENDING, lease_until__lt=now)
    ).order_by("next_try_at", "id")


def waiting(limit: int = SWEEP_AT_MOST) -> list[int]:
    """Ids for the sweep, the oldest first."""
    return list(due().values_list("pk", flat=True)[:limit])


def take(transmission_id: int) -> TransmissionAttempt | None:
    """Claim one due transmission; the attempt is written at once. The caller holds the document's row."""
    now = timezone.now()
    taken = due(now).filter(pk=transmission_id).update(state=TransmissionState.SENDING, lease_until=now + LEASE)
    if not taken:
        return None
    last = TransmissionAttempt.objects.filter(transmission=transmission_id).aggregate(last=Max("number"))["last"] or 0
    return TransmissionAttempt.objects.create(transmission_id=transmission_id, number=last + 1)


def hold(transmission: Transmission) -> bool:
    """Is it still this worker's? Then it is for a whole lease from now. Asked right before what can't be taken back."""
    until = timezone.now() + LEASE
    ours = Transmission.objects.filter(
        pk=transmission.pk, state=TransmissionState.SENDING, lease_until=transmission.lease_until
    )
    if not ours.update(lease_until=until):
        return False
    transmission.lease_until = until
    return True


def end_attempt(transmission: Transmission, attempt: TransmissionAttempt, told: Told) -> bool:
    """Write what came of a try; False when the lease was lost meanwhile and another worker owns the row."""
    attempt.duration_ms = int((timezone.now() - attempt.started_at).total_seconds() * 1000)
    attempt.outcome, attempt.message = told.outcome, told.message[:500]
    attempt.response_status, attempt.response_excerpt = told.status, told.excerpt[:4096]
    attempt.save()
    latest = TransmissionAttempt.objects.filter(transmission=transmission).aggregate(last=Max("number"))["last"]
    ours = Transmission.objects.select_for_update().filter(pk=transmission.pk, state=TransmissionState.SENDING)
    return latest == attempt.number and ours.exists()


def hold_back(transmissions, wait: Wait) -> int:
    """Let due ones wait visibly; no try is used up and none is written. What a dead worker left is not touched."""
    # Two workers that hold back the same rows must not wait for each other in turn; who is passed over asks by itself.
    free = transmissions.filter(state__in=CLAIMABLE).select_for_update(skip_locked=True)
    rows = Transmission.objects.filter(pk__in=list(free.values_list("pk", flat=True)[:HELD_AT_MOST]))
    return rows.update(state=TransmissionState.WAITING, next_try_at=wait.until, reason=wait.reason[:500])


def wake(transmissions) -> int:
    """What waits need not wait for its next look."""
    return transmissions.filter(next_try_at__gt=timezone.now()).update(next_try_at=timezone.now())


def later(transmission: Transmission, reason: str, *, at: datetime) -> None:
    _write(transmission, TransmissionState.WAITING, reason, next_try_at=at, lease_until=None)


def next_try(attempt_count: int, not_before: datetime | None = None) -> datetime:
    """By the schedule after so many failed tries; the other side may ask for more patience, but not for ever."""
    step = RETRY_SCHEDULE[max(attempt_count, 1) - 1]
    at = timezone.now() + step * random.uniform(0.8, 1.2)  # noqa: S311  (jitter, not a secret)
    return at if not_before is None else max(at, min(not_before, timezone.now() + timedelta(hours=24)))


def close(transmission: Transmission, state: TransmissionState, reason: str = "", **more) -> None:
    """A transmission that is over: sent, received, failed or cancelled."""
    _write(transmission, state, reason, lease_until=None, settled_at=timezone.now(), **more)


def _write(transmission: Transmission, state, reason, **more) -> None:
    transmission.state, transmission.reason = state, str(reason)[:500]
    for name, value in more.items():
        setattr(transmission, name, value)
    transmission.save(update_fields=["state", "reason", "attempt_count", *more])


def keep_remote(transmission: Transmission, **ids) -> None:
    """Remember what a finished step is called there, so that a retry goes on after it (a transaction of its own)."""
    with transaction.atomic():
        # Read again: a worker that lost its lease may have kept an id of its own meanwhile.
        kept = Transmission.objects.select_for_update().values_list("remote", flat=True).get(pk=transmission.pk)
        transmission.remote = {**kept, **ids}
        Transmission.objects.filter(pk=transmission.pk).update(remote=transmission.remote)

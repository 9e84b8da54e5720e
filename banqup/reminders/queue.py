"""Letters as rows: find what is due, take one, close one. The table is the truth; Celery only wakes the worker."""

import random
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from .models import Letter, LetterState

# The one place that knows the worker's task by name.
LETTER_TASK = "integrations.tasks.post_letter"

# A try that has not ended by then is taken to be dead with its worker.
LEASE = timedelta(minutes=5)
# Delay after the 1st, 2nd … failed try; ±20 % jitter. After the last one a person must act.
RETRY_SCHEDULE = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
]
SWEEP_AT_MOST = 500
# Not over yet.
PENDING = frozenset({LetterState.QUEUED, LetterState.SENDING})


def due(now: datetime | None = None):
    """What is to be sent now, and what a dead worker left."""
    now = now or timezone.now()
    return Letter.objects.filter(
        Q(state=LetterState.QUEUED, next_try_at__lte=now) | Q(state=LetterState.SENDING, lease_until__lt=now)
    ).order_by("next_try_at", "id")


def waiting(limit: int = SWEEP_AT_MOST) -> list[int]:
    """Ids for the sweep, the oldest first."""
    return list(due().values_list("pk", flat=True)[:limit])


def take(letter_id: int) -> Letter | None:
    """Claim one due letter, or None: not due, or another worker has it."""
    lease = timezone.now() + LEASE
    if not due().filter(pk=letter_id).update(state=LetterState.SENDING, lease_until=lease):
        return None
    return Letter.objects.select_related("space", "contact", "invoice__space", "created_by").get(pk=letter_id)


def later(letter: Letter, reason: str, *, counts: bool = True, until: datetime | None = None) -> bool:
    """Try again by the schedule; False when there was no try left, and nothing was written.

    Not `counts`: no mail at all leaves at the moment, so this one is not to blame.
    """
    tried = letter.attempts + (1 if counts else 0)
    if tried > len(RETRY_SCHEDULE):
        return False
    step = RETRY_SCHEDULE[max(tried, 1) - 1] if counts else timedelta(minutes=30)
    wait = step * random.uniform(0.8, 1.2)  # noqa: S311  (jitter, not a secret)
    _own(letter).update(
        state=LetterState.QUEUED,
        reason=reason[:500],
        attempts=tried,
        next_try_at=until or timezone.now() + wait,
        lease_until=None,
    )
    return True


def close(letter: Letter, state: LetterState, reason: str = "", **more) -> bool:
    """A letter that is over; False when another worker has it by now."""
    return bool(
        _own(letter).update(
            state=state,
            reason=str(reason)[:500],
            attempts=letter.attempts + 1,
            lease_until=None,
            settled_at=timezone.now(),
            **more,
        )
    )


def again(letter: Letter, recipient: str) -> bool:
    """Queue a letter that was not sent once more; False when it is not in that state any more."""
    return bool(
        Letter.objects.filter(pk=letter.pk, state=LetterState.FAILED).update(
            state=LetterState.QUEUED,
            recipient=recipient,
            reason="",
            attempts=0,
            next_try_at=timezone.now(),
            settled_at=None,
        )
    )


def _own(letter: Letter):
    """The row while this worker's lease is the row's."""
    return Letter.objects.filter(pk=letter.pk, state=LetterState.SENDING, lease_until=letter.lease_until)

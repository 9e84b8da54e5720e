"""Owed answers on their way over the network: the worker's side of `answers`.

The worker takes one with `begin`, works with no lock held, and ends with one of `sent`, `tried`,
`waits`, `failed`. Rows are locked in one order: the document, then its answers. Of one document they
go one by one, in the order of the decisions.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from banqup.common.after_commit import nudge
from banqup.conversations import notices
from banqup.conversations.topics import Topic
from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer
from banqup.invoices.statuses import OPEN_FOR_EDITING
from banqup.sending import queue, ranks
from banqup.sending.models import OwedAnswer
from banqup.spaces.models import Space

from .answers import GIVEN, SEND_TASK
from .rights import may_approve

State = OwedAnswer.State
# A document that waits so many working days for a decision is told to be in process (BIS 63 asks for a word within 3).
IN_PROCESS_AFTER = 2
# What waits longer was told long ago.
_LOOKED_BACK = timedelta(days=30)
_SATURDAY = 5


def due(limit: int = queue.SWEEP_AT_MOST) -> list[int]:
    """Ids for the sweep, the oldest first; where no access point is set up they wait without being asked for."""
    now = timezone.now()
    rows = OwedAnswer.objects.filter(_idle(now), state=State.DUE, next_try_at__lte=now)
    rows = rows.filter(invoice__space__access_points__is_active=True)
    return list(rows.order_by("next_try_at", "id").values_list("pk", flat=True)[:limit])


def in_process(limit: int = queue.SWEEP_AT_MOST) -> list[int]:
    """Answers *received* about documents that wait for a decision since two working days and more."""
    now = timezone.now()
    arrivals = OwedAnswer.objects.filter(
        code=Answer.RECEIVED,
        state__in=GIVEN,
        created_at__range=(now - _LOOKED_BACK, now - timedelta(days=IN_PROCESS_AFTER)),
        invoice__document_status__in=OPEN_FOR_EDITING,
        invoice__released_at=None,
        invoice__deleted_at=None,
    )
    more = OwedAnswer.objects.filter(state__in=GIVEN).exclude(code=Answer.RECEIVED)
    arrivals = arrivals.exclude(invoice__in=more.values("invoice")).select_related("invoice__space").order_by("pk")
    return [row.pk for row in arrivals[:limit] if _working_days(row, now) >= IN_PROCESS_AFTER]


def _working_days(row: OwedAnswer, now: datetime) -> int:
    """Mondays to Fridays that have ended since, on the wall of the space."""
    zone = row.invoice.space.tz
    day, today = row.created_at.astimezone(zone).date(), now.astimezone(zone).date()
    days = (day + timedelta(days=passed) for passed in range(1, (today - day).days + 1))
    return sum(each.weekday() < _SATURDAY for each in days)


def begin(answer_id: int) -> OwedAnswer | None:
    """Take one due answer, or None: not due, taken, superseded, or another of its document goes first."""
    now = timezone.now()
    with transaction.atomic():
        row = OwedAnswer.objects.filter(pk=answer_id, state=State.DUE).first()
        if row is None:
            return None
        _hold(row)
        earlier = OwedAnswer.objects.filter(invoice=row.invoice_id, state=State.DUE, pk__lt=row.pk)
        earlier.filter(_idle(now), code__in=ranks.PASSING).update(state=State.SUPERSEDED)
        if earlier.exists():
            return None
        mine = OwedAnswer.objects.filter(_idle(now), pk=row.pk, state=State.DUE, next_try_at__lte=now)
        if not mine.update(lease_until=now + queue.LEASE):
            return None
    return OwedAnswer.objects.select_related("invoice__space", "invoice__counterparty", "event").get(pk=row.pk)


def hold(row: OwedAnswer) -> bool:
    """Is it still this worker's, and not undone? Then it is for a whole lease from now; asked right before it leaves."""
    until = timezone.now() + queue.LEASE
    if not _ours(row).update(lease_until=until):
        return False
    row.lease_until = until
    return True


def keep_remote(row: OwedAnswer, **ids) -> None:
    """Remember what a finished step is called there (a transaction of its own)."""
    with transaction.atomic():
        # Read again: a worker that lost its lease may have kept an id of its own meanwhile.
        kept = OwedAnswer.objects.select_for_update().values_list("remote", flat=True).get(pk=row.pk)
        row.remote = {**kept, **ids}
        OwedAnswer.objects.filter(pk=row.pk).update(remote=row.remote)


def sent(row: OwedAnswer, *, remote_id: str, via: str) -> None:
    """The access point took it. Also one that was superseded meanwhile: the supplier knows it now."""
    with transaction.atomic():
        _hold(row)
        told = (
            OwedAnswer.objects.filter(pk=row.pk)
            .exclude(state=State.SENT)
            .update(
                state=State.SENT,
                sent_at=timezone.now(),
                remote_id=remote_id[:255],
                words="",
                lease_until=None,
                attempt_count=row.attempt_count + 1,
            )
        )
        if not told:
            return
        journal.record(row.invoice_id, Verb.ANSWER_SENT, code=row.code, via=via)
        _hand_on(row)


def tried(row: OwedAnswer, words: str, *, not_before: datetime | None = None, counts: bool = True) -> None:
    """It did not get through and is tried again under the same message id; after the last try it has failed."""
    attempts = row.attempt_count + int(counts)
    if attempts >= queue.MAX_ATTEMPTS:
        failed(row, words)
    else:
        _later(row, words, attempt_count=attempts, next_try_at=queue.next_try(attempts, not_before))


def waits(row: OwedAnswer, words: str, *, recheck: timedelta = timedelta(0)) -> None:
    """No account, or a broken one: it stays due with the reason, and uses up no try."""
    _later(row, words, next_try_at=timezone.now() + recheck)


def failed(row: OwedAnswer, words: str, *, late: bool = False) -> bool:
    """Never again: a person tells the supplier in another way. `late`: the network takes its word back.

    False when it was superseded, or known.
    """
    with transaction.atomic():
        _hold(row)
        still = OwedAnswer.objects.filter(pk=row.pk, state=State.SENT) if late else _ours(row)
        if not still.update(state=State.FAILED, words=words[:500], lease_until=None):
            return False
        journal.record(row.invoice_id, Verb.ANSWER_NOT_SENT, code=row.code, reason=words[:500])
        invoice = row.invoice
        people = notices.members_with(invoice.space, may_approve(invoice))
        notices.notify(users=people, topic=Topic.SUPPLIER_NOT_TOLD, invoice=invoice, space=invoice.space)
        _hand_on(row)
        return True


def of_message(space: Space, reference: str, own_id: UUID | None) -> OwedAnswer | None:
    """The answer that the network calls `reference`, or that went out under `own_id`."""
    same = Q(remote_id=reference) | Q(message_id=own_id)
    found = OwedAnswer.objects.filter(same, invoice__space=space).select_related("invoice__space", "event")
    return found.order_by("-pk").first() if reference else None


def _idle(now: datetime) -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=now)


def _ours(row: OwedAnswer):
    """The row, as long as no other worker has taken it over from the one that began it."""
    return OwedAnswer.objects.filter(pk=row.pk, state=State.DUE, lease_until=row.lease_until)


def _hold(row: OwedAnswer) -> None:
    list(Invoice.objects.select_for_update(no_key=True).filter(pk=row.invoice_id).values_list("pk"))


def _later(row: OwedAnswer, words: str, **fields) -> None:
    with transaction.atomic():
        _hold(row)
        if _ours(row).update(words=words[:500], lease_until=None, **fields):
            _hand_on(row)


def _hand_on(row: OwedAnswer) -> None:
    """A later answer of the same document may go now."""
    later = OwedAnswer.objects.filter(invoice=row.invoice_id, state=State.DUE, pk__gt=row.pk).order_by("pk").first()
    if later is not None:
        nudge(SEND_TASK, later.pk)

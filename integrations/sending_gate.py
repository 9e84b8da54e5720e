"""May this document go over its access point, or by mail, now? Bounded concurrency, and the circuit breaker of each way.

As in `gate`, everything is derived from rows that exist anyway (transmissions and their tries), so that
no state could disagree with them: a success or a passed test makes earlier failures irrelevant. The mail
server of the installation is one way for all spaces; each account at an access point is one of its own.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.sending import queue
from banqup.sending.models import AccessPoint, OwedAnswer, Transmission, TransmissionAttempt, TransmissionState, Way
from banqup.sending.models.transmission import PENDING
from banqup.sending.queue import Wait

from . import access_points
from .access_point import AccessPointApi
from .base import TryAgain, UnknownOutcome
from .gate import FAILURES_TO_TRIP, PROBE_STEPS, SWEEP_AT_MOST, WINDOW

logger = logging.getLogger(__name__)

OUR_FAULT, MAIL_AWAY = "our_fault", "mail_server_away"
# Mails at once, about: no row stands for the mail server, so nothing is locked while they are counted.
MAILS_AT_ONCE = 4
# So much later than the others the one that looked in vain is due: another one looks next.
BEHIND = timedelta(minutes=1)
# Tries looked at: more than a day of looking every hour.
TRIES = 50
FULL = Wait()


@dataclass(frozen=True)
class Failures:
    """Tries in a row that failed by the other side's fault, since the way was tripped by the first of them.

    `looks`: how many have looked since in vain; `why` is the first failure's, `at` the moment of the newest.
    """

    looks: int
    at: datetime
    why: str

    @property
    def until(self) -> datetime:
        return self.at + PROBE_STEPS[min(self.looks, len(PROBE_STEPS) - 1)]


def may_go(row: Transmission) -> Wait | None:
    """None: it may. Asked with the document's row held; the account's row stays locked until that transaction ends.

    When the way is held back, everything that is due on it waits with the reason, in one statement.
    """
    if row.way == Way.EMAIL:
        return _may(of_mail(), MAILS_AT_ONCE, _mails_in_flight, _due_by_mail)
    account = _account(row) if row.way == Way.PEPPOL else None
    if account is None:
        return None
    account = AccessPoint.objects.select_for_update(no_key=True, of=("self",)).get(pk=account.pk)
    return _may(of(account), _at_once(account), lambda: in_flight(account), lambda: _due_over(account))


def _may(failures: Failures | None, limit: int, count, due) -> Wait | None:
    if failures is not None:
        if failures.until > timezone.now():
            wait = Wait(failures.until, failures.why)
            queue.hold_back(due(), wait)
            return wait
        limit = 1  # one looks, and tells for all
    return FULL if count() >= limit else None


def of(account: AccessPoint) -> Failures | None:
    """Why and since when documents wait for the access point; None while it answers."""
    tries = TransmissionAttempt.objects.filter(transmission__access_point=account)
    if account.test_passed and account.tested_at:
        tries = tries.filter(started_at__gt=account.tested_at)
    words = _("%(name)s does not answer as it should (%(why)s). Documents wait; one tries from time to time.")
    return _failures(tries, {TryAgain.family, UnknownOutcome.family}, words, access_points.label(account.provider))


def of_mail() -> Failures | None:
    """Why and since when mails wait for the mail server; None while it answers."""
    tries = TransmissionAttempt.objects.filter(transmission__way=Way.EMAIL)
    words = _("%(name)s does not answer as it should (%(why)s). Mails wait; one tries from time to time.")
    # A lost answer is no proof that the server is well, and no proof of the contrary by itself.
    return _failures(tries, {MAIL_AWAY}, words, _("The mail server"), neutral={UnknownOutcome.family})


def _failures(tries, faults: set[str], words: str, name: str, *, neutral=frozenset()) -> Failures | None:
    newest = TransmissionAttempt.objects.aggregate(newest=Max("pk"))["newest"] or 0
    ended = tries.filter(pk__gt=newest - WINDOW).exclude(outcome__in=["", OUR_FAULT, *neutral]).order_by("-pk")
    row = []
    for attempt in ended.only("pk", "transmission_id", "outcome", "message", "started_at", "duration_ms")[:TRIES]:
        if attempt.outcome not in faults:
            break
        row.append(attempt)
    seen, tripped = set(), None
    for attempt in reversed(row):
        if tripped is None:
            seen.add(attempt.transmission_id)
            if len(seen) >= FAILURES_TO_TRIP:
                tripped, why = _ended(attempt), attempt.message
    if tripped is None:
        return None
    # What was under way when it tripped has not looked: it had no way to know.
    looks = sum(attempt.started_at > tripped for attempt in row)
    return Failures(looks, row[0].started_at, words % {"name": name, "why": why.rstrip(".")[:300]})


def _ended(attempt: TransmissionAttempt) -> datetime:
    return attempt.started_at + timedelta(milliseconds=attempt.duration_ms or 0)


def next_look(failures: Failures) -> datetime:
    """When a document that just looked in vain is due again: behind the others."""
    return timezone.now() + PROBE_STEPS[min(failures.looks + 1, len(PROBE_STEPS) - 1)] + BEHIND


def trip_if_failing(account: AccessPoint) -> None:
    """After a failed try: the account is marked, and whoever may repair it is told the first time."""
    failures = of(account)
    if failures is not None and access_points.mark(account, failures.why, is_away=True):
        logger.warning("%s is away: %s", account, failures.why)


def ended(account: AccessPoint) -> None:
    """Something went over it, so it is well; what still is wrong in its inbox is said at the next look into that."""
    if AccessPoint.objects.filter(pk=account.pk).exclude(attention="").update(attention=""):
        queue.wake(_waiting(account))


def hand_on(row: Transmission) -> None:
    """The freed place goes to the next that is due on the same way."""
    if row.way == Way.EMAIL:
        due = _due_by_mail()
    elif row.way == Way.PEPPOL and row.access_point_id:
        due = _due_over(row.access_point)
    else:
        return
    following = due.exclude(pk=row.pk).values_list("pk", flat=True).first()
    if following is not None:
        nudge(queue.TRANSMIT_TASK, following)


def in_flight(account: AccessPoint) -> int:
    """Messages that are being handed over: documents, and answers to suppliers."""
    now = timezone.now()
    sending = Transmission.objects.filter(
        access_point=account, state=TransmissionState.SENDING, lease_until__gte=now
    ).count()
    answers = OwedAnswer.objects.filter(
        state=OwedAnswer.State.DUE, lease_until__gte=now, invoice__space=account.space_id
    ).count()
    return sending + answers


def pending(account: AccessPoint) -> bool:
    """Is a document on its way over it that has not left yet?"""
    return Transmission.objects.filter(access_point=account, state__in=PENDING).exists()


def sweep() -> list[int]:
    """Ids to send now: the oldest first, by turns over accounts and ways, so that a long queue hides no other."""
    turns, listed = Counter(), []
    rows = queue.due().values_list("pk", "way", "access_point_id")[:WINDOW]
    for place, (pk, *way) in enumerate(rows):
        turns[tuple(way)] += 1
        listed.append((turns[tuple(way)], place, pk))
    return [pk for _turn, _place, pk in sorted(listed)[:SWEEP_AT_MOST]]


def _account(row: Transmission) -> AccessPoint | None:
    """The one that it will go over (`transmitting` says which); None where there is none in use."""
    own = row.access_point
    if own is not None and (own.is_active or "asked" in row.remote):
        return own
    return access_points.active(row.invoice.space)


def _at_once(account: AccessPoint) -> int:
    try:
        return access_points.get(account.provider).max_in_flight
    except access_points.UnknownAccessPoint:
        return AccessPointApi.max_in_flight


def _due_over(account: AccessPoint):
    return queue.due().filter(way=Way.PEPPOL, access_point=account)


def _due_by_mail():
    return queue.due().filter(way=Way.EMAIL)


def _waiting(account: AccessPoint):
    return Transmission.objects.filter(access_point=account, state=TransmissionState.WAITING)


def _mails_in_flight() -> int:
    now = timezone.now()
    return Transmission.objects.filter(way=Way.EMAIL, state=TransmissionState.SENDING, lease_until__gte=now).count()

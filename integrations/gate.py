"""May this export go now? Bounded concurrency, patience, and the circuit breaker of each integration.

Everything is derived from rows that exist anyway (exports, attempts, the integration's `attention`),
so there is no state that could disagree with them, and nothing to reset after a repair: a passed
connection test makes earlier attempts irrelevant.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.actions.crediting import named
from banqup.common.after_commit import nudge
from banqup.exports import outbox
from banqup.exports.models import PENDING, ConnectorSettings, Export, ExportAttempt, ExportState, Integration
from banqup.invoices.models import Invoice

from . import registry
from .base import BrokenConfiguration, Connector, ReconnectNeeded, TryAgain, UnknownOutcome, WaitUntil

# Pushes of one integration at the same time; more would let one destination take every worker.
MAX_IN_FLIGHT = Connector.max_in_flight
# Different documents that the destination must fail in a row before the others are held back.
FAILURES_TO_TRIP = 5
# While tripped, one document tries at each step.
PROBE_STEPS = [timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1)]
# While the configuration is broken, one document looks this often whether it was repaired silently.
RECHECK = timedelta(hours=1)
# How far back tries are looked at, over all integrations: bounds the query.
WINDOW = 5000
SWEEP_AT_MOST = 500
# Of one integration so many: more than go at once anyway.
LISTED_AT_MOST = 10

DESTINATION_FAILURES = frozenset({TryAgain.family, UnknownOutcome.family})
UNKNOWN_CONNECTOR, NOT_TESTED, OUR_FAULT = "unknown_connector", "not_tested", "our_fault"
CONFIGURATION_FAILURES = frozenset({BrokenConfiguration.family, ReconnectNeeded.family, UNKNOWN_CONNECTOR, NOT_TESTED})


@dataclass(frozen=True)
class Gate:
    """`limit` pushes at once; 0 means wait `until`, for `reason`."""

    limit: int = MAX_IN_FLIGHT
    until: datetime | None = None
    reason: str = ""


def take(export_id: int) -> tuple[Export, ExportAttempt] | None:
    """Claim one due export if its integration may send now: `(export, attempt)` or None."""
    due = outbox.due().filter(pk=export_id)
    integration_id = due.values_list("integration_id", flat=True).first()
    taken = _take(integration_id, lambda: _told(due)) if integration_id else []
    return taken[0] if taken else None


def take_next(
    integration_id: int, *, at_most: int = 1, just_delivered: bool = False
) -> list[tuple[Export, ExportAttempt]]:
    """Claim the oldest exports that are due there, if it may send now, for one worker that pushes them in turn.

    `just_delivered`: the destination took another one this very moment, so it has not asked for patience.
    """
    return _take(integration_id, lambda: _oldest(integration_id, at_most), just_delivered=just_delivered)


def _take(integration_id: int, find, *, just_delivered: bool = False) -> list[tuple[Export, ExportAttempt]]:
    """The integration's row is locked for these few statements: what `find` finds is nobody else's meanwhile,
    and the count of pushes in flight holds for any number of workers."""
    with transaction.atomic():
        rows = Integration.objects.select_related("space", "engagement")
        integration = rows.select_for_update(no_key=True, of=("self",)).get(pk=integration_id)
        found = find()
        if found and integration.is_active:  # else the claim cancels the rows
            gate = of(integration, just_delivered=just_delivered)
            if not gate.limit:
                hold(outbox.due().filter(pk__in=[export.pk for export in found]), gate)
                return []
            if in_flight(integration) >= gate.limit:
                return []  # whoever finishes hands on; at the latest the sweep finds the rows
            found = [export for export in found if not _goes_after_its_invoice(export)]
            if not found:
                _hand_on(integration)
        return outbox.claim_several([export.pk for export in found], integration) if found else []


def _oldest(integration_id: int, at_most: int) -> list[Export]:
    """Those whose worker died come one at a time: one of them may be what it died of."""
    now = timezone.now()
    ready = _told(outbox.ready(now).filter(integration_id=integration_id)[:at_most])
    return ready or _told(outbox.abandoned(now).filter(integration_id=integration_id)[:1])


def _told(rows) -> list[Export]:
    """As much of `rows` as has to be known before they are claimed."""
    return list(rows.select_related("invoice").only("pk", "integration_id", "invoice__is_credit_note"))


def _goes_after_its_invoice(export: Export) -> bool:
    """A credit note waits until what it corrects has gone to the same destination, or can't."""
    if not export.invoice.is_credit_note:
        return False
    corrected = named(Invoice.objects.get(pk=export.invoice_id))
    return bool(corrected) and outbox.queue_behind(export, corrected)


def _hand_on(integration: Integration) -> None:
    """Its turn goes to the next one that is due, after commit."""
    if following := next_due(integration.pk):
        nudge(outbox.PUSH_TASK, following)


def in_flight(integration: Integration) -> int:
    """How many pushes run there: what a worker claimed together has one lease, and goes one by one."""
    sending = Export.objects.filter(integration=integration, state=ExportState.SENDING)
    return sending.filter(lease_until__gte=timezone.now()).values("lease_until").distinct().count()


def hold(exports, gate: Gate) -> int:
    """Let due `exports` wait visibly until the gate opens; no try is used up and none is written."""
    return exports.order_by().update(
        state=ExportState.WAITING, next_try_at=gate.until, reason=gate.reason[:500], lease_until=None
    )


def of(integration: Integration, *, just_delivered: bool = False) -> Gate:
    """What the integration's recent past says about the next push."""
    patience = None if just_delivered else _asked_to_wait_until(integration)
    if patience:
        return Gate(0, patience, _("The destination asked to wait."))
    if not integration.attention:
        return Gate(limit=_usual(integration))
    if _is_gone(integration):
        return Gate(0, timezone.now() + RECHECK, integration.attention)
    tries = recent_tries(integration)
    if not tries:
        return Gate(limit=_usual(integration))
    last = tries[0]
    if last.outcome in CONFIGURATION_FAILURES:
        return _one_at(last.started_at + RECHECK, integration)
    failures = _failures_in_a_row(tries)
    beyond = len(failures) - FAILURES_TO_TRIP
    if beyond < 0:
        return Gate(limit=_usual(integration))
    return _one_at(last.started_at + PROBE_STEPS[min(beyond, len(PROBE_STEPS) - 1)], integration)


def _usual(integration: Integration) -> int:
    """Pushes at once while all is well: the installation's setting for the connector, else the connector's own."""
    limits = ConnectorSettings.objects.filter(key=integration.connector)
    chosen = limits.values_list("max_in_flight", flat=True).first()
    if chosen is not None:
        return chosen
    try:
        return registry.get(integration.connector).max_in_flight
    except registry.UnknownConnector:
        return MAX_IN_FLIGHT


def _is_gone(integration: Integration) -> bool:
    """Only DestinationGone fails a row and marks its integration with the same words."""
    return integration.exports.filter(state=ExportState.FAILED, reason=integration.attention).exists()


def _one_at(moment: datetime, integration: Integration) -> Gate:
    return Gate(0, moment, integration.attention) if moment > timezone.now() else Gate(limit=1)


def _asked_to_wait_until(integration: Integration) -> datetime | None:
    """Looked up from the tries, of which there are few: what waits may be much."""
    later = ExportAttempt.objects.filter(export=OuterRef("export"), number__gt=OuterRef("number"))
    asked = list(_latest_tries().filter(~Exists(later), outcome=WaitUntil.family).values_list("export", flat=True))
    if not asked:
        return None
    waiting = integration.exports.filter(pk__in=asked, state=ExportState.WAITING, next_try_at__gt=timezone.now())
    # Who waits behind its invoice has no time of its own.
    waiting = waiting.exclude(after__state__in=PENDING)
    return waiting.order_by("next_try_at").values_list("next_try_at", flat=True).first()


def _latest_tries():
    """Those of all integrations, as far back as is looked."""
    newest = Coalesce(Subquery(ExportAttempt.objects.order_by("-pk").values("pk")[:1]), 0)
    return ExportAttempt.objects.filter(pk__gt=newest - WINDOW)


def recent_tries(integration: Integration) -> list[ExportAttempt]:
    """Finished tries since the last passed test, the newest first; faults of ours say nothing."""
    tries = _latest_tries().filter(export__integration=integration)
    if integration.test_passed and integration.tested_at:
        tries = tries.filter(started_at__gt=integration.tested_at)
    return list(tries.exclude(outcome__in=["", OUR_FAULT]).order_by("-pk")[:50])


def _failures_in_a_row(tries) -> list[ExportAttempt]:
    row = []
    for attempt in tries:
        if attempt.outcome not in DESTINATION_FAILURES:
            break
        row.append(attempt)
    return row


def trip_if_failing(integration: Integration) -> bool:
    """After a failed try: hold the others back when several documents failed in a row."""
    failures = _failures_in_a_row(recent_tries(integration))
    if len({attempt.export_id for attempt in failures}) < FAILURES_TO_TRIP:
        return False
    words = _("The destination does not answer as it should (%(why)s). Documents wait; one tries from time to time.")
    words = (words % {"why": failures[0].message})[:500]
    return bool(Integration.objects.filter(pk=integration.pk, attention="").update(attention=words))


def next_due(integration_id: int) -> int | None:
    """The id of the oldest export that is due there."""
    return next((export.pk for export in _oldest(integration_id, 1)), None)


def sweep() -> list[int]:
    """Ids to push now: the oldest first, by turns over the integrations, never more than SWEEP_AT_MOST.

    Of one integration only a few are listed: whoever finishes goes on with the next. So it costs the
    same however many wait. Rows of an integration that has to wait are held back in one statement
    instead of being listed.
    """
    now = timezone.now()
    rows = list(outbox.abandoned(now).values_list("integration_id", "next_try_at", "pk")[:SWEEP_AT_MOST])
    for integration_id in _with_something_due(now):
        mine = outbox.ready(now).filter(integration_id=integration_id)
        rows += mine.values_list("integration_id", "next_try_at", "pk")[:LISTED_AT_MOST]
    turns, listed = Counter(), []
    for integration_id, moment, pk in sorted(rows, key=lambda row: row[1:]):
        turns[integration_id] += 1
        listed.append((turns[integration_id], moment, pk, integration_id))
    listed = sorted(listed)[:SWEEP_AT_MOST]
    closed = _close_waiting({integration_id for *_place, integration_id in listed})
    return [pk for *_place, pk, integration_id in listed if integration_id not in closed]


def _with_something_due(now: datetime) -> list[int]:
    """Integrations that have an export whose time has come; whoever has waited longest first."""
    oldest = outbox.ready(now).filter(integration=OuterRef("pk")).values("next_try_at")[:1]
    waiting = Integration.objects.annotate(oldest=Subquery(oldest)).filter(oldest__isnull=False)
    return list(waiting.order_by("oldest", "pk").values_list("pk", flat=True)[:SWEEP_AT_MOST])


def _close_waiting(integration_ids) -> set[int]:
    closed = set()
    for integration in Integration.objects.filter(pk__in=integration_ids, is_active=True):
        gate = of(integration)
        if not gate.limit:
            hold(outbox.due().filter(integration=integration), gate)
            closed.add(integration.pk)
    return closed

"""May this export go now? Bounded concurrency, patience, and the circuit breaker of each integration.

Everything is derived from rows that exist anyway (exports, attempts, the integration's `attention`),
so there is no state that could disagree with them, and nothing to reset after a repair: a passed
connection test makes earlier attempts irrelevant.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.exports import outbox
from banqup.exports.models import ConnectorSettings, Export, ExportAttempt, ExportState, Integration

from .base import BrokenConfiguration, ReconnectNeeded, TryAgain, UnknownOutcome, WaitUntil

# Pushes of one integration at the same time; more would let one destination take every worker.
MAX_IN_FLIGHT = 2
# Different documents that the destination must fail in a row before the others are held back.
FAILURES_TO_TRIP = 5
# While tripped, one document tries at each step.
PROBE_STEPS = [timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=1)]
# While the configuration is broken, one document looks this often whether it was repaired silently.
RECHECK = timedelta(hours=1)
# How far back tries are looked at, over all integrations: bounds the query.
WINDOW = 5000
SWEEP_AT_MOST = 500

DESTINATION_FAILURES = frozenset({TryAgain.family, UnknownOutcome.family})
UNKNOWN_CONNECTOR, NOT_TESTED, OUR_FAULT = "unknown_connector", "not_tested", "our_fault"
CONFIGURATION_FAILURES = frozenset({BrokenConfiguration.family, ReconnectNeeded.family, UNKNOWN_CONNECTOR, NOT_TESTED})


@dataclass(frozen=True)
class Gate:
    """`limit` pushes at once; 0 means wait `until`, for `reason`."""

    limit: int = MAX_IN_FLIGHT
    until: datetime | None = None
    reason: str = ""


def take(export_id: int):
    """Claim one due export if its integration may send now: `(export, attempt)` or None.

    The integration's row is locked for these few statements, so that the count of pushes in flight
    holds for any number of workers.
    """
    export = outbox.due().filter(pk=export_id).only("pk", "integration_id").first()
    if export is None:
        return None
    with transaction.atomic():
        integration = Integration.objects.select_for_update(no_key=True).get(pk=export.integration_id)
        if integration.is_active:  # else the claim cancels the row
            gate = of(integration)
            if not gate.limit:
                hold(outbox.due().filter(pk=export_id), gate)
                return None
            if in_flight(integration) >= gate.limit:
                return None  # whoever finishes hands on; at the latest the sweep finds the row
        return outbox.claim(export_id)


def in_flight(integration: Integration) -> int:
    sending = Export.objects.filter(integration=integration, state=ExportState.SENDING)
    return sending.filter(lease_until__gte=timezone.now()).count()


def hold(exports, gate: Gate) -> int:
    """Let due `exports` wait visibly until the gate opens; no try is used up and none is written."""
    return exports.order_by().update(
        state=ExportState.WAITING, next_try_at=gate.until, reason=gate.reason[:500], lease_until=None
    )


def of(integration: Integration) -> Gate:
    """What the integration's recent past says about the next push."""
    patience = _asked_to_wait_until(integration)
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
    """Pushes at once while all is well: the installation's setting for the connector."""
    limits = ConnectorSettings.objects.filter(key=integration.connector)
    return limits.values_list("max_in_flight", flat=True).first() or MAX_IN_FLIGHT


def _is_gone(integration: Integration) -> bool:
    """Only DestinationGone fails a row and marks its integration with the same words."""
    return integration.exports.filter(state=ExportState.FAILED, reason=integration.attention).exists()


def _one_at(moment: datetime, integration: Integration) -> Gate:
    return Gate(0, moment, integration.attention) if moment > timezone.now() else Gate(limit=1)


def _asked_to_wait_until(integration: Integration) -> datetime | None:
    latest = ExportAttempt.objects.filter(export=OuterRef("pk")).order_by("-number").values("outcome")[:1]
    waiting = Export.objects.filter(integration=integration, state=ExportState.WAITING, next_try_at__gt=timezone.now())
    asked = waiting.annotate(latest=Subquery(latest)).filter(latest=WaitUntil.family)
    return asked.order_by("next_try_at").values_list("next_try_at", flat=True).first()


def recent_tries(integration: Integration) -> list[ExportAttempt]:
    """Finished tries since the last passed test, the newest first; faults of ours say nothing."""
    newest = ExportAttempt.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    tries = ExportAttempt.objects.filter(pk__gt=newest - WINDOW, export__integration=integration)
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
    return outbox.due().filter(integration_id=integration_id).values_list("pk", flat=True).first()


def sweep() -> list[int]:
    """Ids to push now: the oldest first, by turns over the integrations, never more than SWEEP_AT_MOST.

    Rows of an integration that has to wait are held back in one statement instead of being listed.
    """
    turn = Window(RowNumber(), partition_by=F("integration_id"), order_by=[F("next_try_at"), F("id")])
    listed = list(
        outbox.due()
        .annotate(turn=turn)
        .filter(turn__lte=SWEEP_AT_MOST)
        .order_by("turn", "next_try_at", "id")
        .values_list("pk", "integration_id")[:SWEEP_AT_MOST]
    )
    closed = _close_waiting({integration_id for _pk, integration_id in listed})
    return [pk for pk, integration_id in listed if integration_id not in closed]


def _close_waiting(integration_ids) -> set[int]:
    closed = set()
    for integration in Integration.objects.filter(pk__in=integration_ids, is_active=True):
        gate = of(integration)
        if not gate.limit:
            hold(outbox.due().filter(integration=integration), gate)
            closed.add(integration.pk)
    return closed

"""One push from claim to settlement: what each family of failure does to its row.

| raised | settled as |
|---|---|
| nothing | delivered |
| TryAgain, UnknownOutcome | retry by the schedule; five documents in a row trip the breaker |
| WaitUntil | retry not before that moment, uses up no try for two days |
| Refused | retry after an hour, then three; the third time failed |
| BrokenConfiguration, ReconnectNeeded, no connector, not tested, secrets unreadable | waits with the reason, integration marked |
| Permanent | failed |
| DestinationGone | failed, integration marked, the others wait |
| anything else | retry; the traceback goes to the log |

No transaction is open while a connector works.
"""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.common.secrets import SecretsUnreadable
from banqup.conversations import notices
from banqup.conversations.topics import Topic
from banqup.exports import outbox
from banqup.exports.models import Export, ExportAttempt, Integration
from banqup.exports.outbox import Answer
from banqup.spaces.roles import Capability

from . import gate, oauth, payload, registry
from .base import (
    BrokenConfiguration,
    Connector,
    Delivered,
    DeliveryError,
    DestinationGone,
    Permanent,
    ReconnectNeeded,
    Refused,
    TryAgain,
    UnknownOutcome,
    WaitUntil,
)

logger = logging.getLogger(__name__)

DELIVERED = "delivered"
# How long a refusal may be the destination's own mistake: the waits between its three tries.
REFUSAL_WAITS = [timedelta(hours=1), timedelta(hours=3)]
# Only so long does asking for patience cost nothing; a destination that asks for ever fails in the end.
PATIENCE = timedelta(days=2)
# Claimed together are so many as a quick destination takes in so many seconds.
TOGETHER, TOGETHER_AT_MOST = 0.15, 40
# A document that kills its worker is not tried for ever.
DEAD_WORKERS_AT_MOST = 5


class NotReady(BrokenConfiguration):
    """The integration can't be tried at all; `family` says why."""

    def __init__(self, message: str, family: str):
        super().__init__(message)
        self.family = family


def push(export_id: int, *, seconds: float = 0) -> None:
    """Push one export if it is due and may go; harmless to call twice, or for a row that is gone.

    Then the freed place goes on to the next ones of its integration, so that a long queue does not depend
    on the sweep's pace: here for so many `seconds`, then by a task of its own, behind the others' tasks.
    """
    ends, first = time.monotonic() + seconds, gate.take(export_id)
    taken = [first] if first else []
    while taken:
        integration_id, went = taken[0][0].integration_id, push_in_turn(taken)
        if time.monotonic() >= ends:
            if following := gate.next_due(integration_id):
                nudge(outbox.PUSH_TASK, following)
            return
        taken = gate.take_next(integration_id, at_most=went.together, just_delivered=went.delivered)


@dataclass(frozen=True)
class Went:
    # The last one was delivered.
    delivered: bool
    # So many may be claimed together next time.
    together: int


def push_in_turn(taken: list[tuple[Export, ExportAttempt]]) -> Went:
    """Push what was claimed together, one by one. When one is not delivered, or time is up, the others go back:
    the gate looks at each again, and other workers may have them."""
    began, delivered, done = time.monotonic(), True, 0
    for export, attempt in taken:
        if done and (not delivered or time.monotonic() - began > TOGETHER or _lease_shrinks(export)):
            break
        if done:
            attempt.started_at = timezone.now()
        delivered = deliver(export, attempt)
        done += 1
    outbox.put_back(taken[done:])
    pace = (time.monotonic() - began) / done
    return Went(delivered, max(1, min(TOGETHER_AT_MOST, int(TOGETHER / pace))) if delivered else 1)


def _lease_shrinks(export: Export) -> bool:
    """The clock says that much of it is gone, whatever the reason: a machine that slept."""
    return export.lease_until - timezone.now() < outbox.LEASE / 2


def deliver(export: Export, attempt: ExportAttempt) -> bool:
    """Push the claimed `export` and settle it by what came of it; whether it was delivered."""
    try:
        delivered = _push(export, attempt)
    except DeliveryError as error:
        _settle(export, attempt, error)
    except Exception:
        logger.exception("Pushing export %s to %s broke", export.pk, export.integration)
        message = _("Something broke on our side. It is tried again; the log of the server has the details.")
        outbox.settle_retry(export, attempt, Answer(gate.OUR_FAULT, message))
    else:
        answer = Answer(DELIVERED, delivered.label, status=delivered.answer_status, excerpt=delivered.excerpt)
        outbox.settle_delivered(export, attempt, answer, label=delivered.label, url=delivered.url)
        return True
    return False


def _push(export: Export, attempt: ExportAttempt) -> Delivered:
    if attempt.number > DEAD_WORKERS_AT_MOST and _dead_workers(export, attempt) >= DEAD_WORKERS_AT_MOST:
        raise Permanent(
            _("Sending this document stopped the server's worker several times. Look at its files, then resend.")
        )
    connector = ready(export.integration)
    what = payload.build(export)
    if connector.can_update and not export.remote:
        _remember_earlier(export)
    return connector.push(what, remote=dict(export.remote), keep=partial(outbox.keep_remote, export))


def _dead_workers(export: Export, attempt: ExportAttempt) -> int:
    """Workers that died in a row: a try that ended in between shows that the document is not what they died of."""
    before = export.attempts.filter(number__lt=attempt.number)
    ended = before.exclude(outcome="").aggregate(last=Max("number"))["last"] or 0
    return before.filter(number__gt=ended).count()


def ready(integration) -> Connector:
    """The configured connector of an integration that has passed its test. Raises NotReady."""
    if integration.test_passed is not True:
        raise NotReady(
            _("Not tested since its configuration last changed. Test the integration; then it goes on."),
            gate.NOT_TESTED,
        )
    return configured(integration)


def configured(integration) -> Connector:
    """The connector with its configuration and opened secrets. Raises NotReady."""
    try:
        connector = registry.get(integration.connector)
    except registry.UnknownConnector as error:
        words = _("The connector “%s” is not installed any more. Install it again, or switch this integration off.")
        raise NotReady(words % integration.connector, gate.UNKNOWN_CONNECTOR) from error
    try:
        access = oauth.Access(connector.provider(integration.config), integration) if connector.needs_consent else None
        return connector(config=integration.config, secrets=integration.read_secrets(), access=access)
    except SecretsUnreadable as error:
        raise NotReady(str(error), BrokenConfiguration.family) from error


def _remember_earlier(export: Export) -> None:
    """A resend to a destination that replaces starts from what the last sending left there."""
    earlier = Export.objects.filter(
        invoice_id=export.invoice_id, integration_id=export.integration_id, pk__lt=export.pk
    )
    remote = earlier.exclude(remote={}).order_by("-sequence").values_list("remote", flat=True).first()
    if remote:
        outbox.keep_remote(export, **remote)


def _tell_once(integration, why: str) -> None:
    """Tell who can connect it again, the first time only: until it works, it stays marked."""
    with transaction.atomic():
        if not Integration.objects.filter(pk=integration.pk, attention="").update(attention=why[:500]):
            return
        notices.notify(
            users=notices.members_with(integration.owner, Capability.MANAGE_INTEGRATIONS),
            topic=Topic.RECONNECT_NEEDED,
            space=integration.owner,
            integration=integration.name,
            integration_id=integration.pk,
            client_id=integration.space_id,
        )


def _settle(export: Export, attempt: ExportAttempt, error: DeliveryError) -> None:
    answer = Answer(error.family, error.message, status=error.status, excerpt=error.excerpt)
    match error:
        case TryAgain() | UnknownOutcome():
            outbox.settle_retry(export, attempt, answer)
            gate.trip_if_failing(export.integration)
        case WaitUntil():
            patient = export.created_at > timezone.now() - PATIENCE
            outbox.settle_retry(export, attempt, answer, not_before=error.at, counts=not patient)
        case Refused():
            before = export.attempts.filter(outcome=Refused.family).count()
            if before >= len(REFUSAL_WAITS):
                outbox.settle_failed(export, attempt, answer)
            else:
                outbox.settle_retry(export, attempt, answer, not_before=timezone.now() + REFUSAL_WAITS[before])
        case BrokenConfiguration():
            if isinstance(error, ReconnectNeeded):
                _tell_once(export.integration, error.message)
            outbox.settle_waiting(export, attempt, answer)
        case DestinationGone():
            outbox.settle_failed(export, attempt, answer, attention=error.message)
        case _:
            outbox.settle_failed(export, attempt, answer)

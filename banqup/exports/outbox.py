"""Write, claim and settle exports. The table is the truth; Celery only wakes the worker.

`release` and `resend` run inside the caller's transaction. `claim` and the `settle_*` functions are
short transactions of their own, with the push (the network) between them and no lock held.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb

from .models import CLAIMABLE, PENDING, Export, ExportAttempt, ExportState, Integration

# The one place that knows the worker's tasks by name.
PUSH_TASK = "integrations.tasks.push"
PUSH_SEVERAL_TASK = "integrations.tasks.push_several"

# A push that has not settled by then is taken to be dead with its worker.
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
    timedelta(hours=24),
]
MAX_ATTEMPTS = len(RETRY_SCHEDULE) + 1
# Whoever waits behind another one is called when that is settled; this long at most it trusts in that.
LOOK_AGAIN = timedelta(hours=1)


def integrations_for(invoice: Invoice):
    """Every active integration of both sides for the documents of this business (LIFECYCLE §4, export rule)."""
    return Integration.objects.filter(
        Q(engagement=None) | Q(engagement__status="active"), space_id=invoice.space_id, is_active=True
    )


def release(invoice: Invoice, *, by=None, again: bool = False) -> list[Export]:
    """One export per active integration of both sides; called in the transaction of the approval.

    `again`: an earlier approval was withdrawn, and its cancelled rows stand. Whatever else an
    integration suffers from does not matter here: a broken one's row waits with its reason.
    """
    earlier = invoice.exports.values_list("integration").annotate(last=Max("sequence")) if again else ()
    last = dict(earlier)
    exports = Export.objects.bulk_create(
        Export(
            invoice=invoice,
            integration=integration,
            sequence=last.get(integration.pk, 0) + 1,
            content_sha256=invoice.content_sha256,
            created_by=by,
        )
        for integration in integrations_for(invoice).only("name")
    )
    if exports:
        nudge(PUSH_SEVERAL_TASK, [export.pk for export in exports])
    return exports


def resend(invoice: Invoice, integration: Integration, *, by) -> Export:
    """A new export with a new idempotency key; whatever still waits for this pair is replaced by it.

    The caller holds the invoice's row lock, so that two people can't take the same sequence.
    """
    earlier = Export.objects.filter(invoice=invoice, integration=integration)
    cancel(earlier.filter(state__in=CLAIMABLE), reason=_("Replaced by a new sending."), event=False)
    last = earlier.aggregate(last=Max("sequence"))["last"] or 0
    export = Export.objects.create(
        invoice=invoice,
        integration=integration,
        sequence=last + 1,
        content_sha256=invoice.content_sha256,
        created_by=by,
    )
    nudge(PUSH_TASK, export.pk)
    return export


def cancel(exports, *, reason: str, event: bool = True) -> int:
    """Cancel waiting `exports` visibly; what is being sent at this moment is left to finish."""
    cancelled, gone = 0, []
    now = timezone.now()
    journal.hold(exports.filter(state__in=CLAIMABLE).values_list("invoice", flat=True))
    for export in exports.filter(state__in=CLAIMABLE).select_related("integration"):
        taken = Export.objects.filter(pk=export.pk, state__in=CLAIMABLE).update(
            state=ExportState.CANCELLED, reason=reason[:500], settled_at=now
        )
        if taken and event:
            names = {"integration": export.integration.name, "reason": str(reason)}
            journal.record(export.invoice_id, Verb.EXPORT_CANCELLED, **names)
        cancelled += taken
        gone += [export.pk] if taken else []
    _call_followers(gone)
    return cancelled


def due(now: datetime | None = None):
    """Exports whose time has come, and those whose worker died."""
    now = now or timezone.now()
    return Export.objects.filter(
        Q(state__in=CLAIMABLE, next_try_at__lte=now) | Q(state=ExportState.SENDING, lease_until__lt=now)
    ).order_by("next_try_at", "id")


def ready(now: datetime):
    """Those of `due` whose time has come: each integration's oldest is found in an index, however many wait."""
    rows = Export.objects.filter(settled_at=None, state__in=CLAIMABLE, next_try_at__lte=now)
    return rows.order_by("next_try_at", "id")


def abandoned(now: datetime):
    """Those of `due` whose worker died: never many."""
    return Export.objects.filter(state=ExportState.SENDING, lease_until__lt=now).order_by("next_try_at", "id")


def claim(export_id: int) -> tuple[Export, ExportAttempt] | None:
    """Take one due export for this worker, or None: not due, taken, or its integration is off."""
    with transaction.atomic():
        rows = Integration.objects.select_related("space", "engagement").filter(exports=export_id)
        integration = rows.first()
        taken = claim_several([export_id], integration) if integration else []
    return taken[0] if taken else None


def claim_several(export_ids: list[int], integration: Integration) -> list[tuple[Export, ExportAttempt]]:
    """Take those of `export_ids` that are due, the oldest first; all are to the `integration`, read in this transaction.

    A conditional update under a lease of this claim's own, so two workers can't both take one. The
    attempts are written at once: a worker that dies leaves tries without outcome behind, and its lease ends.
    """
    if not _may_send(integration):
        for pk in export_ids:
            _drop(pk, integration)
        return []
    now = timezone.now()
    ours = {"state": ExportState.SENDING, "lease_until": now + LEASE}
    if not due(now).filter(pk__in=export_ids).order_by().update(**ours):
        return []
    rows = Export.objects.filter(pk__in=export_ids, **ours).select_related("invoice")
    exports = list(rows.prefetch_related("invoice__attachments").order_by("next_try_at", "id"))
    tries = ExportAttempt.objects.filter(export__in=exports).values_list("export")
    last = dict(tries.annotate(last=Max("number")).order_by())
    for export in exports:
        # An integration gets the documents of its own space.
        export.integration, export.invoice.space = integration, integration.space
    attempts = [ExportAttempt(export=export, number=last.get(export.pk, 0) + 1) for export in exports]
    return list(zip(exports, ExportAttempt.objects.bulk_create(attempts), strict=True))


def put_back(taken: list[tuple[Export, ExportAttempt]]) -> None:
    """Give claimed exports that were not begun back, as they were before."""
    for export, attempt in taken:
        with transaction.atomic():
            if _ours(export).update(state=_before_the_claim(export), lease_until=None):
                attempt.delete()


def _before_the_claim(export: Export) -> str:
    return ExportState.WAITING if export.reason else ExportState.QUEUED


def _drop(export_id: int, integration: Integration) -> None:
    """Cancel a due export whose integration may not send."""
    journal.hold(Export.objects.filter(pk=export_id).values_list("invoice", flat=True))
    now = timezone.now()
    if due(now).filter(pk=export_id).order_by().update(state=ExportState.SENDING, lease_until=now + LEASE):
        export = Export.objects.get(pk=export_id)
        export.integration = integration
        _close(export, ExportState.CANCELLED, _("The integration was switched off before this document was sent."))


def queue_behind(export: Export, invoice_ids: list[int]) -> bool:
    """Let a due `export` wait, visibly, behind a pending one of these invoices to the same integration.

    False when there is none; then it goes. No try is used up. Called in a transaction: the one in front
    is locked, so it can't settle before the row says who waits, and its settlement calls that one.
    """
    rows = Export.objects.filter(integration=export.integration_id, invoice__in=invoice_ids, state__in=PENDING)
    rows = rows.select_related("invoice").only("invoice__number").order_by("pk")
    ahead = list(rows.select_for_update(of=("self",), no_key=True))
    if not ahead:
        return False
    due().filter(pk=export.pk).order_by().update(
        state=ExportState.WAITING,
        after=ahead[0],
        reason=(_("Goes after %s.") % ahead[0].invoice.number)[:500],
        next_try_at=timezone.now() + LOOK_AGAIN,
        lease_until=None,
    )
    return True


def _call_followers(gone: list[int]) -> None:
    """What waited behind these exports is due now: each is delivered, failed or cancelled.

    Also when it failed. A failed one waits for a person, maybe for ever, and a document must not be
    missing somewhere because another one is; destinations take a credit note whose invoice they do
    not have. `Export.went_without` tells of it.
    """
    waiting = Export.objects.filter(after__in=gone, state=ExportState.WAITING)
    followers = list(waiting.order_by().values_list("pk", flat=True)) if gone else []
    if followers:
        Export.objects.filter(pk__in=followers, state=ExportState.WAITING).update(next_try_at=timezone.now(), reason="")
    for pk in sorted(followers):
        nudge(PUSH_TASK, pk)


def _may_send(integration: Integration) -> bool:
    engaged = not integration.is_partner_side or integration.engagement.status == "active"
    return integration.is_active and engaged


def keep_remote(export: Export, **ids) -> None:
    """Remember the ids of a finished step at the destination, so that a retry goes on after it."""
    with transaction.atomic():
        # Read again: a worker that lost its lease may have kept an id of its own meanwhile.
        kept = Export.objects.select_for_update().values_list("remote", flat=True).get(pk=export.pk)
        export.remote = {**kept, **ids}
        Export.objects.filter(pk=export.pk).update(remote=export.remote)


@dataclass(frozen=True)
class Answer:
    """What the destination said; `excerpt` is redacted by the caller."""

    outcome: str
    message: str
    status: int | None = None
    excerpt: str = ""


def settle_delivered(export, attempt, answer: Answer, *, label: str = "", url: str = "") -> None:
    with transaction.atomic():
        _end_attempt(export, attempt, answer)
        export.remote_label, export.remote_url = label[:300], url[:1000]
        export.attempt_count += 1
        _close(export, ExportState.DELIVERED, "", event=Verb.EXPORT_DELIVERED)
    if not export.integration.attention:
        return
    # After the rows are settled: whoever switches it off locks the integration first, then its documents.
    Integration.objects.filter(pk=export.integration_id).exclude(attention="").update(attention="")


def settle_retry(export, attempt, answer: Answer, *, not_before: datetime | None = None, counts: bool = True) -> None:
    """Try again by the schedule, or at `not_before`; a wait that does not `count` uses up no try."""
    with transaction.atomic():
        _end_attempt(export, attempt, answer)
        export.attempt_count += 1 if counts else 0
        if export.attempt_count >= MAX_ATTEMPTS:
            return _close(export, ExportState.FAILED, answer.message, event=Verb.EXPORT_FAILED)
        step = RETRY_SCHEDULE[max(export.attempt_count, 1) - 1]
        at = timezone.now() + step * random.uniform(0.8, 1.2)  # noqa: S311  (jitter, not a secret)
        if not_before is not None:
            # A destination may ask for more patience than our step, but not for ever.
            at = max(at, min(not_before, timezone.now() + timedelta(hours=24)))
        _wait(export, at, answer.message)


def settle_failed(export, attempt, answer: Answer, *, attention: str = "") -> None:
    """Never again without a person; `attention` marks the whole integration."""
    with transaction.atomic():
        _end_attempt(export, attempt, answer)
        export.attempt_count += 1
        _close(export, ExportState.FAILED, answer.message, event=Verb.EXPORT_FAILED)
    _mark(export, attention)


def settle_waiting(export, attempt, answer: Answer, *, recheck: timedelta = timedelta(hours=1)) -> None:
    """The integration itself is broken (configuration, access): the row waits with its reason and uses up no try."""
    with transaction.atomic():
        _end_attempt(export, attempt, answer)
        _wait(export, timezone.now() + recheck, answer.message)
    _mark(export, answer.message)


def _end_attempt(export, attempt, answer: Answer) -> None:
    """Lock the document, then close the attempt: it tells what happened, whoever owns the row by now."""
    journal.hold([export.invoice_id])
    attempt.duration_ms = int((timezone.now() - attempt.started_at).total_seconds() * 1000)
    attempt.outcome, attempt.message = answer.outcome, answer.message[:500]
    attempt.response_status, attempt.response_excerpt = answer.status, answer.excerpt[:4096]
    ExportAttempt.objects.filter(pk=attempt.pk).update(
        started_at=attempt.started_at,
        duration_ms=attempt.duration_ms,
        outcome=attempt.outcome,
        message=attempt.message,
        response_status=attempt.response_status,
        response_excerpt=attempt.response_excerpt,
    )


def _ours(export):
    """The row while our lease of it holds: another worker that took it over has a lease of its own."""
    return Export.objects.filter(pk=export.pk, state=ExportState.SENDING, lease_until=export.lease_until)


def _wait(export, at, reason) -> None:
    _ours(export).update(
        state=ExportState.WAITING,
        reason=reason[:500],
        next_try_at=at,
        lease_until=None,
        attempt_count=export.attempt_count,
    )


def _close(export, state, reason, *, event=Verb.EXPORT_CANCELLED) -> None:
    closed = _ours(export).update(
        state=state,
        reason=reason[:500],
        lease_until=None,
        settled_at=timezone.now(),
        attempt_count=export.attempt_count,
        remote_label=export.remote_label,
        remote_url=export.remote_url,
    )
    if not closed:
        return
    told = {"integration": export.integration.name, "reason": str(reason), "label": export.remote_label}
    journal.record(export.invoice_id, event, **told)
    _call_followers([export.pk])


def _mark(export, attention: str) -> None:
    if attention:
        Integration.objects.filter(pk=export.integration_id).update(attention=attention[:500])


def wake(integration: Integration) -> int:
    """Make everything that waits for `integration` due now (its configuration was repaired)."""
    now = timezone.now()
    waiting = Export.objects.filter(integration=integration, state__in=CLAIMABLE)
    for pk in waiting.values_list("pk", flat=True):
        nudge(PUSH_TASK, pk)
    return waiting.update(next_try_at=now)


def pending_for(integration: Integration) -> int:
    return Export.objects.filter(integration=integration, state__in=PENDING).count()

"""Approvals while workers and the broker are killed: what `make storm` does long and the suite short."""

import random
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from redis import Redis

from banqup.actions import approval
from banqup.exports.models import Export, ExportAttempt, ExportState, Integration
from banqup.invoices.models import Event, Invoice
from banqup.spaces.models import Space
from integrations import delivery, tasks
from tests.factories import einvoices, world


def webhook(space, url, name, engagement=None) -> Integration:
    integration = world.integration(
        space, connector="webhook", name=name, engagement=engagement, config={"url": url, "attach_files": True}
    )
    integration.keep_secrets({"secret": "whsec_" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="}, by=None)
    integration.save()
    return integration


def under_fire(
    *, approvals: int, blows: int, sink, start_worker, own_redis, publishing_to, eventually, seed: int
) -> None:
    """Approve `approvals` documents for a business and its accountant while `blows` times a worker or the
    broker is killed with SIGKILL; then everything released must have arrived exactly once."""
    dice = random.Random(seed)  # noqa: S311
    space = world.business(auto_approve=Space.AutoApprove.NEVER)
    engagement = world.engaged(space, world.partner())
    ours = webhook(space, sink.url, "ERP")
    theirs = webhook(space, sink.url, "Office", engagement)
    approver = world.member(space, "PR", "PA")
    waiting = [
        world.received(space, einvoices.invoice_bytes(number=f"S-{number}"), filename=f"{number}.xml")
        for number in range(approvals)
    ]
    blow_at = set(dice.sample(range(1, approvals), blows))
    workers = [start_worker()]
    with publishing_to(own_redis.url):
        for position, invoice in enumerate(waiting):
            approval.approve(invoice=invoice, by=approver)
            if position in blow_at:
                workers.append(_strike(dice, workers.pop(), own_redis, start_worker))

        def settled():
            _time_passes()
            tasks.sweep()  # what the scheduler does every 30 seconds
            return not Export.objects.exclude(state=ExportState.DELIVERED).exists()

        try:
            eventually(settled, 120)
        except AssertionError:
            raise AssertionError(f"not all delivered\n{_picture(workers[-1], own_redis)}") from None
    _check(sink, approvals, ours, theirs)


def _picture(worker, own_redis) -> str:
    """Where everything stands when the storm does not settle: for whoever reads the failure."""
    left = Export.objects.exclude(state=ExportState.DELIVERED)
    lines = [f"now {timezone.now()}"]
    lines += [
        f"export {row['pk']}: {row}"
        for row in left.values("pk", "integration", "state", "reason", "next_try_at", "lease_until", "attempt_count")
    ]
    lines += [
        f"attempt {row}"
        for row in ExportAttempt.objects.filter(export__in=left)
        .order_by("-pk")
        .values("export", "number", "started_at", "outcome", "message")[:10]
    ]
    lines += [f"integration {row}" for row in Integration.objects.values("pk", "is_active", "attention")]
    with Redis.from_url(own_redis.url, socket_timeout=5) as client:
        lines += [f"redis {key!r}: {_length(client, key)}" for key in client.scan_iter()]
    lines.append(f"worker running: {worker.running}; it said:\n{worker.output[-3000:]}")
    return "\n".join(lines)


def _length(client, key) -> int:
    measures = {b"list": client.llen, b"set": client.scard, b"zset": client.zcard, b"hash": client.hlen}
    return measures[client.type(key)](key)


def _time_passes() -> None:
    """The minutes that a person would wait: a lease that nobody works on ends, a retry comes due, a breaker probes."""
    now = timezone.now()
    given_up = Export.objects.filter(state=ExportState.SENDING)
    # A push to the sink takes milliseconds: after five seconds its worker, or its connection, is gone.
    given_up.exclude(attempts__started_at__gt=now - timedelta(seconds=5)).update(lease_until=now - timedelta(seconds=1))
    Export.objects.filter(state=ExportState.WAITING).update(next_try_at=now)
    failed = ExportAttempt.objects.exclude(outcome__in=["", delivery.DELIVERED])
    failed.update(started_at=F("started_at") - timedelta(hours=1))


def _strike(dice, worker, own_redis, start_worker):
    """Kill one of them mid-work and bring it back; time passes, so the dead worker's lease ends."""
    if dice.random() < 0.35:
        own_redis.kill()
        own_redis.start()
        return worker
    worker.kill()
    Export.objects.filter(state=ExportState.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))
    return start_worker()


def _check(sink, approvals, ours, theirs) -> None:
    exports = list(Export.objects.values_list("idempotency_key", "invoice__number", "integration"))
    assert len(exports) == 2 * approvals
    assert {integration for *_rest, integration in exports} == {ours.pk, theirs.pk}
    # One document per key at the receiver, and each of the right invoice.
    kept = {key: body["data"]["number"] for key, body in sink.documents.items()}
    assert kept == {str(key): number for key, number, _integration in exports}
    assert Event.objects.filter(verb="export_delivered").count() == 2 * approvals
    assert Event.objects.filter(verb="approved").count() == approvals
    assert Invoice.objects.filter(released_at=None).count() == 0

"""The state of the installation as Prometheus reads it.

Everything is counted in the database when it is asked for: any web process gives the same numbers, however
many workers there are, and a restart loses nothing.
"""

import threading
from collections import Counter
from datetime import timedelta

import redis
from django.conf import settings
from django.db.models import Count, Min, Q, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from banqup.bulk.models import BulkRow, BulkRun, Outcome
from banqup.conversations.models import Mail, MailState
from banqup.exports import health
from banqup.exports.models import CLAIMABLE, Export, ExportAttempt, ExportState, Grant, Integration
from banqup.invoices.models import Reading, Receipt
from banqup.mailboxes.models import Mailbox
from banqup.sending.models import Transmission

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_MS = (100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
# A try that started so long ago does not change any more: no task lives that long.
FINAL_AFTER = timedelta(minutes=20)
# Its worker died, or it runs at this moment.
NO_OUTCOME = "none"


class Metrics:
    """The numbers of one process: all but the tries are asked for anew, and of tries only the new ones."""

    def __init__(self):
        self.tries = Tries()

    def text(self) -> bytes:
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def describe(self):
        """Nothing is asked of the database only to be registered."""
        return []

    def collect(self):
        now = timezone.now()
        yield from _exports(now)
        yield from _integrations()
        yield from _work(now)
        yield from _mailboxes(now)
        yield from _broker()
        yield from self.tries.collect(now)


def _gauge(name: str, words: str, labels: tuple[str, ...], rows):
    """`rows`: label values and, last, the number."""
    family = GaugeMetricFamily(f"banqup_{name}", words, labels=labels)
    for *values, number in rows:
        family.add_metric([str(value) for value in values], number)
    return family


def _exports(now):
    connectors = dict(Integration.objects.order_by().values_list("pk", "connector"))
    counted = Counter()
    by_integration = Export.objects.order_by().values_list("integration", "state").annotate(number=Count("pk"))
    for integration, state, number in by_integration:
        counted[connectors.get(integration, ""), state] += number
    rows = [
        (name, state, counted[name, state]) for name in sorted(set(connectors.values())) for state in ExportState.values
    ]
    yield _gauge("exports", "Documents on their way to integrations, by state.", ("connector", "state"), rows)
    due = Export.objects.filter(state__in=CLAIMABLE, next_try_at__lte=now).order_by()
    oldest = dict(due.values_list("integration__connector").annotate(at=Min("next_try_at")))
    rows = [(name, _age(oldest.get(name), now)) for name in sorted(set(connectors.values()))]
    yield _gauge("export_oldest_due_seconds", "How long the first in the queue is overdue.", ("connector",), rows)
    left = Export.objects.filter(state=ExportState.SENDING, lease_until__lt=now)
    yield _gauge("exports_left_behind", "Being sent by a worker that does not answer any more.", (), [(left.count(),)])


def _age(moment, now) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


def _integrations():
    states, needing = Counter(), Counter()
    fields = ("connector", "is_active", "test_passed", "attention")
    for integration in Integration.objects.order_by().only(*fields).iterator():
        states[integration.connector, integration.state.value] += 1
    for connector in Integration.objects.filter(health.needs_person()).order_by().values_list("connector", flat=True):
        needing[connector] += 1
    rows = [(*key, number) for key, number in sorted(states.items())]
    yield _gauge("integrations", "Integrations, by state.", ("connector", "state"), rows)
    rows = [(name, needing[name]) for name in sorted({connector for connector, _state in states})]
    yield _gauge("integrations_needing_attention", "Integrations that wait for a person.", ("connector",), rows)
    dead = Grant.objects.filter(is_dead=True, integration__is_active=True).count()
    yield _gauge("consents_ended", "Active integrations that have to be connected again.", (), [(dead,)])


def _work(now):
    receipts = Receipt.objects.filter(outcome=Receipt.Outcome.WAITING)
    facts = receipts.aggregate(number=Count("pk"), oldest=Min("received_at"))
    yield _gauge("receipts_waiting", "Documents received and not judged yet.", (), [(facts["number"],)])
    yield _gauge("receipt_oldest_seconds", "How long the oldest of them waits.", (), [(_age(facts["oldest"], now),)])
    reading = Reading.objects.filter(state=Reading.State.WAITING)
    yield _gauge("readings_waiting", "PDFs and scans still to be read.", (), [(reading.count(),)])
    runs = BulkRun.objects.filter(finished_at=None)
    yield _gauge("bulk_runs_open", "Runs over many documents that are not finished.", (), [(runs.count(),)])
    rows = BulkRow.objects.filter(run__finished_at=None, outcome=Outcome.WAITING)
    yield _gauge("bulk_rows_waiting", "Documents that wait in those runs.", (), [(rows.count(),)])
    stopped = [MailState.WAITING, MailState.SENDING, MailState.FAILED]
    mails = dict(Mail.objects.filter(state__in=stopped).order_by().values_list("state").annotate(Count("pk")))
    rows = [(state.value, mails.get(state, 0)) for state in stopped]
    yield _gauge("mails", "Mails that wait or could not be sent.", ("state",), rows)
    sent = Transmission.objects.order_by().values_list("way", "state").annotate(number=Count("pk"))
    yield _gauge("transmissions", "Documents on their way to customers.", ("way", "state"), sorted(sent))


def _mailboxes(now):
    active = Mailbox.objects.filter(is_active=True)
    rows = [("active", active.count()), ("off", Mailbox.objects.filter(is_active=False).count())]
    yield _gauge("mailboxes", "Mailboxes that spaces have read.", ("state",), rows)
    needing = active.exclude(attention="", test_passed=True).count()
    yield _gauge("mailboxes_needing_attention", "Mailboxes in use that wait for a person.", (), [(needing,)])
    oldest = active.filter(test_passed=True, poll_at__lte=now).aggregate(at=Min("poll_at"))["at"]
    words = "How long the first mailbox that is to be read is overdue."
    yield _gauge("mailbox_oldest_due_seconds", words, (), [(_age(oldest, now),)])


def _broker():
    """What waits in the broker are only wake-up calls; a pile of them says that no worker is there."""
    if not settings.REDIS_URL:
        return
    up, waiting = 0, None
    try:
        with redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1) as server:
            waiting, up = server.llen(f"{settings.REDIS_PREFIX}celery"), 1
    except (redis.RedisError, OSError):
        pass  # that it is away is what is told
    yield _gauge("broker_up", "Whether the broker answers.", (), [(up,)])
    if waiting is not None:
        yield _gauge("tasks_waiting", "Tasks that no worker has taken yet.", (), [(waiting,)])


class Tries:
    """How pushes ended and how long they took, since ever.

    Tries are never deleted and don't change once they are old: what was counted of them is kept, and each
    time only what came since is read. A new process counts from the beginning, and arrives at the same numbers.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._counted_to = 0
        self._totals = Counter()

    def collect(self, now):
        with self._lock:
            totals = self._count(now)
        outcomes = CounterMetricFamily(
            "banqup_push_attempts", "Tries to deliver a document.", labels=("connector", "outcome")
        )
        durations = HistogramMetricFamily("banqup_push_duration_seconds", "How long a try took.", labels=("connector",))
        connectors = sorted({connector for connector, _what, _which in totals})
        for connector, what, which in sorted(totals, key=str):
            if what == "outcome":
                outcomes.add_metric([connector, which], totals[connector, what, which])
        for connector in connectors:
            buckets = [(str(limit / 1000), totals[connector, "up_to", limit]) for limit in BUCKETS_MS]
            buckets.append(("+Inf", totals[connector, "timed", None]))
            durations.add_metric([connector], buckets, sum_value=totals[connector, "ms", None] / 1000)
        yield outcomes
        yield durations

    def _count(self, now) -> Counter:
        new = ExportAttempt.objects.filter(pk__gt=self._counted_to).order_by("pk").values_list("pk", flat=True)
        may_change = new.filter(started_at__gt=now - FINAL_AFTER).first()
        final_to = may_change - 1 if may_change else new.reverse().first()
        if final_to and final_to > self._counted_to:
            self._totals += _counted(pk__gt=self._counted_to, pk__lte=final_to)
            self._counted_to = final_to
        return self._totals + _counted(pk__gt=self._counted_to)


def _counted(**which) -> Counter:
    limits = {f"up_to_{limit}": Count("pk", filter=Q(duration_ms__lte=limit)) for limit in BUCKETS_MS}
    rows = ExportAttempt.objects.filter(**which).order_by().values("export__integration__connector", "outcome")
    found = Counter()
    for row in rows.annotate(number=Count("pk"), timed=Count("duration_ms"), ms=Sum("duration_ms"), **limits):
        connector = row["export__integration__connector"]
        found[connector, "outcome", row["outcome"] or NO_OUTCOME] += row["number"]
        found[connector, "timed", None] += row["timed"]
        found[connector, "ms", None] += row["ms"] or 0
        for limit in BUCKETS_MS:
            found[connector, "up_to", limit] += row[f"up_to_{limit}"]
    return found

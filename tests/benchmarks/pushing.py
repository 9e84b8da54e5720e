"""Deliveries by real workers to receivers on 127.0.0.1, each as a ratio taken in one run."""

import contextlib
import http.client
import itertools
import os
import signal
import time
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from redis import Redis

from banqup.celery import app
from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Invoice
from integrations import gate, tasks
from integrations.webhook.forms import generate_secret
from tests.benchmarks import floor
from tests.benchmarks.crowd import crowd
from tests.benchmarks.measure import Measure, milliseconds, side_by_side
from tests.benchmarks.worker import NOTHING
from tests.factories import world
from tests.fakes.webhook_sink import WebhookSink
from tests.integrations import helpers
from tests.runtime import processes

_numbers = itertools.count(1)
SECONDS_AT_MOST = 120
SLOW_SECONDS, SLOW_DOCUMENTS = 5, 60
FEW, MANY, DESTINATIONS = 1_000, 100_000, 10
# Of the worker that `make run` starts.
PROCESSES = app.conf.worker_concurrency


class Sink(WebhookSink):
    """A receiver that answers after `seconds`, and counts instead of keeping."""

    def __init__(self, seconds: float = 0):
        super().__init__()
        self.seconds, self.count, self.body = seconds, 0, b""

    def handle(self, handler, received) -> None:
        time.sleep(self.seconds)
        with self._lock:
            self.count, self.body = self.count + 1, received.body
        handler.answer(200, b"thank you")


def every(*, quick: bool):
    with _broker() as broker:
        yield lambda: one_worker(broker, 400)  # fewer would measure how a process starts
        yield lambda: two_workers(broker, 60 if quick else 200)
        yield lambda: beside_a_slow_one(broker, 200 if quick else 600)
    yield from sweeps(5 if quick else 15)


@contextlib.contextmanager
def _broker():
    server = processes.OwnRedis().start()
    try:
        with processes.publishing_to(server.url):
            yield server
    finally:
        server.stop()


@contextlib.contextmanager
def _stopped(broker, *, workers: int = 1, processes_each: int = 1):
    """Workers that have started and stand still until the function that this gives is called."""
    options = ["--concurrency", str(processes_each)]
    running = [
        processes.worker(
            connection, broker.url, "--hostname", f"bench{number}", *options, app="tests.benchmarks.worker"
        )
        for number in range(workers)
    ]
    for worker in running:
        os.killpg(worker.pid, signal.SIGSTOP)
    try:
        yield lambda: [os.killpg(worker.pid, signal.SIGCONT) for worker in running]
    finally:
        for worker in running:
            worker.kill()
        with Redis.from_url(broker.url) as client:
            client.flushall()  # what they left unfinished


def _webhook(url: str):
    number = next(_numbers)
    space = world.business(slug=f"pushing-{number}", vat_id="", company_id="", endpoint_id="")
    return helpers.integration(space, "webhook", config={"url": url}, secrets={"secret": generate_secret()})


def _documents(integration, number: int) -> None:
    """So many released documents that are due there."""
    for _ in range(number):
        helpers.queued(helpers.released(integration.space, f"P-{next(_numbers)}"), integration)


def _timed(go, done) -> float:
    started = time.perf_counter()
    go()
    while not done():
        assert time.perf_counter() - started < SECONDS_AT_MOST, "the workers did not come to an end"
        time.sleep(0.002)
    return time.perf_counter() - started


def _pushes(broker, number: int, *, answers_after: float = 0, workers: int = 1) -> tuple[float, bytes]:
    """Seconds a push, and the body of the last one."""
    with Sink(answers_after) as sink, _stopped(broker, workers=workers) as go:
        _documents(_webhook(sink.url), number)
        tasks.sweep()
        taken = _timed(go, lambda: sink.count == number)
    return taken / number, sink.body


def one_worker(broker, number: int) -> Measure:
    """At least half the throughput of what can't be left out: a task, a POST on an open connection, three writes."""
    ours, body = _pushes(broker, number)
    with _stopped(broker) as go:
        for _ in range(number):
            app.send_task(NOTHING)
        task = _timed(go, lambda: not _unfinished(broker)) / number
    floor.create_table()
    with Sink() as sink, contextlib.closing(http.client.HTTPConnection("127.0.0.1", sink.port)) as line:
        post, write = side_by_side(number, lambda: _post(line, body), _write)
    least = task + post + 3 * write
    return Measure(
        "a push : 2 × (task, POST, three row writes)",
        ours / (2 * least),
        1.0,
        milliseconds(ours, task, post, 3 * write),
    )


def _unfinished(broker) -> int:
    with Redis.from_url(broker.url) as client:
        prefix = settings.REDIS_TRANSPORT_OPTIONS["global_keyprefix"]
        return client.llen(prefix + "celery") + client.hlen(prefix + "unacked")


def _post(line, body: bytes) -> None:
    line.request("POST", "/hook", body, {"Content-Type": "application/json"})
    answer = line.getresponse()
    answer.read()
    assert answer.status == 200, answer.status


def _write() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {floor.TABLE} (text) VALUES (%s)", ["one row"])


def two_workers(broker, number: int) -> Measure:
    """A receiver that takes 50 ms: two workers deliver at least 1.6 times as much as one."""
    one, _body = _pushes(broker, number, answers_after=0.05)
    two, _body = _pushes(broker, number, answers_after=0.05, workers=2)
    return Measure("time a push with two workers : one", two / one, 1 / 1.6, milliseconds(two, one))


def beside_a_slow_one(broker, number: int) -> Measure:
    """The others while one receiver takes five seconds, with as many processes as `make run` has."""
    alone, beside = (_others(broker, number, slow) for slow in (0, SLOW_SECONDS))
    return Measure("pushes beside a slow receiver : alone", beside / alone, 1 / 0.9, milliseconds(beside, alone))


def _others(broker, number: int, slow: float) -> float:
    """Seconds for `number` documents of three receivers, beside a fourth that answers after `slow` seconds or has nothing."""
    with Sink() as sink, Sink(slow) as other, _stopped(broker, processes_each=PROCESSES) as go:
        crowded = _webhook(other.url)
        if slow:
            _documents(crowded, SLOW_DOCUMENTS)
        for _ in range(3):
            _documents(_webhook(sink.url), number // 3)
        tasks.sweep()
        taken = _timed(go, lambda: sink.count == number // 3 * 3)
    return taken


def sweeps(rounds: int):
    """A sweep that finds ten destinations behind, and one that finds nothing due, with 100,000 waiting against 1,000."""
    to = [_webhook("http://127.0.0.1:8000/")]
    to += [helpers.integration(to[0].space, "webhook", config=to[0].config) for _ in range(DESTINATIONS - 1)]
    crowd(to[0].space, MANY // DESTINATIONS)
    documents = list(Invoice.objects.filter(space=to[0].space).values_list("pk", flat=True))
    for name, is_due in (("due", True), ("waiting for later", False)):
        yield lambda name=name, is_due=is_due: _sweep(name, is_due, to, documents, rounds)
    Export.objects.filter(integration__in=to).delete()


def _sweep(name: str, is_due: bool, to: list, documents: list[int], rounds: int) -> Measure:
    taken = []
    for size in (FEW, MANY):
        _waiting(to, documents[: size // DESTINATIONS], is_due)
        seconds, _same = side_by_side(rounds, gate.sweep, gate.sweep)
        assert len(gate.sweep()) == (DESTINATIONS * gate.LISTED_AT_MOST if is_due else 0)
        taken.append(seconds)
    return Measure(f"a sweep with 100,000 {name} : 1,000", taken[1] / taken[0], 1.5, milliseconds(taken[1], taken[0]))


def _waiting(to: list, documents: list[int], is_due: bool) -> None:
    """Each of `documents` waits for each of the integrations, and nothing else is in the outbox."""
    Export.objects.all().delete()
    first = timezone.now() + timedelta(days=-1 if is_due else 1)
    rows = (
        Export(invoice_id=pk, integration=one, state=ExportState.WAITING, next_try_at=first + timedelta(seconds=place))
        for place, pk in enumerate(documents)
        for one in to
    )
    Export.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

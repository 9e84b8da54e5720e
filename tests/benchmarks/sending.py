"""Sales on their way: from *Send* to *Sent* over a loopback channel, and what web pages feel of it."""

import contextlib
import http.client
import itertools
import os
import re
import statistics
import sys
import time

from django.db import connection
from django.test import Client
from django.urls import reverse
from redis import Redis

from banqup import einvoicing
from banqup.actions.release import e_invoice
from banqup.celery import app
from banqup.einvoicing.rendering import pdf_with_data
from banqup.invoices.models import Attachment, Invoice
from banqup.runtime.stack import WORKER_NICENESS
from banqup.sending import queue
from banqup.sending.models import Transmission, TransmissionState, Way
from tests.benchmarks.crowd import crowd
from tests.benchmarks.measure import Measure, milliseconds, side_by_side
from tests.benchmarks.pushing import Sink, _broker, _post, _unfinished
from tests.benchmarks.server import Server
from tests.benchmarks.worker import NOTHING
from tests.factories import einvoices, sales, world
from tests.runtime import processes

_numbers = itertools.count(1)
SECONDS_AT_MOST = 60
QUEUED = 10_000


def every(*, quick: bool):
    with _broker() as broker:
        yield lambda: send_to_sent(broker, 10 if quick else 40)
        yield from pages_beside_sending(broker, 150 if quick else 600)


@contextlib.contextmanager
def _mailing(broker):
    """A mail server, and a worker as `make run` starts it that mails to it."""
    server = processes.Spawned([sys.executable, "-m", "tests.fakes.email"])
    os.setpriority(os.PRIO_PROCESS, server.pid, 19)  # in life it is another machine's
    worker = None
    try:
        processes.eventually(lambda: "EMAIL_URL" in server.output, 30, "the mail server does not start")
        os.environ["BANQUP_BENCH_MAIL"] = re.search(r"smtp://127\.0\.0\.1:(\d+)", server.output)[1]
        name = f"mail{next(_numbers)}"
        options = ["--hostname", name, "--concurrency", str(app.conf.worker_concurrency)]
        worker = processes.worker(connection, broker.url, *options, app="tests.benchmarks.mailing_worker")
        os.setpriority(os.PRIO_PGRP, worker.pid, WORKER_NICENESS)
        yield
    finally:
        if worker is not None:
            worker.kill()
        server.kill()
        os.environ.pop("BANQUP_BENCH_MAIL", None)


def _seller():
    number = next(_numbers)
    space = world.business(slug=f"sending-{number}", iban=einvoices.iban(number), vat_id=_vat(number), company_id="")
    person = world.member(space, "SR", email=f"seller@{space.slug}.example")
    signed_in = Client(enforce_csrf_checks=True)
    signed_in.force_login(person)
    signed_in.get(reverse("business:sales_list", args=[space.slug]))
    cookies = {name: morsel.value for name, morsel in signed_in.cookies.items()}
    return space, person, cookies


def _vat(number: int) -> str:
    return f"BE{einvoices.enterprise_number(5000 + number)}"


def send_to_sent(broker, rounds: int) -> Measure:
    """From the click to *Sent*; against judging, drawing, one POST and one empty task, which take turns with it."""
    space, person, cookies = _seller()
    lines = [sales.line(f"Brood {number}") for number in range(1, 6)]
    todo = iter([sales.draft(space, person, lines=lines) for _ in range(rounds + 2)])
    data = e_invoice(sales.issued(space, person, lines=lines)).load()
    Transmission.objects.filter(invoice__space=space).update(state=TransmissionState.CANCELLED)
    server = Server(broker.url)

    def press():
        draft = next(todo)
        path = reverse("business:creator_send", args=[space.slug, draft.pk])
        status = server.post(path, {"way": "email", "csrfmiddlewaretoken": cookies["csrftoken"]}, cookies)
        assert status in (302, 303), status
        _until(lambda: Transmission.objects.filter(invoice=draft, state=TransmissionState.SENT).exists())

    def empty_task():
        app.send_task(NOTHING)
        _until(lambda: not _unfinished(broker))

    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_mailing(broker))
            sink = stack.enter_context(Sink())
            line = stack.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", sink.port)))
            ours, *parts = side_by_side(
                rounds,
                press,
                lambda: einvoicing.validate(data),
                lambda: pdf_with_data(data, language="nl", own=True),
                lambda: _post(line, data),
                empty_task,
            )
    finally:
        server.stop()
    name = "Send to Sent : judge + draw + one POST + empty task"
    return Measure(name, ours / sum(parts), 1.5, milliseconds(ours, *parts))


def _until(done) -> None:
    started = time.perf_counter()
    while not done():
        assert time.perf_counter() - started < SECONDS_AT_MOST, "the worker did not come to an end"
        time.sleep(0.002)


def pages_beside_sending(broker, rounds: int):
    """The slowest twentieth of web pages with 10,000 sends in the queue and the worker at them, against idle."""
    space, person, cookies = _seller()
    first = sales.issued(space, person)
    crowd(space, QUEUED)  # what a business that sells so much has bought
    _queue_up(first, person)
    pages = [
        reverse("business:sales_list", args=[space.slug]),
        reverse("business:purchase_list", args=[space.slug]),
        reverse("business:sales_detail", args=[space.slug, first.pk]),
    ]
    yield lambda: _beside_sending(broker, space, pages, cookies, rounds)
    Transmission.objects.filter(invoice__space=space).update(state=TransmissionState.CANCELLED)


def _beside_sending(broker, space, pages: list[str], cookies: dict, rounds: int) -> Measure:
    server = Server(broker.url)
    waiting = Transmission.objects.filter(invoice__space=space, state=TransmissionState.QUEUED)
    try:
        idle = _slowest(server, pages, cookies, rounds)
        server.line.close()  # the server hangs up on whoever is silent for long
        with _mailing(broker), _asked_for(broker, waiting):
            many = waiting.count()
            _until(lambda: waiting.count() < many)
            left = waiting.count()
            busy = _slowest(server, pages, cookies, rounds)
            assert 0 < waiting.count() < left, "the worker had nothing to do"
    finally:
        server.stop()
    return Measure("p95 of pages beside 10,000 sends : idle", busy / idle, 2.0, milliseconds(busy, idle))


@contextlib.contextmanager
def _asked_for(broker, waiting):
    """A task for each that waits; what the worker does not get to is forgotten."""
    with app.producer_pool.acquire(block=True) as producer:
        for pk in waiting.values_list("pk", flat=True).order_by("pk"):
            app.send_task(queue.TRANSMIT_TASK, (pk,), producer=producer)
    try:
        yield
    finally:
        with Redis.from_url(broker.url) as client:
            client.flushall()


def _slowest(server, pages: list[str], cookies: dict, rounds: int) -> float:
    """The 95th percentile of the seconds that `pages` took, each asked for in its turn."""
    taken = []
    for number in range(rounds + len(pages)):
        started = time.perf_counter()
        status = server.get(pages[number % len(pages)], cookies)
        taken.append(time.perf_counter() - started)
        assert status == 200, status
    return statistics.quantiles(taken[len(pages) :], n=20)[-1]


def _queue_up(pattern: Invoice, person) -> None:
    """As many documents as `pattern`, whose e-invoice they share, each waiting to be mailed to its customer."""
    shared, row = e_invoice(pattern), pattern.transmissions.get()
    common = {
        name.attname: getattr(pattern, name.attname)
        for name in Invoice._meta.concrete_fields
        if name.attname not in ("id", "number", "number_key", "event_count", "event_head", "original_sha256")
    }
    copies = Invoice.objects.bulk_create(
        (Invoice(**common, number=f"Q{number}", number_key=f"q{number}") for number in range(QUEUED)), batch_size=500
    )
    Attachment.objects.bulk_create(
        (
            Attachment(
                invoice=copy,
                role=shared.role,
                filename=shared.filename,
                mime_type=shared.mime_type,
                size=shared.size,
                sha256=shared.sha256,
            )
            for copy in copies
        ),
        batch_size=500,
    )
    Transmission.objects.bulk_create(
        (
            Transmission(
                invoice=copy,
                way=Way.EMAIL,
                recipient=row.recipient,
                language=row.language,
                content_sha256=row.content_sha256,
                created_by=person,
            )
            for copy in copies
        ),
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")

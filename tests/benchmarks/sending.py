"""Sales on their way: from *Send* to *Sent* over a loopback channel."""

import contextlib
import http.client
import itertools
import os
import time

from django.db import connection
from django.test import Client
from django.urls import reverse

from banqup import einvoicing
from banqup.actions.release import e_invoice
from banqup.celery import app
from banqup.einvoicing.rendering import pdf_with_data
from banqup.runtime.stack import WORKER_NICENESS
from banqup.sending.models import Transmission, TransmissionState
from tests.benchmarks.measure import Measure, milliseconds, side_by_side
from tests.benchmarks.pushing import Sink, _broker, _post, _unfinished
from tests.benchmarks.server import Server
from tests.benchmarks.worker import NOTHING
from tests.factories import einvoices, sales, world
from tests.fakes import email as mailbox_fake
from tests.runtime import processes

_numbers = itertools.count(1)
SECONDS_AT_MOST = 60


def every(*, quick: bool):
    with _broker() as broker:
        yield lambda: send_to_sent(broker, 10 if quick else 40)


@contextlib.contextmanager
def _mailing(broker):
    """A mail server, and a worker as `make run` starts it that mails to it."""
    with mailbox_fake.running() as mailbox:
        os.environ["BANQUP_BENCH_MAIL"] = str(mailbox.server.port)
        name = f"mail{next(_numbers)}"
        options = ["--hostname", name, "--concurrency", str(app.conf.worker_concurrency)]
        worker = processes.worker(connection, broker.url, *options, app="tests.benchmarks.mailing_worker")
        os.setpriority(os.PRIO_PGRP, worker.pid, WORKER_NICENESS)
        try:
            yield mailbox
        finally:
            worker.kill()
            del os.environ["BANQUP_BENCH_MAIL"]


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

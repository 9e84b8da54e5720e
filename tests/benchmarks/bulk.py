"""A bulk run of 500 correct documents, against approving them one by one in one process."""

import threading
import time

from django.db import connection

from banqup.actions import approval, bulk
from banqup.bulk import queue
from banqup.bulk.models import Task
from banqup.spaces.models import Space
from tests.benchmarks.measure import Measure, milliseconds
from tests.factories import einvoices, world

DOCUMENTS = 500
ONE_BY_ONE = 100


def approvals() -> Measure:
    """The run as two workers do it; at least 0.8 × the rate of approving one by one."""
    space = world.business(
        slug="bulk", vat_id="BE0702451135", company_id="", endpoint_id="", auto_approve=Space.AutoApprove.NEVER
    )
    world.integration(space)
    by = world.member(space, email="bench@bulk.example")
    lines = tuple(einvoices.line(number) for number in range(1, 6))
    waiting = [
        world.received(space, einvoices.invoice_bytes(number=f"R-{number}", lines=lines))
        for number in range(DOCUMENTS + ONE_BY_ONE)
    ]
    alone, together = waiting[:ONE_BY_ONE], waiting[ONE_BY_ONE:]
    started = time.perf_counter()
    for invoice in alone:
        approval.approve(invoice=invoice, by=by)
    single = (time.perf_counter() - started) / ONE_BY_ONE
    seen = {invoice.pk: invoice.version for invoice in together}
    started = time.perf_counter()
    run = bulk.start(space=space, task=Task.APPROVE, seen=seen, by=by)
    workers = [threading.Thread(target=_work, args=(run.pk,)) for _lane in range(queue.LANES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    each = (time.perf_counter() - started) / DOCUMENTS
    assert queue.counts(run) == queue.Counts(DOCUMENTS, DOCUMENTS, 0, 0)
    return Measure("bulk run of 500 : approving one by one", each / single, 1 / 0.8, milliseconds(each, single))


def _work(run_id) -> None:
    try:
        bulk.work(run_id=run_id)
    finally:
        connection.close()

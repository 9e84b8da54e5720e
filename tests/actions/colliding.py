"""Two people (or a person and a worker) at the same moment, in transactions that really overlap.

On PostgreSQL a third connection holds the rows that both will want. Each job runs until it waits for a
row; when both wait, or are through, the rows are let go, in the order in which the jobs came. Nothing
depends on time. SQLite has one writer at a time: there the two just start together.
"""

import contextlib
import threading
from collections import Counter

from django.db import connection, connections, transaction

from banqup.exports import outbox
from banqup.exports.models import Export, Integration
from banqup.invoices.models import Event, Invoice
from banqup.payments.models import Allocation, Payment
from tests.runtime.processes import eventually


class Job(threading.Thread):
    """One call in a thread and connection of its own; `outcome` is how it ended."""

    def __init__(self, call):
        super().__init__(daemon=True)
        self.call, self.outcome, self.backend = call, None, None

    def run(self):
        try:
            with connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SELECT pg_backend_pid()")
                    self.backend = cursor.fetchone()[0]
            self.outcome = outcome_of(self.call)
        finally:
            connection.close()

    def waits_or_is_through(self) -> bool:
        if not self.is_alive():
            return True
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'", [self.backend or 0]
            )
            return cursor.fetchone() is not None


def outcome_of(call) -> str:
    """'done', or the name of what was raised: a refusal is an outcome too, a deadlock shows by its name."""
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "done"


def at_the_same_time(*calls) -> list[str]:
    """The outcomes of `calls`, which overlap; the first gets first what all want."""
    jobs = [Job(call) for call in calls]
    if connection.vendor != "postgresql":
        for job in jobs:
            job.start()
    else:
        with _held():
            for job in jobs:
                job.start()
                eventually(job.waits_or_is_through, 120, "neither waits for a row nor ends")
    for job in jobs:
        job.join(120)
        assert not job.is_alive(), "never ended"
    return [job.outcome for job in jobs]


@contextlib.contextmanager
def _held():
    """All documents, exports and integrations locked by a connection of their own until the end."""
    holder = connections.create_connection("default")
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            for model in (Integration, Invoice, Export):
                cursor.execute(f"SELECT id FROM {model._meta.db_table} ORDER BY id FOR UPDATE")
        yield
        holder.rollback()
    finally:
        holder.close()


def one_after_the_other(*calls) -> tuple:
    """What becomes of everything when `calls` run in this order; taken back."""
    with transaction.atomic():
        outcomes = [outcome_of(call) for call in calls]
        found = outcomes, afterwards()
        transaction.set_rollback(True)
    return found


def afterwards() -> dict:
    """Everything that counts, once the worker has taken what is still to be sent."""
    for pk in list(outbox.due().values_list("pk", flat=True)):
        taken = outbox.claim(pk)
        if taken:
            outbox.settle_delivered(*taken, outbox.Answer("delivered", "Taken"))
    return {
        "documents": [
            (one.pk, one.document_status, one.general_status, one.accounting_status, one.paid, one.credited)
            + (one.is_released, one.deleted_at is None, one.payable)
            for one in Invoice.objects.order_by("pk")
        ],
        "exports": sorted(Export.objects.values_list("invoice", "integration__name", "sequence", "state")),
        "allocated": sorted(
            Allocation.objects.filter(removed_at=None).values_list("invoice", "credit_note", "amount"), key=str
        ),
        "paid": sorted(Payment.objects.filter(undone_at=None).values_list("amount", flat=True)),
        "history": Counter(Event.objects.values_list("invoice", "verb")),
    }

"""What Celery runs, with a broker, without one, and with one that is gone."""

import logging
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone

from banqup.exports.models import ExportAttempt
from banqup.exports.outbox import PUSH_TASK
from banqup.invoices.models import Receipt
from integrations import tasks
from tests.factories import world

from . import helpers

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker_is_gone(monkeypatch):
    def gone(*args, **kwargs):
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr("celery.app.task.Task.apply_async", gone)


def receipt(space, name="a", **fields):
    return Receipt.objects.create(
        space=space, direction="purchase", channel="command", filename=name, size=1, sha256=name * 64, **fields
    )


@pytest.mark.parametrize("name", ["push", "sweep", "judge_receipt", "judge_receipts", "housekeeping"])
def test_every_task_has_the_name_that_others_call_it_by(name):
    current_app.loader.import_default_modules()
    assert f"integrations.tasks.{name}" in current_app.tasks


def test_the_outbox_wakes_the_task_that_pushes():
    assert tasks.push.name == PUSH_TASK


def test_push_delivers(space, webhook, sink):
    export = helpers.queued(helpers.released(space), webhook)
    tasks.push(export.pk)
    assert list(sink.documents) == [str(export.idempotency_key)]


def test_a_sweep_asks_for_every_due_export(space, webhook, nudges):
    first, second, _later = (helpers.queued(helpers.released(space, number), webhook) for number in "abc")
    type(_later).objects.filter(pk=_later.pk).update(next_try_at=timezone.now() + timedelta(hours=1))
    tasks.sweep()
    assert nudges == [(PUSH_TASK, (first.pk,)), (PUSH_TASK, (second.pk,))]


def test_a_sweep_without_a_broker_says_so_and_the_rows_stay_due(space, webhook, broker_is_gone, caplog):
    exports = [helpers.queued(helpers.released(space, number), webhook) for number in "ab"]
    with caplog.at_level(logging.WARNING, "integrations.tasks"):
        tasks.sweep()
    assert [record.getMessage() for record in caplog.records] == [
        "The broker is away (no broker): 2 of 2 not asked for; the next sweep will."
    ]
    assert helpers.push(exports[0]).state == "delivered"


def test_a_push_without_a_broker_delivers(space, webhook, broker_is_gone, sink):
    helpers.push(helpers.queued(helpers.released(space), webhook))
    assert len(sink.documents) == 1


def test_receipts_that_were_left_are_judged(space, nudges):
    now = timezone.now()
    due, _waiting = receipt(space, "a"), receipt(space, "b", next_try_at=now + timedelta(hours=1))
    tasks.judge_receipts()
    assert nudges == [("integrations.tasks.judge_receipt", (due.pk,))]


def test_judging_without_a_broker_says_so(space, broker_is_gone, caplog):
    receipt(space)
    tasks.judge_receipts()
    assert Receipt.objects.get().outcome == "waiting"


def test_a_receipt_is_judged():
    from banqup.actions import intake

    space = world.business()
    kept = intake.receive(
        space=space, data=b"not an invoice", filename="a", channel="command", direction="purchase", by=None
    )
    tasks.judge_receipt(kept.pk)
    assert Receipt.objects.get().outcome == "document"


def test_old_answers_are_forgotten_but_not_that_they_came(space, webhook):
    export = helpers.queued(helpers.released(space), webhook, remote={"document": "D1"})
    for number, days in enumerate([91, 89], start=1):
        at = timezone.now() - timedelta(days=days)
        ExportAttempt.objects.create(
            export=export,
            number=number,
            started_at=at,
            outcome="try_again",
            message="Down.",
            response_status=500,
            response_excerpt="x",
        )
    tasks.housekeeping()
    rows = ExportAttempt.objects.values_list("number", "outcome", "message", "response_status", "response_excerpt")
    assert list(rows) == [(1, "try_again", "Down.", 500, ""), (2, "try_again", "Down.", 500, "x")]
    export.refresh_from_db()
    assert export.remote == {"document": "D1"}

"""Runs over many documents: done one by one, once, whoever dies on the way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.actions import approval, bookkeeping, bulk, engagements
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.bulk import queue
from banqup.bulk.models import BulkRow, BulkRun, Outcome, Task
from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.event import Verb
from tests.factories import world

pytestmark = pytest.mark.django_db


def seen(invoices) -> dict[int, int]:
    return {invoice.pk: invoice.version for invoice in invoices}


def told(run) -> list[tuple]:
    return list(run.rows.values_list("invoice__number", "outcome", "words", "may_help"))


def approvals() -> int:
    return Event.objects.filter(verb=Verb.APPROVED).count()


def approve_all(space, invoices, by) -> BulkRun:
    return bulk.start(space=space, task=Task.APPROVE, seen=seen(invoices), by=by)


@pytest.fixture
def many(make, monkeypatch):
    """Three documents that count as many: their run is the workers'."""
    monkeypatch.setattr(bulk, "SMALL", 2)
    return make(3)


def test_a_small_run_is_done_at_once(space, an, make, nudges):
    run = approve_all(space, make(3), an)

    assert told(run) == [(f"A-{n:03}", "done", "", False) for n in range(3)]
    assert (run.finished_at is not None, nudges, approvals()) == (True, [], 3)


def test_a_large_run_waits_for_the_workers_who_are_asked_side_by_side(
    space, an, many, nudges, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = approve_all(space, many, an)

    assert nudges == [(queue.WORK_TASK, (run.pk,))] * queue.LANES
    assert (queue.counts(run), run.finished_at) == (queue.Counts(3, 0, 0, 0), None)
    assert bulk.work(run_id=run.pk) is False
    run.refresh_from_db()
    assert (queue.counts(run), run.finished_at is not None) == (queue.Counts(3, 3, 0, 0), True)


def test_a_worker_takes_turns_and_says_that_more_is_left(space, an, many):
    run = approve_all(space, many, an)

    assert [bulk.work(run_id=run.pk, seconds=0) for _turn in range(4)] == [True, True, True, False]
    assert approvals() == 3


def test_the_same_asked_twice_at_once_is_one_run_and_afterwards_another(space, an, many):
    first, again = approve_all(space, many, an), approve_all(space, reversed(many), an)
    assert first == again
    bulk.work(run_id=first.pk)

    late = approve_all(space, many, an)
    bulk.work(run_id=late.pk)

    assert told(late) == [(f"A-{n:03}", "not_done", "approved by you already", False) for n in range(3)]
    assert approvals() == 3


def test_what_changed_since_it_was_seen_is_left_out_and_named(space, an, make):
    first, second = make(2)
    tom = world.member(space, "PA", email="tom@janssens.example")
    shown = seen([first, second])
    approval.save(invoice=second, document=second.document, by=tom, version=second.version)

    run = bulk.start(space=space, task=Task.APPROVE, seen=shown, by=an)

    assert told(run) == [("A-000", "done", "", False), ("A-001", "not_done", "changed by Tom", True)]


def test_a_right_that_is_lost_on_the_way_is_lost_for_the_rest(space, an, many):
    run = approve_all(space, many, an)
    bulk.work(run_id=run.pk, seconds=0)
    an.memberships.all().delete()
    bulk.work(run_id=run.pk)

    assert [outcome for _number, outcome, *_rest in told(run)] == ["done", "not_done", "not_done"]
    assert approvals() == 1


def test_a_worker_that_died_before_the_approval_lost_nothing(space, an, many):
    run = approve_all(space, many, an)
    dead = queue.claim(run.pk)
    bulk.work(run_id=run.pk)
    assert queue.counts(run).handled == 2
    _its_lease_ends(dead)

    bulk.work(run_id=run.pk)

    run.refresh_from_db()
    assert (queue.counts(run), run.finished_at is not None, approvals()) == (queue.Counts(3, 3, 0, 0), True, 3)


def test_a_worker_that_died_after_the_approval_doubled_nothing_and_it_counts_as_done(space, an, many):
    run = approve_all(space, many, an)
    dead = queue.claim(run.pk)
    approval.approve(invoice=dead.invoice, by=an)
    _its_lease_ends(dead)

    bulk.work(run_id=run.pk)

    assert (queue.counts(run), approvals()) == (queue.Counts(3, 3, 0, 0), 3)


def test_a_document_that_kills_its_workers_is_left_alone(space, an, many):
    run = approve_all(space, many, an)
    for _death in range(queue.MAX_TRIES):
        _its_lease_ends(queue.claim(run.pk))
    bulk.work(run_id=run.pk)

    words = "The server stopped 3 times while it worked on this document. Open it and try by hand."
    assert told(run)[0] == ("A-000", "not_done", words, False)
    assert queue.counts(run) == queue.Counts(3, 2, 1, 0)


def test_an_error_of_ours_is_told_and_the_run_goes_on(space, an, make, monkeypatch, caplog):
    first, second = make(2)
    approve = approval.approve

    def breaks(*, invoice, **rest):
        if invoice.pk == first.pk:
            raise RuntimeError("a bug")
        return approve(invoice=invoice, **rest)

    monkeypatch.setattr(approval, "approve", breaks)
    run = approve_all(space, [first, second], an)

    words = "Something went wrong on our side, and it is logged. Nothing of it was applied."
    assert told(run) == [("A-000", "not_done", words, True), ("A-001", "done", "", False)]
    assert "RuntimeError: a bug" in caplog.text


def test_stopped_means_the_rest_is_left_out_and_what_is_begun_is_finished(space, an, many):
    run = approve_all(space, many, an)
    begun = queue.claim(run.pk)

    assert bulk.stop(run=run, by=an) == 2
    assert bulk.stop(run=run, by=an) == 0
    bulk._work_off(begun)
    assert bulk.work(run_id=run.pk) is False

    run.refresh_from_db()
    assert (queue.counts(run), run.finished_at is not None, approvals()) == (queue.Counts(3, 1, 0, 2), True, 1)


def test_only_who_started_a_run_stops_it(space, an, many):
    run = approve_all(space, many, an)
    with pytest.raises(NotAllowed):
        bulk.stop(run=run, by=world.member(space, "PR", email="tom@janssens.example"))
    an.memberships.all().delete()
    with pytest.raises(NotAllowed):
        bulk.stop(run=run, by=an)


def test_nothing_chosen_too_much_and_what_is_not_ours(space, an, make):
    (ours,) = make(1)
    other = world.business(slug="other", vat_id="BE0999999922", company_id="", endpoint_id="")
    theirs = Invoice.objects.create(space=other, kind="purchase", channel="inbound", number="X")
    with pytest.raises(NotPossible, match="at least one"):
        approve_all(space, [theirs], an)
    with pytest.raises(NotPossible, match="at most 5000"):
        bulk.start(space=space, task=Task.APPROVE, seen=dict.fromkeys(range(5001), 1), by=an)
    for where, task in ((other, Task.APPROVE), (space, Task.PROCESS)):
        with pytest.raises(NotAllowed):
            bulk.start(space=where, task=task, seen=seen([ours]), by=an)
    assert BulkRun.objects.count() == 0


def test_no_more_workers_than_are_of_use(space, an, many):
    run = approve_all(space, many, an)
    rows = [queue.claim(run.pk) for _worker in range(queue.LANES)]

    assert ({row.position for row in rows}, queue.has_room(run.pk)) == ({1, 2}, False)
    _its_lease_ends(rows[0])
    assert queue.has_room(run.pk)


def test_a_row_is_settled_by_whoever_has_it_and_once(space, an, many):
    run = approve_all(space, many, an)
    slow = queue.claim(run.pk)
    _its_lease_ends(slow)
    quick = queue.claim(run.pk)

    assert (slow.pk, queue.settle(slow, Outcome.NOT_DONE, "late")) == (quick.pk, False)
    assert (queue.settle(quick, Outcome.DONE), queue.settle(quick, Outcome.NOT_DONE)) == (True, False)


# --- the accountant, and integrations ---------------------------------------------------------------


@pytest.fixture
def office(space):
    return world.partner()


@pytest.fixture
def sofie(office):
    return world.member(office, "ACC", email="sofie@delvaux.example")


@pytest.fixture
def released(space, office, an, make):
    world.engaged(space, office)
    return [approval.approve(invoice=invoice, by=an) for invoice in make(3)]


def test_the_accountant_marks_many_as_processed(space, office, sofie, released):
    bookkeeping.mark_as_processed(invoice=released[1], by=sofie)
    shown = seen(released)
    run = bulk.start(space=office, task=Task.PROCESS, seen=shown, by=sofie)

    assert told(run) == [
        ("A-000", "done", "", False),
        ("A-001", "not_done", "marked as processed by you already", False),
        ("A-002", "done", "", False),
    ]
    assert Invoice.objects.processed().count() == 3


def test_the_accountant_is_out_when_the_engagement_ends_on_the_way(space, office, sofie, released, monkeypatch):
    monkeypatch.setattr(bulk, "SMALL", 1)
    run = bulk.start(space=office, task=Task.PROCESS, seen=seen(released), by=sofie)
    bulk.work(run_id=run.pk, seconds=0)
    owner = world.member(space, "ADM", email="owner@janssens.example")
    engagements.end(engagement=space.active_engagement(), by=owner)
    bulk.work(run_id=run.pk)

    assert [outcome for _number, outcome, *_rest in told(run)] == ["done", "not_done", "not_done"]


def test_many_are_sent_to_what_misses_them_and_to_nothing_else(space, office, an, sofie, released):
    ours = world.integration(space, name="ERP")
    theirs = world.integration(space, name="Office", engagement=space.active_engagement())
    for invoice in released[:1]:
        Export.objects.create(
            invoice=invoice, integration=theirs, state=ExportState.DELIVERED, settled_at=timezone.now()
        )

    run = bulk.start(space=office, task=Task.RESEND, seen=seen(released), by=sofie)
    again = bulk.start(space=space, task=Task.RESEND, seen=seen(released), by=an)

    assert told(run) == [
        ("A-000", "not_done", "No active integration misses it", False),
        ("A-001", "done", "", False),
        ("A-002", "done", "", False),
    ]
    assert queue.counts(again) == queue.Counts(3, 3, 0, 0)
    sent = Export.objects.filter(state=ExportState.QUEUED).values_list("invoice__number", "integration")
    assert sorted(sent) == sorted(
        [("A-001", theirs.pk), ("A-002", theirs.pk), *((f"A-{n:03}", ours.pk) for n in range(3))]
    )


def test_a_sending_whose_lease_was_lost_is_taken_back(space, an, released, monkeypatch):
    world.integration(space, name="ERP")
    monkeypatch.setattr(bulk, "SMALL", 1)
    run = bulk.start(space=space, task=Task.RESEND, seen=seen(released), by=an)
    slow = queue.claim(run.pk)
    _its_lease_ends(slow)
    bulk.work(run_id=run.pk)
    assert Export.objects.count() == 3

    bulk._work_off(slow)

    assert (Export.objects.count(), queue.counts(run)) == (3, queue.Counts(3, 3, 0, 0))


def _its_lease_ends(row: BulkRow) -> None:
    BulkRow.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))

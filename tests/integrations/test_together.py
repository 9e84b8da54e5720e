"""A worker that claims several documents for one destination and pushes them in turn."""

from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone

from banqup.exports import outbox
from banqup.exports.models import Export, ExportAttempt, Integration
from integrations import base, delivery, gate

from . import helpers
from .test_delivery import Scripted, scripted  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration(space, scripted):  # noqa: F811
    return helpers.integration(space, "scripted")


def exports(integration, number):
    return [helpers.queued(helpers.released(integration.space, f"N{each}"), integration) for each in range(number)]


@pytest.fixture
def clock(monkeypatch):
    """The worker's own clock: a reading of it takes a hundredth of a second."""
    ticks = count()
    monkeypatch.setattr(delivery.time, "monotonic", lambda: next(ticks) / 100)


@pytest.fixture
def claims(monkeypatch):
    """How many documents each claim took."""
    sizes, claim = [], outbox.claim_several
    monkeypatch.setattr(
        outbox, "claim_several", lambda ids, integration: sizes.append(len(ids)) or claim(ids, integration)
    )
    return sizes


def rows():
    return list(Export.objects.order_by("pk").values_list("state", "attempt_count", "lease_until"))


def test_a_quick_destination_gets_several_at_a_time_and_each_once(integration, clock, claims):
    waiting = exports(integration, 12)
    delivery.push(waiting[0].pk, seconds=60)
    assert rows() == [("delivered", 1, None)] * 12
    assert [payload.export_id for payload, _remote in Scripted.seen] == [export.pk for export in waiting]
    assert claims[0] == 1 and max(claims) > 1 and sum(claims) == 12


def test_each_of_them_has_a_try_of_its_own_with_its_own_time(integration, clock):
    waiting = exports(integration, 6)
    delivery.push(waiting[0].pk, seconds=60)
    tries = list(ExportAttempt.objects.order_by("started_at"))
    assert [(each.export_id, each.number, each.outcome) for each in tries] == [
        (export.pk, 1, "delivered") for export in waiting
    ]
    assert len({each.started_at for each in tries}) == 6


def test_when_one_is_not_delivered_the_others_go_back_as_they_were(integration):
    waiting = exports(integration, 3)
    Export.objects.filter(pk=waiting[2].pk).update(state="waiting", reason="It was down.")
    Scripted.answers = [base.TryAgain("It is down.")]
    delivery.push_in_turn(gate.take_next(integration.pk, at_most=3))
    assert [(export.state, export.reason) for export in Export.objects.order_by("pk")] == [
        ("waiting", "It is down."),
        ("queued", ""),
        ("waiting", "It was down."),
    ]
    assert [helpers.tries(export) for export in waiting] == [[(1, "try_again")], [], []]
    assert len(Scripted.seen) == 1


def test_when_the_destination_takes_its_time_the_others_go_back(integration, monkeypatch):
    exports(integration, 3)
    now = iter((0, 30, 30))
    monkeypatch.setattr(delivery.time, "monotonic", lambda: next(now))
    went = delivery.push_in_turn(gate.take_next(integration.pk, at_most=3))
    assert (went.delivered, went.together) == (True, 1)
    assert [state for state, *_rest in rows()] == ["delivered", "queued", "queued"]


def test_a_machine_that_slept_pushes_none_that_another_worker_may_have_by_now(integration, monkeypatch):
    first, second = exports(integration, 2)
    taken = gate.take_next(integration.pk, at_most=2)
    monkeypatch.setattr(delivery.timezone, "now", lambda: taken[0][0].lease_until + timedelta(seconds=1))
    delivery.push_in_turn(taken)
    assert [payload.export_id for payload, _remote in Scripted.seen] == [first.pk]
    assert helpers.tries(second) == []


def test_what_another_worker_took_over_is_not_put_back(integration):
    exports(integration, 1)
    taken = gate.take_next(integration.pk)
    lease = timezone.now() + timedelta(hours=1)
    Export.objects.update(lease_until=lease)
    outbox.put_back(taken)
    assert rows() == [("sending", 0, lease)]
    assert ExportAttempt.objects.count() == 1


def test_documents_claimed_together_take_one_place_at_the_destination(integration):
    exports(integration, 6)
    assert [len(gate.take_next(integration.pk, at_most=2)) for _worker in range(3)] == [2, 2, 0]


def test_when_the_worker_dies_its_documents_come_back_one_at_a_time(integration):
    exports(integration, 3)
    assert len(gate.take_next(integration.pk, at_most=3)) == 3
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert [len(gate.take_next(integration.pk, at_most=3)) for _worker in range(2)] == [1, 1]


def test_a_credit_note_among_them_waits_for_its_invoice(integration):
    from .test_order import credit_note, of_mill

    space = integration.space
    invoice = helpers.queued(of_mill(space, "V2026-0143"), integration)
    note = helpers.queued(credit_note(space), integration)
    taken = gate.take_next(integration.pk, at_most=2)
    assert [export.pk for export, _attempt in taken] == [invoice.pk]
    assert Export.objects.get(pk=note.pk).after_id == invoice.pk


def test_what_is_due_for_an_integration_that_was_switched_off_is_cancelled(integration):
    waiting = exports(integration, 2)
    Integration.objects.update(is_active=False)
    assert gate.take_next(integration.pk, at_most=2) == []
    assert [state for state, *_rest in rows()] == ["cancelled", "cancelled"]
    assert [export.invoice.events.latest("position").verb for export in waiting] == ["export_cancelled"] * 2

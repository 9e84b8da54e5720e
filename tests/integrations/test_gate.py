"""How many go at once, who waits, and who goes first."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.exports.models import Export, ExportAttempt, Integration
from integrations import base, gate, setup
from tests.factories import world

from . import helpers
from .test_delivery import Scripted, scripted  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration(space, scripted):  # noqa: F811
    return helpers.integration(space, "scripted")


def exports(integration, count, **fields):
    before = Export.objects.count()
    return [
        helpers.queued(helpers.released(integration.space, f"N{before + each}"), integration, **fields)
        for each in range(count)
    ]


def states():
    return list(Export.objects.order_by("pk").values_list("state", flat=True))


def down(count):
    Scripted.answers += [base.TryAgain("It is down.")] * count


def test_no_more_than_two_go_to_one_integration_at_once(integration):
    first, second, third = exports(integration, 3)
    assert gate.take(first.pk) and gate.take(second.pk)
    assert gate.take(third.pk) is None
    assert states() == ["sending", "sending", "queued"]


def test_a_worker_that_died_frees_its_place(integration):
    first, second, third = exports(integration, 3)
    helpers.worker_dies(first)
    assert gate.take(second.pk) and gate.take(third.pk)


def test_two_integrations_do_not_take_each_others_places(space, integration):
    other = helpers.integration(space, "scripted", name="Other")
    for export in [*exports(integration, 2), *exports(other, 2)]:
        assert gate.take(export.pk)


def test_whoever_finishes_hands_its_place_on(integration, nudges, django_capture_on_commit_callbacks):
    first, second = exports(integration, 2)
    with django_capture_on_commit_callbacks(execute=True):
        helpers.push(first)
    assert nudges == [("integrations.tasks.push", (second.pk,))]


def test_five_documents_that_fail_in_a_row_hold_the_others_back(integration):
    first = exports(integration, 7)
    down(5)
    for export in first[:5]:
        helpers.push(export)
    words = "The destination does not answer as it should (It is down.). Documents wait; one tries from time to time."
    assert Integration.objects.get().attention == words
    held = helpers.push(first[5])
    assert (held.state, held.reason, held.attempt_count, helpers.tries(held)) == ("waiting", words, 0, [])
    assert len(Scripted.seen) == 5


def test_four_do_not(integration):
    first = exports(integration, 5)
    down(4)
    for export in first[:4]:
        helpers.push(export)
    assert (helpers.push(first[4]).state, Integration.objects.get().attention) == ("delivered", "")


def test_one_document_that_fails_five_times_does_not(integration):
    (export,) = exports(integration, 1)
    down(5)
    for _ in range(5):
        helpers.push_again(export)
    assert Integration.objects.get().attention == ""


def test_a_refused_document_in_between_shows_that_the_destination_lives(integration):
    for number, export in enumerate(exports(integration, 6)):
        Scripted.answers = [base.Permanent("bad data") if number == 3 else base.TryAgain("It is down.")]
        helpers.push(export)
    assert Integration.objects.get().attention == ""


def tripped(integration, waiting=2):
    """Five failed a while ago; `waiting` more are due now."""
    down(5)
    for export in exports(integration, 5):
        helpers.push(export)
    Export.objects.update(next_try_at=timezone.now() + timedelta(days=1))
    later = exports(integration, waiting)
    ExportAttempt.objects.update(started_at=timezone.now() - timedelta(minutes=3))
    return later


def test_when_its_step_has_passed_one_document_tries(integration):
    first, second = tripped(integration)
    assert gate.take(first.pk)
    assert gate.take(second.pk) is None
    assert Export.objects.get(pk=second.pk).state == "queued"


def test_a_try_that_fails_makes_the_others_wait_longer(integration):
    first, second = tripped(integration)
    down(1)
    helpers.push(first)
    held = helpers.push(second)
    assert held.state == "waiting"
    assert 9 < (held.next_try_at - timezone.now()) / timedelta(minutes=1) <= 10


def test_a_try_that_succeeds_lets_all_go(integration):
    first, second = tripped(integration)
    assert helpers.push(first).state == "delivered"
    assert Integration.objects.get().attention == ""
    assert helpers.push(second).state == "delivered"


def test_a_passed_test_lets_all_go_at_once(integration, monkeypatch):
    tripped(integration)
    monkeypatch.setattr(Scripted, "check", lambda self: [base.TestStep("Call it", True, "fine")])
    setup.test(integration=integration, by=world.member(integration.space, "ADM"))
    assert Integration.objects.get().attention == ""
    assert len(gate.sweep()) == 7


def test_a_gone_destination_lets_none_go_until_it_is_tested(integration):
    first, second = exports(integration, 2)
    Scripted.answers = [base.DestinationGone("Gone for good.")]
    helpers.push(first)
    ExportAttempt.objects.update(started_at=timezone.now() - timedelta(days=2))
    held = helpers.push(second)
    assert (held.state, held.reason, len(Scripted.seen)) == ("waiting", "Gone for good.", 1)


def test_a_broken_configuration_is_looked_at_by_one_document_an_hour(integration):
    first, second, third = exports(integration, 3)
    Scripted.answers = [base.ReconnectNeeded("Connect again.")] * 2
    helpers.push(first)
    assert (helpers.push(second).reason, len(Scripted.seen)) == ("Connect again.", 1)
    ExportAttempt.objects.update(started_at=timezone.now() - timedelta(hours=2))
    helpers.push_again(second)
    helpers.push_again(third)
    assert len(Scripted.seen) == 2


def test_patience_that_one_document_was_asked_for_holds_for_all(integration):
    first, second = exports(integration, 2)
    at = timezone.now() + timedelta(hours=2)
    Scripted.answers = [base.WaitUntil("Too many.", at=at)]
    helpers.push(first)
    held = helpers.push(second)
    assert (held.state, held.reason, held.next_try_at) == ("waiting", "The destination asked to wait.", at)


def test_a_fault_of_ours_does_not_hold_anybody_back(integration):
    Scripted.answers = [ZeroDivisionError()] * 6
    for export in exports(integration, 6):
        helpers.push(export)
    assert Integration.objects.get().attention == ""


def test_a_sweep_takes_the_oldest_first_and_turns_between_integrations(space, integration):
    other = helpers.integration(space, "scripted", name="Other")
    now = timezone.now()
    many = [exports(integration, 1, next_try_at=now - timedelta(minutes=10 - each))[0].pk for each in range(3)]
    one = exports(other, 1, next_try_at=now - timedelta(seconds=1))[0].pk
    assert gate.sweep() == [many[0], one, many[1], many[2]]


def test_a_sweep_is_bounded_and_starves_nobody(space, integration, monkeypatch):
    monkeypatch.setattr(gate, "SWEEP_AT_MOST", 3)
    other = helpers.integration(space, "scripted", name="Other")
    old = timezone.now() - timedelta(hours=1)
    many = [export.pk for export in exports(integration, 5, next_try_at=old)]
    one = exports(other, 1)[0].pk
    assert gate.sweep() == [many[0], one, many[1]]


def test_a_sweep_holds_a_tripped_integration_back_in_one_go(space, integration):
    tripped(integration, waiting=3)
    ExportAttempt.objects.update(started_at=timezone.now())
    other = helpers.integration(space, "scripted", name="Other")
    free = exports(other, 1)[0].pk
    assert gate.sweep() == [free]
    assert gate.sweep() == [free]
    assert states() == ["waiting"] * 8 + ["queued"]


def test_a_sweep_finds_the_row_of_a_dead_worker(integration):
    (export,) = exports(integration, 1)
    assert gate.sweep() == [export.pk]
    helpers.worker_dies(export)
    assert gate.sweep() == [export.pk]

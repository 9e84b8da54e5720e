"""What every connector promises: however often and however badly a push goes, one document arrives.

A new connector brings `tests/integrations/<key>/destination.py`; everything below then runs for it.
"""

import importlib
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django import forms
from django.db import connection
from django.utils import timezone

from banqup.exports import outbox
from banqup.exports.models import Export, ExportAttempt
from integrations import delivery, payload, registry
from integrations.base import DeliveryError, TryAgain, UnknownOutcome
from tests.factories import clock, world

from . import helpers

ROOT = Path(__file__).resolve().parent.parent.parent


class WorkerDied(BaseException):
    """Not an Exception: nothing may catch it."""


@pytest.fixture(params=registry.CONNECTORS)
def key(request):
    return request.param


@pytest.fixture
def destination(key, settings, tmp_path, monkeypatch):
    with importlib.import_module(f"tests.integrations.{key}.destination").opened(
        settings, tmp_path, monkeypatch
    ) as opened:
        yield opened


@pytest.fixture
def integration(key, destination, db):
    made = helpers.integration(world.business(), key, config=destination.config, secrets=destination.secrets)
    if registry.get(key).needs_consent:
        helpers.consented(made, destination.consent)
    return made


@pytest.fixture
def export(integration):
    return helpers.queued(helpers.released(integration.space), integration)


class Keeper:
    """What the worker offers as `keep`; dies at the chosen step, before or after it is kept."""

    def __init__(self, dies_at=None, kept_first=True):
        self.remote, self.calls, self.dies_at, self.kept_first = {}, 0, dies_at, kept_first

    def __call__(self, **ids):
        self.calls += 1
        dies = self.calls == self.dies_at
        if dies and not self.kept_first:
            raise WorkerDied
        self.remote.update(ids)
        if dies:
            raise WorkerDied


def connector(export):
    return delivery.configured(export.integration)


def test_a_connector_says_what_pages_need(key):
    found = registry.get(key)
    assert found.key == key
    assert len(found.initials) == 2
    assert str(found.label) and str(found.description)
    assert issubclass(found.config_form, forms.Form)
    assert set(found.secret_fields) | set(found.own_fields) <= set(found.config_form.base_fields)
    # Either a second sending replaces the first, or the person is warned.
    assert bool(found.resend_warning) != found.can_update
    assert isinstance(found(config={}, secrets={}).summary({}), str)
    assert (ROOT / "integrations" / key / "README.md").is_file()


def test_the_connection_test_passes_and_leaves_no_document(export, destination):
    steps = connector(export).check()
    assert [step for step in steps if not step.ok] == []
    assert steps
    assert destination.documents() == 0


def test_a_connector_without_configuration_fails_its_test_in_words(key, settings, tmp_path):
    settings.BANQUP_FOLDER_ROOT = tmp_path / "missing"
    steps = registry.get(key)(config={}, secrets={}).check()
    assert [bool(step.message) for step in steps if not step.ok] == [True]


def test_pushing_twice_makes_one_document(export, destination):
    what, keep = payload.build(export), Keeper()
    connector(export).push(what, remote=dict(keep.remote), keep=keep)
    connector(export).push(what, remote=dict(keep.remote), keep=keep)
    assert destination.documents() == 1


@pytest.mark.parametrize("kept_first", [True, False], ids=["kept", "not-kept"])
def test_a_crash_at_any_step_and_a_retry_make_one_document(export, destination, kept_first):
    what, step, kept = payload.build(export), 0, {}
    while True:
        step += 1
        keep = Keeper(dies_at=step, kept_first=kept_first)
        keep.remote = dict(kept)
        try:
            connector(export).push(what, remote=dict(kept), keep=keep)
        except WorkerDied:
            kept = keep.remote
            continue
        break
    assert destination.documents() == 1


def test_a_lost_answer_and_a_retry_make_one_document(export, destination):
    what, keep = payload.build(export), Keeper()
    destination.lose_next_answer()
    with pytest.raises(DeliveryError) as raised:
        connector(export).push(what, remote={}, keep=keep)
    assert isinstance(raised.value, UnknownOutcome | TryAgain)
    connector(export).push(what, remote=dict(keep.remote), keep=keep)
    assert destination.documents() == 1


def test_whichever_answer_gets_lost_every_document_arrives_once_with_exactly_our_bytes(integration, destination):
    """One document after another, each losing a later answer, until a push asks for fewer. Days pass in between."""
    if not hasattr(destination, "fake") or not hasattr(destination.fake, "lose_answer_at"):
        pytest.skip("one request, one answer: the test above loses it")
    consent, ours = getattr(destination, "consent", None), []
    with clock.set_to(timezone.now()) as time:
        for number in range(1, 60):
            time.passes(minutes=2)
            invoice = helpers.released(integration.space, f"2026-{number:04}", pdf=b"%%PDF %d" % number)
            ours += [file.load() for file in invoice.attachments.all()]
            export = helpers.queued(invoice, integration)
            lost = destination.fake.lose_answer_at(number, skip=consent.token_path if consent else "")
            done, tries = helpers.push(export), 1
            while done.state != "delivered" and tries < 4:
                time.passes(minutes=2)
                done, tries = helpers.push_again(export), tries + 1
            assert (number, done.state, done.reason) == (number, "delivered", "")
            outcomes = [outcome for _number, outcome in helpers.tries(export)]
            assert outcomes[-1] == "delivered" and set(outcomes[:-1]) <= {"try_again", "unknown_outcome"}
            assert (number, destination.documents()) == (number, number)
            if not lost.used:
                break
    assert (lost.used, Counter(destination.contents())) == (False, Counter(ours))


def test_a_refusal_leaves_no_document_and_a_reason_and_a_resend_brings_it(integration, destination):
    invoice = helpers.released(integration.space)
    with destination.refusing():
        export = helpers.push(helpers.queued(invoice, integration))
    [(_number, outcome)] = helpers.tries(export)
    assert outcome in {"permanent", "refused", "broken_configuration", "destination_gone"}
    assert (export.state in ("failed", "waiting"), bool(export.reason), destination.documents()) == (True, True, 0)
    integration.refresh_from_db()
    integration.attention, integration.tested_at = "", timezone.now()
    integration.save()
    again = outbox.resend(invoice, integration, by=None)
    assert helpers.push(again).state == "delivered"
    assert again.idempotency_key != export.idempotency_key
    assert (destination.documents(), Counter(destination.contents())) == (
        1,
        Counter(file.load() for file in invoice.attachments.all()),
    )


def test_a_token_that_expires_between_two_steps_is_renewed(integration, destination):
    if not hasattr(destination, "consent"):
        pytest.skip("no consent, no tokens")
    what = payload.build(helpers.queued(helpers.released(integration.space), integration))
    with clock.set_to(timezone.now()) as time:
        keep = Keeper()

        def expires(**ids):
            time.passes(hours=5)
            keep(**ids)

        delivery.configured(integration).push(what, remote={}, keep=expires)
        time.passes(hours=5)
        delivery.configured(integration).push(what, remote=dict(keep.remote), keep=keep)
    assert destination.documents() == 1


def test_a_worker_killed_in_its_push_is_followed_by_another_with_the_same_key(export, destination):
    key = export.idempotency_key
    helpers.worker_dies(export)
    done = helpers.push(export)
    assert (done.state, done.idempotency_key, destination.documents()) == ("delivered", key, 1)
    assert helpers.tries(export) == [(1, ""), (2, "delivered")]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_push_one_document_once(export, destination):
    together = threading.Barrier(2)

    def work():
        together.wait()
        delivery.push(export.pk)
        connection.close()

    run_both(work)
    assert (Export.objects.get().state, destination.documents()) == ("delivered", 1)
    assert list(ExportAttempt.objects.values_list("outcome", flat=True)) == ["delivered"]


@pytest.mark.django_db(transaction=True)
def test_a_slow_worker_and_the_one_that_follows_it_make_one_document(export, destination):
    """The lease ended under a push that still runs: both are at the destination at the same moment."""
    what, together, failures = payload.build(export), threading.Barrier(2), []
    for file in what.files:
        file.load()

    def work():
        together.wait()
        try:
            connector(export).push(what, remote={}, keep=Keeper())
        except Exception as error:
            failures.append(error)
        connection.close()

    run_both(work)
    assert (failures, destination.documents()) == ([], 1)


def test_a_late_worker_does_not_undo_what_the_next_one_settled(export, destination):
    slow = outbox.claim(export.pk)
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert helpers.push(export).state == "delivered"
    outbox.settle_retry(*slow, outbox.Answer("try_again", "too late"))
    assert Export.objects.get().state == "delivered"


def run_both(work):
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

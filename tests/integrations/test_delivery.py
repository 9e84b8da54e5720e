"""What each family of failure does to its row, its attempt and its integration."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.exports.models import Export, ExportAttempt, Integration
from banqup.invoices import files
from banqup.invoices.models import Attachment, Event
from integrations import base, delivery
from integrations.base import Connector, Delivered
from tests.factories import world

from . import helpers

pytestmark = pytest.mark.django_db


class Scripted(Connector):
    """Does what the test says, and remembers what it was given."""

    key, can_update = "scripted", True
    answers, seen = [], []

    def push(self, payload, *, remote, keep):
        Scripted.seen.append((payload, remote))
        answer = Scripted.answers.pop(0) if Scripted.answers else Delivered("there", "https://there.example/1")
        if isinstance(answer, BaseException):
            raise answer
        return answer(keep) if callable(answer) else answer

    def check(self):
        return []

    def summary(self, config):
        return ""


@pytest.fixture
def scripted(monkeypatch):
    Scripted.answers, Scripted.seen = [], []
    monkeypatch.setattr("integrations.registry.get", lambda key: Scripted)
    return Scripted


@pytest.fixture
def integration(space, scripted):
    return helpers.integration(space, "scripted", name="Books")


@pytest.fixture
def export(space, integration):
    return helpers.queued(helpers.released(space), integration)


def outcome(export):
    """(state, reason, tries used up, is it settled, outcome of the last try)"""
    last = ExportAttempt.objects.filter(export=export).last()
    return export.state, export.reason, export.attempt_count, export.settled_at is not None, last.outcome


def in_minutes(export) -> float:
    return (export.next_try_at - timezone.now()) / timedelta(minutes=1)


def attention():
    return Integration.objects.get().attention


def test_a_delivered_document_shows_where_it_is(export):
    done = helpers.push(export)
    assert outcome(done) == ("delivered", "", 1, True, "delivered")
    assert (done.remote_label, done.remote_url) == ("there", "https://there.example/1")
    assert list(Event.objects.values_list("verb", "data")) == [
        ("export_delivered", {"integration": "Books", "reason": "", "label": "there"})
    ]


@pytest.mark.parametrize("family", [base.TryAgain, base.UnknownOutcome])
def test_a_destination_that_is_unwell_is_tried_again_by_the_schedule(export, scripted, family):
    scripted.answers = [family("It is down.", status=503, excerpt="maintenance")]
    done = helpers.push(export)
    assert outcome(done) == ("waiting", "It is down.", 1, False, family.family)
    assert 0.3 < in_minutes(done) < 0.7
    assert ExportAttempt.objects.values_list("response_status", "response_excerpt").get() == (503, "maintenance")
    assert helpers.push_again(done).state == "delivered"


def test_after_the_last_step_of_the_schedule_a_person_must_act(export, scripted):
    scripted.answers = [base.TryAgain("It is down.")] * 9
    for _ in range(9):
        done = helpers.push_again(export)
    assert outcome(done) == ("failed", "It is down.", 9, True, "try_again")


def test_a_destination_that_asks_for_patience_uses_up_no_try(export, scripted):
    scripted.answers = [base.WaitUntil("Too many.", at=timezone.now() + timedelta(hours=2))]
    done = helpers.push(export)
    assert outcome(done) == ("waiting", "Too many.", 0, False, "wait_until")
    assert 119 < in_minutes(done) <= 120


def test_a_destination_that_asks_for_patience_for_days_uses_up_tries(export, scripted):
    Export.objects.update(created_at=timezone.now() - timedelta(days=3))
    scripted.answers = [base.WaitUntil("Too many.", at=timezone.now())]
    assert outcome(helpers.push(export)) == ("waiting", "Too many.", 1, False, "wait_until")


def test_a_refused_document_is_tried_three_times_slowly(export, scripted):
    scripted.answers = [base.Refused("No.", status=422)] * 3
    first = helpers.push(export)
    assert (outcome(first), 59 < in_minutes(first) <= 60) == (("waiting", "No.", 1, False, "refused"), True)
    second = helpers.push_again(export)
    assert (outcome(second), 179 < in_minutes(second) <= 180) == (("waiting", "No.", 2, False, "refused"), True)
    assert outcome(helpers.push_again(export)) == ("failed", "No.", 3, True, "refused")


@pytest.mark.parametrize("family", [base.BrokenConfiguration, base.ReconnectNeeded])
def test_a_broken_configuration_makes_the_row_wait_and_marks_the_integration(export, scripted, family):
    scripted.answers = [family("Connect again.")]
    done = helpers.push(export)
    assert outcome(done) == ("waiting", "Connect again.", 0, False, family.family)
    assert (59 < in_minutes(done) <= 60, attention()) == (True, "Connect again.")


def test_a_permanent_failure_is_never_tried_again_and_blames_only_the_document(export, scripted):
    scripted.answers = [base.Permanent("It has no number.")]
    assert outcome(helpers.push(export)) == ("failed", "It has no number.", 1, True, "permanent")
    assert attention() == ""
    assert helpers.push_again(export).state == "failed"
    assert len(scripted.seen) == 1


def test_a_destination_that_is_gone_fails_the_row_and_marks_the_integration(export, scripted):
    scripted.answers = [base.DestinationGone("Gone for good.")]
    assert outcome(helpers.push(export)) == ("failed", "Gone for good.", 1, True, "destination_gone")
    assert attention() == "Gone for good."


def test_a_fault_of_ours_is_logged_with_its_traceback_and_tried_again(export, scripted, caplog):
    scripted.answers = [ZeroDivisionError("oops")]
    with caplog.at_level(logging.ERROR, "integrations.delivery"):
        done = helpers.push(export)
    words = "Something broke on our side. It is tried again; the log of the server has the details."
    assert outcome(done) == ("waiting", words, 1, False, "our_fault")
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]
    assert attention() == ""


def test_an_untested_integration_makes_its_documents_wait(export, scripted):
    Integration.objects.update(test_passed=None)
    words = "Not tested since its configuration last changed. Test the integration; then it goes on."
    assert outcome(helpers.push(export)) == ("waiting", words, 0, False, "not_tested")
    assert scripted.seen == []


def test_a_removed_connector_makes_its_documents_wait(space):
    export = helpers.queued(helpers.released(space), helpers.integration(space, "removed"))
    words = "The connector “removed” is not installed any more. Install it again, or switch this integration off."
    assert outcome(helpers.push(export)) == ("waiting", words, 0, False, "unknown_connector")
    assert attention() == words


def test_secrets_that_no_key_opens_make_documents_wait(export, scripted, settings):
    settings.BANQUP_SECRET_KEYS = ["4EbW2WfVeK3fSNYwBrKkPz0QzyRF4nXDpPuW0YcXQDk="]
    words = "The stored secrets can't be read with the configured keys; enter them again."
    assert outcome(helpers.push(export)) == ("waiting", words, 0, False, "broken_configuration")


def test_an_integration_that_was_switched_off_gets_nothing(export, scripted):
    Integration.objects.update(is_active=False, test_passed=None)
    done = helpers.push(export)
    assert (done.state, done.reason) == ("cancelled", "The integration was switched off before this document was sent.")
    assert scripted.seen == []


def test_a_missing_file_fails_the_document_in_words(export, scripted, settings):
    from django.core.files.storage import default_storage

    original = export.invoice.attachments.get(role="original")
    default_storage.delete(files.path(export.invoice.space_id, original.sha256))
    scripted.answers = [lambda keep: [file.load() for file in scripted.seen[-1][0].files]]
    words = "The file scan.pdf of this document is missing on the server. Restore it from a backup, then resend."
    try:
        assert outcome(helpers.push(export)) == ("failed", words, 1, True, "permanent")
    finally:
        files.store(export.invoice.space_id, helpers.PDF)  # the storage is shared by all tests


def test_a_damaged_file_fails_the_document_in_words(export, scripted, monkeypatch):
    monkeypatch.setattr(files, "digest", lambda data: "another")
    scripted.answers = [lambda keep: [file.load() for file in scripted.seen[-1][0].files]]
    words = "The file scan.pdf of this document is damaged on the server. Restore it from a backup, then resend."
    assert outcome(helpers.push(export)) == ("failed", words, 1, True, "permanent")


def test_a_storage_that_is_away_is_our_fault_and_not_the_destinations(export, scripted, monkeypatch):
    def away(*args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files, "load", away)
    scripted.answers = [lambda keep: [file.load() for file in scripted.seen[-1][0].files]]
    assert outcome(helpers.push(export))[4] == "our_fault"


def test_a_document_without_its_approved_e_invoice_is_not_sent(export, scripted):
    Attachment.objects.filter(role="e_invoice").update(sha256="0" * 64)
    words = "The approved e-invoice of this document is missing on the server. Restore it from a backup, then resend."
    assert outcome(helpers.push(export)) == ("failed", words, 1, True, "permanent")


def test_the_payload_is_plain_data_of_the_document(export, scripted):
    helpers.push(export)
    (payload, remote), invoice = scripted.seen[0], export.invoice
    assert remote == {}
    described = [(file.name, file.mime_type, file.role, file.load(), file.size) for file in payload.files]
    xml = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"
    assert described == [
        ("scan.pdf", "application/pdf", "original", helpers.PDF, len(helpers.PDF)),
        ("invoice.xml", "application/xml", "e_invoice", xml, len(xml)),
    ]
    assert (payload.export_id, payload.idempotency_key) == (export.pk, str(export.idempotency_key))
    assert (payload.document_id, payload.content_sha256) == (invoice.pk, files.digest(xml))
    assert (payload.kind, payload.is_credit_note, payload.document) == ("purchase", False, helpers.document())
    assert (payload.space_name, payload.space_vat_id) == ("Bakkerij Janssens BV", "BE0702451135")
    assert (payload.counterparty_name, payload.released_at) == ("Molens Van Damme NV", invoice.released_at)
    assert payload.time_zone == "Europe/Brussels"


def test_an_e_invoice_that_came_in_correct_is_its_own_e_invoice(space, integration, scripted):
    invoice = helpers.released(space)
    Attachment.objects.filter(invoice=invoice, role="original").delete()
    Attachment.objects.filter(invoice=invoice).update(role="original")
    helpers.push(helpers.queued(invoice, integration))
    assert [file.role for file in scripted.seen[0][0].files] == ["e_invoice"]


def test_a_retry_gets_the_ids_that_earlier_tries_kept(export, scripted):
    def half_way(keep):
        keep(document="D1")
        raise base.TryAgain("later")

    scripted.answers = [half_way]
    helpers.push_again(helpers.push(export))
    assert [remote for _payload, remote in scripted.seen] == [{}, {"document": "D1"}]


def test_a_resend_to_a_destination_that_replaces_gets_the_ids_of_the_last_sending(space, export, scripted):
    def keeps(keep):
        keep(document="D1")
        return Delivered("there")

    scripted.answers = [keeps]
    helpers.push(export)
    again = helpers.push(helpers.queued(export.invoice, export.integration))
    assert [remote for _payload, remote in scripted.seen] == [{}, {"document": "D1"}]
    assert again.remote == {"document": "D1"}


def test_a_resend_to_a_destination_that_copies_starts_anew(space, export, scripted, monkeypatch):
    monkeypatch.setattr(Scripted, "can_update", False)
    Export.objects.update(remote={"document": "D1"}, state="delivered", settled_at=timezone.now())
    helpers.push(helpers.queued(export.invoice, export.integration))
    assert [remote for _payload, remote in scripted.seen] == [{}]


def test_a_document_that_kills_its_workers_is_given_up(export, scripted):
    for _ in range(delivery.DEAD_WORKERS_AT_MOST):
        helpers.worker_dies(export)
    words = "Sending this document stopped the server's worker several times. Look at its files, then resend."
    assert outcome(helpers.push(export)) == ("failed", words, 1, True, "permanent")
    assert scripted.seen == []


def test_a_document_that_was_in_hand_when_workers_died_of_others_is_not_given_up(export, scripted):
    for _ in range(delivery.DEAD_WORKERS_AT_MOST):
        helpers.worker_dies(export)
        scripted.answers = [base.WaitUntil("Not yet.", at=timezone.now())]
        helpers.push(export)
        Export.objects.update(next_try_at=timezone.now())
    assert outcome(helpers.push(export)) == ("delivered", "", 1, True, "delivered")


def test_an_export_that_is_not_due_or_gone_is_left_alone(export, scripted):
    Export.objects.update(next_try_at=timezone.now() + timedelta(minutes=1))
    assert helpers.push(export).state == "queued"
    delivery.push(export.pk + 1)
    assert scripted.seen == []


def test_an_ended_engagement_gets_nothing(scripted):
    business, partner = world.business("other"), world.partner()
    engagement = world.engaged(business, partner)
    integration = helpers.integration(business, "scripted", engagement=engagement)
    export = helpers.queued(helpers.released(business), integration)
    type(engagement).objects.update(status="ended", ended_at=timezone.now())
    assert (helpers.push(export).state, scripted.seen) == ("cancelled", [])

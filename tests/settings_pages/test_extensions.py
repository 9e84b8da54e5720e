"""Space settings > Extensions: configure, test, activate, log, what was missed, deactivate."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from banqup.exports.models import Export, ExportState, Integration
from tests.factories import world
from tests.fakes.webhook_sink import WebhookSink
from tests.integrations import helpers

from .conftest import visitor


@pytest.fixture
def sink():
    with WebhookSink() as running:
        yield running


def only(**wanted) -> Integration:
    return Integration.objects.get(**wanted)


def activated_now(space) -> Integration:
    integration = helpers.integration(space)
    Integration.objects.filter(pk=integration.pk).update(activated_at=timezone.now())
    return Integration.objects.get(pk=integration.pk)


def test_from_nothing_to_active_in_four_steps(space, page, delivered):
    assert "Nothing yet." in page("extensions/").text
    answer = page("extensions/add/folder/", {"integration-name": "Archive", "folder": "", "pattern": ""})
    integration = only()
    assert answer.url == f"/s/janssens/settings/extensions/{integration.pk}/"
    assert (integration.name, integration.config["folder"], str(integration.state)) == (
        "Archive",
        "janssens",
        "not_tested",
    )

    shown = page(answer.url).text
    assert "after the test passes" in shown and 'aria-disabled="true"' in shown
    page(answer.url + "activate/", {})
    assert not only().is_active
    assert "Test the integration first" in page(answer.url).text

    page(answer.url + "test/", {})
    shown = page(answer.url).text
    assert "The test of Archive has passed." in shown and "Write, read and remove a test file" in shown
    page(answer.url + "activate/", {})
    assert str(only().state) == "active"
    assert "Every document that is approved goes there." in page(answer.url).text


def test_a_test_that_fails_says_which_step_and_activates_nothing(space, page, settings, tmp_path):
    settings.BANQUP_FOLDER_ROOT = tmp_path / "missing"
    page("extensions/add/folder/", {"integration-name": "Archive"})
    url = f"extensions/{only().pk}/"
    page(url + "test/", {})
    shown = page(url).text
    assert "has not passed" in shown and "did not work" in shown and "is missing on the server" in shown
    page(url + "activate/", {})
    assert not only().is_active
    assert "The last test failed" in page("extensions/").text


def test_a_changed_configuration_must_be_tested_again(space, page, delivered):
    integration = world.integration(space, config={"folder": "janssens"})
    page(f"extensions/{integration.pk}/", {"folder": "elsewhere"})
    assert str(only().state) == "not_tested"
    assert "not run since the last change" in page(f"extensions/{integration.pk}/").text


def test_what_the_form_refuses_is_said_and_not_kept(space, page):
    assert page("extensions/add/folder/", {"integration-name": "Archive", "folder": "../etc"}).status_code == 422
    assert page("extensions/add/folder/", {"integration-name": "", "folder": "ok"}).status_code == 422
    assert page("extensions/add/nothing/").status_code == 404
    world.business(slug="taken", vat_id="")
    answer = page("extensions/add/folder/", {"integration-name": "Archive", "folder": "taken"})
    assert answer.status_code == 422 and "used by another space" in answer.text
    assert not Integration.objects.exists()


def test_a_generated_secret_is_shown_once_and_never_again(space, page, sink, delivered):
    answer = page("extensions/add/webhook/", {"integration-name": "Orders", "url": sink.url, "secret": ""})
    secret = only().read_secrets()["secret"]
    assert secret not in str([row.get_decoded() for row in Session.objects.all()])
    shown = page(answer.url)
    assert secret in shown.text and "only this once" in shown.text
    assert "no-store" in shown["Cache-Control"]
    for path in (answer.url, answer.url + "?replace=secret", "extensions/"):
        assert secret not in page(path).text
    assert "added" in page(answer.url).text and "by An<" in page(answer.url).text


def test_an_entered_secret_never_comes_back_and_stays_until_it_is_replaced(space, page, sink, admin):
    secret = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    made = page("extensions/add/webhook/", {"integration-name": "Orders", "url": sink.url, "secret": secret})
    assert secret not in page(made.url).text
    refused = page(made.url, {"url": "not an address", "secret": secret[:-1] + "x"})
    assert refused.status_code == 422 and secret[:-1] not in refused.text
    page(made.url, {"url": sink.url + "/new"})
    assert only().read_secrets()["secret"] == secret
    assert 'type="password"' not in page(made.url).text
    assert 'type="password"' in page(made.url + "?replace=secret").text
    other = secret.replace("QUJD", "QUJE")
    page(made.url, {"url": sink.url, "secret": other})
    assert only().read_secrets()["secret"] == other


def test_switching_off_says_what_waits_and_cancels_it(space, page):
    integration = helpers.integration(space)
    export = helpers.queued(helpers.released(space), integration)
    said = page(f"extensions/{integration.pk}/deactivate/").text
    assert "Stops future documents. What Folder already has stays there." in said
    assert "1 waiting document will be cancelled." in said
    assert only().is_active
    page(f"extensions/{integration.pk}/deactivate/", {})
    export.refresh_from_db()
    assert (only().is_active, export.state) == (False, ExportState.CANCELLED)
    shown = page(f"extensions/{integration.pk}/").text
    assert "1 waiting document was cancelled." in shown and "The integration was switched off." in shown


def test_the_log_shows_the_latest_sending_of_each_document_with_its_repair(space, page):
    integration = helpers.integration(space)
    now = timezone.now()
    for number, state, reason in (
        ("F-1", ExportState.DELIVERED, ""),
        ("F-2", ExportState.FAILED, "The VAT code does not exist there."),
        ("F-3", ExportState.WAITING, "It does not answer."),
    ):
        settled = None if state == ExportState.WAITING else now
        later = now + timedelta(minutes=30)
        Export.objects.create(
            invoice=helpers.released(space, number, pdf=number.encode()),
            integration=integration,
            state=state,
            reason=reason,
            settled_at=settled,
            next_try_at=later,
            attempt_count=2,
            remote_label="Archive/2026/F-1.xml",
        )
    shown = page(f"extensions/{integration.pk}/").text
    assert "The VAT code does not exist there." in shown and "Next try" in shown and "F-1.xml" in shown
    needs = page(f"extensions/{integration.pk}/?show=needs").text
    assert "F-2" in needs and "F-3" not in needs
    failed = Export.objects.get(state=ExportState.FAILED)
    page(f"extensions/{integration.pk}/exports/{failed.pk}/resend/", {})
    assert list(failed.invoice.exports.values_list("state", flat=True)) == ["failed", "queued"]
    assert "F-2" not in page(f"extensions/{integration.pk}/?show=needs").text


def test_what_was_approved_before_activation_is_offered_and_sent_only_by_a_person(space, page):
    early = [helpers.released(space, f"F-{n}", pdf=bytes([n])) for n in range(3)]
    integration = activated_now(space)
    assert not Export.objects.exists()
    assert "3 documents were approved before Folder was activated" in page("extensions/").text
    listed = page(f"extensions/{integration.pk}/missed/").text
    assert all(invoice.number in listed for invoice in early)
    page(f"extensions/{integration.pk}/missed/", {"document": [early[0].pk, early[1].pk]})
    assert set(Export.objects.values_list("invoice", flat=True)) == {early[0].pk, early[1].pk}
    assert "1 document was approved before Folder was activated" in page("extensions/").text
    page(f"extensions/{integration.pk}/missed/", {"document": ["x", "999999"]})
    assert "Choose at least one document." in page("extensions/").text


def test_documents_of_another_space_can_not_be_sent_from_here(space, page, stranger):
    theirs = helpers.released(stranger.spaces.get())
    integration = activated_now(space)
    page(f"extensions/{integration.pk}/missed/", {"document": [theirs.pk]})
    assert not Export.objects.exists()


def test_who_may_send_but_not_manage_sends_what_was_missed_and_opens_the_log(space, admin):
    invoice = helpers.released(space)
    integration = activated_now(space)
    buyer = visitor(world.member(space, "PR"), space)
    shown = buyer(f"extensions/{integration.pk}/").text
    assert "You can look here, not change." in shown and "disabled" in shown
    buyer(f"extensions/{integration.pk}/missed/", {"document": [invoice.pk]})
    assert Export.objects.get().created_by.email == "pr@janssens.example"


def test_a_connector_that_is_gone_leaves_a_page_and_can_be_switched_off(space, page):
    integration = helpers.integration(space, "fax")
    url = f"extensions/{integration.pk}/"
    assert "is not installed any more" in page(url).text
    assert page(url, {"folder": "x"}).status_code == 303
    page(url + "deactivate/", {})
    assert not only().is_active

"""Client > Integrations: the office's own, from nothing to active, and never the client's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.actions import engagements
from banqup.exports.models import Export, ExportState, Integration, IntegrationState
from tests.factories import world

from .helpers import browser_of, exported, integration, messages, page, released, texts, url, words

FOLDER = {"integration-name": "Archive", "folder": "", "pattern": ""}


def state(pk=None) -> IntegrationState:
    return Integration.objects.get(**({"pk": pk} if pk else {})).state


def main(response) -> str:
    return words(page(response).xpath("//main")[0])


@pytest.fixture
def at(office, bakery, engagement):
    """`at("extension", pk)`: an address below the client's integrations."""
    return lambda name, *args: url(f"client_{name}", office, bakery.pk, *args)


def test_from_nothing_to_active_in_four_steps(sofie, at, bakery, engagement):
    answer = sofie.post(at("extension_add", "folder"), FOLDER)
    made = Integration.objects.get()
    assert (made.space, made.engagement, made.config["folder"], made.state) == (
        bakery,
        engagement,
        "delvaux",
        IntegrationState.NOT_TESTED,
    )
    assert answer.url == at("extension", made.pk)
    assert "not tested" in main(sofie.get(answer.url)).lower()
    sofie.post(at("extension_activate", made.pk), {})
    assert state() == IntegrationState.NOT_TESTED
    shown = sofie.post(at("extension_test", made.pk), {}, follow=True)
    assert "The test of Archive has passed." in messages(shown)
    sofie.post(at("extension_activate", made.pk), {})
    assert state() == IntegrationState.ACTIVE
    sofie.post(at("extension_deactivate", made.pk), {})
    assert state() == IntegrationState.INACTIVE


def test_the_clients_own_integrations_are_not_there(sofie, at, bakery, engagement):
    theirs = integration(bakery, name="Their Dropbox")
    shown = sofie.get(at("extensions"))
    assert "Their Dropbox" not in shown.text
    verbs = ("extension_test", "extension_activate", "extension_deactivate")
    answers = [sofie.get(at("extension", theirs.pk)), *(sofie.post(at(verb, theirs.pk), {}) for verb in verbs)]
    assert [answer.status_code for answer in answers] == [404] * 4


def test_an_integration_of_another_client_is_not_found_here(sofie, at, office, other_client):
    elsewhere = other_client.active_engagement()
    other = integration(other_client, engagement=elsewhere, name="Thijs in Exact")
    assert sofie.get(at("extension", other.pk)).status_code == 404
    assert sofie.get(url("client_extension", office, other_client.pk, other.pk)).status_code == 200


def test_the_documents_approved_before_activation_are_offered_and_sent(sofie, at, bakery, engagement):
    old = [released(bakery, "A-1"), released(bakery, "A-2")]
    made = integration(bakery, engagement=engagement, name="Exact Online")
    Integration.objects.filter(pk=made.pk).update(activated_at=timezone.now() + timedelta(seconds=1))
    shown = main(sofie.get(at("extensions")))
    assert "2 documents were approved before Exact Online was activated" in shown
    listed = sofie.get(at("extension_missed", made.pk))
    assert texts(listed, "//main//td[contains(@class, 'cell-name')]/a") == ["Molens Van Damme NV"] * 2
    answer = sofie.post(at("extension_missed", made.pk), {"document": [old[0].pk]}, follow=True)
    assert messages(answer) == ["1 document is being sent to Exact Online."]
    assert list(Export.objects.values_list("invoice", "integration")) == [(old[0].pk, made.pk)]


def test_the_log_says_why_and_sends_again(sofie, at, bakery, engagement):
    made = integration(bakery, engagement=engagement, name="Exact Online")
    invoice = released(bakery)
    failed = exported(invoice, made, ExportState.FAILED, reason="VAT code 6S does not exist in journal 70")
    shown = main(sofie.get(at("extension", made.pk)))
    assert "VAT code 6S does not exist in journal 70" in shown
    sofie.post(at("export_resend", made.pk, failed.pk), {})
    assert list(Export.objects.order_by("sequence").values_list("sequence", "state")) == [(1, "failed"), (2, "queued")]


def test_who_sees_no_documents_sees_none_in_the_log(browser_with, at, bakery, engagement):
    made = integration(bakery, engagement=engagement, name="Exact Online")
    failed = exported(released(bakery), made, ExportState.FAILED, reason="not today")
    Integration.objects.filter(pk=made.pk).update(activated_at=timezone.now() + timedelta(seconds=1))
    released(bakery, "A-2")
    for role in ("ADM", "CM"):
        visitor = browser_with(role)
        shown = visitor.get(at("extension", made.pk))
        assert shown.status_code == 200
        assert "2026-0042" not in shown.text and "approved before" not in main(shown)
        answers = [
            visitor.get(at("extension_missed", made.pk)),
            visitor.post(at("extension_missed", made.pk), {"document": [1]}),
            visitor.post(at("export_resend", made.pk, failed.pk), {}),
        ]
        assert [answer.status_code for answer in answers] == [403] * 3
    assert Export.objects.count() == 1


def test_who_may_not_manage_looks_and_is_told_why(browser_with, at, bakery, engagement):
    made = integration(bakery, engagement=engagement, name="Exact Online")
    manager = browser_with("CM")
    assert "You can look here, not change." in main(manager.get(at("extensions")))
    forged = [
        manager.post(at("extension_add", "folder"), FOLDER),
        manager.post(at("extension_test", made.pk), {}),
        manager.post(at("extension_deactivate", made.pk), {}),
    ]
    assert [answer.status_code for answer in forged] == [403] * 3
    assert (Integration.objects.count(), state()) == (1, IntegrationState.ACTIVE)


def test_an_ended_engagement_closes_the_pages(sofie, at, bakery, engagement, sofie_herself):
    made = integration(bakery, engagement=engagement, name="Exact Online")
    engagements.end(engagement=engagement, by=sofie_herself)
    answers = [
        sofie.get(at("extensions")),
        sofie.get(at("extension", made.pk)),
        sofie.post(at("extension_activate", made.pk), {}),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert state() == IntegrationState.INACTIVE


def test_two_clients_may_share_the_offices_folder_but_nobody_takes_it(
    sofie, at, office, bakery, other_client, engagement
):
    sofie.post(at("extension_add", "folder"), FOLDER)
    sofie.post(url("client_extension_add", office, other_client.pk, "folder"), FOLDER)
    assert [one.config["folder"] for one in Integration.objects.all()] == ["delvaux", "delvaux"]
    an = world.member(bakery, email="an@janssens.example")
    taken = browser_of(an).post("/s/janssens/settings/extensions/add/folder/", {**FOLDER, "folder": "delvaux"})
    assert taken.status_code == 422

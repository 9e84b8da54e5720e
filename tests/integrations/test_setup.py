"""Add, configure, test, activate, deactivate: who may, in which order, and what waits meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.exports.models import Export, Integration
from banqup.invoices.models import Event
from integrations import setup
from integrations.setup import SetupRefused
from integrations.webhook.forms import WebhookForm
from tests.factories import world

from . import helpers

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(space):
    return world.member(space, "ADM")


@pytest.fixture
def webhook_form(sink):
    return {"url": sink.url, "secret": "", "attach_files": True}


def refused(verb, **arguments):
    with pytest.raises(SetupRefused) as raised:
        verb(**arguments)
    return raised.value.message


def facts(integration):
    integration = Integration.objects.get(pk=integration.pk)
    return integration.state, integration.is_active, integration.test_passed, integration.attention


def test_from_nothing_to_the_first_document(space, admin, sink, webhook_form):
    integration = setup.add(space=space, connector="webhook", name="  Our books ", by=admin)
    assert (str(integration), facts(integration)) == ("Our books", ("not_tested", False, None, ""))
    shown_once = setup.configure(integration=integration, cleaned=webhook_form, by=admin)
    assert list(shown_once) == ["secret"]
    steps = setup.test(integration=integration, by=admin)
    assert [step.ok for step in steps] == [True]
    assert facts(integration) == ("inactive", False, True, "")
    setup.activate(integration=integration, by=admin)
    assert facts(integration) == ("active", True, True, "")
    export = helpers.queued(helpers.released(space), Integration.objects.get())
    assert helpers.push(export).state == "delivered"
    assert list(sink.documents) == [str(export.idempotency_key)]


def test_a_name_left_empty_is_the_connectors(space, admin):
    assert str(setup.add(space=space, connector="folder", name="", by=admin)) == "Folder"


def test_a_connector_that_does_not_exist_can_not_be_added(space, admin):
    assert refused(setup.add, space=space, connector="fax", name="", by=admin) == "There is no such integration."


@pytest.mark.parametrize("roles", [["PR"], ["SR"], ["FR"], ["PA"], ["AUD"]])
def test_without_the_right_nothing_can_be_done(space, admin, delivered, roles):
    person = world.member(space, *roles)
    integration = setup.add(space=space, connector="folder", name="", by=admin)
    words = "You may not manage integrations here. Ask an administrator of Bakkerij Janssens BV."
    arguments = {"integration": integration, "by": person}
    assert refused(setup.add, space=space, connector="folder", name="", by=person) == words
    assert refused(setup.configure, cleaned={}, **arguments) == words
    assert [refused(verb, **arguments) for verb in (setup.test, setup.activate, setup.deactivate)] == [words] * 3


def test_a_stranger_an_inactive_person_and_nobody_may_not(space, admin):
    stranger = world.member(world.business("other"), "ADM")
    admin.is_active = False
    assert [setup.may_manage(space, person) for person in (stranger, admin, None)] == [False] * 3


def test_an_admin_of_the_installation_may(space):
    assert setup.may_manage(space, world.user("root@example.com", is_superuser=True))


def test_the_accountants_integration_belongs_to_the_accountant(space, admin):
    partner = world.partner()
    engagement, accountant = world.engaged(space, partner), world.member(partner, "ACC")
    integration = setup.add(space=space, engagement=engagement, connector="folder", name="", by=accountant)
    assert (integration.owner, integration.is_partner_side) == (partner, True)
    assert refused(setup.test, integration=integration, by=admin).startswith("You may not manage integrations here.")


def test_an_integration_for_somebody_elses_client_can_not_be_added(space):
    partner, other = world.partner(), world.business("other")
    engagement, accountant = world.engaged(other, partner), world.member(partner, "ACC")
    arguments = {"space": space, "engagement": engagement, "connector": "folder", "name": "", "by": accountant}
    assert refused(setup.add, **arguments) == "Bakkerij Janssens BV is not a client at the moment."


def test_after_the_engagement_has_ended_it_can_not_be_activated(space):
    partner = world.partner()
    engagement, accountant = world.engaged(space, partner), world.member(partner, "ACC")
    integration = helpers.integration(space, engagement=engagement, active=False)
    type(engagement).objects.update(status="ended", ended_at=timezone.now())
    assert (
        refused(setup.activate, integration=integration, by=accountant)
        == "Bakkerij Janssens BV is not a client any more."
    )


def test_an_untested_integration_can_not_be_activated(space, admin):
    integration = setup.add(space=space, connector="folder", name="", by=admin)
    words = "Test the integration first; it can be activated once the test has passed."
    assert refused(setup.activate, integration=integration, by=admin) == words


def test_a_failed_test_keeps_what_each_step_said(space, admin, webhook, sink):
    sink.then(sink.status(500))
    setup.test(integration=webhook, by=admin)
    webhook.refresh_from_db()
    assert (webhook.test_passed, webhook.state) == (False, "not_tested")
    [step] = webhook.test_steps
    assert step.pop("ms") >= 0
    assert step == {
        "name": "Send a signed test message",
        "ok": False,
        "message": f"{sink.url} answered 500; it is tried again.",
    }
    assert refused(setup.activate, integration=webhook, by=admin).startswith("Test the integration first")


def test_a_test_that_breaks_is_a_failed_test(space, admin, webhook, monkeypatch):
    monkeypatch.setattr("integrations.webhook.connector.WebhookConnector.check", lambda self: 1 / 0)
    steps = setup.test(integration=webhook, by=admin)
    assert [(step.ok, step.message) for step in steps] == [
        (False, "Something broke on our side; the log of the server has the details.")
    ]


def test_a_passed_test_clears_the_attention_and_wakes_what_waits(space, admin, webhook):
    export = helpers.queued(helpers.released(space), webhook, next_try_at=timezone.now() + timedelta(hours=1))
    Integration.objects.update(attention="Connect again.")
    setup.test(integration=webhook, by=admin)
    assert facts(webhook) == ("active", True, True, "")
    assert helpers.push(export).state == "delivered"


def test_a_configuration_that_changed_during_the_test_is_not_called_tested(space, admin, webhook, monkeypatch):
    def change(self):
        Integration.objects.update(config={"url": "https://elsewhere.example/"}, test_passed=None)
        return []

    monkeypatch.setattr("integrations.webhook.connector.WebhookConnector.check", change)
    words = "The configuration changed during the test. Test again."
    assert refused(setup.test, integration=webhook, by=admin) == words
    assert Integration.objects.get().test_passed is None


def test_configuring_anew_keeps_the_secret_and_asks_for_a_test(admin, webhook, webhook_form, secret):
    assert setup.configure(integration=webhook, cleaned={**webhook_form, "attach_files": False}, by=admin) == {}
    webhook.refresh_from_db()
    assert (webhook.read_secrets(), webhook.config["attach_files"]) == ({"secret": secret}, False)
    assert (webhook.test_passed, webhook.state, webhook.is_active) == (None, "not_tested", True)


def test_a_secret_is_sealed_and_never_part_of_the_configuration(admin, webhook, webhook_form, secret):
    setup.configure(integration=webhook, cleaned={**webhook_form, "secret": secret}, by=admin)
    row = Integration.objects.filter(pk=webhook.pk).values("config", "sealed_secrets", "secrets_set_by").get()
    assert row["config"] == {"url": webhook_form["url"], "attach_files": True}
    assert secret not in row["sealed_secrets"] and row["secrets_set_by"] == admin.pk


def test_a_new_secret_repairs_one_that_no_key_opens(admin, webhook, webhook_form, secret, settings):
    Integration.objects.update(sealed_secrets="garbage")
    setup.configure(integration=webhook, cleaned={**webhook_form, "secret": secret}, by=admin)
    webhook.refresh_from_db()
    assert webhook.read_secrets() == {"secret": secret}


def test_the_form_shows_the_configuration_but_no_secret(webhook, sink, secret):
    form = setup.form(webhook)
    assert isinstance(form, WebhookForm)
    assert form.initial == {"url": sink.url}
    assert secret not in form.as_p()


def test_the_form_of_a_new_integration_starts_with_its_own_values(space, admin):
    integration = setup.add(space=space, connector="webhook", name="", by=admin)
    assert "checked" in str(setup.form(integration)["attach_files"])


def test_a_sub_folder_left_empty_is_the_address_of_the_owner(space, admin):
    integration = setup.add(space=space, connector="folder", name="", by=admin)
    setup.configure(integration=integration, cleaned={"folder": "", "pattern": "{number}"}, by=admin)
    integration.refresh_from_db()
    assert integration.config == {"folder": "janssens", "pattern": "{number}"}


def test_two_spaces_never_share_a_sub_folder(space, admin):
    other = world.business("other", name="Other BV")
    integration = setup.add(space=space, connector="folder", name="", by=admin)
    helpers.integration(other, config={"folder": "archive"})
    for taken in ("archive", "other"):
        words = f"“{taken}” is used by another space. Choose another name."
        cleaned = {"folder": taken, "pattern": "{number}"}
        assert refused(setup.configure, integration=integration, cleaned=cleaned, by=admin) == words


def test_one_space_may_share_its_own_sub_folder(space, admin):
    for _ in range(2):
        integration = setup.add(space=space, connector="folder", name="", by=admin)
        setup.configure(integration=integration, cleaned={"folder": "ours", "pattern": "{number}"}, by=admin)


def test_deactivating_cancels_what_waits_and_lets_finish_what_is_under_way(space, admin, webhook):
    first, second, third = (helpers.released(space, number) for number in "abc")
    helpers.queued(first, webhook)
    helpers.queued(second, webhook, state="sending", lease_until=timezone.now() + timedelta(minutes=5))
    helpers.queued(third, webhook, state="delivered", settled_at=timezone.now())
    assert setup.deactivate(integration=webhook, by=admin) == 1
    assert list(Export.objects.order_by("pk").values_list("state", "reason")) == [
        ("cancelled", "The integration was switched off."),
        ("sending", ""),
        ("delivered", ""),
    ]
    assert list(Event.objects.values_list("invoice", "verb")) == [(first.pk, "export_cancelled")]
    assert facts(webhook) == ("inactive", False, True, "")


def test_activating_again_sends_nothing_by_itself(space, admin, webhook):
    helpers.queued(helpers.released(space), webhook)
    setup.deactivate(integration=webhook, by=admin)
    setup.activate(integration=webhook, by=admin)
    assert list(Export.objects.values_list("state", flat=True)) == ["cancelled"]


def test_a_removed_connector_can_be_switched_off_but_not_configured(space, admin):
    integration = helpers.integration(space, "removed")
    words = "The connector “removed” is not installed."
    assert refused(setup.configure, integration=integration, cleaned={}, by=admin) == words
    assert refused(setup.form, integration=integration) == words
    assert setup.test(integration=integration, by=admin)[0].ok is False
    assert setup.deactivate(integration=integration, by=admin) == 0

"""The Django admin of integrations: configured by the same verbs as the pages, secrets never shown."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from banqup.exports.models import Export, ExportAttempt, Integration
from integrations import registry
from tests.factories import world

from . import helpers

pytestmark = pytest.mark.django_db

INTEGRATIONS = "/admin/exports/integration/"
EXPORTS = "/admin/exports/export/"


@pytest.fixture
def root(client):
    person = world.user("root@example.com", is_staff=True, is_superuser=True)
    client.force_login(person)
    return client


def fields(space, connector="webhook", **changes):
    defaults = {
        "space": space.pk,
        "engagement": "",
        "connector": connector,
        "name": "Books",
        "config": "{}",
        "new_secrets": "",
    }
    return {**defaults, **changes}


def said(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def act(client, address, action, *rows):
    return client.post(address, {"action": action, "_selected_action": [row.pk for row in rows]})


def errors(answer):
    return answer.context["adminform"].form.errors


def test_integrations_and_exports_are_registered():
    assert {Integration, Export} <= set(admin.site._registry)


def test_an_integration_is_added_with_its_connectors_own_checks(root, space, sink):
    config = f'{{"url": "{sink.url}"}}'
    answer = root.post(INTEGRATIONS + "add/", fields(space, config=config))
    made = Integration.objects.get()
    assert (answer.status_code, made.config) == (302, {"url": sink.url, "attach_files": True})
    secret = made.read_secrets()["secret"]
    assert answer.url == f"{INTEGRATIONS}{made.pk}/change/"
    assert not [word for word in said(answer) if secret in word] and secret not in str(dict(root.session))
    assert f"<code>{secret}</code>" in root.get(answer.url).content.decode()
    assert secret not in root.get(answer.url).content.decode()


def test_a_configuration_that_the_connector_refuses_is_not_kept(root, space):
    answer = root.post(INTEGRATIONS + "add/", fields(space, config='{"url": "ftp://x"}'))
    assert errors(answer) == {"config": ["url: Enter an address that begins with https://."]}
    assert Integration.objects.count() == 0


def test_an_unknown_connector_is_refused(root, space):
    answer = root.post(INTEGRATIONS + "add/", fields(space, "fax"))
    there = ", ".join(registry.connectors())
    assert errors(answer) == {"connector": [f"No such connector. There are: {there}."]}


def test_secrets_are_set_but_never_shown(root, webhook, sink, secret):
    address = f"{INTEGRATIONS}{webhook.pk}/change/"
    page = root.get(address).content.decode()
    assert secret not in page and webhook.sealed_secrets not in page
    new = "whsec_" + "A" * 40
    config = f'{{"url": "{sink.url}"}}'
    root.post(address, fields(webhook.space, config=config, new_secrets=f'{{"secret": "{new}"}}'))
    kept = Integration.objects.get().read_secrets()
    assert (kept["secret"], kept["previous_secret"]) == (new, secret)
    assert new not in root.get(address).content.decode()


def test_without_new_secrets_the_stored_ones_stay(root, webhook, sink, secret):
    config = f'{{"url": "{sink.url}", "attach_files": false}}'
    root.post(f"{INTEGRATIONS}{webhook.pk}/change/", fields(webhook.space, config=config))
    row = Integration.objects.get()
    assert (row.read_secrets(), row.config["attach_files"], row.test_passed) == ({"secret": secret}, False, None)


def test_what_the_verb_refuses_is_not_kept(root, space, folder):
    world.business("other")
    answer = root.post(f"{INTEGRATIONS}{folder.pk}/change/", fields(space, "folder", config='{"folder": "other"}'))
    assert "“other” is used by another space. Choose another name." in said(answer)
    assert (Integration.objects.get().config, Integration.objects.get().test_passed) == (folder.config, True)


def test_neither_connector_nor_owner_can_be_changed(root, space, folder):
    other = world.business("other")
    root.post(f"{INTEGRATIONS}{folder.pk}/change/", fields(other, "webhook", config='{"folder": "janssens"}'))
    assert Integration.objects.values_list("connector", "space").get() == ("folder", space.pk)


def test_the_list_shows_how_each_integration_is(root, webhook, folder):
    Integration.objects.filter(pk=folder.pk).update(attention="Connect again.")
    helpers.queued(helpers.released(webhook.space), webhook)
    page = root.get(INTEGRATIONS).content.decode()
    assert "Needs attention" in page and "Connect again." in page and '<td class="field-waiting">1</td>' in page


def test_those_that_need_a_person_stand_first_and_are_found_by_filters(root, space, webhook, folder):
    Integration.objects.filter(pk=webhook.pk).update(test_passed=False, test_steps=[{"ok": False, "message": "No."}])
    started = timezone.now() - timedelta(hours=3)
    failed = helpers.queued(helpers.released(space), webhook, state="failed", settled_at=timezone.now())
    ExportAttempt.objects.create(export=failed, number=1, outcome="permanent", started_at=started)

    def listed(**filters):
        return [str(row) for row in root.get(INTEGRATIONS, filters).context["cl"].result_list]

    assert listed() == ["Webhook", "Folder"]
    assert (listed(needs="yes"), listed(needs="no"), listed(connector="folder")) == (
        ["Webhook"],
        ["Folder"],
        ["Folder"],
    )
    page = root.get(INTEGRATIONS).content.decode()
    assert '<td class="field-failed">1</td>' in page and "The last test failed: No." in page
    assert f'<td class="field-failing_since nowrap">{date_format(started, "DATETIME_FORMAT")}</td>' in page


def test_the_list_costs_the_same_for_2_and_20(root, space, webhook, folder):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert root.get(INTEGRATIONS).status_code == 200
        return len(seen)

    few = queries()
    for number in range(18):
        made = helpers.integration(space, name=f"{number}")
        helpers.queued(helpers.released(space, f"{number}"), made, state="failed", settled_at=timezone.now())
    assert queries() == few


def test_an_integration_is_tested_activated_and_deactivated(root, space, sink, secret):
    row = helpers.integration(
        space, "webhook", config={"url": sink.url}, secrets={"secret": secret}, active=False, test_passed=None
    )
    assert said(act(root, INTEGRATIONS, "activate_now", row)) == [
        "Webhook: Test the integration first; it can be activated once the test has passed."
    ]
    assert said(act(root, INTEGRATIONS, "test_now", row))[-1] == (
        f"Webhook: Send a signed test message: {sink.url} answered 200."
    )
    act(root, INTEGRATIONS, "activate_now", row)
    assert Integration.objects.get().state == "active"
    act(root, INTEGRATIONS, "deactivate_now", row)
    assert Integration.objects.get().state == "inactive"


def test_an_export_is_read_only_and_shows_its_tries(root, space, webhook):
    export = helpers.queued(helpers.released(space), webhook)
    ExportAttempt.objects.create(
        export=export, number=1, outcome="try_again", message="It is down.", response_status=503
    )
    page = root.get(f"{EXPORTS}{export.pk}/change/").content.decode()
    assert "It is down." in page and 'name="state"' not in page and "_save" not in page
    assert root.post(f"{EXPORTS}{export.pk}/change/", {"state": "delivered"}).status_code == 403
    assert root.get(EXPORTS + "add/").status_code == 403


def test_waiting_exports_are_retried_now(root, space, webhook):
    waiting = helpers.queued(
        helpers.released(space, "a"), webhook, state="waiting", next_try_at=timezone.now() + timedelta(hours=1)
    )
    done = helpers.queued(helpers.released(space, "b"), webhook, state="delivered", settled_at=timezone.now())
    answer = act(root, EXPORTS, "retry_now", waiting, done)
    assert said(answer)[-1] == "1 are tried now."
    assert helpers.push(waiting).state == "delivered"


def test_waiting_exports_are_cancelled_visibly(root, space, webhook):
    export = helpers.queued(helpers.released(space), webhook)
    answer = act(root, EXPORTS, "cancel", export)
    export.refresh_from_db()
    assert (export.state, export.reason) == ("cancelled", "Cancelled by An Janssens.")
    assert said(answer)[-1] == "1 were cancelled; what is being sent at this moment finishes."


def test_staff_who_may_only_look_may_not_act(client, space, webhook):
    from django.contrib.auth.models import Permission

    person = world.user("look@example.com", name="", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_export"))
    client.force_login(person)
    export = helpers.queued(helpers.released(space), webhook)
    assert said(act(client, EXPORTS, "cancel", export))[-1:] == ["You may not change exports."]
    export.refresh_from_db()
    assert export.state == "queued"

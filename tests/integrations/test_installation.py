"""What the installation's admins decide: which connectors there are, how many documents at a time, app registrations."""

import pytest
from django.urls import reverse
from django.utils import timezone

from banqup.conversations.models import Notification
from banqup.exports.models import ConnectorSettings, ExportState, Integration, OAuthApp
from integrations import base, delivery, gate, registry, setup
from tests.factories import world

from . import helpers

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client):
    client.force_login(world.user("root@example.com", is_staff=True, is_superuser=True))
    return client


def test_a_connector_that_is_not_offered_can_not_be_added_but_goes_on_where_it_is_used(space, sink, secret):
    used = helpers.integration(space, "webhook", config={"url": sink.url}, secrets={"secret": secret})
    ConnectorSettings.objects.create(key="webhook", is_offered=False)
    assert "webhook" not in registry.offered() and "folder" in registry.offered()
    with pytest.raises(setup.SetupRefused, match="not offered here"):
        setup.add(space=space, connector="webhook", name="Another", by=world.member(space, "ADM"))
    assert delivery.ready(used).key == "webhook"


def test_the_settings_of_a_connector_bound_the_documents_at_a_time(space, webhook):
    exports = [helpers.queued(helpers.released(space, f"N-{number}"), webhook) for number in range(3)]
    ConnectorSettings.objects.create(key="webhook", max_in_flight=1)
    taken = [gate.take(export.pk) is not None for export in exports]
    assert taken == [True, False, False]


@pytest.mark.parametrize(
    ("connector", "at_a_time"), [("dropbox", 1), ("exact_online", 1), ("google_drive", 1), ("s3", 2)]
)
def test_without_settings_a_connector_says_how_many_documents_it_takes_at_a_time(space, connector, at_a_time):
    account = helpers.integration(space, connector)
    exports = [helpers.queued(helpers.released(space, f"N-{number}"), account) for number in range(3)]
    assert sum(gate.take(export.pk) is not None for export in exports) == at_a_time


def test_the_registration_of_an_app_is_kept_and_its_secret_never_shown(root):
    entered = {"name": "exact_online.be", "client_id": "id-1", "new_secret": "very-secret-4711"}
    assert root.post("/admin/exports/oauthapp/add/", entered).status_code == 302
    app = OAuthApp.objects.get()
    assert (app.client_id, app.read_secret(), "very-secret" in app.sealed_secret) == ("id-1", "very-secret-4711", False)
    page = root.get(f"/admin/exports/oauthapp/{app.pk}/change/").content.decode()
    assert "very-secret-4711" not in page and app.sealed_secret not in page
    assert reverse("integrations:oauth_callback") in page
    root.post(f"/admin/exports/oauthapp/{app.pk}/change/", {**entered, "client_id": "id-2", "new_secret": ""})
    app.refresh_from_db()
    assert (app.client_id, app.read_secret()) == ("id-2", "very-secret-4711")


def test_connectors_are_chosen_from_those_that_there_are(root):
    answer = root.post("/admin/exports/connectorsettings/add/", {"key": "fax", "max_in_flight": 1})
    assert answer.context["adminform"].form.errors.keys() == {"key"}
    root.post("/admin/exports/connectorsettings/add/", {"key": "yuki", "is_offered": "on", "max_in_flight": 1})
    assert list(ConnectorSettings.objects.values_list("key", "max_in_flight")) == [("yuki", 1)]
    root.post("/admin/exports/connectorsettings/add/", {"key": "dropbox", "is_offered": "on", "max_in_flight": ""})
    root.post("/admin/exports/connectorsettings/add/", {"key": "s3", "is_offered": "on", "max_in_flight": ""})
    suggested = ConnectorSettings.objects.exclude(key="yuki").values_list("key", "max_in_flight")
    assert sorted(suggested) == [("dropbox", 1), ("s3", 2)]


def test_who_can_connect_it_again_is_told_once_until_it_works(space, webhook, monkeypatch):
    manager, other = world.member(space, "ADM"), world.member(space, "PR")
    first, second = (helpers.queued(helpers.released(space, number), webhook) for number in ("N-1", "N-2"))

    def refuse(*_args, **_kwargs):
        raise base.ReconnectNeeded("The consent has ended. Connect again.")

    monkeypatch.setattr("integrations.webhook.connector.WebhookConnector.push", refuse)
    for export in (first, second):
        delivery.push(export.pk)
        type(export).objects.filter(pk=export.pk).update(next_try_at=timezone.now())
    (told,) = Notification.objects.all()
    assert (told.user, told.topic, told.space) == (manager, "reconnect_needed", space)
    assert not Notification.objects.filter(user=other).exists()
    first.refresh_from_db()
    assert (first.state, Integration.objects.get().attention) == (
        ExportState.WAITING,
        "The consent has ended. Connect again.",
    )
    Integration.objects.update(attention="")  # it was connected and tested
    delivery.push(second.pk)
    assert Notification.objects.count() == 2


def test_a_password_is_never_shown_to_another_server_than_it_was_entered_for(space):
    admin = world.member(space, "ADM")
    there = {"host": "files.example.com", "port": 22, "user": "bakery", "folder": "in", "host_key": ""}
    integration = setup.add(space=space, connector="sftp", name="Files", by=admin)
    setup.configure(integration=integration, cleaned={**there, "password": "s3cret-4711"}, by=admin)
    setup.configure(integration=integration, cleaned={**there, "folder": "out", "password": ""}, by=admin)
    assert Integration.objects.get().read_secrets() == {"password": "s3cret-4711"}
    setup.configure(integration=integration, cleaned={**there, "host": "mine.example.com", "password": ""}, by=admin)
    assert Integration.objects.get().read_secrets() == {}

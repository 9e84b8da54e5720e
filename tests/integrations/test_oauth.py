"""Consent at a destination: asked for by a person, used by workers one at a time, ended visibly."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django import forms
from django.urls import reverse
from django.utils import timezone

from banqup.exports.models import Grant, Integration, OAuthApp
from integrations import oauth, registry, setup
from integrations.base import BrokenConfiguration, Connector, ReconnectNeeded, TestStep, TryAgain, WaitUntil
from tests.factories import clock, world
from tests.fakes.consent import Consent
from tests.fakes.server import FakeServer, as_json, html, lose_answer, path, status

pytestmark = pytest.mark.django_db


class Server(FakeServer):
    def __init__(self, **rules):
        super().__init__()
        self.consent = Consent(**rules)

    def reply(self, request):
        return self.consent.reply(request) or as_json({}, 404)


class Shelf(Connector):
    key, label, initials, description = "shelf", "Shelf", "SH", "A shelf that wants consent."
    config_form = forms.Form
    needs_consent = True
    rules: dict = {}

    @classmethod
    def provider(cls, config):
        return oauth.Provider(app="shelf", scopes=("files.write", "me"), **cls.rules)

    def check(self):
        return [TestStep("Sign in", bool(self.access.token()), "works")]

    def push(self, payload, *, remote, keep):
        raise NotImplementedError

    def summary(self, config):
        return "A shelf"


@pytest.fixture
def server(settings, monkeypatch):
    def start(**rules):
        running = Server(**rules)
        Shelf.rules = {
            "authorize_url": running.url + "/oauth2/authorize",
            "token_url": running.url + "/oauth2/token",
            "refresh_not_before": rules.get("not_before", timedelta(0)),
        }
        monkeypatch.setitem(registry.CONNECTORS, "shelf", f"{__name__}.Shelf")
        app = OAuthApp(name="shelf", client_id=Consent.client_id)
        app.keep_secret(Consent.client_secret)
        app.save()
        started.append(running.__enter__())
        return running

    started = []
    settings.BANQUP_ALLOW_PRIVATE_WEBHOOKS = True
    yield start
    for running in started:
        running.__exit__()


@pytest.fixture
def admin():
    return world.member(world.business(), "ADM")


@pytest.fixture
def integration(admin):
    return Integration.objects.create(space=admin.spaces.get(), connector="shelf", name="Shelf")


def send_to_consent(client, integration):
    """What the browser does: ask to connect, sign in there, come back."""
    slug = integration.space.slug
    there = client.post(reverse("business:extension_connect", args=[slug, integration.pk]))
    assert there.status_code == 303
    answer = httpx.get(there["Location"])
    return there["Location"], urlsplit(answer.headers["Location"])


def connect(client, admin, integration):
    client.force_login(admin)
    _asked, back = send_to_consent(client, integration)
    return client.get(f"{back.path}?{back.query}")


def test_a_person_connects_and_the_tokens_are_kept_sealed(server, client, admin, integration):
    running = server()
    answer = connect(client, admin, integration)
    assert answer.status_code == 303
    assert answer["Location"] == reverse("business:extension", args=[integration.space.slug, integration.pk])
    grant = Grant.objects.get(integration=integration)
    assert (grant.connected_by, grant.version, grant.is_dead) == (admin, 1, False)
    kept = grant.read()
    assert running.consent.account(kept["access_token"]) == "person@example.test"
    assert kept["access_token"] not in grant.sealed and kept["refresh_token"] not in grant.sealed


def test_the_consent_page_is_asked_with_state_scope_and_challenge(server, client, admin, integration):
    server()
    client.force_login(admin)
    asked, _back = send_to_consent(client, integration)
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}
    assert query.pop("state") and len(query.pop("code_challenge")) == 43
    assert query == {
        "client_id": Consent.client_id,
        "redirect_uri": oauth.redirect_uri(),
        "response_type": "code",
        "scope": "files.write me",
        "code_challenge_method": "S256",
    }


def test_the_way_back_works_once_for_the_same_person_with_the_same_state(server, client, admin, integration):
    server()
    client.force_login(admin)
    _asked, back = send_to_consent(client, integration)
    assert client.get(back.path, {"state": "guessed", "code": "x"}).status_code == 404
    assert client.get(f"{back.path}?{back.query}").status_code == 404  # what was kept is gone
    assert not Grant.objects.exists()


def test_another_person_in_the_same_browser_gets_nothing(server, client, admin, integration):
    server()
    client.force_login(admin)
    _asked, back = send_to_consent(client, integration)
    kept = client.session["consent"]
    client.force_login(world.member(integration.space, "ADM", "PR"))
    session = client.session
    session["consent"] = kept
    session.save()
    assert client.get(f"{back.path}?{back.query}").status_code == 404
    assert not Grant.objects.exists()


def test_who_says_no_there_changes_nothing_here(server, client, admin, integration):
    server().consent.denies = True
    answer = connect(client, admin, integration)
    assert answer.status_code == 303
    page = client.get(answer["Location"]).content.decode()
    assert "No consent was given there." in page
    assert not Grant.objects.exists()


def test_without_an_app_registration_the_page_says_who_enters_it(server, client, admin, integration):
    server()
    OAuthApp.objects.all().delete()
    client.force_login(admin)
    answer = client.post(reverse("business:extension_connect", args=[integration.space.slug, integration.pk]))
    assert "no app registration “shelf”" in client.get(answer["Location"]).content.decode()


def test_who_may_only_look_can_not_connect(server, client, integration):
    server()
    client.force_login(world.member(integration.space, "AUD"))
    assert (
        client.post(reverse("business:extension_connect", args=[integration.space.slug, integration.pk])).status_code
        == 403
    )


@pytest.fixture
def access(server, client, admin, integration):
    """(server, Access) with a standing consent; `clock.set_to` moves time."""

    def make(**rules):
        running = server(**rules)
        connect(client, admin, integration)
        return running, oauth.Access(Shelf.provider({}), integration)

    return make


def test_a_token_is_used_until_it_is_spent_and_then_renewed(access):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access()
        first = tokens.token()
        assert tokens.token() == first and running.consent.refreshes == 0
        time.passes(hours=4)
        second = tokens.token()
        assert second != first and running.consent.account(second)
        assert (running.consent.refreshes, tokens.token()) == (1, second)


def test_a_rotated_refresh_token_replaces_the_old_one(access):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access(rotates=True, life=timedelta(minutes=10), expires_as_text=True)
        for _round in range(3):
            time.passes(minutes=10)
            assert running.consent.account(tokens.token())
        assert Grant.objects.get().version == 4


def test_two_workers_renew_once(access):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access(rotates=True)
        time.passes(hours=5)
        seen = Grant.objects.select_related("integration").get()
        Grant.objects.update(refreshing_until=timezone.now() + timedelta(seconds=60))  # the other one is at it
        with pytest.raises(WaitUntil):
            tokens.token()
        Grant.objects.update(refreshing_until=None)
        fresh = tokens.token()
        # Whoever still holds the grant as it was before gets the new token, and asks nobody.
        assert tokens._refreshed(seen) == fresh
        assert running.consent.refreshes == 1


def test_a_worker_that_died_while_renewing_is_followed_by_another(access):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access()
        time.passes(hours=5)
        Grant.objects.update(refreshing_until=timezone.now() + oauth.REFRESH_LEASE)
        time.passes(seconds=91)
        assert running.consent.account(tokens.token())


def test_a_refusal_of_the_token_renews_it_once(access):
    running, tokens = access()
    first = tokens.token()
    running.consent.access_tokens.clear()  # it was taken back there before its time
    second = tokens.renewed(first)
    assert running.consent.account(second)
    assert tokens.renewed(first) == second  # somebody else's 401 of the old token


def test_an_early_refresh_is_not_even_tried_before_its_time(access):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access(rotates=True, life=timedelta(minutes=10), not_before=timedelta(seconds=570))
        first = tokens.token()
        time.passes(minutes=5)
        with pytest.raises(WaitUntil) as refused:
            tokens.renewed(first)
        assert refused.value.at == Grant.objects.get().obtained_at + timedelta(seconds=570)
        assert running.consent.refreshes == 0
        time.passes(minutes=5)
        assert tokens.token() != first


def test_a_consent_that_was_taken_back_is_never_tried_again_until_a_person_connects(access, client, admin, integration):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access()
        running.consent.revoke()
        time.passes(hours=5)
        with pytest.raises(ReconnectNeeded):
            tokens.token()
        asked = len(running.requests)
        with pytest.raises(ReconnectNeeded):
            tokens.token()
        assert len(running.requests) == asked
        connect(client, admin, integration)
        assert running.consent.account(tokens.token())


@pytest.mark.parametrize(
    ("fault", "family"),
    [
        (status(503), TryAgain),
        (status(429), TryAgain),
        (status(401, b'{"error": "invalid_client"}'), BrokenConfiguration),
        (status(400, b'{"error": "unsupported_grant_type"}'), BrokenConfiguration),
        (html(200), TryAgain),
        (html(403), TryAgain),
        (status(200, b'{"token_type": "bearer"}'), TryAgain),
    ],
)
def test_what_the_token_endpoint_says_becomes_a_family(access, fault, family):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access()
        time.passes(hours=5)
        running.next(fault, when=path("/token"))
        with pytest.raises(family) as refused:
            tokens.token()
        assert Consent.client_secret not in refused.value.excerpt
        assert running.consent.account(tokens.token())  # nothing was lost


def test_a_lost_answer_of_a_rotating_token_ends_in_reconnect_and_not_in_a_loop(access):
    with clock.set_to(timezone.now()) as time:
        running, tokens = access(rotates=True)
        time.passes(hours=5)
        running.next(lose_answer(), when=path("/token"))
        with pytest.raises(TryAgain):
            tokens.token()
        with pytest.raises(ReconnectNeeded):
            tokens.token()
        assert Grant.objects.get().is_dead


def test_a_new_consent_is_tested_before_documents_go(access, integration, admin):
    access()
    assert Integration.objects.get(pk=integration.pk).test_passed is None
    assert [step.ok for step in setup.test(integration=integration, by=admin)] == [True]
    assert Integration.objects.get(pk=integration.pk).test_passed is True

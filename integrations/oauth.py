"""Consent of a person at a destination (OAuth 2.0 authorization code with PKCE), and the tokens it yields.

One writer at a time: a worker that finds the access token spent claims the grant by a conditional
update, asks for a new pair with no transaction open, and commits it before it is used. Others wait a
few seconds in the outbox (`WaitUntil`, which uses up no try). A refresh token that is not taken any
more is remembered, so it is never tried again: `ReconnectNeeded`, until a person connects.
"""

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from authlib.oauth2.rfc6749.parameters import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.exports.models import Grant, Integration, OAuthApp

from . import http
from .base import BrokenConfiguration, DeliveryError, ReconnectNeeded, TryAgain, UnknownOutcome, WaitUntil

logger = logging.getLogger(__name__)

# So long before its end an access token counts as spent: the call that carries it takes time, too.
SPENT_BEFORE_END = timedelta(seconds=30)
# So long a worker may take to get a new pair before another tries.
REFRESH_LEASE = timedelta(seconds=90)
ASK_AGAIN = timedelta(seconds=5)
DEFAULT_LIFE = timedelta(hours=1)


@dataclass(frozen=True)
class Provider:
    """What differs from one destination to the next."""

    app: str  # the name of the OAuthApp
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    with_pkce: bool = True
    # Some want the secret in the body, some none at all.
    with_secret: bool = True
    # What else goes into the authorize address, e.g. access_type=offline.
    extra: dict = field(default_factory=dict)
    # Before that age of the access token a refresh is refused (Exact Online: 570 s).
    refresh_not_before: timedelta = timedelta(0)
    # Who gave the consent, from the answer of the token endpoint and an access token; may ask the destination.
    account: Callable[[dict], str] = staticmethod(lambda tokens: "")


class NoApp(BrokenConfiguration):
    """Nobody registered this installation at the destination yet."""


def redirect_uri() -> str:
    """The one address that admins register at every destination."""
    return settings.BANQUP_PUBLIC_URL + reverse("integrations:oauth_callback")


def app_of(provider: Provider) -> OAuthApp:
    app = OAuthApp.objects.filter(name=provider.app).first()
    if app is None or not app.client_id:
        words = _("This installation has no app registration “%s” yet. An administrator enters it in the admin pages.")
        raise NoApp(words % provider.app)
    return app


# --- a person gives consent -----------------------------------------------------------------------


def begin(provider: Provider) -> tuple[str, dict]:
    """(where the browser goes, what to remember until it comes back). Raises NoApp."""
    app = app_of(provider)
    kept = {"state": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(64)}
    asked = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri(),
        "response_type": "code",
        "state": kept["state"],
        **provider.extra,
    }
    if provider.scopes:
        asked["scope"] = " ".join(provider.scopes)
    if provider.with_pkce:
        asked |= {"code_challenge": create_s256_code_challenge(kept["verifier"]), "code_challenge_method": "S256"}
    return add_params_to_uri(provider.authorize_url, list(asked.items())), kept


def finish(provider: Provider, integration: Integration, *, code: str, verifier: str, by) -> Grant:
    """Exchange the code for tokens and keep them sealed; what was refused before counts no more.

    Raises a DeliveryError in words; then the earlier consent, if any, stands.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri()}
    if provider.with_pkce:
        form["code_verifier"] = verifier
    tokens = _ask(provider, form)
    if not tokens.get("refresh_token"):
        raise BrokenConfiguration(_("The destination gave no lasting consent (no refresh token). Connect again."))
    account = provider.account(tokens)[:200]
    with transaction.atomic():
        integration = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
        earlier = Grant.objects.filter(integration=integration).values_list("version", flat=True).first() or 0
        now = timezone.now()
        grant = Grant(integration=integration, account=account, version=earlier + 1, connected_at=now, connected_by=by)
        _put(grant, tokens, now)
        Grant.objects.filter(integration=integration).delete()
        grant.save(force_insert=True)
        # A new consent is a new configuration: it is tested before it is used.
        integration.test_passed, integration.tested_at, integration.test_steps = None, None, []
        integration.save(update_fields=["test_passed", "tested_at", "test_steps"])
    return grant


# --- a worker uses it -----------------------------------------------------------------------------


class Access:
    """The access token of one integration, for its connector."""

    def __init__(self, provider: Provider, integration: Integration):
        self._provider, self._integration = provider, integration

    def token(self) -> str:
        """An access token that is good for the next call. Raises ReconnectNeeded, WaitUntil, TryAgain."""
        grant = self._grant()
        if grant.expires_at - SPENT_BEFORE_END > timezone.now():
            return grant.read()["access_token"]
        return self._refreshed(grant)

    def renewed(self, refused: str) -> str:
        """A token other than `refused`, which the destination answered with 401. Raises as `token`."""
        grant = self._grant()
        current = grant.read()["access_token"]
        return current if current != refused else self._refreshed(grant)

    @property
    def secrets(self) -> list[str]:
        """What must not stand in any log or excerpt."""
        grant = Grant.objects.filter(integration=self._integration).select_related("integration").first()
        return [value for value in grant.read().values() if isinstance(value, str)] if grant else []

    @property
    def account(self) -> str:
        """Whose limits there are used up: who gave the consent, as far as it is known. Raises as `token`."""
        return self._grant().account or f"integration {self._integration.pk}"

    def _grant(self) -> Grant:
        grant = Grant.objects.filter(integration=self._integration).select_related("integration").first()
        if grant is None:
            raise ReconnectNeeded(_("Not connected yet. Connect it, then test it."))
        if grant.is_dead:
            raise ReconnectNeeded(_("The consent has ended. Connect again; what waits is sent then."))
        return grant

    def _refreshed(self, seen: Grant) -> str:
        now = timezone.now()
        earliest = seen.obtained_at + self._provider.refresh_not_before
        if now < earliest:
            raise WaitUntil(_("The destination gives no new access yet."), at=earliest)
        free = Q(refreshing_until=None) | Q(refreshing_until__lt=now)
        rows = Grant.objects.filter(free, pk=seen.pk, version=seen.version, is_dead=False)
        if not rows.update(refreshing_until=now + REFRESH_LEASE):
            again = self._grant()
            if again.version != seen.version:
                return again.read()["access_token"]
            raise WaitUntil(_("Another worker is renewing the access."), at=now + ASK_AGAIN)
        kept = seen.read()
        try:
            tokens = _ask(self._provider, {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]})
        except ReconnectNeeded:
            Grant.objects.filter(pk=seen.pk, version=seen.version).update(is_dead=True, refreshing_until=None)
            raise
        except DeliveryError:
            Grant.objects.filter(pk=seen.pk, version=seen.version).update(refreshing_until=None)
            raise
        # Committed before it is used: a pair that rotates is worth nothing in memory.
        self._keep(seen, {**kept, **tokens})
        return tokens["access_token"]

    def _keep(self, seen: Grant, tokens: dict) -> None:
        with transaction.atomic():
            grant = Grant.objects.select_for_update(of=("self",)).select_related("integration").get(pk=seen.pk)
            if grant.version != seen.version:
                return  # a person connected again meanwhile
            _put(grant, tokens, timezone.now())
            grant.version += 1
            grant.save()


class Fresh:
    """The same for a token that has just been given and is not kept yet, to ask who consented."""

    def __init__(self, token: str):
        self._token, self.secrets = token, [token]

    def token(self) -> str:
        return self._token

    def renewed(self, refused: str) -> str:
        return self._token


def _put(grant: Grant, tokens: dict, now: datetime) -> None:
    grant.obtained_at, grant.expires_at = now, now + _life(tokens)
    grant.refreshing_until, grant.is_dead = None, False
    grant.seal(tokens)


def _life(tokens: dict) -> timedelta:
    """`expires_in` in seconds; some send it as text."""
    try:
        return timedelta(seconds=min(int(tokens.get("expires_in", "")), 10**7))
    except (TypeError, ValueError):
        return DEFAULT_LIFE


def _ask(provider: Provider, form: dict) -> dict:
    """One request at the token endpoint. Raises ReconnectNeeded, TryAgain, BrokenConfiguration."""
    app = app_of(provider)
    form = {**form, "client_id": app.client_id}
    if provider.with_secret:
        form["client_secret"] = app.read_secret()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = http.request("POST", provider.token_url, headers=headers, body=urlencode(form).encode())
    except UnknownOutcome as error:
        # Asked again with the same refresh token; where it was taken after all, the answer is invalid_grant.
        raise TryAgain(error.message) from error
    said = _json(answer.body)
    told = {"status": answer.status, "excerpt": answer.excerpt(secrets=[v for v in form.values() if len(v) > 7])}
    if answer.status == 200 and said.get("access_token"):
        return said
    reason = f"{said.get('error', '')} {said.get('error_description', '')}".strip()
    if answer.status == 429 or answer.status >= 500:
        raise TryAgain(_("The destination gives no access at the moment (%d).") % answer.status, **told)
    if "not expired" in reason:  # Exact Online, TooEarlyToRefreshTokens
        raise WaitUntil(_("The destination gives no new access yet."), at=timezone.now() + ASK_AGAIN * 6, **told)
    if said.get("error") in ("invalid_client", "unauthorized_client"):
        words = _("The destination does not know the app registration “%s”. An administrator checks it.")
        raise BrokenConfiguration(words % provider.app, **told)
    if said.get("error") == "invalid_grant":
        raise ReconnectNeeded(_("The consent has ended. Connect again; what waits is sent then."), **told)
    logger.warning("%s answered %s to a token request: %s", provider.app, answer.status, told["excerpt"])
    if not said.get("error"):  # every refusal names one (RFC 6749, 5.2): this is a page of maintenance, or a proxy's
        words = _("The destination answered a request for access with something else (%d).")
        raise TryAgain(words % answer.status, **told)
    raise BrokenConfiguration(_("The destination refused access (%s).") % (reason or answer.status), **told)


def _json(body: bytes) -> dict:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

"""The consent half of a destination: an authorization server with lifetimes, rotation and PKCE."""

import base64
import hashlib
import json
import secrets
from datetime import timedelta
from urllib.parse import urlencode

from django.utils import timezone

from .server import Reply, Request, as_json


class Consent:
    """`reply(request)` answers the authorize and token endpoints; `account(token)` who an access token is of.

    rotates: a refresh token works once. not_before: an earlier refresh is refused. with_secret: the
    client authenticates with its secret. Everybody who is sent to the authorize page consents at once,
    unless `denies` is set.
    """

    client_id, client_secret = "app-1", "app-secret-1234567890"

    def __init__(
        self,
        *,
        authorize="/oauth2/authorize",
        token="/oauth2/token",
        life=timedelta(hours=4),
        rotates=False,
        not_before=timedelta(0),
        with_secret=True,
        expires_as_text=False,
    ):
        self.authorize_path, self.token_path = authorize, token
        self.life, self.rotates, self.not_before = life, rotates, not_before
        self.with_secret, self.expires_as_text = with_secret, expires_as_text
        self.denies = False
        self.codes: dict[str, dict] = {}
        self.refresh_tokens: dict[str, str] = {}  # token -> account
        self.access_tokens: dict[str, tuple] = {}  # token -> (account, until)
        self.issued_at = None
        self.refreshes = 0

    def reply(self, request: Request) -> Reply | None:
        if request.path == self.authorize_path and request.method == "GET":
            return self._authorize(request.query)
        if request.path == self.token_path and request.method == "POST":
            return self._token(request.form)
        return None

    def account(self, bearer: str) -> str | None:
        """The account of `Bearer …`, or None: unknown or expired."""
        account, until = self.access_tokens.get(bearer.removeprefix("Bearer ").strip(), (None, None))
        return account if account and timezone.now() < until else None

    def give(self) -> dict:
        """The tokens of a person who has just consented, without a browser."""
        return json.loads(self._issue("person@example.test", new=True).body)

    def revoke(self) -> None:
        """The person takes the consent back."""
        self.refresh_tokens.clear()
        self.access_tokens.clear()

    def _authorize(self, asked) -> Reply:
        back = {"state": asked.get("state", "")}
        if self.denies:
            back["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(12)
            self.codes[code] = asked
            back["code"] = code
        return Reply(302, b"", {"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    def _token(self, form) -> Reply:
        known = form.get("client_id") == self.client_id
        if not known or self.with_secret and form.get("client_secret") != self.client_secret:
            return as_json({"error": "invalid_client"}, 401)
        if form.get("grant_type") == "authorization_code":
            asked = self.codes.pop(form.get("code", ""), None)
            if asked is None or asked["redirect_uri"] != form.get("redirect_uri") or not self._proves(asked, form):
                return as_json({"error": "invalid_grant"}, 400)
            return self._issue("person@example.test", new=True)
        account = self.refresh_tokens.get(form.get("refresh_token", ""))
        if account is None:
            return as_json({"error": "invalid_grant"}, 400)
        if self.issued_at and timezone.now() < self.issued_at + self.not_before:
            words = "Rate limit exceeded: access_token not expired"
            return as_json({"error": "access_denied", "error_description": words}, 400)
        self.refreshes += 1
        if self.rotates:
            del self.refresh_tokens[form["refresh_token"]]
        return self._issue(account, new=self.rotates)

    @staticmethod
    def _proves(asked, form) -> bool:
        if "code_challenge" not in asked:
            return True
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]

    def _issue(self, account, *, new) -> Reply:
        now = timezone.now()
        access = secrets.token_urlsafe(24)
        self.access_tokens[access] = (account, now + self.life)
        self.issued_at = now
        seconds = int(self.life.total_seconds())
        said = {
            "access_token": access,
            "token_type": "bearer",
            "expires_in": str(seconds) if self.expires_as_text else seconds,
        }
        if new:
            said["refresh_token"] = secrets.token_urlsafe(24)
            self.refresh_tokens[said["refresh_token"]] = account
        return as_json(said)

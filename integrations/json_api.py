"""Calls of a JSON API: what each kind of answer means, once for all access points.

| answer | means |
|---|---|
| 401, 403 | the keys are not taken: a person enters others |
| 402 | the account has to be paid or extended |
| 429 | asks for patience |
| 3xx | never followed |
| 5xx, a page instead of data | tried again; after a write nobody knows what it did |
| any other | the caller's to judge |
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from . import http, patience
from .base import BrokenConfiguration, ReconnectNeeded, TryAgain, UnknownOutcome, WaitUntil

# So long a 429 that names no moment is taken for.
PATIENCE = timedelta(minutes=5)
# A message of the largest size, in base64 or escaped, and what stands around it.
LARGEST_ANSWER = 64 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """Of status 2xx or 4xx. `data` is a dict; what else came is an empty one."""

    status: int
    data: dict
    told: dict  # status and excerpt, for a DeliveryError

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class JsonApi:
    """The API of `name` at `base`; `headers` sign in, `secrets` never stand in an excerpt."""

    def __init__(self, *, name: str, base: str, headers: dict[str, str], secrets: tuple[str, ...]):
        self.name, self._base, self._headers, self._secrets = name, base, headers, secrets

    def get(self, *path: str, **query) -> Answer:
        return self._call("GET", path, query)

    def write(self, method: str, *path: str, body: dict | None = None) -> Answer:
        """A call that changes something there: a lost answer raises UnknownOutcome."""
        return self._call(method, path, {}, body or {}, changes=True)

    def ask(self, *path: str, body: dict) -> Answer:
        """A question that is put with POST and changes nothing."""
        return self._call("POST", path, {}, body)

    def _call(self, method, path, query, body=None, *, changes=False) -> Answer:
        url = "/".join([self._base, *(quote(part, safe="") for part in path)])
        url += "?" + urlencode(query) if query else ""
        headers = {"Accept": "application/json", **self._headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = http.request(
                method,
                url,
                headers=headers,
                body=b"" if body is None else json.dumps(body).encode(),
                read_at_most=LARGEST_ANSWER,
            )
        except UnknownOutcome as error:
            if changes:
                raise
            raise TryAgain(error.message) from error
        return self._judged(answer, changes)

    def _judged(self, answer: http.Response, changes: bool) -> Answer:
        told = {"status": answer.status, "excerpt": answer.excerpt(secrets=self._secrets)}
        words = {"name": self.name, "status": answer.status}
        if answer.status in (401, 403):
            said = _("%(name)s does not take the keys (%(status)d). Enter new ones under Space settings > Sending.")
            raise ReconnectNeeded(said % words, **told)
        if answer.status == 402:
            said = _("The account at %s is not paid or has ended. Put that right there, then test it again.")
            raise BrokenConfiguration(said % self.name, **told)
        if answer.status == 429:
            at = patience.retry_after(answer) or timezone.now() + PATIENCE
            raise WaitUntil(_("%s asks for patience (429).") % self.name, at=at, **told)
        if 300 <= answer.status < 400:
            said = _("%(name)s answers with a redirect (%(status)d), which is never followed.")
            raise BrokenConfiguration(said % words, **told)
        if answer.status >= 500:
            raise self._lost(changes)(_("%(name)s answered %(status)d; it is tried again.") % words, **told)
        data = _json(answer.body if answer.status < 300 else self._without_secrets(answer.body))
        if answer.status < 300 and data is None:
            raise self._lost(changes)(_("%s answered with a page instead of data.") % self.name, **told)
        return Answer(answer.status, data if isinstance(data, dict) else {}, told)

    def _without_secrets(self, body: bytes) -> bytes:
        """What a refusal says is shown to people; some repeat what they were sent."""
        for secret in filter(None, self._secrets):
            body = body.replace(secret.encode(), "•••".encode())
        return body

    @staticmethod
    def _lost(changes: bool):
        return UnknownOutcome if changes else TryAgain


def _json(body: bytes):
    """What the body says; None when it is no JSON. Nothing at all is an empty dict."""
    if not body.strip():
        return {}
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

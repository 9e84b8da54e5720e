"""Exact Online's REST interface (OData 2, verbose JSON): one company, its limits, and what its answers mean."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from .. import http, json_amounts
from ..base import (
    BrokenConfiguration,
    DeliveryError,
    Permanent,
    ReconnectNeeded,
    Refused,
    TryAgain,
    UnknownOutcome,
    WaitUntil,
)
from ..pace import Pace

# More than 10 answers of 400, 401, 403 or 404 an hour block the app there; we stop well before.
REFUSALS_AN_HOUR = 5
_REFUSALS = frozenset({400, 401, 403, 404})
# An answer without a moment to wait for: the minute's limit is the one that is hit first.
A_MINUTE = timedelta(minutes=1)
_LIMITS = {"minute": "x-ratelimit-minutely", "day": "x-ratelimit"}
PAGES_AT_MOST, PAGE_AT_MOST = 100, 1024 * 1024


class Exact:
    """Calls within one company ("division") of one account.

    `access` is the `oauth.Access` of the integration, `base` the country's host. Every call may raise
    any DeliveryError; a POST whose answer was lost raises UnknownOutcome.
    """

    def __init__(self, base: str, division: str, access, pace: Pace):
        self.base, self.division, self._access, self.pace = base, division, access, pace

    def find(self, path: str, *, select: str, where: str = "", division: str = "") -> list[dict]:
        """Every row of a collection, `where` it is so; an empty list when there is none."""
        asked = {"$select": select} | ({"$filter": where} if where else {})
        url = f"{self._url(path, division)}?{urlencode(asked)}"
        rows: list[dict] = []
        for _page in range(PAGES_AT_MOST):
            found = _entity(self._call("GET", url))
            results = found.get("results", []) if isinstance(found, dict) else found
            rows += results
            url = found.get("__next") if isinstance(found, dict) else None
            if not url:
                break
            if not url.startswith(self.base + "/"):
                raise TryAgain(_("Exact Online named a next page at another address."))
        return rows

    def make(self, path: str, values: dict) -> dict:
        """Make one, and give what was made."""
        return _entity(self._call("POST", self._url(path), values))

    def change(self, path: str, key: str, values: dict) -> None:
        self._call("PUT", f"{self._url(path)}({guid(key)})", values)

    def me(self) -> dict:
        """Who gave the consent, and where they work at the moment."""
        url = f"{self.base}/api/v1/current/Me?{urlencode({'$select': 'CurrentDivision,FullName,UserName'})}"
        rows = _entity(self._call("GET", url)).get("results") or [{}]
        return rows[0]

    def _url(self, path: str, division: str = "") -> str:
        return f"{self.base}/api/v1/{division or self.division}/{path}"

    def _call(self, method: str, url: str, values: dict | None = None) -> http.Response:
        """One call; a token that was refused is renewed once."""
        token = self._access.token()
        answer = self._once(method, url, values, token)
        if answer.status == 401:
            token = self._access.renewed(token)
            answer = self._once(method, url, values, token)
        if 200 <= answer.status < 300:
            return answer
        raise self._meaning(answer)

    def _once(self, method, url, values, token) -> http.Response:
        self.pace.before()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        body = b""
        if values is not None:
            headers["Content-Type"] = "application/json"
            body = json_amounts.written(values)
        try:
            answer = http.request(method, url, headers=headers, body=body, read_at_most=PAGE_AT_MOST)
        except UnknownOutcome as error:
            if method == "GET":
                raise TryAgain(_("Exact Online did not answer.")) from error
            raise
        self.pace.after(limits=_limits(answer), refused=answer.status in _REFUSALS)
        return answer

    def _meaning(self, answer: http.Response) -> DeliveryError:
        status, said = answer.status, _said(answer)
        told = {"status": status, "excerpt": answer.excerpt(secrets=self._access.secrets)}
        if status == 401:
            return ReconnectNeeded(_("Exact Online does not accept the consent any more. Connect again."), **told)
        if status == 403:
            words = _("The person who connected may not do this in administration %(division)s: %(said)s")
            words = words % {"division": self.division, "said": said or _("no right")}
            return BrokenConfiguration(words, **told)
        if status == 404:
            words = _("Exact Online does not know administration %s, or the person who connected has no access to it.")
            return BrokenConfiguration(words % self.division, **told)
        if status == 429:
            at = _when_free(answer)
            return WaitUntil(_("Exact Online takes no more calls for now; its limit is used up."), at=at, **told)
        if status == 400:
            return Permanent(_("Exact Online does not take it: %s") % (said or status), **told)
        if 300 <= status < 400:
            words = _("%s answers with a redirect. Check the country of the account.")
            return BrokenConfiguration(words % http.shown(self.base), **told)
        if said and (status == 500 or status < 500):
            # What breaks a rule of the company's books is answered with 500 and a reason.
            return Refused(_("Exact Online does not take it: %s") % said, **told)
        return TryAgain(_("Exact Online has a problem (%d); it is tried again.") % status, **told)


def guid(value: str) -> str:
    return f"guid'{value}'"


def quoted(value: str) -> str:
    """A text in a filter."""
    return "'" + value.replace("'", "''") + "'"


def read_day(value) -> date | None:
    """`/Date(1773446400000)/` or an ISO date."""
    text = str(value or "")
    found = re.fullmatch(r"/Date\((-?\d{1,14})\)/", text)
    return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date() if found else parse_date(text[:10])


def read_answer(answer: http.Response) -> dict:
    """The JSON of an answer, or nothing."""
    try:
        said = json_amounts.read(answer.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _entity(answer: http.Response) -> dict:
    if answer.status == 204:
        return {}
    found = read_answer(answer).get("d")
    if isinstance(found, list):
        return {"results": found}
    if not isinstance(found, dict):
        raise TryAgain(
            _("Exact Online answered with something else than data; perhaps it is being maintained."),
            status=answer.status,
            excerpt=answer.excerpt(),
        )
    return found


def _said(answer: http.Response) -> str:
    """Its own words: of the interface, or of the gateway before it."""
    said = read_answer(answer)
    message = said.get("error", {}).get("message", {}) if isinstance(said.get("error"), dict) else {}
    if isinstance(message, dict) and message.get("value"):
        return http.redact(str(message["value"])).strip()[:300]
    return ""


def _limits(answer: http.Response) -> dict[str, tuple[int, datetime]]:
    """Calls left and until when; the resets are milliseconds since 1970."""
    found = {}
    for name, prefix in _LIMITS.items():
        left, reset = answer.headers.get(f"{prefix}-remaining", ""), answer.headers.get(f"{prefix}-reset", "")
        if left.isdigit() and reset.isdigit():
            found[name] = (int(left), _moment(reset))
    return found


def _when_free(answer: http.Response) -> datetime:
    used_up = [until for left, until in _limits(answer).values() if left == 0]
    return max(used_up) + timedelta(seconds=1) if used_up else timezone.now() + A_MINUTE


def _moment(milliseconds: str) -> datetime:
    """Never further than two days, whatever the header says."""
    latest = timezone.now() + timedelta(days=2)
    return min(datetime.fromtimestamp(min(int(milliseconds), 10**14) / 1000, UTC), latest)


def account_of(base: str) -> Callable[[dict], str]:
    """Who an access token is of, for `oauth.Provider.account`; empty when it can't be told."""

    def account(tokens: dict) -> str:
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"}
        url = f"{base}/api/v1/current/Me?{urlencode({'$select': 'CurrentDivision,FullName,UserName'})}"
        try:
            answer = http.request("GET", url, headers=headers)
        except DeliveryError:
            return ""
        rows = read_answer(answer).get("d")
        rows = rows.get("results") if isinstance(rows, dict) else rows
        return str(rows[0].get("FullName") or rows[0].get("UserName") or "") if rows else ""

    return account

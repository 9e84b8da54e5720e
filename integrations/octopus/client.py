"""The few calls of Octopus' REST service that book a document, and the two tokens that each of them needs."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from .. import http, json_amounts, patience
from ..base import BrokenConfiguration, Permanent, ReconnectNeeded, Refused, TryAgain, WaitUntil
from ..booking import PURCHASE, SALES, Choice
from ..destinations import base_url
from ..pace import Pace
from ..sessions import Session

API = "https://service.inaras.be/octopus-rest-api/v1"
# Both tokens are good for ten minutes; the last call has to arrive in time, too.
TOKEN_LIFE = timedelta(minutes=8)
# A chart of accounts is longer than what `http` reads by itself.
READ_AT_MOST = 8 * 1024 * 1024
PATIENCE = timedelta(minutes=5)

# Codes of the elder SOAP service, taken to be the same here: `errorCode` of an answer.
_WRONG_SIGN_IN = frozenset({-1, -2})
_NO_DOSSIER = frozenset({-3, -5})
_WRONG_SOFTWARE_HOUSE = -68
_TOO_MANY_CONNECTIONS = -51
NUMBER_TAKEN = -13


class NumberTaken(Exception):
    """Another document has this number in the journal."""


@dataclass(frozen=True)
class Period:
    """Where a day is booked: a period of an open bookyear."""

    bookyear: int
    number: int


@dataclass(frozen=True)
class Journal:
    key: str
    label: str
    last_number: int
    closed: bool


def api() -> str:
    return base_url("octopus.api", API)


class PasswordSignIn:
    """Log-in A: the token of a user; stands in for `oauth.Access`."""

    def __init__(self, *, user: str, password: str, software_house: str):
        self._user, self._password, self._software_house = user, password, software_house
        self._session = Session(f"octopus {api()}", software_house, user, password, life=TOKEN_LIFE)

    def token(self) -> str:
        return self._session.read() or self._asked()

    def renewed(self, refused: str) -> str:
        kept = self._session.read()
        return kept if kept not in ("", refused) else self._asked()

    @property
    def secrets(self) -> list[str]:
        return [self._password, self._session.read()]

    def _asked(self) -> str:
        self._session.forget()
        answer = _sent(
            "POST",
            "/authentication",
            headers={"softwareHouseUuid": self._software_house},
            values={"user": self._user, "password": self._password},
        )
        if answer.status == 401:
            raise ReconnectNeeded(_sign_in_refused(), status=401, excerpt=answer.excerpt(secrets=self.secrets))
        token = _content(answer, self.secrets).get("token")
        if not token:
            raise TryAgain(_("Octopus gave no token; it is tried again."), status=answer.status)
        return self._session.keep(token)


class Client:
    """Calls within one dossier. `sign_in` is an `oauth.Access` or a `PasswordSignIn`."""

    def __init__(self, *, dossier: str, sign_in, pace: Pace):
        self._dossier, self._sign_in, self._pace = dossier, sign_in, pace

    # --- what Octopus is asked ---

    def dossiers(self) -> tuple[Choice, ...]:
        answer = self._with_token("GET", "/dossiers")
        return tuple(
            Choice(str(number), f"{number} {each.get('dossierDescription') or ''}".strip())
            for each in _listed(self._read(answer))
            if (number := _id(each, "dossierKey"))
        )

    def open_dossier(self) -> None:
        self._dossier_token(anew=True)

    def period(self, day: date) -> Period:
        """Raises Permanent when no open bookyear holds `day`."""
        for year in self._bookyears():
            for each in year.get("periods") or ():
                if _holds(each, day):
                    return Period(_id(year, "bookyearKey"), int(each["bookyearPeriod"]))
        words = _("No open bookyear of Octopus holds %s. Open it there, then resend.")
        raise Permanent(words % day.isoformat())

    def current_bookyear(self) -> int:
        """The open bookyear of today, else the last open one."""
        years = self._bookyears()
        if not years:
            raise BrokenConfiguration(_("The dossier has no open bookyear. Open one in Octopus, then test again."))
        today = timezone.localdate()
        return _id(next((year for year in years if _holds(year, today)), years[-1]), "bookyearKey")

    def journals(self, bookyear: int) -> list[Journal]:
        return [
            Journal(
                key=str(each.get("journalKey") or ""),
                label=str(each.get("name") or ""),
                last_number=int(each.get("lastBookedDocumentNr") or 0),
                closed=bool(each.get("closed")),
            )
            for each in _listed(self._asked("GET", f"/bookyears/{bookyear}/journals"))
        ]

    def accounts(self, bookyear: int) -> tuple[Choice, ...]:
        found = _listed(self._asked("GET", "/accounts", {"bookyearId": bookyear}))
        return tuple(
            Choice(str(number), f"{number} {_description(each)}".strip())
            for each in found
            if (number := _id(each, "accountKey"))
        )

    def vat_codes(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(str(each["code"]), f"{each['code']} {_description(each)}".strip())
            for each in _listed(self._asked("GET", "/vatcodes"))
            if each.get("code")
        )

    def relations(self, **wanted) -> list[dict]:
        """Those with this `vatNr` or `name`."""
        return _listed(self._asked("GET", "/relations", wanted, none_on_404=True))

    def put_relation(self, relation: dict) -> None:
        self._asked("PUT", "/relations", values=relation)

    def booking(self, bookyear: int, journal: str, number: int) -> dict | None:
        """What is booked under that number, or None."""
        wanted = {"bookyearId": bookyear, "journalKey": journal, "documentSeqNr": number}
        for found in _listed(self._asked("GET", "/buysellbookings", wanted, none_on_404=True)):
            return found.get("buySellBookingServiceData") or found
        return None

    def book(self, what: dict) -> None:
        """Raises NumberTaken, or a DeliveryError; UnknownOutcome means that it may be booked."""
        self._asked("POST", "/buysellbookings", values=what)

    def _bookyears(self) -> list[dict]:
        years = [year for year in _listed(self._asked("GET", "/bookyears")) if not year.get("closed")]
        return sorted(years, key=lambda year: str(year.get("startDate")))

    # --- how it is asked ---

    def _asked(self, method: str, path: str, query: dict | None = None, *, values=None, none_on_404=False):
        path = f"/dossiers/{self._dossier}{path}"
        for last in (False, True):
            token = self._dossier_token(anew=last)
            # After the signing in, which may take longer than a worker may be silent.
            self._pace.before()
            answer = _sent(method, path, query=query, headers={"dossierToken": token}, values=values)
            if answer.status != 401:
                break
        if answer.status == 404 and none_on_404:
            return []
        return self._read(answer, token)

    def _dossier_token(self, *, anew: bool) -> str:
        if not self._dossier:
            raise BrokenConfiguration(
                _("No dossier of Octopus is chosen. Fetch the list, choose one, then test again.")
            )
        session = self._session(self._sign_in.token())
        kept = "" if anew else session.read()
        if kept:
            return kept
        session.forget()
        answer = self._with_token("POST", "/dossiers", {"dossierId": self._dossier})
        said = self._read(answer)
        # Octopus writes it this way.
        token = said.get("Dossiertoken") if isinstance(said, dict) else None
        if not token:
            raise TryAgain(_("Octopus did not open the dossier; it is tried again."), status=answer.status)
        return self._session(self._sign_in.token()).keep(token)

    def _session(self, token: str) -> Session:
        return Session(f"octopus {api()}", self._dossier, token, life=TOKEN_LIFE)

    def _with_token(self, method: str, path: str, query: dict | None = None) -> http.Response:
        token = self._sign_in.token()
        answer = _sent(method, path, query=query, headers={"Token": token})
        if answer.status == 401:
            answer = _sent(method, path, query=query, headers={"Token": self._sign_in.renewed(token)})
        return answer

    def _read(self, answer: http.Response, *secrets: str):
        return _content(answer, [*self._sign_in.secrets, *secrets])


def _sent(method: str, path: str, *, query=None, headers=None, values=None) -> http.Response:
    url = f"{api()}{path}" + (f"?{urlencode(query)}" if query else "")
    body = b"" if values is None else json_amounts.written(values)
    kind = {"Content-Type": "application/json"} if values is not None else {}
    return http.request(
        method, url, headers={"Accept": "application/json", **kind, **headers}, body=body, read_at_most=READ_AT_MOST
    )


def _content(answer: http.Response, secrets):
    """What a successful answer holds ({} for nothing). Raises what another one means."""
    told = {"status": answer.status, "excerpt": answer.excerpt(secrets=secrets)}
    try:
        said = json_amounts.read(answer.body) if answer.body.strip() else {}
    except ValueError:
        said = None
    if 200 <= answer.status < 300:
        if said is None:
            raise TryAgain(_("Octopus answered with a page instead of data; it is tried again."), **told)
        return said
    raise _meaning(answer, said if isinstance(said, dict) else {}, told, secrets)


def _meaning(answer: http.Response, said: dict, told: dict, secrets) -> Exception:
    code = said.get("errorCode")
    words = http.redact(str(said.get("errorMessage") or "")[:300], secrets=secrets)
    named = _("“%(words)s” (%(code)s)") % {"words": words, "code": code} if words else str(code or answer.status)
    if code == NUMBER_TAKEN:
        return NumberTaken()
    if answer.status == 429 or code == _TOO_MANY_CONNECTIONS:
        at = patience.retry_after(answer) or timezone.now() + PATIENCE
        return WaitUntil(_("Octopus asks for patience: %s.") % named, at=at, **told)
    if code == _WRONG_SOFTWARE_HOUSE:
        text = _(
            "Octopus does not know our Software House UUID. An administrator checks the app registration “octopus”."
        )
        return BrokenConfiguration(text, **told)
    if answer.status == 401 or code in _WRONG_SIGN_IN:
        return ReconnectNeeded(_sign_in_refused(), **told)
    if code in _NO_DOSSIER:
        return BrokenConfiguration(
            _("Octopus does not open the dossier: %s. Choose one that this user may open.") % named, **told
        )
    if answer.status == 403:
        text = _(
            "Octopus does not let us: %s. Perhaps the journal is closed or in use by somebody, or the user may not book."
        )
        return Refused(text % named, **told)
    # Wrong data comes as 500, too; then there is a code.
    if answer.status < 500 and answer.status >= 400 or code is not None:
        return Permanent(
            _("Octopus refused it: %s. Correct what it names, here or in Octopus, then resend.") % named, **told
        )
    if 300 <= answer.status < 400:
        return BrokenConfiguration(
            _("Octopus answers with a redirect (%d), which is never followed.") % answer.status, **told
        )
    return TryAgain(_("Octopus answered %d; it is tried again.") % answer.status, **told)


def _sign_in_refused() -> str:
    return _("Octopus does not let us in. Connect again, or enter user and password anew; then test.")


def direction_of(journal: str) -> str | None:
    """A1 books purchases, V1 sales; other journals take neither."""
    return {"A": PURCHASE, "V": SALES}.get(journal[:1].upper())


def _listed(said) -> list[dict]:
    found = said if isinstance(said, list) else [said] if said else []
    return [each for each in found if isinstance(each, dict)]


def _id(entry: dict, key: str) -> int:
    return int((entry.get(key) or {}).get("id") or 0)


def _holds(span: dict, day: date) -> bool:
    start, end = (parse_date(str(span.get(name))[:10]) for name in ("startDate", "endDate"))
    return bool(start and end and start <= day <= end)


def _description(entry: dict) -> str:
    """Some come as one text, some in several languages."""
    said = entry.get("description") or ""
    return str(next(filter(None, said.values()), "") if isinstance(said, dict) else said)

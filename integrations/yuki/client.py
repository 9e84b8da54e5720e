"""The few calls of Yuki's web services that deliver a document."""

import base64
from dataclasses import dataclass
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import http, patience
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
from ..booking import PURCHASE, Choice
from ..destinations import base_url
from ..pace import Pace
from ..sessions import Session
from . import soap

HOSTS = {"be": "https://api.yukiworks.be", "nl": "https://api.yukiworks.nl"}
# Other clients keep a session for a day; the exact end is not documented.
SESSION_LIFE = timedelta(hours=12)
# A chart of accounts is longer than what `http` reads by itself.
READ_AT_MOST = 8 * 1024 * 1024
# The day of the daily limit: which midnight counts is not documented.
DAY_OF_LIMIT = ZoneInfo("Europe/Brussels")
FOUND_AT_MOST = 50
# So long a 429 that names no moment is taken for.
PATIENCE = timedelta(hours=1)

# What a fault says, in lower case, and what it means. Yuki documents no codes: this is the one place that guesses.
_LIMIT = ("daily limit", "maximum number of calls", "too many requests", "limit exceeded", "quota")
_SESSION = ("session",)
_KEY = ("accesskey", "access key", "authenticat", "webservice key", "web service key")
_RIGHTS = ("no rights", "not authorized", "not authorised", "unauthorized", "no access", "permission", "inactive")
_ADMINISTRATION = ("administration",)
_FILE = ("folder", "file", "document type", "too large", "xml")


@dataclass(frozen=True)
class Found:
    """A document that stands in the archive."""

    id: str
    text: str  # its file name, subject and reference together


class SessionEnded(Exception):
    """Sign in again, then repeat; nothing was done."""


class Client:
    """Calls for one access key, at one country's host; `pace` knows the limits of the administration."""

    def __init__(self, *, country: str, access_key: str, domain: str, pace: Pace):
        self._base = base_url(f"yuki.{country}", HOSTS[country]) + "/ws"
        self._key, self._domain, self._pace = access_key, domain, pace
        self._session = Session(self._base, access_key, domain, life=SESSION_LIFE)

    # --- what Yuki is asked ---

    def sign_in(self) -> str:
        """A new session. Raises ReconnectNeeded when the access key is not taken."""
        self._session.forget()
        session = (self._call("Archive", "Authenticate", {"accessKey": self._key}).text or "").strip()
        if not session:
            raise ReconnectNeeded(_key_refused())
        if self._domain:
            self._call("Domains", "SetCurrentDomain", {"sessionID": session, "domainID": self._domain})
        return self._session.keep(session)

    def administrations(self) -> tuple[Choice, ...]:
        found = self._asked("Accounting", "Administrations", {})
        return tuple(
            Choice(element.get("ID", ""), soap.value_of(element, "Name") or element.get("ID", ""))
            for element in found.iter("{*}Administration")
            if element.get("ID")
        )

    def accounts(self, administration: str) -> tuple[Choice, ...]:
        """The chart of accounts. Yuki's own answer spells `descripton`."""
        found = self._asked("AccountingInfo", "GetGLAccountScheme", {"administrationID": administration})
        return tuple(
            Choice(code, f"{code} {_description(element)}".strip())
            for element in found.iter("{*}GlAccount")
            if (code := soap.value_of(element, "code")) and soap.value_of(element, "isEnabled").lower() != "false"
        )

    def vat_codes(self, administration: str) -> tuple[Choice, ...]:
        found = self._asked("Vat", "ActiveVATCodesList", {"administrationID": administration})
        return tuple(
            Choice(code, f"{code} {_description(element)}".strip(), PURCHASE)
            for element in found.iter("{*}VATCode")
            if (code := soap.value_of(element, "type"))
        )

    def find(self, marker: str) -> Found | None:
        """The document whose name carries `marker`, or None."""
        found = self._asked(
            "Archive",
            "SearchDocuments",
            {
                "searchOption": "All",
                "searchText": marker,
                "folderID": -1,
                "tabID": -1,
                "sortOrder": "DocumentDateDesc",
                "startDate": "2000-01-01",
                "endDate": "2099-12-31",
                "numberOfRecords": FOUND_AT_MOST,
                "startRecord": 1,
            },
        )
        for element in soap.unfolded(found).iter("{*}Document"):
            told = " ".join(soap.value_of(element, name) for name in ("FileName", "Subject", "Reference"))
            if marker in told:
                return Found(element.get("ID", ""), told)
        return None

    def upload(self, files: list[tuple[str, bytes]], *, folder: int, administration: str, remarks: str, total) -> str:
        """One or two files as one document; its id, or an empty text where Yuki tells none."""
        where = {"folder": folder, "administrationID": administration}
        if len(files) == 1:
            name, data = files[0]
            found = self._asked("Archive", "UploadDocument", {"fileName": name, "data": _base64(data), **where})
        else:
            (first, data1), (second, data2) = files
            parameters = {"fileName1": first, "data1": _base64(data1), "fileName2": second, "data2": _base64(data2)}
            amount, currency = total
            parameters |= where | {
                "currency": currency,
                "amount": format(amount, "f"),
                "costCategory": "",
                "paymentMethod": 0,
                "project": "",
                "remarks": remarks,
            }
            found = self._asked("Archive", "UploadDocumentWithAttachment", parameters)
        return (found.text or "").strip()

    def process_purchase(self, invoice, *, administration: str):
        """Book one purchase invoice; what Yuki said of it, as an element."""
        # Here, and only here, the names end in a small d.
        parameters = {"administrationId": administration, "xmlDoc": invoice}
        return soap.unfolded(self._asked("Purchase", "ProcessPurchaseInvoices", parameters, session_name="sessionId"))

    # --- how it is asked ---

    def _asked(self, service: str, method: str, parameters: dict, session_name="sessionID"):
        session = self._session.read() or self.sign_in()
        try:
            return self._call(service, method, {session_name: session, **parameters})
        except SessionEnded:
            session = self.sign_in()
        try:
            return self._call(service, method, {session_name: session, **parameters})
        except SessionEnded as error:
            raise TryAgain(_("Yuki ends every session at once; it is tried again.")) from error

    def _call(self, service: str, method: str, parameters: dict):
        self._pace.before()
        answer = http.request(
            "POST",
            f"{self._base}/{service}.asmx",
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{soap.NAMESPACE}{method}"'},
            body=soap.envelope(method, parameters),
            read_at_most=READ_AT_MOST,
        )
        secrets = [self._key, parameters.get("sessionID"), parameters.get("sessionId")]
        told = {"status": answer.status, "excerpt": answer.excerpt(secrets=secrets)}
        try:
            found = soap.result(answer.body, method)
        except soap.Fault as fault:
            raise self._meaning(http.redact(str(fault), secrets=secrets), told) from fault
        except soap.NotSoap as error:
            raise self._without_soap(answer, told) from error
        return found

    def _meaning(self, fault: str, told: dict) -> Exception:
        said = fault.lower()

        def speaks_of(words):
            return any(word in said for word in words)

        if speaks_of(_LIMIT):
            return self._limit_reached(told)
        if speaks_of(_SESSION):
            return SessionEnded(fault)
        if speaks_of(_KEY):
            return ReconnectNeeded(_key_refused(), **told)
        if speaks_of(_RIGHTS):
            words = _("Yuki gives the access key no right to this: “%s”. Give it there, then test again.")
            return BrokenConfiguration(words % fault, **told)
        if speaks_of(_ADMINISTRATION):
            words = _("Yuki does not know the administration: “%s”. Choose another one, then test again.")
            return BrokenConfiguration(words % fault, **told)
        if speaks_of(_FILE):
            return Permanent(
                _("Yuki does not take the document: “%s”. Change what it names, then resend.") % fault, **told
            )
        return Refused(_("Yuki refused the document: “%s”.") % fault, **told)

    def _limit_reached(self, told: dict) -> DeliveryError:
        """Nobody asks again before tomorrow: `pace` tells the others."""
        tomorrow = timezone.now().astimezone(DAY_OF_LIMIT) + timedelta(days=1)
        at = tomorrow.replace(hour=0, minute=5, second=0, microsecond=0).astimezone(UTC)
        self._pace.after(limits={"day": (0, at)})
        return WaitUntil(_("Yuki takes no more calls today; it goes on tomorrow."), at=at, **told)

    def _without_soap(self, answer: http.Response, told: dict) -> DeliveryError:
        if answer.status in (401, 403):
            return ReconnectNeeded(_key_refused(), **told)
        if answer.status == 429:
            return WaitUntil(
                _("Yuki asks for patience (429)."), at=patience.retry_after(answer) or timezone.now() + PATIENCE, **told
            )
        if 300 <= answer.status < 400:
            return BrokenConfiguration(
                _("Yuki answers with a redirect (%d), which is never followed.") % answer.status, **told
            )
        if answer.status == 200:
            return UnknownOutcome(
                _("Yuki answered with a page instead of data. It is looked for there before the next try."), **told
            )
        return TryAgain(_("Yuki answered %d; it is tried again.") % answer.status, **told)


def _key_refused():
    return _("Yuki does not take the access key. Make a new one in Yuki, enter it here, then test again.")


def _description(element) -> str:
    return soap.value_of(element, "descripton") or soap.value_of(element, "description")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

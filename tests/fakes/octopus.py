"""Octopus' REST service, as far as a connector meets it: two log-ins, dossier tokens, journals whose numbers are a race.

Written from the vendor's manual and what other clients were seen to send and get. Faithful in what
hurts: both tokens last ten minutes, wrong data is answered with 500 and a code, a number of a journal
can be used once, and nothing else tells one booking from another. `python -m tests.fakes.octopus`
runs it by hand.
"""

import base64
import secrets
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from integrations import json_amounts

from .consent import Consent
from .server import FakeServer, Reply, Request, as_json

LIFE = timedelta(minutes=10)
SOFTWARE_HOUSE = Consent.client_id
USER, PASSWORD = "an@janssens.example", "octopus-password-1"
DOSSIER = 3141
API = "/octopus-rest-api/v1"


class Refusal(Exception):
    def __init__(self, status: int, code: int | None = None, words: str = ""):
        self.status, self.code, self.words = status, code, words


class Octopus(FakeServer):
    def __init__(self):
        super().__init__()
        self.consent = Consent(
            authorize="/octopus-oauth/authorize", token="/octopus-oauth/token", life=LIFE, with_secret=False
        )
        self.users = {USER: PASSWORD}
        self.tokens: dict[str, tuple] = {}  # token -> (user, until)
        self.dossier_tokens: dict[str, tuple] = {}  # token -> (dossier, until)
        self.bookyears = [_bookyear(8, 2025, closed=True), _bookyear(9, 2026)]
        self.journals = {"A1": "Aankopen", "V1": "Verkopen", "F1": "Bank"}
        self.closed_journals: set[str] = set()
        self.accounts = {610000: "Goederen", 700000: "Verkopen"}
        self.vat_codes = {"D21": 21, "21": 21, "D0": 0}
        self.relations: dict[int, dict] = {}
        self.bookings: dict[tuple, dict] = {}  # (bookyear, journal, number) -> booking
        self.files: dict[tuple, dict[str, bytes]] = {}
        self.calls: list[str] = []

    @property
    def base_urls(self) -> dict[str, str]:
        return {"octopus.api": self.url + API, "octopus.oauth": f"{self.url}/octopus-oauth"}

    def end_tokens(self, *, dossiers_only=False) -> None:
        self.dossier_tokens.clear()
        if not dossiers_only:
            self.tokens.clear()
            self.consent.access_tokens.clear()

    def somebody_books(self, journal="A1", bookyear=9) -> int:
        """A person works in Octopus itself; the number that was used."""
        number = self._last(bookyear, journal) + 1
        self.bookings[(bookyear, journal, number)] = {"reference": "by hand", "amount": Decimal(1), "comment": ""}
        return number

    def reply(self, request: Request) -> Reply:
        answered = self.consent.reply(request)
        if answered is not None:
            return answered
        path = request.path.removeprefix(API)
        self.calls.append(f"{request.method} {path}")
        try:
            return self._answer(request, path)
        except Refusal as refusal:
            said = {"errorCode": refusal.code, "errorMessage": refusal.words, "technicalInfo": ""}
            return as_json(said, refusal.status)

    def _answer(self, request, path) -> Reply:
        if path == "/authentication":
            return self._authenticate(request)
        if path == "/dossiers":
            return self._dossiers(request)
        dossier, until = self.dossier_tokens.get(request.headers.get("dossiertoken", ""), (None, timezone.now()))
        if timezone.now() >= until:
            raise Refusal(401, words="Token expired")
        place = path.removeprefix(f"/dossiers/{dossier}")
        match request.method, place:
            case "GET", "/bookyears":
                return as_json(self.bookyears)
            case "GET", "/vatcodes":
                return as_json(
                    [
                        {"code": code, "description": f"BTW {rate}%", "basePercentage": rate}
                        for code, rate in self.vat_codes.items()
                    ]
                )
            case "GET", "/accounts" if request.query.get("bookyearId"):
                return as_json(
                    [
                        {"accountKey": {"id": number}, "description": {"nl": name}}
                        for number, name in self.accounts.items()
                    ]
                )
            case "GET", "/relations":
                return self._find_relations(request.query)
            case "PUT", "/relations":
                return self._put_relation(json_amounts.read(request.body))
            case "GET", "/buysellbookings":
                return self._find_booking(request.query)
            case "POST", "/buysellbookings":
                return self._book(json_amounts.read(request.body))
        if request.method == "GET" and place.startswith("/bookyears/") and place.endswith("/journals"):
            return self._journals(int(place.split("/")[2]))
        raise Refusal(404, words="Not found")

    # --- who asks ---

    def _authenticate(self, request) -> Reply:
        if request.headers.get("softwarehouseuuid") != SOFTWARE_HOUSE:
            raise Refusal(500, -68, "Invalid software house")
        given = request.json
        if self.users.get(given.get("user")) != given.get("password"):
            raise Refusal(401, -1, "Wrong user or password")
        token = secrets.token_urlsafe(24)
        self.tokens[token] = (given["user"], timezone.now() + LIFE)
        return as_json({"token": token})

    def _dossiers(self, request) -> Reply:
        token = request.headers.get("token", "")
        _user, until = self.tokens.get(token, (None, timezone.now()))
        if timezone.now() >= until and self.consent.account(token) is None:
            raise Refusal(401, -2, "Not authenticated")
        if request.method == "GET":
            return as_json([{"dossierKey": {"id": DOSSIER}, "dossierDescription": "Bakkerij Janssens", "vatNr": ""}])
        if request.query.get("dossierId") != str(DOSSIER) or request.body:
            raise Refusal(403, -3, "No access to this dossier")
        opened = secrets.token_urlsafe(24)
        self.dossier_tokens[opened] = (DOSSIER, timezone.now() + LIFE)
        return as_json({"Dossiertoken": opened})

    # --- what there is ---

    def _last(self, bookyear, journal) -> int:
        return max((number for year, key, number in self.bookings if (year, key) == (bookyear, journal)), default=0)

    def _journals(self, bookyear) -> Reply:
        return as_json(
            [
                {
                    "journalKey": key,
                    "name": name,
                    "closed": key in self.closed_journals,
                    "currencyCode": "EUR",
                    "lastBookedDocumentNr": self._last(bookyear, key),
                }
                for key, name in self.journals.items()
            ]
        )

    def _find_relations(self, query) -> Reply:
        wanted = "vatNr" if "vatNr" in query else "name"
        found = [each for each in self.relations.values() if each.get(wanted) == query.get(wanted)]
        return as_json(found) if found else as_json({"errorMessage": "None"}, 404)

    def _put_relation(self, given) -> Reply:
        external = given["relationIdentificationServiceData"]["externalRelationId"]
        if not isinstance(external, int) or not 0 < external < 2**31 or given["vatType"] not in (1, 4, 6, 7, 8, 9, 10):
            raise Refusal(500, -16, "Relation is not valid")
        for each in self.relations.values():
            if each["relationIdentificationServiceData"]["externalRelationId"] == external:
                each.update({**given, "relationIdentificationServiceData": each["relationIdentificationServiceData"]})
                return Reply(204)
        number = len(self.relations) + 1
        given["relationIdentificationServiceData"] = {"relationKey": {"id": number}, "externalRelationId": external}
        self.relations[number] = given
        return Reply(201)

    def _find_booking(self, query) -> Reply:
        found = self.bookings.get((int(query["bookyearId"]), query["journalKey"], int(query["documentSeqNr"])))
        if found is None:
            return as_json({"errorMessage": "None"}, 404)
        return Reply(200, json_amounts.written([found]), {"Content-Type": "application/json"})

    def _book(self, given) -> Reply:
        booking = given["buySellBookingServiceData"]
        key = (booking["bookyearKey"]["id"], booking["journalKey"], booking["documentSequenceNr"])
        self._check(booking, key)
        self.bookings[key] = booking
        self.files[key] = {each["fileName"]: base64.b64decode(each["fileData"]) for each in given["attachments"]}
        return Reply(201)

    def _check(self, booking, key) -> None:
        year = next((each for each in self.bookyears if each["bookyearKey"]["id"] == key[0]), None)
        if year is None or year["closed"]:
            raise Refusal(500, -9, "Bookyear is not open")
        if key[1] not in self.journals:
            raise Refusal(500, -10, "Journal is unknown")
        if key[1] in self.closed_journals:
            raise Refusal(403, -11, "Journal is closed")
        if key in self.bookings:
            raise Refusal(500, -13, "Illegal documentSequenceNr")
        periods = [each["bookyearPeriod"] for each in year["periods"] if _holds(each, booking["documentDate"])]
        if booking["bookyearPeriodeNr"] not in periods:
            raise Refusal(500, -14, "Period is unknown")
        known = booking["relationIdentificationServiceData"]
        if not any(_is(known, each["relationIdentificationServiceData"]) for each in self.relations.values()):
            raise Refusal(500, -16, "Relation is unknown")
        for line in booking["bookingLines"]:
            if line["accountKey"] not in self.accounts:
                raise Refusal(500, -21, f"Account {line['accountKey']} is unknown")
            if line["vatCodeKey"] not in self.vat_codes:
                raise Refusal(500, -22, f"VAT code {line['vatCodeKey']} is unknown")
            if line["baseAmount"] * line["vatAmount"] < 0:
                raise Refusal(500, -23, "Base and VAT have different signs")
        if sum(line["baseAmount"] + line["vatAmount"] for line in booking["bookingLines"]) != abs(booking["amount"]):
            raise Refusal(500, -24, "Amount is not the sum of the lines")


def _is(given: dict, kept: dict) -> bool:
    return any(given.get(name) and given[name] == kept[name] for name in ("relationKey", "externalRelationId"))


def _bookyear(number: int, year: int, *, closed=False) -> dict:
    periods = [
        {
            "bookyearPeriod": year * 100 + month,
            "startDate": date(year, month, 1).isoformat(),
            "endDate": (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).isoformat(),
        }
        for month in range(1, 13)
    ]
    return {
        "bookyearKey": {"id": number},
        "bookyearDescription": str(year),
        "startDate": f"{year}-01-01",
        "endDate": f"{year}-12-31",
        "closed": closed,
        "periods": periods,
    }


def _holds(period: dict, day: str) -> bool:
    return period["startDate"] <= day <= period["endDate"]


if __name__ == "__main__":
    import threading

    from django.conf import settings

    settings.configure(USE_TZ=True)  # its time is Django's
    with Octopus() as running:
        urls = ",".join(f"{name}={url}" for name, url in running.base_urls.items())
        print(f'BANQUP_BASE_URLS="{urls}"  Software House UUID {SOFTWARE_HOUSE}, {USER} / {PASSWORD}', flush=True)
        threading.Event().wait()

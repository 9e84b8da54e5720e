"""Exact Online on 127.0.0.1: consent, one account with two administrations, its limits and its moods.

Written from the facts page: single-use refresh tokens, no refresh before 570 s, 60 calls a minute and
5,000 a day for each administration with headers, a block after ten client errors, OData answers,
rules of the books answered with 500 and a reason. By hand: `python -m tests.fakes.exact_online`.
"""

import json
import re
import threading
import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from .consent import Consent
from .server import FakeServer, Reply, Request

A_MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)
PAGE = 60
BUDGET = 10

_API = re.compile(r"/api/v1/(\d+)/([A-Za-z]+/[A-Za-z]+)(?:\(guid'([0-9a-f-]+)'\))?")
_CLAUSE = re.compile(r"(\w+) eq (guid'([^']*)'|'((?:[^']|'')*)'|(\d+))")

JOURNALS = [
    {"Code": "60", "Description": "Aankoopdagboek", "Type": 22},
    {"Code": "70", "Description": "Verkoopdagboek", "Type": 20},
    {"Code": "10", "Description": "Kas", "Type": 10},
]
GL_ACCOUNTS = [("604000", "Handelsgoederen"), ("612100", "Elektriciteit"), ("700000", "Verkopen")]
VAT_CODES = [
    ("4", "21 % aankopen", "P", "21"),
    ("2", "6 % aankopen", "P", "6"),
    ("0", "Vrijgesteld", "B", "0"),
    ("1", "21 % verkopen", "S", "21"),
]


class Rule(Exception):
    """The books don't allow it: answered with `status` and these words."""

    def __init__(self, words, status=400):
        super().__init__(words)
        self.words, self.status = words, status


class Company:
    """One administration."""

    def __init__(self, code: int, name: str, vat_number: str):
        self.code, self.name, self.vat_number = code, name, vat_number
        self.rows: dict[str, list[dict]] = defaultdict(list)
        self.rows["financial/Journals"] = [dict(one) for one in JOURNALS]
        self.rows["vat/VATCodes"] = [
            {"Code": f"{code:<3}", "Description": words, "VATTransactionType": kind, "IsBlocked": False, "rate": rate}
            for code, words, kind, rate in VAT_CODES
        ]
        for account, words in GL_ACCOUNTS:
            self.add("financial/GLAccounts", {"Code": account, "Description": words})
        self.closed_until: date | None = None
        self.calls: list[datetime] = []
        self.refusals: dict[str, list[datetime]] = defaultdict(list)

    def add(self, collection: str, row: dict) -> dict:
        made = {"EntryID" if collection.endswith("Entries") else "ID": str(uuid.uuid4()), **row}
        self.rows[collection].append(made)
        return made

    def get(self, collection: str, key: str) -> dict | None:
        return next((row for row in self.rows[collection] if key in (row.get("ID"), row.get("EntryID"))), None)


class ExactOnline(FakeServer):
    def __init__(self, *, minute=60, day=5000):
        super().__init__()
        self.consent = Consent(
            authorize="/api/oauth2/auth",
            token="/api/oauth2/token",
            life=timedelta(minutes=10),
            rotates=True,
            not_before=timedelta(seconds=570),
            expires_as_text=True,
        )
        self.minute, self.day = minute, day
        self.companies = {
            one.code: one
            for one in (
                Company(123456, "Bakkerij Janssens BV", "BE0702451135"),
                Company(222222, "Delvaux Accountants", "BE0417823441"),
            )
        }
        self.forbidden: set[str] = set()  # collections that the person has no right to
        self._numbers = 26700000

    @property
    def books(self) -> Company:
        return self.companies[123456]

    def documents(self) -> list[dict]:
        return self.books.rows["documents/Documents"]

    def attachments(self) -> list[dict]:
        return self.books.rows["documents/DocumentAttachments"]

    def entries(self, kind="purchaseentry/PurchaseEntries") -> list[dict]:
        return self.books.rows[kind]

    # --- answers ----------------------------------------------------------------------------------

    def reply(self, request: Request) -> Reply:
        answer = self.consent.reply(request)
        if answer is not None:
            return answer
        if not self.consent.account(request.headers.get("authorization", "")):
            return _error(401, "Unauthorized")
        if request.path == "/api/v1/current/Me":
            return _rows([{"CurrentDivision": 123456, "FullName": "Sofie Delvaux", "UserName": "sofie"}])
        found = _API.fullmatch(request.path)
        company = self.companies.get(int(found[1])) if found else None
        if company is None:
            return _error(404, "Division not found")
        headers = self._used(company)
        if headers["left"] < 0 or self._is_blocked(company, found[2]):
            return _with(_error(429, "Too many requests"), headers)
        answer = self._answer(company, found[2], found[3], request)
        if answer.status in (400, 401, 403, 404):
            company.refusals[found[2]].append(timezone.now())
        return _with(answer, headers)

    def _used(self, company: Company) -> dict:
        now = timezone.now()
        company.calls = [at for at in company.calls if at > now - A_DAY]
        within = [at for at in company.calls if at > now - A_MINUTE]
        minute, day = self.minute - len(within) - 1, self.day - len(company.calls) - 1
        if min(minute, day) >= 0:
            company.calls.append(now)
        first = within[0] if within else now
        said = {"left": min(minute, day), "X-RateLimit-Minutely-Limit": self.minute}
        said |= {"X-RateLimit-Minutely-Remaining": max(minute, 0), "X-RateLimit-Minutely-Reset": _ms(first + A_MINUTE)}
        if minute > 0:  # with the minute used up, only its headers come
            said |= {"X-RateLimit-Limit": self.day, "X-RateLimit-Remaining": max(day, 0)}
            said |= {"X-RateLimit-Reset": _ms(company.calls[0] + A_DAY)}
        return said

    def _is_blocked(self, company, collection) -> bool:
        recent = [at for at in company.refusals[collection] if at > timezone.now() - timedelta(hours=1)]
        return len(recent) > BUDGET

    def _answer(self, company, collection, key, request) -> Reply:
        if collection in self.forbidden:
            return _error(403, "Forbidden: no rights")
        try:
            if request.method == "GET":
                return self._list(company, collection, request)
            if request.method == "POST":
                return Reply(201, _json({"d": _shown(self._make(company, collection, request.json))}), _TYPE)
            if request.method == "PUT" and company.get(collection, key):
                company.get(collection, key).update(request.json)
                return Reply(204)
        except Rule as rule:
            return _error(rule.status, rule.words)
        return _error(404, "Not found")

    def _list(self, company, collection, request) -> Reply:
        if "$select" not in request.query:
            raise Rule("Please use $select to select the properties that you need.")
        if collection == "hrm/Divisions":
            rows = [
                {"Code": one.code, "Description": one.name, "VATNumber": one.vat_number}
                for one in self.companies.values()
            ]
        else:
            rows = company.rows[collection]
        rows = [row for row in rows if _matches(row, request.query.get("$filter", ""))]
        skip = int(request.query.get("$skiptoken", 0))
        answer = {"results": [_shown(row, request.query["$select"]) for row in rows[skip : skip + PAGE]]}
        if len(rows) > skip + PAGE:
            select = request.query["$select"]
            answer["__next"] = f"{self.url}{request.path}?$select={select}&$skiptoken={skip + PAGE}"
        return Reply(200, _json({"d": answer}), _TYPE)

    def _make(self, company, collection, values) -> dict:
        if collection == "crm/Accounts":
            _needs(values, "Name")
            code = f"{len(company.rows[collection]) + 1:>18}"
            return company.add(collection, {"Code": code, "IsSupplier": False, "Status": "A", **values})
        if collection == "documents/Documents":
            _needs(values, "Type", "Subject")
            if values["Type"] not in (10, 20):
                raise Rule("Invalid reference: Type")
            made = company.add(collection, values)
            made["DocumentViewUrl"] = f"{self.url}/docs/DocView.aspx?DocumentID={made['ID']}"
            return made
        if collection == "documents/DocumentAttachments":
            _needs(values, "Document", "FileName", "Attachment")
            if not company.get("documents/Documents", values["Document"]):
                raise Rule("Invalid reference: Document")
            return company.add(collection, values)
        if collection in ("purchaseentry/PurchaseEntries", "salesentry/SalesEntries"):
            return self._book(company, collection, values)
        raise Rule("Not supported", 404)

    def _book(self, company, collection, values) -> dict:
        sale = collection.startswith("sales")
        party, lines = ("Customer", "SalesEntryLines") if sale else ("Supplier", "PurchaseEntryLines")
        _needs(values, "Journal", party, lines)
        journal = next((one for one in company.rows["financial/Journals"] if one["Code"] == values["Journal"]), None)
        if journal is None or journal["Type"] != (20 if sale else 22):
            raise Rule("Invalid reference: Journal", 500)
        who = company.get("crm/Accounts", values[party])
        if who is None or not (who["Status"] == "C" if sale else who["IsSupplier"]):
            raise Rule(f"Invalid reference: {party}", 500)
        if values["Type"] not in ((20, 21) if sale else (30, 31)):
            raise Rule("Invalid value: Type")
        on = date.fromisoformat(values["EntryDate"][:10])
        if company.closed_until and on <= company.closed_until:
            raise Rule(f"Period {on.year} - {on.month} is closed.", 500)
        total = sum((_with_vat(company, line) for line in values[lines]), Decimal(0))
        self._numbers += 1
        made = {**values, "EntryNumber": self._numbers, "AmountFC": total, "Status": 20}
        made["EntryDate"] = f"/Date({_ms(datetime(on.year, on.month, on.day, tzinfo=UTC))})/"
        return company.add(collection, made)


def _with_vat(company, line) -> Decimal:
    if not company.get("financial/GLAccounts", line["GLAccount"]):
        raise Rule("Invalid reference: GLAccount", 500)
    codes = {one["Code"].strip(): one for one in company.rows["vat/VATCodes"]}
    if line["VATCode"].strip() not in codes:
        raise Rule("Invalid reference: VATCode", 500)
    base, rate = Decimal(str(line["AmountFC"])), Decimal(codes[line["VATCode"].strip()]["rate"])
    vat = (base * rate / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return base + Decimal(str(line.get("VATAmountFC", vat)))


# --- OData --------------------------------------------------------------------------------------------

_TYPE = {"Content-Type": "application/json; charset=utf-8"}


def _json(value) -> bytes:
    return json.dumps(value, default=lambda amount: float(amount)).encode()


def _rows(rows) -> Reply:
    return Reply(200, _json({"d": {"results": rows}}), _TYPE)


def _shown(row: dict, select: str = "") -> dict:
    names = select.split(",") if select else [name for name in row if name not in ("rate", "Attachment")]
    return {"__metadata": {"type": "Exact.Web.Api.Models"}} | {name: row.get(name) for name in names}


def _error(status: int, words: str) -> Reply:
    return Reply(status, _json({"error": {"code": "", "message": {"lang": "", "value": words}}}), _TYPE)


def _with(reply: Reply, headers: dict) -> Reply:
    said = {name: str(value) for name, value in headers.items() if name != "left"}
    return Reply(reply.status, reply.body, reply.headers | said)


def _needs(values: dict, *names) -> None:
    for name in names:
        if not values.get(name):
            raise Rule(f"Mandatory: {name}")


def _matches(row: dict, condition: str) -> bool:
    if not condition:
        return True
    if " or " in condition:
        return any(_matches(row, part) for part in condition.split(" or "))
    clauses = list(_CLAUSE.finditer(condition))
    if " and ".join(clause[0] for clause in clauses) != condition:
        raise Rule(f"Invalid filter: {condition}")
    return all(_is(row.get(clause[1]), clause) for clause in clauses)


def _is(value, clause) -> bool:
    wanted = next(part for part in clause.groups()[2:] if part is not None).replace("''", "'")
    return value is not None and str(value).strip() == wanted.strip()


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_TZ=True)
    with ExactOnline() as running:
        print(f'BANQUP_BASE_URLS="exact_online.be={running.url}"')
        print(f"app registration exact_online.be: {Consent.client_id} / {Consent.client_secret}")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass

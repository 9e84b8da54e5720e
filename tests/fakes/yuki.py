"""Yuki's web services, as far as a connector meets them: sessions, archive, purchases, a daily limit.

Written from what other clients were seen to send and get. Faithful in what hurts: a refusal of an
invoice comes with status 200, nothing is ever deduplicated (a second copy is only marked), names of
parameters differ between services, and parameters count in their order. `python -m tests.fakes.yuki`
runs it by hand.
"""

import base64
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from xml.sax.saxutils import escape

from django.utils import timezone
from lxml import etree

from .server import FakeServer, Reply, Request

NAMESPACE = "http://www.theyukicompany.com/"
PURCHASES = "{urn:xmlns:http://www.theyukicompany.com:purchaseinvoices}"
KEY = "0a1b2c3d-1111-2222-3333-444455556666"
ADMINISTRATION = "99999999-aaaa-bbbb-cccc-dddddddddddd"
OTHER = "99999999-aaaa-bbbb-cccc-eeeeeeeeeeee"
SESSION_LIFE = timedelta(hours=24)
# Method: (service, names of its parameters in order).
METHODS = {
    "Authenticate": (None, ["accessKey"]),
    "SetCurrentDomain": ("Domains", ["sessionID", "domainID"]),
    "Administrations": ("Accounting", ["sessionID"]),
    "GetGLAccountScheme": ("AccountingInfo", ["sessionID", "administrationID"]),
    "ActiveVATCodesList": ("Vat", ["sessionID", "administrationID"]),
    "SearchDocuments": (
        "Archive",
        ["sessionID", "searchOption", "searchText", "folderID", "tabID", "sortOrder", "startDate", "endDate",
         "numberOfRecords", "startRecord"],
    ),
    "UploadDocument": ("Archive", ["sessionID", "fileName", "data", "folder", "administrationID"]),
    "UploadDocumentWithAttachment": (
        "Archive",
        ["sessionID", "fileName1", "data1", "fileName2", "data2", "folder", "administrationID", "currency", "amount",
         "costCategory", "paymentMethod", "project", "remarks"],
    ),
    "ProcessPurchaseInvoices": ("Purchase", ["sessionId", "administrationId", "xmlDoc"]),
}  # fmt: skip
FOLDERS = {"1", "2", "3", "4", "5", "7", "8"}


@dataclass
class Kept:
    """A document in the archive, or a booked invoice with its document."""

    id: str
    administration: str
    folder: str
    files: dict[str, bytes]
    fields: dict[str, str] = field(default_factory=dict)
    lines: list[dict[str, str]] = field(default_factory=list)
    booked: bool = False
    is_marked_duplicate: bool = False

    @property
    def name(self) -> str:
        return next(iter(self.files), "")


class Fault(Exception):
    pass


class Yuki(FakeServer):
    def __init__(self, *, daily_limit=1000, escapes_answers=False, tells_ids=True):
        super().__init__()
        self.daily_limit, self.escapes_answers, self.tells_ids = daily_limit, escapes_answers, tells_ids
        self.keys = {KEY: {ADMINISTRATION, OTHER}}
        self.sessions: dict[str, tuple] = {}  # session -> (key, until)
        self.domains: dict[str, str] = {}  # session -> domain
        self.kept: list[Kept] = []
        self.accounts = {"610000": "Goederen", "700000": "Verkopen"}
        self.vat_types = {"1": "21% BTW", "2": "6% BTW"}
        self.calls: list[str] = []
        self._calls_of_day: dict = {}

    def end_sessions(self) -> None:
        self.sessions.clear()

    def reply(self, request: Request) -> Reply:
        try:
            method, parameters = self._read(request)
            self.calls.append(method)
            self._count()
            return _answer(method, getattr(self, f"_{method}")(parameters))
        except Fault as fault:
            return _fault(str(fault))

    # --- the envelope ---

    def _read(self, request: Request):
        root = etree.fromstring(request.body)
        call = root.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")[0]
        method = etree.QName(call).localname
        service, names = METHODS[method]
        path = request.path.removeprefix("/ws/").removesuffix(".asmx")
        if request.headers.get("soapaction") != f'"{NAMESPACE}{method}"' or etree.QName(call).namespace != NAMESPACE:
            raise Fault(f"Server did not recognize the value of HTTP Header SOAPAction: {method}.")
        if service not in (None, path):
            raise Fault(f"Server did not recognize the method {method} of {path}.")
        given = [etree.QName(element).localname for element in call]
        if given != names:
            raise Fault(f"Parameters of {method} are {names}, not {given}")
        parameters = {name: element for name, element in zip(given, call, strict=True)}
        session = parameters.get("sessionID", parameters.get("sessionId"))
        if session is not None:
            key, until = self.sessions.get(session.text or "", (None, timezone.now()))
            if timezone.now() >= until:
                raise Fault("The session is invalid or has expired")
            self.current = (session.text, key)
        administration = parameters.get("administrationID", parameters.get("administrationId"))
        if administration is not None and administration.text not in self.keys.get(self.current[1], ()):
            raise Fault("No rights on this administration")
        return method, parameters

    def _count(self):
        day = timezone.now().date()
        self._calls_of_day[day] = self._calls_of_day.get(day, 0) + 1
        if self._calls_of_day[day] > self.daily_limit:
            raise Fault(f"Daily limit of {self.daily_limit} calls is reached")

    # --- the methods ---

    def _Authenticate(self, given):
        if given["accessKey"].text not in self.keys:
            raise Fault("Invalid access key")
        session = str(uuid.uuid4())
        self.sessions[session] = (given["accessKey"].text, timezone.now() + SESSION_LIFE)
        return session

    def _SetCurrentDomain(self, given):
        self.domains[given["sessionID"].text] = given["domainID"].text
        return ""

    def _Administrations(self, given):
        entries = "".join(
            f'<Administration ID="{each}"><Name>Bakkerij {each[-2:]} &amp; Co</Name></Administration>'
            for each in sorted(self.keys[self.current[1]])
        )
        return f'<Administrations xmlns="">{entries}</Administrations>'

    def _GetGLAccountScheme(self, given):
        return "".join(
            f"<GlAccount><code>{code}</code><type>1</type><descripton>{name}</descripton></GlAccount>"
            for code, name in self.accounts.items()
        )

    def _ActiveVATCodesList(self, given):
        codes = "".join(
            f"<VATCode><type>{code}</type><description>{name}</description></VATCode>"
            for code, name in self.vat_types.items()
        )
        return f'<VATCodes xmlns="">{codes}</VATCodes>'

    def _SearchDocuments(self, given):
        wanted = (given["searchText"].text or "").lower()
        found = [one for one in self.kept if wanted in f"{one.name} {one.fields.get('Reference', '')}".lower()]
        entries = "".join(
            f'<Document ID="{one.id}"><Subject>{escape(one.name)}</Subject>'
            f"<FileName>{escape(one.name)}</FileName><Folder ID='{one.folder}'/></Document>"
            for one in found[: int(given["numberOfRecords"].text)]
        )
        return f'<Documents xmlns="">{entries}</Documents>'

    def _UploadDocument(self, given):
        return self._store(given, {given["fileName"].text: base64.b64decode(given["data"].text or "")})

    def _UploadDocumentWithAttachment(self, given):
        files = {given[f"fileName{n}"].text: base64.b64decode(given[f"data{n}"].text or "") for n in (1, 2)}
        int(given["paymentMethod"].text)
        return self._store(given, files, amount=given["amount"].text, currency=given["currency"].text)

    def _store(self, given, files, **fields):
        if given["folder"].text not in FOLDERS:
            raise Fault("Unknown folder")
        one = Kept(str(uuid.uuid4()), given["administrationID"].text, given["folder"].text, files, fields)
        self.kept.append(one)
        return one.id if self.tells_ids else ""

    def _ProcessPurchaseInvoices(self, given):
        results = []
        for invoice in given["xmlDoc"][0].iter(f"{PURCHASES}PurchaseInvoice"):
            fields = {etree.QName(child).localname: child.text or "" for child in invoice if len(child) == 0}
            lines = [
                {etree.QName(child).localname: child.text or "" for child in line}
                for line in invoice.iter(f"{PURCHASES}InvoiceLine")
            ]
            refusal = self._refusal(fields, lines)
            if not refusal:
                files = {fields["DocumentFileName"]: base64.b64decode(fields.pop("DocumentBase64"))}
                same = any(one.fields.get("Reference") == fields["Reference"] for one in self.kept if one.booked)
                administration = given["administrationId"].text
                self.kept.append(
                    Kept(str(uuid.uuid4()), administration, "1", files, fields, lines, True, is_marked_duplicate=same)
                )
            results.append((fields.get("Reference", ""), refusal))
        failed = sum(1 for _reference, refusal in results if refusal)
        invoices = "".join(
            f"<Invoice><Succeeded>{str(not refusal).lower()}</Succeeded><Reference>{escape(reference)}</Reference>"
            f"<Message>{escape(refusal)}</Message></Invoice>"
            for reference, refusal in results
        )
        answer = (
            f'<PurchaseInvoicesImportResponse xmlns=""><TotalSucceeded>{len(results) - failed}</TotalSucceeded>'
            f"<TotalFailed>{failed}</TotalFailed><TotalSkipped>0</TotalSkipped>{invoices}</PurchaseInvoicesImportResponse>"
        )
        return escape(answer) if self.escapes_answers else answer

    def _refusal(self, fields, lines) -> str:
        if not fields.get("InvoiceAmount") or fields["Process"] == "true" and not fields.get("Reference"):
            return "InvoiceAmount or Reference is missing"
        for line in lines:
            if line["GLAccountCode"] not in self.accounts:
                return f"GL account {line['GLAccountCode']} does not exist"
            if line["LineVATType"] not in self.vat_types:
                return f"VAT type {line['LineVATType']} is not active"
        return ""


def _answer(method: str, content: str) -> Reply:
    return _envelope(
        f'<{method}Response xmlns="{NAMESPACE}"><{method}Result>{content}</{method}Result></{method}Response>'
    )


def _fault(words: str) -> Reply:
    return _envelope(
        f"<soap:Fault><faultcode>soap:Server</faultcode><faultstring>{escape(words)}</faultstring></soap:Fault>", 500
    )


def _envelope(content: str, status: int = 200) -> Reply:
    text = (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soap:Body>{content}</soap:Body></soap:Envelope>"
    )
    return Reply(status, text.encode(), {"Content-Type": "text/xml; charset=utf-8"})


if __name__ == "__main__":
    import threading

    from django.conf import settings

    settings.configure(USE_TZ=True)  # its time is Django's
    with Yuki() as running:
        print(f'BANQUP_BASE_URLS="yuki.be={running.url},yuki.nl={running.url}"  access key {KEY}', flush=True)
        threading.Event().wait()

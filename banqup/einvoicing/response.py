"""The Peppol Invoice Response (T111, BIS 63): what a buyer answers to an invoice, read and written.

Codes and their meanings are those of the lists UNCL4343 (subset), OPStatusReason
and OPStatusAction of Peppol BIS Invoice Response 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from lxml import etree

from . import names
from .build import Group
from .errors import Unreadable
from .model import Party
from .profiles import INVOICE_RESPONSE
from .safe_xml import parse
from .ubl_read_parts import party
from .values import Node

PROFILE = "urn:fdc:peppol.eu:poacc:bis:invoice_response:3"
REASONS_LIST, ACTIONS_LIST = "OPStatusReason", "OPStatusAction"

CODES = {
    "AB": "Message acknowledgement",
    "IP": "In process",
    "UQ": "Under query",
    "CA": "Conditionally accepted",
    "RE": "Rejected",
    "AP": "Accepted",
    "PD": "Paid",
}
# These owe the seller a reason (PEPPOL-T111-R001).
NEEDS_CLARIFICATION = frozenset({"UQ", "CA", "RE"})
REASONS = {
    "NON": "No issue",
    "REF": "References incorrect",
    "LEG": "Legal information incorrect",
    "REC": "Receiver unknown",
    "QUA": "Item quality insufficient",
    "DEL": "Delivery issues",
    "PRI": "Prices incorrect",
    "QTY": "Quantity incorrect",
    "ITM": "Items incorrect",
    "PAY": "Payment terms incorrect",
    "UNR": "Not recognized",
    "FIN": "Finance terms incorrect",
    "PPD": "Partially paid",
    "OTH": "Other",
}
ACTIONS = {
    "NOA": "No action required",
    "PIN": "Provide information",
    "NIN": "Issue new invoice",
    "CNF": "Credit fully",
    "CNP": "Credit partially",
    "CNA": "Credit the amount",
    "OTH": "Other",
}


@dataclass(frozen=True)
class Condition:
    """A detail of a clarification: usually a business term and the value it should have."""

    attribute: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Clarification:
    """A reason (`list_id` OPStatusReason) or an action that is asked for (OPStatusAction)."""

    code: str | None = None
    list_id: str | None = REASONS_LIST
    text: str | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class InvoiceResponse:
    """One answer to one invoice. `sender` is the buyer, `receiver` the seller; times carry no zone.

    `issuer` is the seller and `recipient` the buyer of the invoice itself, where
    those are others than who exchange the answer.
    """

    code: str | None = None
    number: str | None = None
    issue_date: date | None = None
    issue_time: time | None = None
    note: str | None = None
    sender: Party = Party()
    receiver: Party = Party()
    effective_date: date | None = None
    clarifications: tuple[Clarification, ...] = ()
    invoice_number: str | None = None
    invoice_date: date | None = None
    invoice_type: str | None = None
    issuer: Party | None = None
    recipient: Party | None = None
    customization_id: str | None = None
    profile_id: str | None = None

    @property
    def reasons(self) -> tuple[Clarification, ...]:
        return tuple(item for item in self.clarifications if item.list_id != ACTIONS_LIST)

    @property
    def actions(self) -> tuple[Clarification, ...]:
        return tuple(item for item in self.clarifications if item.list_id == ACTIONS_LIST)


def read_response(data: bytes) -> InvoiceResponse:
    """Read an Invoice Response. Nothing is judged: what is missing stays None.

    Raises `Unreadable`: everything `safe_xml.parse` raises, `unknown-document`
    for anything but a UBL ApplicationResponse with one answer, `bad-value`
    where a date or time cannot be one.
    """
    root = parse(data)
    if root.tag != f"{{{names.APPLICATION_RESPONSE}}}ApplicationResponse":
        raise Unreadable("unknown-document", "This is not an answer to an invoice (UBL ApplicationResponse).")
    doc = Node(root)
    answers = doc.all("cac:DocumentResponse")
    if len(answers) > 1:
        raise Unreadable("unknown-document", "This file answers several documents; an Invoice Response answers one.")
    answer = doc.one("cac:DocumentResponse")
    response, invoice = answer.one("cac:Response"), answer.one("cac:DocumentReference")
    return InvoiceResponse(
        code=response.text("cbc:ResponseCode"),
        number=doc.text("cbc:ID"),
        issue_date=doc.date("cbc:IssueDate", "The issue date"),
        issue_time=_time(doc.text("cbc:IssueTime")),
        note=doc.text("cbc:Note"),
        sender=party(doc.first("cac:SenderParty")) or Party(),
        receiver=party(doc.first("cac:ReceiverParty")) or Party(),
        effective_date=response.date("cbc:EffectiveDate", "The effective date"),
        clarifications=tuple(_clarification(node) for node in response.all("cac:Status")),
        invoice_number=invoice.text("cbc:ID"),
        invoice_date=invoice.date("cbc:IssueDate", "The date of the invoice"),
        invoice_type=invoice.text("cbc:DocumentTypeCode"),
        issuer=party(answer.first("cac:IssuerParty")),
        recipient=party(answer.first("cac:RecipientParty")),
        customization_id=doc.text("cbc:CustomizationID"),
        profile_id=doc.text("cbc:ProfileID"),
    )


def _clarification(node: Node) -> Clarification:
    return Clarification(
        code=node.text("cbc:StatusReasonCode"),
        list_id=node.attribute("cbc:StatusReasonCode", "listID"),
        text=node.text("cbc:StatusReason"),
        conditions=tuple(
            Condition(part.text("cbc:AttributeID"), part.text("cbc:Description")) for part in node.all("cac:Condition")
        ),
    )


def _time(text: str | None) -> time | None:
    if text is None:
        return None
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Unreadable("bad-value", f"The issue time is written as {text[:40]!r}, which is not a time.") from None


def write_response(response: InvoiceResponse) -> bytes:
    """The UBL of an Invoice Response, in the order of the schema; the same answer gives the same bytes.

    Nothing is judged: call `validate` after. Where the specification or the
    profile is None, those of Peppol are written.
    """
    root = Group.root(names.APPLICATION_RESPONSE, "ApplicationResponse", None)
    root.add("cbc:CustomizationID", response.customization_id or INVOICE_RESPONSE)
    root.add("cbc:ProfileID", response.profile_id or PROFILE)
    root.add("cbc:ID", response.number)
    root.add("cbc:IssueDate", response.issue_date)
    root.add("cbc:IssueTime", response.issue_time and response.issue_time.isoformat("seconds"))
    root.add("cbc:Note", response.note)
    with root.group("cac:SenderParty") as group:
        _exchanging(group, response.sender)
    with root.group("cac:ReceiverParty") as group:
        _exchanging(group, response.receiver)
    with root.group("cac:DocumentResponse") as answer:
        with answer.group("cac:Response") as group:
            group.add("cbc:ResponseCode", response.code)
            group.add("cbc:EffectiveDate", response.effective_date)
            for item in response.clarifications:
                _write_clarification(group, item)
        with answer.group("cac:DocumentReference") as group:
            group.add("cbc:ID", response.invoice_number)
            group.add("cbc:IssueDate", response.invoice_date)
            group.add("cbc:DocumentTypeCode", response.invoice_type)
        for name, who in (("cac:IssuerParty", response.issuer), ("cac:RecipientParty", response.recipient)):
            with answer.group(name) as group:
                _named(group, who or Party())
    return etree.tostring(root.element, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _exchanging(group: Group, who: Party) -> None:
    group.add("cbc:EndpointID", who.endpoint_id, schemeID=who.endpoint_scheme)
    _identifier(group, who)
    with group.group("cac:PartyLegalEntity") as legal:
        legal.add("cbc:RegistrationName", who.name)
    with group.group("cac:Contact") as contact:
        contact.add("cbc:Name", who.contact_name)
        contact.add("cbc:Telephone", who.phone)
        contact.add("cbc:ElectronicMail", who.email)


def _named(group: Group, who: Party) -> None:
    _identifier(group, who)
    with group.group("cac:PartyName") as name:
        name.add("cbc:Name", who.name)


def _identifier(group: Group, who: Party) -> None:
    with group.group("cac:PartyIdentification") as identification:
        identification.add("cbc:ID", who.identifier, schemeID=who.identifier_scheme)


def _write_clarification(group: Group, item: Clarification) -> None:
    with group.group("cac:Status") as status:
        status.add("cbc:StatusReasonCode", item.code, listID=item.list_id)
        status.add("cbc:StatusReason", item.text)
        for condition in item.conditions:
            with status.group("cac:Condition") as part:
                part.add("cbc:AttributeID", condition.attribute)
                part.add("cbc:Description", condition.description)

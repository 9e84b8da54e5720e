"""A booked purchase invoice in Yuki's own XML, and what Yuki's answer about it means.

The element names and their order are those of another client: the schema itself
(PurchaseInvoices.xsd) could not be read. This module is the one place to correct.
"""

import base64
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from lxml import etree

from ..base import DeliveryError, Permanent, UnknownOutcome
from ..booking import Booking
from . import soap

NAMESPACE = "urn:xmlns:http://www.theyukicompany.com:purchaseinvoices"


def invoice(booking: Booking, party, *, process: bool, remarks: str, file: tuple[str, bytes] | None) -> etree._Element:
    """<PurchaseInvoices> with one invoice. `party` is the supplier's `Party`; no file is put in without one."""
    root = etree.Element(f"{{{NAMESPACE}}}PurchaseInvoices", nsmap={None: NAMESPACE})
    one = _add(root, "PurchaseInvoice")
    _add(one, "Process", "true" if process else "false")
    _add(one, "Reference", booking.number)
    _add(one, "Date", booking.issue_date.isoformat())
    if booking.due_date:
        _add(one, "DueDate", booking.due_date.isoformat())
    _add(one, "InvoiceAmount", _signed(booking, booking.total))
    _add(one, "InvoiceVATAmount", _signed(booking, booking.vat))
    _add(one, "Currency", booking.currency)
    _add(one, "Remarks", remarks)
    if file:
        _add(one, "DocumentFileName", file[0])
        _add(one, "DocumentBase64", base64.b64encode(file[1]).decode())
    contact = _add(one, "Contact")
    for name, value in (
        ("FullName", booking.party_name),
        ("CountryCode", party.country),
        ("City", party.city),
        ("Zipcode", party.postal_code),
        ("AddressLine_1", party.street),
        ("VATNumber", booking.party_vat_id),
    ):
        if value:
            _add(contact, name, value)
    lines = _add(one, "InvoiceLines")
    for each in booking.lines:
        line = _add(lines, "InvoiceLine")
        _add(line, "Description", each.description or booking.number)
        _add(line, "LineAmount", _signed(booking, each.base))
        _add(line, "LineVATType", each.vat_code)
        _add(line, "LineVATPercentage", format(each.rate, "f"))
        _add(line, "GLAccountCode", each.account)
    return root


def check_answer(answer: etree._Element) -> None:
    """Yuki says 200 also when it booked nothing. Raises Permanent in its words, UnknownOutcome when it says nothing."""
    counted = {name: _count(answer, name) for name in ("TotalSucceeded", "TotalFailed", "TotalSkipped")}
    said = soap.value_of(answer, "Message")
    excerpt = etree.tostring(answer, encoding="unicode")[:4000]
    if counted["TotalSucceeded"] == 1 and not counted["TotalFailed"]:
        return
    if not counted["TotalFailed"] and not counted["TotalSkipped"] and soap.value_of(answer, "Succeeded") != "false":
        raise UnknownOutcome(
            _("Yuki did not say whether it booked the invoice. It is looked for there before the next try."),
            status=200,
            excerpt=excerpt,
        )
    raise _refusal(said, excerpt)


def _refusal(said: str, excerpt: str) -> DeliveryError:
    words = _("Yuki did not book the invoice: “%s”. Correct what it names (under Booking, or in Yuki), then resend.")
    return Permanent(words % (said or _("no reason given")), status=200, excerpt=excerpt)


def _count(answer, name: str) -> Decimal:
    try:
        return Decimal(soap.value_of(answer, name) or 0)
    except InvalidOperation:
        return Decimal(0)


def _signed(booking: Booking, amount: Decimal) -> str:
    """Credit notes go with negative amounts: not documented, see the README."""
    return format(-amount if booking.is_credit_note else amount, "f")


def _add(parent, name: str, value: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if value is not None:
        element.text = soap.text(value)
    return element

"""Reading a UBL 2.1 Invoice or CreditNote into the model."""

from __future__ import annotations

from lxml import etree

from .model import Document, DocumentReference, Party, VatSubtotal
from .ubl_read_parts import (
    allowance_charge,
    attachment,
    creditor_id,
    delivery_party,
    line,
    party,
    payment_means,
)
from .values import Node, to_decimal

# BT-18 and, in a credit note, BT-11 stand among the attachments and are told by these codes.
OBJECT_TYPE = "130"
PROJECT_TYPE = "50"
# UBL demands an order number wherever a sales order number is given; Peppol has it filled with NA.
NO_ORDER = "NA"

_TOTALS = {
    "line_total": ("LineExtensionAmount", "The sum of the lines (BT-106)"),
    "allowance_total": ("AllowanceTotalAmount", "The sum of the allowances (BT-107)"),
    "charge_total": ("ChargeTotalAmount", "The sum of the charges (BT-108)"),
    "tax_exclusive_total": ("TaxExclusiveAmount", "The total without VAT (BT-109)"),
    "tax_inclusive_total": ("TaxInclusiveAmount", "The total with VAT (BT-112)"),
    "prepaid": ("PrepaidAmount", "The amount already paid (BT-113)"),
    "rounding": ("PayableRoundingAmount", "The rounding (BT-114)"),
    "payable": ("PayableAmount", "The amount due (BT-115)"),
}
_TEXTS = {
    "customization_id": "cbc:CustomizationID",
    "profile_id": "cbc:ProfileID",
    "number": "cbc:ID",
    "currency": "cbc:DocumentCurrencyCode",
    "tax_currency": "cbc:TaxCurrencyCode",
    "buyer_accounting_reference": "cbc:AccountingCost",
    "buyer_reference": "cbc:BuyerReference",
    "sales_order_reference": "cac:OrderReference/cbc:SalesOrderID",
    "contract_reference": "cac:ContractDocumentReference/cbc:ID",
    "despatch_reference": "cac:DespatchDocumentReference/cbc:ID",
    "receipt_reference": "cac:ReceiptDocumentReference/cbc:ID",
    "originator_reference": "cac:OriginatorDocumentReference/cbc:ID",
    "payment_terms": "cac:PaymentTerms/cbc:Note",
    "tax_point_code": "cac:InvoicePeriod/cbc:DescriptionCode",
}


def read_ubl(root: etree._Element) -> Document:
    """The document under `root`, an Invoice or CreditNote element. Raises `Unreadable('bad-value')`."""
    doc = Node(root)
    credit = root.tag.endswith("}CreditNote")
    seller = doc.first("cac:AccountingSupplierParty/cac:Party")
    buyer = doc.first("cac:AccountingCustomerParty/cac:Party")
    payee = doc.first("cac:PayeeParty")
    delivery = doc.first("cac:Delivery")
    currency = doc.text("cbc:DocumentCurrencyCode")
    line_name, quantity = ("CreditNoteLine", "Credited") if credit else ("InvoiceLine", "Invoiced")
    values = {field: doc.text(path) for field, path in _TEXTS.items()}
    values.update(_dates(doc, credit), **_references(doc, credit), **_totals(doc, currency))
    if values["order_reference"] == NO_ORDER and values["sales_order_reference"]:
        values["order_reference"] = None
    means = doc.all("cac:PaymentMeans")
    return Document(
        kind="credit_note" if credit else "invoice",
        type_code=doc.text("cbc:CreditNoteTypeCode" if credit else "cbc:InvoiceTypeCode"),
        notes=tuple(text for node in doc.all("cbc:Note") if (text := node.own_text())),
        preceding=tuple(_preceding(node) for node in doc.all("cac:BillingReference/cac:InvoiceDocumentReference")),
        seller=party(seller) or Party(),
        buyer=party(buyer) or Party(),
        payee=party(payee),
        creditor_id=creditor_id(seller, payee),
        tax_representative=party(doc.first("cac:TaxRepresentativeParty")),
        deliver_to=delivery_party(delivery),
        payment_means=tuple(payment_means(node) for node in means if not _only_a_due_date(node)),
        allowances_charges=tuple(
            allowance_charge(node, "an allowance or charge of the document") for node in doc.all("cac:AllowanceCharge")
        ),
        vat_breakdown=tuple(_subtotal(node) for node in _breakdown(doc, currency)),
        lines=tuple(line(node, f"cbc:{quantity}Quantity") for node in doc.all(f"cac:{line_name}")),
        **values,
    )


def _dates(doc: Node, credit: bool) -> dict:
    # A credit note has no due date of its own in UBL 2.1: it stands with the payment means.
    due = "cac:PaymentMeans/cbc:PaymentDueDate" if credit else "cbc:DueDate"
    return {
        "issue_date": doc.date("cbc:IssueDate", "The issue date (BT-2)"),
        "due_date": doc.date(due, "The due date (BT-9)"),
        "tax_point_date": doc.date("cbc:TaxPointDate", "The VAT point date (BT-7)"),
        "period_start": doc.date("cac:InvoicePeriod/cbc:StartDate", "The period start (BT-73)"),
        "period_end": doc.date("cac:InvoicePeriod/cbc:EndDate", "The period end (BT-74)"),
        "delivery_date": doc.date("cac:Delivery/cbc:ActualDeliveryDate", "The delivery date (BT-72)"),
    }


def _references(doc: Node, credit: bool) -> dict:
    found: dict = {
        "order_reference": doc.text("cac:OrderReference/cbc:ID"),
        "project_reference": doc.text("cac:ProjectReference/cbc:ID"),
    }
    attachments = []
    for node in doc.all("cac:AdditionalDocumentReference"):
        code = node.text("cbc:DocumentTypeCode")
        if code == OBJECT_TYPE:
            found["object_id"] = node.text("cbc:ID")
            found["object_scheme"] = node.attribute("cbc:ID", "schemeID")
        elif credit and code == PROJECT_TYPE:
            found["project_reference"] = node.text("cbc:ID")
        else:
            attachments.append(attachment(node))
    return found | {"attachments": tuple(attachments)}


def _totals(doc: Node, currency: str | None) -> dict:
    total = doc.first("cac:LegalMonetaryTotal")
    found = {field: total.decimal(f"cbc:{name}", label) if total else None for field, (name, label) in _TOTALS.items()}
    tax_currency = doc.text("cbc:TaxCurrencyCode")
    found["tax_total"] = found["tax_total_accounting_currency"] = None
    for node in doc.all("cac:TaxTotal/cbc:TaxAmount"):
        written_in = node.get("currencyID")
        if tax_currency and written_in == tax_currency and tax_currency != currency:
            found["tax_total_accounting_currency"] = to_decimal(
                node.own_text(), "The VAT total in the accounting currency (BT-111)"
            )
        elif found["tax_total"] is None:
            found["tax_total"] = to_decimal(node.own_text(), "The VAT total (BT-110)")
    return found


def _breakdown(doc: Node, currency: str | None) -> list[Node]:
    """The breakdown in the document's own currency; only that one is EN 16931's BG-23."""
    return [
        node
        for node in doc.all("cac:TaxTotal/cac:TaxSubtotal")
        if (node.attribute("cbc:TaxAmount", "currencyID") or currency) == currency
    ]


def _subtotal(node: Node) -> VatSubtotal:
    return VatSubtotal(
        category=node.text("cac:TaxCategory/cbc:ID"),
        rate=node.decimal("cac:TaxCategory/cbc:Percent", "A VAT rate (BT-119)"),
        taxable_amount=node.decimal("cbc:TaxableAmount", "A taxable amount (BT-116)"),
        tax_amount=node.decimal("cbc:TaxAmount", "A VAT amount (BT-117)"),
        exemption_reason=node.text("cac:TaxCategory/cbc:TaxExemptionReason"),
        exemption_reason_code=node.text("cac:TaxCategory/cbc:TaxExemptionReasonCode"),
    )


def _preceding(node: Node) -> DocumentReference:
    return DocumentReference(node.text("cbc:ID"), node.date("cbc:IssueDate", "The date of a preceding invoice (BT-26)"))


def _only_a_due_date(node: Node) -> bool:
    """Payment means `1` (not defined) that say nothing but when: the writer makes them to carry BT-9."""
    tags = [etree.QName(child).localname for child in node.element]
    return tags == ["PaymentMeansCode", "PaymentDueDate"] and node.text("cbc:PaymentMeansCode") == "1"

"""From `Document` to UBL 2.1 bytes.

The order of the calls is the order of the UBL 2.1 schema, which differs
between an invoice and a credit note in a few places.
"""

from __future__ import annotations

from lxml import etree

from . import names, rest
from . import ubl_write_parts as parts
from .build import Group
from .model import (
    PEPPOL_BILLING,
    PEPPOL_BILLING_PROCESS,
    PEPPOL_SELF_BILLING,
    PEPPOL_SELF_BILLING_PROCESS,
    Document,
    PaymentMeans,
)


def write(document: Document) -> bytes:
    """The UBL 2.1 Invoice or CreditNote of `document`: the same document gives the same bytes.

    Nothing is computed and nothing is judged: call `recompute` before and
    `validate` after. What is None or empty is left out. Where BT-3, BT-23 or
    BT-24 is None, those of Peppol BIS Billing 3.0 are written, or of Peppol BIS
    Self-Billing 3.0 for a self-billed type. What a document that was read says
    beyond the model (`extra`) is put back. Characters that XML cannot hold are
    dropped. Raises ValueError for NaN and infinite amounts, TypeError for
    amounts that are not Decimal.
    """
    root = tree(document)
    rest.restore(root, document)
    etree.indent(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def tree(document: Document) -> etree._Element:
    """The root element of what the fields of `document` say, without `extra`."""
    credit = document.is_credit_note
    kind = "CreditNote" if credit else "Invoice"
    namespace = names.CREDIT_NOTE if credit else names.INVOICE
    root = Group.root(namespace, kind, document.currency)
    _head(root, document, credit)
    _references(root, document, credit)
    _parties(root, document)
    _payment(root, document, credit)
    parts.allowances_charges(root, document.allowances_charges, with_vat=True)
    _vat(root, document)
    _totals(root, document)
    quantity = "cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity"
    for line in document.lines:
        parts.line(root, line, f"cac:{kind}Line", quantity)
    return root.element


def _head(root: Group, doc: Document, credit: bool) -> None:
    own = doc.is_self_billed
    specification = doc.customization_id or (PEPPOL_SELF_BILLING if own else PEPPOL_BILLING)
    process = doc.profile_id
    # Another specification than Peppol's may do without a process; Peppol's never does.
    if process is None and specification in (PEPPOL_BILLING, PEPPOL_SELF_BILLING):
        process = PEPPOL_SELF_BILLING_PROCESS if own else PEPPOL_BILLING_PROCESS
    root.add("cbc:CustomizationID", specification)
    root.add("cbc:ProfileID", process)
    root.add("cbc:ID", doc.number)
    root.add("cbc:IssueDate", doc.issue_date)
    if credit:
        root.add("cbc:TaxPointDate", doc.tax_point_date)
        root.add("cbc:CreditNoteTypeCode", doc.type_code or ("261" if own else "381"))
    else:
        root.add("cbc:DueDate", doc.due_date)
        root.add("cbc:InvoiceTypeCode", doc.type_code or ("389" if own else "380"))
    for note in doc.notes:
        root.add("cbc:Note", note)
    if not credit:
        root.add("cbc:TaxPointDate", doc.tax_point_date)
    root.add("cbc:DocumentCurrencyCode", doc.currency)
    root.add("cbc:TaxCurrencyCode", doc.tax_currency)
    root.add("cbc:AccountingCost", doc.buyer_accounting_reference)
    root.add("cbc:BuyerReference", doc.buyer_reference)
    with root.group("cac:InvoicePeriod") as period:
        period.add("cbc:StartDate", doc.period_start)
        period.add("cbc:EndDate", doc.period_end)
        period.add("cbc:DescriptionCode", doc.tax_point_code)


def _references(root: Group, doc: Document, credit: bool) -> None:
    with root.group("cac:OrderReference") as order:
        order.add("cbc:ID", doc.order_reference or ("NA" if doc.sales_order_reference else None))
        order.add("cbc:SalesOrderID", doc.sales_order_reference)
    for earlier in doc.preceding:
        with root.group("cac:BillingReference") as billing, billing.group("cac:InvoiceDocumentReference") as reference:
            reference.add("cbc:ID", earlier.number)
            reference.add("cbc:IssueDate", earlier.issue_date)
    _reference(root, "cac:DespatchDocumentReference", doc.despatch_reference)
    _reference(root, "cac:ReceiptDocumentReference", doc.receipt_reference)
    if not credit:
        _reference(root, "cac:OriginatorDocumentReference", doc.originator_reference)
    _reference(root, "cac:ContractDocumentReference", doc.contract_reference)
    if doc.object_id:
        _reference(root, "cac:AdditionalDocumentReference", doc.object_id, "130", doc.object_scheme)
    if credit and doc.project_reference:
        _reference(root, "cac:AdditionalDocumentReference", doc.project_reference, "50")
    for attachment in doc.attachments:
        parts.attachment(root, attachment)
    if credit:
        _reference(root, "cac:OriginatorDocumentReference", doc.originator_reference)
    else:
        _reference(root, "cac:ProjectReference", doc.project_reference)


def _reference(root: Group, name: str, number: str | None, type_code: str | None = None, scheme=None) -> None:
    with root.group(name) as group:
        group.add("cbc:ID", number, schemeID=scheme)
        if number:
            group.add("cbc:DocumentTypeCode", type_code)


def _parties(root: Group, doc: Document) -> None:
    with root.group("cac:AccountingSupplierParty") as supplier:
        parts.party(supplier, doc.seller, None if doc.payee else doc.creditor_id)
    with root.group("cac:AccountingCustomerParty") as customer:
        parts.party(customer, doc.buyer)
    if doc.payee:
        parts.payee(root, doc.payee, doc.creditor_id)
    if doc.tax_representative:
        parts.tax_representative(root, doc.tax_representative)
    parts.delivery(root, doc.delivery_date, doc.deliver_to)


def _payment(root: Group, doc: Document, credit: bool) -> None:
    # UBL 2.1 has no due date on a credit note itself: it goes with the means of
    # payment, once (UBL-SR-45), or with means that are "not defined" (UNTDID 4461 code 1).
    due = doc.due_date if credit else None
    means = doc.payment_means or ((PaymentMeans(code="1"),) if due else ())
    for position, item in enumerate(means):
        parts.payment_means(root, item, due if position == 0 else None)
    with root.group("cac:PaymentTerms") as terms:
        terms.add("cbc:Note", doc.payment_terms)


def _vat(root: Group, doc: Document) -> None:
    with root.group("cac:TaxTotal") as total:
        total.amount("cbc:TaxAmount", doc.tax_total)
        for item in doc.vat_breakdown:
            with total.group("cac:TaxSubtotal") as subtotal:
                subtotal.amount("cbc:TaxableAmount", item.taxable_amount)
                subtotal.amount("cbc:TaxAmount", item.tax_amount)
                reasons = (
                    ("cbc:TaxExemptionReasonCode", item.exemption_reason_code),
                    ("cbc:TaxExemptionReason", item.exemption_reason),
                )
                parts.tax_category(subtotal, "cac:TaxCategory", item.category, item.rate, reasons)
    if doc.tax_currency and doc.tax_total_accounting_currency is not None:
        with root.group("cac:TaxTotal") as total:
            total.amount("cbc:TaxAmount", doc.tax_total_accounting_currency, doc.tax_currency)


def _totals(root: Group, doc: Document) -> None:
    with root.group("cac:LegalMonetaryTotal") as total:
        total.amount("cbc:LineExtensionAmount", doc.line_total)
        total.amount("cbc:TaxExclusiveAmount", doc.tax_exclusive_total)
        total.amount("cbc:TaxInclusiveAmount", doc.tax_inclusive_total)
        total.amount("cbc:AllowanceTotalAmount", doc.allowance_total)
        total.amount("cbc:ChargeTotalAmount", doc.charge_total)
        total.amount("cbc:PrepaidAmount", doc.prepaid)
        total.amount("cbc:PayableRoundingAmount", doc.rounding)
        total.amount("cbc:PayableAmount", doc.payable)

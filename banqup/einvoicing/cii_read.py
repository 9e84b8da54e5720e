"""Reading a CII CrossIndustryInvoice (Factur-X, ZUGFeRD 2, XRechnung) into the model.

The places of the business terms are those of the EN 16931 binding to CII
(CEN/TS 16931-3-3).
"""

from __future__ import annotations

from lxml import etree

from .cii_read_parts import (
    allowance_charge,
    attachment,
    line,
    period,
    reference,
    stamp,
    trade_party,
)
from .model import Document, DocumentReference, Party, PaymentMeans, VatSubtotal
from .values import Node, to_decimal

# UNTDID 1001 codes that EN 16931 takes for a credit note; all others are invoices.
CREDIT_NOTE_TYPES = frozenset({"81", "83", "261", "381", "396", "532"})
# BT-8: CII codes it by UNTDID 2475, UBL and the model by UNTDID 2005.
_TAX_POINT_CODES = {"5": "3", "29": "35", "72": "432"}
# UNTDID 1001 codes that tell the additional documents apart.
_TENDER, _OBJECT = "50", "130"

_TOTALS = {
    "line_total": ("LineTotalAmount", "The sum of the lines (BT-106)"),
    "allowance_total": ("AllowanceTotalAmount", "The sum of the allowances (BT-107)"),
    "charge_total": ("ChargeTotalAmount", "The sum of the charges (BT-108)"),
    "tax_exclusive_total": ("TaxBasisTotalAmount", "The total without VAT (BT-109)"),
    "tax_inclusive_total": ("GrandTotalAmount", "The total with VAT (BT-112)"),
    "prepaid": ("TotalPrepaidAmount", "The amount already paid (BT-113)"),
    "rounding": ("RoundingAmount", "The rounding (BT-114)"),
    "payable": ("DuePayableAmount", "The amount due (BT-115)"),
}


def read_cii(root: etree._Element) -> Document:
    """The document under `root`, a CrossIndustryInvoice. Raises `Unreadable('bad-value')`."""
    doc = Node(root)
    head = doc.one("rsm:ExchangedDocument")
    context = doc.one("rsm:ExchangedDocumentContext")
    deal = doc.one("rsm:SupplyChainTradeTransaction")
    agreement = deal.one("ram:ApplicableHeaderTradeAgreement")
    delivery = deal.one("ram:ApplicableHeaderTradeDelivery")
    settlement = deal.one("ram:ApplicableHeaderTradeSettlement")
    type_code = head.text("ram:TypeCode")
    return Document(
        kind="credit_note" if type_code in CREDIT_NOTE_TYPES else "invoice",
        type_code=type_code,
        number=head.text("ram:ID"),
        issue_date=stamp(head, "ram:IssueDateTime", "The issue date (BT-2)"),
        notes=tuple(text for node in head.all("ram:IncludedNote") if (text := _note(node))),
        customization_id=context.text("ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"),
        profile_id=context.text("ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"),
        lines=tuple(line(node) for node in deal.all("ram:IncludedSupplyChainTradeLineItem")),
        **_agreement(agreement),
        **_delivery(delivery),
        **_settlement(settlement),
    )


def _note(node: Node) -> str | None:
    """BT-22, with BT-21 before it in the way UBL writes the two: `#AAI#text`."""
    text, subject = node.text("ram:Content"), node.text("ram:SubjectCode")
    return f"#{subject}#{text or ''}" if subject else text


def _agreement(agreement: Node) -> dict:
    found: dict = {
        "buyer_reference": agreement.text("ram:BuyerReference"),
        "seller": trade_party(agreement.first("ram:SellerTradeParty")) or Party(),
        "buyer": trade_party(agreement.first("ram:BuyerTradeParty")) or Party(),
        "tax_representative": trade_party(agreement.first("ram:SellerTaxRepresentativeTradeParty")),
        "sales_order_reference": reference(agreement, "ram:SellerOrderReferencedDocument"),
        "order_reference": reference(agreement, "ram:BuyerOrderReferencedDocument"),
        "contract_reference": reference(agreement, "ram:ContractReferencedDocument"),
        "project_reference": agreement.text("ram:SpecifiedProcuringProject/ram:ID"),
    }
    attachments = []
    for node in agreement.all("ram:AdditionalReferencedDocument"):
        code = node.text("ram:TypeCode")
        if code == _TENDER:
            found["originator_reference"] = node.text("ram:IssuerAssignedID")
        elif code == _OBJECT:
            found["object_id"] = node.text("ram:IssuerAssignedID")
            found["object_scheme"] = node.text("ram:ReferenceTypeCode")
        else:
            attachments.append(attachment(node))
    return found | {"attachments": tuple(attachments)}


def _delivery(delivery: Node) -> dict:
    place = delivery.first("ram:ShipToTradeParty")
    event = delivery.one("ram:ActualDeliverySupplyChainEvent")
    return {
        "deliver_to": trade_party(place),
        "delivery_date": stamp(event, "ram:OccurrenceDateTime", "The delivery date (BT-72)"),
        "despatch_reference": reference(delivery, "ram:DespatchAdviceReferencedDocument"),
        "receipt_reference": reference(delivery, "ram:ReceivingAdviceReferencedDocument"),
    }


def _settlement(node: Node) -> dict:
    terms = node.one("ram:SpecifiedTradePaymentTerms")
    taxes = node.all("ram:ApplicableTradeTax")
    start, end = period(node, "BT-73", "BT-74")
    code = next((text for tax in taxes if (text := tax.text("ram:DueDateTypeCode"))), None)
    points = (stamp(tax, "ram:TaxPointDate", "The VAT point date (BT-7)") for tax in taxes)
    return {
        "currency": node.text("ram:InvoiceCurrencyCode"),
        "tax_currency": node.text("ram:TaxCurrencyCode"),
        "creditor_id": node.text("ram:CreditorReferenceID"),
        "payee": trade_party(node.first("ram:PayeeTradeParty")),
        "payment_means": _payment(node, terms),
        "payment_terms": terms.text("ram:Description"),
        "due_date": stamp(terms, "ram:DueDateDateTime", "The due date (BT-9)"),
        "tax_point_date": next((point for point in points if point), None),
        "tax_point_code": _TAX_POINT_CODES.get(code, code) if code else None,
        "period_start": start,
        "period_end": end,
        "vat_breakdown": tuple(_subtotal(tax) for tax in taxes),
        "allowances_charges": tuple(
            allowance_charge(part, "an allowance or charge of the document")
            for part in node.all("ram:SpecifiedTradeAllowanceCharge")
        ),
        "preceding": tuple(
            DocumentReference(
                number=earlier.text("ram:IssuerAssignedID"),
                issue_date=stamp(earlier, "ram:FormattedIssueDateTime", "The date of a preceding invoice (BT-26)"),
            )
            for earlier in node.all("ram:InvoiceReferencedDocument")
        ),
        "buyer_accounting_reference": node.text("ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
        **_totals(node),
    }


def _payment(node: Node, terms: Node) -> tuple[PaymentMeans, ...]:
    """CII has one payment reference and one mandate for all means of payment; the model has them with each."""
    reference_, mandate = node.text("ram:PaymentReference"), terms.text("ram:DirectDebitMandateID")
    found = []
    for means in node.all("ram:SpecifiedTradeSettlementPaymentMeans"):
        account = means.one("ram:PayeePartyCreditorFinancialAccount")
        card = means.one("ram:ApplicableTradeSettlementFinancialCard")
        found.append(
            PaymentMeans(
                code=means.text("ram:TypeCode"),
                text=means.text("ram:Information"),
                remittance_information=reference_,
                iban=account.text("ram:IBANID") or account.text("ram:ProprietaryID"),
                account_name=account.text("ram:AccountName"),
                bic=means.text("ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
                card_number=card.text("ram:ID"),
                card_holder=card.text("ram:CardholderName"),
                mandate_reference=mandate,
                debited_iban=means.text("ram:PayerPartyDebtorFinancialAccount/ram:IBANID"),
            )
        )
    if not found and (reference_ or mandate):
        # UNTDID 4461: 1 is a means that is not defined.
        found.append(PaymentMeans(code="1", remittance_information=reference_, mandate_reference=mandate))
    return tuple(found)


def _subtotal(tax: Node) -> VatSubtotal:
    return VatSubtotal(
        category=tax.text("ram:CategoryCode"),
        rate=tax.decimal("ram:RateApplicablePercent", "A VAT rate (BT-119)"),
        taxable_amount=tax.decimal("ram:BasisAmount", "A taxable amount (BT-116)"),
        tax_amount=tax.decimal("ram:CalculatedAmount", "A VAT amount (BT-117)"),
        exemption_reason=tax.text("ram:ExemptionReason"),
        exemption_reason_code=tax.text("ram:ExemptionReasonCode"),
    )


def _totals(node: Node) -> dict:
    total = node.one("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    found = {field: total.decimal(f"ram:{name}", what) for field, (name, what) in _TOTALS.items()}
    currency, tax_currency = node.text("ram:InvoiceCurrencyCode"), node.text("ram:TaxCurrencyCode")
    found["tax_total"] = found["tax_total_accounting_currency"] = None
    for amount in total.all("ram:TaxTotalAmount"):
        if tax_currency and amount.get("currencyID") == tax_currency != currency:
            found["tax_total_accounting_currency"] = to_decimal(
                amount.own_text(), "The VAT total in the accounting currency (BT-111)"
            )
        elif found["tax_total"] is None:
            found["tax_total"] = to_decimal(amount.own_text(), "The VAT total (BT-110)")
    return found

"""CII CrossIndustryInvoices for tests, written from a `Document` by the EN 16931 binding (CEN/TS 16931-3-3)."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal

from lxml import etree

from banqup.einvoicing import AllowanceCharge, Document, Line, Party
from banqup.einvoicing.names import CII_NS

EN16931 = "urn:cen.eu:en16931:2017"
_CODES = {"3": "5", "35": "29", "432": "72"}


class Group:
    """An element under construction; a group that stays empty is taken out again."""

    def __init__(self, element):
        self.element = element

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if len(self.element) == 0:
            self.element.getparent().remove(self.element)

    def group(self, name):
        return Group(etree.SubElement(self.element, _tag(name)))

    def add(self, name, value, **attributes):
        if value in (None, ""):
            return
        if isinstance(value, Decimal):
            value = format(value, "f")
        child = etree.SubElement(self.element, _tag(name))
        child.text = str(value)
        for key, attribute in attributes.items():
            if attribute:
                child.set(key, attribute)

    def date(self, name, value: date | None, inner="udt:DateTimeString"):
        if value:
            with self.group(name) as group:
                group.add(inner, value.strftime("%Y%m%d"), format="102")


def _tag(name):
    prefix, _, local = name.partition(":")
    return f"{{{CII_NS[prefix]}}}{local}"


def cii_bytes(document: Document, specification: str = EN16931) -> bytes:
    """The CrossIndustryInvoice of `document`, in the order of the D22B schema."""
    root = Group(etree.Element(_tag("rsm:CrossIndustryInvoice"), nsmap=CII_NS))
    with root.group("rsm:ExchangedDocumentContext") as context:
        with context.group("ram:BusinessProcessSpecifiedDocumentContextParameter") as process:
            process.add("ram:ID", document.profile_id)
        with context.group("ram:GuidelineSpecifiedDocumentContextParameter") as guideline:
            guideline.add("ram:ID", specification)
    with root.group("rsm:ExchangedDocument") as head:
        head.add("ram:ID", document.number)
        head.add("ram:TypeCode", document.type_code)
        head.date("ram:IssueDateTime", document.issue_date)
        for note in document.notes:
            with head.group("ram:IncludedNote") as group:
                group.add("ram:Content", note)
    with root.group("rsm:SupplyChainTradeTransaction") as deal:
        for one in document.lines:
            with deal.group("ram:IncludedSupplyChainTradeLineItem") as item:
                _line(item, one)
        with deal.group("ram:ApplicableHeaderTradeAgreement") as agreement:
            _agreement(agreement, document)
        _delivery(deal.group("ram:ApplicableHeaderTradeDelivery"), document)
        with deal.group("ram:ApplicableHeaderTradeSettlement") as settlement:
            _settlement(settlement, document)
    return etree.tostring(root.element, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _line(item: Group, line: Line):
    with item.group("ram:AssociatedDocumentLineDocument") as about:
        about.add("ram:LineID", line.id)
        with about.group("ram:IncludedNote") as note:
            note.add("ram:Content", line.note)
    with item.group("ram:SpecifiedTradeProduct") as product:
        product.add("ram:GlobalID", line.standard_item_id, schemeID=line.standard_item_scheme)
        product.add("ram:SellerAssignedID", line.seller_item_id)
        product.add("ram:BuyerAssignedID", line.buyer_item_id)
        product.add("ram:Name", line.name)
        product.add("ram:Description", line.description)
        for name, value in line.attributes:
            with product.group("ram:ApplicableProductCharacteristic") as group:
                group.add("ram:Description", name)
                group.add("ram:Value", value)
        for kind in line.classifications:
            with product.group("ram:DesignatedProductClassification") as group:
                group.add("ram:ClassCode", kind.code, listID=kind.scheme, listVersionID=kind.version)
        with product.group("ram:OriginTradeCountry") as country:
            country.add("ram:ID", line.origin_country)
    with item.group("ram:SpecifiedLineTradeAgreement") as agreement:
        with agreement.group("ram:BuyerOrderReferencedDocument") as order:
            order.add("ram:LineID", line.order_line_reference)
        with agreement.group("ram:GrossPriceProductTradePrice") as gross:
            gross.add("ram:ChargeAmount", line.gross_price)
            if line.price_discount is not None:
                with gross.group("ram:AppliedTradeAllowanceCharge") as discount:
                    with discount.group("ram:ChargeIndicator") as indicator:
                        indicator.add("udt:Indicator", "false")
                    discount.add("ram:ActualAmount", line.price_discount)
        with agreement.group("ram:NetPriceProductTradePrice") as net:
            net.add("ram:ChargeAmount", line.net_price)
            net.add("ram:BasisQuantity", line.price_base_quantity, unitCode=line.unit)
    with item.group("ram:SpecifiedLineTradeDelivery") as delivery:
        delivery.add("ram:BilledQuantity", line.quantity, unitCode=line.unit)
    with item.group("ram:SpecifiedLineTradeSettlement") as settlement:
        with settlement.group("ram:ApplicableTradeTax") as tax:
            tax.add("ram:TypeCode", "VAT")
            tax.add("ram:CategoryCode", line.vat_category)
            tax.add("ram:RateApplicablePercent", line.vat_rate)
        _period(settlement, line.period_start, line.period_end)
        for part in line.allowances_charges:
            _allowance(settlement, part)
        with settlement.group("ram:SpecifiedTradeSettlementLineMonetarySummation") as total:
            total.add("ram:LineTotalAmount", line.net_amount)
        if line.object_id:
            with settlement.group("ram:AdditionalReferencedDocument") as other:
                other.add("ram:IssuerAssignedID", line.object_id)
                other.add("ram:TypeCode", "130")
                other.add("ram:ReferenceTypeCode", line.object_scheme)
        with settlement.group("ram:ReceivableSpecifiedTradeAccountingAccount") as account:
            account.add("ram:ID", line.buyer_accounting_reference)


def _agreement(agreement: Group, document: Document):
    agreement.add("ram:BuyerReference", document.buyer_reference)
    _party(agreement, "ram:SellerTradeParty", document.seller)
    _party(agreement, "ram:BuyerTradeParty", document.buyer)
    _party(agreement, "ram:SellerTaxRepresentativeTradeParty", document.tax_representative)
    _reference(agreement, "ram:SellerOrderReferencedDocument", document.sales_order_reference)
    _reference(agreement, "ram:BuyerOrderReferencedDocument", document.order_reference)
    _reference(agreement, "ram:ContractReferencedDocument", document.contract_reference)
    for attachment in document.attachments:
        with agreement.group("ram:AdditionalReferencedDocument") as other:
            other.add("ram:IssuerAssignedID", attachment.id)
            other.add("ram:URIID", attachment.uri)
            other.add("ram:TypeCode", "916")
            other.add("ram:Name", attachment.description)
            if attachment.content is not None:
                coded = base64.b64encode(attachment.content).decode()
                name, kind = attachment.filename, attachment.mime_type
                other.add("ram:AttachmentBinaryObject", coded, mimeCode=kind, filename=name)
    for number, code, scheme in (
        (document.originator_reference, "50", None),
        (document.object_id, "130", document.object_scheme),
    ):
        if number:
            with agreement.group("ram:AdditionalReferencedDocument") as other:
                other.add("ram:IssuerAssignedID", number)
                other.add("ram:TypeCode", code)
                other.add("ram:ReferenceTypeCode", scheme)
    if document.project_reference:
        with agreement.group("ram:SpecifiedProcuringProject") as project:
            project.add("ram:ID", document.project_reference)
            project.add("ram:Name", "Project reference")


def _delivery(delivery: Group, document: Document):
    _party(delivery, "ram:ShipToTradeParty", document.deliver_to)
    with delivery.group("ram:ActualDeliverySupplyChainEvent") as event:
        event.date("ram:OccurrenceDateTime", document.delivery_date)
    _reference(delivery, "ram:DespatchAdviceReferencedDocument", document.despatch_reference)
    _reference(delivery, "ram:ReceivingAdviceReferencedDocument", document.receipt_reference)


def _settlement(settlement: Group, document: Document):
    means = document.payment_means
    settlement.add("ram:CreditorReferenceID", document.creditor_id)
    settlement.add("ram:PaymentReference", means[0].remittance_information if means else None)
    settlement.add("ram:TaxCurrencyCode", document.tax_currency)
    settlement.add("ram:InvoiceCurrencyCode", document.currency)
    _party(settlement, "ram:PayeeTradeParty", document.payee)
    for one in means:
        with settlement.group("ram:SpecifiedTradeSettlementPaymentMeans") as group:
            group.add("ram:TypeCode", one.code)
            group.add("ram:Information", one.text)
            with group.group("ram:ApplicableTradeSettlementFinancialCard") as card:
                card.add("ram:ID", one.card_number)
                card.add("ram:CardholderName", one.card_holder)
            with group.group("ram:PayerPartyDebtorFinancialAccount") as payer:
                payer.add("ram:IBANID", one.debited_iban)
            with group.group("ram:PayeePartyCreditorFinancialAccount") as account:
                account.add("ram:IBANID", one.iban)
                account.add("ram:AccountName", one.account_name)
            with group.group("ram:PayeeSpecifiedCreditorFinancialInstitution") as bank:
                bank.add("ram:BICID", one.bic)
    for item in document.vat_breakdown:
        with settlement.group("ram:ApplicableTradeTax") as tax:
            tax.add("ram:CalculatedAmount", item.tax_amount)
            tax.add("ram:TypeCode", "VAT")
            tax.add("ram:ExemptionReason", item.exemption_reason)
            tax.add("ram:BasisAmount", item.taxable_amount)
            tax.add("ram:CategoryCode", item.category)
            tax.add("ram:ExemptionReasonCode", item.exemption_reason_code)
            tax.date("ram:TaxPointDate", document.tax_point_date, "udt:DateString")
            tax.add("ram:DueDateTypeCode", _CODES.get(document.tax_point_code))
            tax.add("ram:RateApplicablePercent", item.rate)
    _period(settlement, document.period_start, document.period_end)
    for part in document.allowances_charges:
        _allowance(settlement, part)
    mandate = next((one.mandate_reference for one in means if one.mandate_reference), None)
    with settlement.group("ram:SpecifiedTradePaymentTerms") as terms:
        terms.add("ram:Description", document.payment_terms)
        terms.date("ram:DueDateDateTime", document.due_date)
        terms.add("ram:DirectDebitMandateID", mandate)
    with settlement.group("ram:SpecifiedTradeSettlementHeaderMonetarySummation") as total:
        total.add("ram:LineTotalAmount", document.line_total)
        total.add("ram:ChargeTotalAmount", document.charge_total)
        total.add("ram:AllowanceTotalAmount", document.allowance_total)
        total.add("ram:TaxBasisTotalAmount", document.tax_exclusive_total)
        total.add("ram:TaxTotalAmount", document.tax_total, currencyID=document.currency)
        total.add("ram:TaxTotalAmount", document.tax_total_accounting_currency, currencyID=document.tax_currency)
        total.add("ram:RoundingAmount", document.rounding)
        total.add("ram:GrandTotalAmount", document.tax_inclusive_total)
        total.add("ram:TotalPrepaidAmount", document.prepaid)
        total.add("ram:DuePayableAmount", document.payable)
    for earlier in document.preceding:
        with settlement.group("ram:InvoiceReferencedDocument") as other:
            other.add("ram:IssuerAssignedID", earlier.number)
            other.date("ram:FormattedIssueDateTime", earlier.issue_date, "qdt:DateTimeString")
    with settlement.group("ram:ReceivableSpecifiedTradeAccountingAccount") as account:
        account.add("ram:ID", document.buyer_accounting_reference)


def _party(parent: Group, name: str, party: Party | None):
    if party is None:
        return
    with parent.group(name) as group:
        if party.identifier_scheme:
            group.add("ram:GlobalID", party.identifier, schemeID=party.identifier_scheme)
        else:
            group.add("ram:ID", party.identifier)
        group.add("ram:Name", party.name)
        group.add("ram:Description", party.legal_form)
        with group.group("ram:SpecifiedLegalOrganization") as legal:
            legal.add("ram:ID", party.company_id, schemeID=party.company_scheme)
            legal.add("ram:TradingBusinessName", party.trading_name)
        with group.group("ram:DefinedTradeContact") as contact:
            contact.add("ram:PersonName", party.contact_name)
            with contact.group("ram:TelephoneUniversalCommunication") as phone:
                phone.add("ram:CompleteNumber", party.phone)
            with contact.group("ram:EmailURIUniversalCommunication") as mail:
                mail.add("ram:URIID", party.email)
        with group.group("ram:PostalTradeAddress") as address:
            address.add("ram:PostcodeCode", party.postal_code)
            address.add("ram:LineOne", party.street)
            address.add("ram:LineTwo", party.additional_street)
            address.add("ram:LineThree", party.address_line)
            address.add("ram:CityName", party.city)
            address.add("ram:CountryID", party.country)
            address.add("ram:CountrySubDivisionName", party.subdivision)
        with group.group("ram:URIUniversalCommunication") as endpoint:
            endpoint.add("ram:URIID", party.endpoint_id, schemeID=party.endpoint_scheme)
        for number, scheme in ((party.vat_id, "VA"), (party.tax_registration_id, "FC")):
            with group.group("ram:SpecifiedTaxRegistration") as registration:
                registration.add("ram:ID", number, schemeID=scheme)


def _allowance(parent: Group, part: AllowanceCharge):
    with parent.group("ram:SpecifiedTradeAllowanceCharge") as group:
        with group.group("ram:ChargeIndicator") as indicator:
            indicator.add("udt:Indicator", "true" if part.is_charge else "false")
        group.add("ram:CalculationPercent", part.percent)
        group.add("ram:BasisAmount", part.base_amount)
        group.add("ram:ActualAmount", part.amount)
        group.add("ram:ReasonCode", part.reason_code)
        group.add("ram:Reason", part.reason)
        with group.group("ram:CategoryTradeTax") as tax:
            if part.vat_category:
                tax.add("ram:TypeCode", "VAT")
            tax.add("ram:CategoryCode", part.vat_category)
            tax.add("ram:RateApplicablePercent", part.vat_rate)


def _period(parent: Group, start: date | None, end: date | None):
    with parent.group("ram:BillingSpecifiedPeriod") as period:
        period.date("ram:StartDateTime", start)
        period.date("ram:EndDateTime", end)


def _reference(parent: Group, name: str, number: str | None):
    with parent.group(name) as group:
        group.add("ram:IssuerAssignedID", number)

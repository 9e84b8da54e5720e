"""Writing the parts of a UBL document that occur in more than one place.

The order of the calls is the order of the UBL 2.1 schema.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from decimal import Decimal

from .build import Group
from .model import AllowanceCharge, Attachment, Line, Party, PaymentMeans

SEPA = "SEPA"


def tax_category(parent: Group, name: str, category: str | None, rate: Decimal | None, reasons=()) -> None:
    if category is None and rate is None:
        return
    with parent.group(name) as group:
        group.add("cbc:ID", category)
        group.add("cbc:Percent", rate)
        for reason_name, reason in reasons:
            group.add(reason_name, reason)
        with group.group("cac:TaxScheme") as scheme:
            scheme.add("cbc:ID", "VAT")


def party(parent: Group, data: Party, creditor: str | None = None) -> None:
    """A cac:Party: seller or buyer. `creditor` is BT-90, kept among the seller's identifiers."""
    with parent.group("cac:Party") as group:
        group.add("cbc:EndpointID", data.endpoint_id, schemeID=data.endpoint_scheme)
        identifiers(group, data, creditor)
        _known_as(group, data.trading_name)
        address(group, "cac:PostalAddress", data)
        _tax_scheme(group, data.vat_id, "VAT")
        # Any word but VAT marks BT-32; this is the one the Peppol guide uses.
        _tax_scheme(group, data.tax_registration_id, "TAX")
        with group.group("cac:PartyLegalEntity") as legal:
            legal.add("cbc:RegistrationName", data.name)
            legal.add("cbc:CompanyID", data.company_id, schemeID=data.company_scheme)
            legal.add("cbc:CompanyLegalForm", data.legal_form)
        with group.group("cac:Contact") as contact:
            contact.add("cbc:Name", data.contact_name)
            contact.add("cbc:Telephone", data.phone)
            contact.add("cbc:ElectronicMail", data.email)


def payee(parent: Group, data: Party, creditor: str | None = None) -> None:
    with parent.group("cac:PayeeParty") as group:
        identifiers(group, data, creditor)
        _known_as(group, data.name)
        with group.group("cac:PartyLegalEntity") as legal:
            legal.add("cbc:CompanyID", data.company_id, schemeID=data.company_scheme)


def tax_representative(parent: Group, data: Party) -> None:
    with parent.group("cac:TaxRepresentativeParty") as group:
        _known_as(group, data.name)
        address(group, "cac:PostalAddress", data)
        _tax_scheme(group, data.vat_id, "VAT")


def delivery(parent: Group, when, data: Party | None) -> None:
    data = data or Party()
    with parent.group("cac:Delivery") as group:
        group.add("cbc:ActualDeliveryDate", when)
        with group.group("cac:DeliveryLocation") as location:
            location.add("cbc:ID", data.identifier, schemeID=data.identifier_scheme)
            address(location, "cac:Address", data)
        with group.group("cac:DeliveryParty") as who:
            _known_as(who, data.name)


def identifiers(parent: Group, data: Party, creditor: str | None) -> None:
    with parent.group("cac:PartyIdentification") as group:
        group.add("cbc:ID", data.identifier, schemeID=data.identifier_scheme)
    with parent.group("cac:PartyIdentification") as group:
        group.add("cbc:ID", creditor, schemeID=SEPA)


def _known_as(parent: Group, name: str | None) -> None:
    with parent.group("cac:PartyName") as group:
        group.add("cbc:Name", name)


def _tax_scheme(parent: Group, number: str | None, scheme: str) -> None:
    if number:
        with parent.group("cac:PartyTaxScheme") as group:
            group.add("cbc:CompanyID", number)
            with group.group("cac:TaxScheme") as inner:
                inner.add("cbc:ID", scheme)


def address(parent: Group, name: str, data: Party) -> None:
    with parent.group(name) as group:
        group.add("cbc:StreetName", data.street)
        group.add("cbc:AdditionalStreetName", data.additional_street)
        group.add("cbc:CityName", data.city)
        group.add("cbc:PostalZone", data.postal_code)
        group.add("cbc:CountrySubentity", data.subdivision)
        with group.group("cac:AddressLine") as line_group:
            line_group.add("cbc:Line", data.address_line)
        with group.group("cac:Country") as country:
            country.add("cbc:IdentificationCode", data.country)


def allowances_charges(parent: Group, items: Iterable[AllowanceCharge], with_vat: bool) -> None:
    for item in items:
        with parent.group("cac:AllowanceCharge") as group:
            group.add("cbc:ChargeIndicator", item.is_charge)
            group.add("cbc:AllowanceChargeReasonCode", item.reason_code)
            group.add("cbc:AllowanceChargeReason", item.reason)
            group.add("cbc:MultiplierFactorNumeric", item.percent)
            group.amount("cbc:Amount", item.amount)
            group.amount("cbc:BaseAmount", item.base_amount)
            if with_vat:
                tax_category(group, "cac:TaxCategory", item.vat_category, item.vat_rate)


def payment_means(parent: Group, data: PaymentMeans, due_date) -> None:
    with parent.group("cac:PaymentMeans") as group:
        group.add("cbc:PaymentMeansCode", data.code, name=data.text)
        group.add("cbc:PaymentDueDate", due_date)
        group.add("cbc:PaymentID", data.remittance_information)
        with group.group("cac:CardAccount") as card:
            card.add("cbc:PrimaryAccountNumberID", data.card_number)
            card.add("cbc:NetworkID", data.card_network or ("NA" if data.card_number else None))
            card.add("cbc:HolderName", data.card_holder)
        with group.group("cac:PayeeFinancialAccount") as account:
            account.add("cbc:ID", data.iban)
            account.add("cbc:Name", data.account_name)
            with account.group("cac:FinancialInstitutionBranch") as branch:
                branch.add("cbc:ID", data.bic)
        with group.group("cac:PaymentMandate") as mandate:
            mandate.add("cbc:ID", data.mandate_reference)
            with mandate.group("cac:PayerFinancialAccount") as payer:
                payer.add("cbc:ID", data.debited_iban)


def attachment(parent: Group, data: Attachment) -> None:
    with parent.group("cac:AdditionalDocumentReference") as group:
        group.add("cbc:ID", data.id)
        group.add("cbc:DocumentDescription", data.description)
        with group.group("cac:Attachment") as inner:
            if data.content is not None:
                coded = base64.b64encode(data.content).decode("ascii")
                inner.add("cbc:EmbeddedDocumentBinaryObject", coded, mimeCode=data.mime_type, filename=data.filename)
            with inner.group("cac:ExternalReference") as reference:
                reference.add("cbc:URI", data.uri)


def line(parent: Group, data: Line, name: str, quantity_name: str) -> None:
    with parent.group(name) as group:
        group.add("cbc:ID", data.id)
        group.add("cbc:Note", data.note)
        group.add(quantity_name, data.quantity, unitCode=data.unit)
        group.amount("cbc:LineExtensionAmount", data.net_amount)
        group.add("cbc:AccountingCost", data.buyer_accounting_reference)
        with group.group("cac:InvoicePeriod") as period:
            period.add("cbc:StartDate", data.period_start)
            period.add("cbc:EndDate", data.period_end)
        with group.group("cac:OrderLineReference") as order:
            order.add("cbc:LineID", data.order_line_reference)
        if data.object_id:
            with group.group("cac:DocumentReference") as reference:
                reference.add("cbc:ID", data.object_id, schemeID=data.object_scheme)
                reference.add("cbc:DocumentTypeCode", "130")
        allowances_charges(group, data.allowances_charges, with_vat=False)
        with group.group("cac:Item") as item:
            _item(item, data)
        with group.group("cac:Price") as price:
            _price(price, data)


def _item(item: Group, data: Line) -> None:
    item.add("cbc:Description", data.description)
    item.add("cbc:Name", data.name)
    for name, number, scheme in (
        ("cac:BuyersItemIdentification", data.buyer_item_id, None),
        ("cac:SellersItemIdentification", data.seller_item_id, None),
        ("cac:StandardItemIdentification", data.standard_item_id, data.standard_item_scheme),
    ):
        with item.group(name) as identification:
            identification.add("cbc:ID", number, schemeID=scheme)
    with item.group("cac:OriginCountry") as origin:
        origin.add("cbc:IdentificationCode", data.origin_country)
    for kind in data.classifications:
        with item.group("cac:CommodityClassification") as commodity:
            commodity.add("cbc:ItemClassificationCode", kind.code, listID=kind.scheme, listVersionID=kind.version)
    tax_category(item, "cac:ClassifiedTaxCategory", data.vat_category, data.vat_rate)
    for name, value in data.attributes:
        with item.group("cac:AdditionalItemProperty") as extra:
            extra.add("cbc:Name", name)
            extra.add("cbc:Value", value)


def _price(price: Group, data: Line) -> None:
    price.price("cbc:PriceAmount", data.net_price)
    # PEPPOL-EN16931-R130: the base quantity is in the unit of the invoiced quantity.
    price.add("cbc:BaseQuantity", data.price_base_quantity, unitCode=data.unit)
    if data.gross_price is not None or data.price_discount is not None:
        discount = data.price_discount
        if discount is None and data.net_price is not None:
            discount = data.gross_price - data.net_price
        with price.group("cac:AllowanceCharge") as group:
            group.add("cbc:ChargeIndicator", False)
            group.price("cbc:Amount", discount)
            group.price("cbc:BaseAmount", data.gross_price)

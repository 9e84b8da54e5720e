"""Reading the parts of a UBL document that occur in more than one place."""

from __future__ import annotations

from .model import AllowanceCharge, Attachment, Classification, Line, Party, PaymentMeans
from .values import Node, to_bytes

# UBL has several names for one place; the address of a party and of a delivery are the same type.
_ADDRESS = {
    "street": "cbc:StreetName",
    "additional_street": "cbc:AdditionalStreetName",
    "address_line": "cac:AddressLine/cbc:Line",
    "city": "cbc:CityName",
    "postal_code": "cbc:PostalZone",
    "subdivision": "cbc:CountrySubentity",
    "country": "cac:Country/cbc:IdentificationCode",
}
SEPA = "SEPA"  # the scheme that marks a party identifier as the creditor identifier, BT-90


def address(node: Node | None) -> dict[str, str | None]:
    return {field: node.text(path) for field, path in _ADDRESS.items()} if node else {}


def party(node: Node | None) -> Party | None:
    """A cac:Party, a payee or a tax representative; None when there is nothing in it."""
    if node is None:
        return None
    vat_id = tax_id = None
    for scheme in node.all("cac:PartyTaxScheme"):
        number = scheme.text("cbc:CompanyID")
        if (scheme.text("cac:TaxScheme/cbc:ID") or "").upper() == "VAT":
            vat_id = vat_id or number
        else:
            tax_id = tax_id or number
    identifier = next((n for n in node.all("cac:PartyIdentification/cbc:ID") if n.get("schemeID") != SEPA), None)
    legal_name = node.text("cac:PartyLegalEntity/cbc:RegistrationName")
    known_as = node.text("cac:PartyName/cbc:Name")
    found = Party(
        name=legal_name or known_as,
        trading_name=known_as if legal_name else None,
        vat_id=vat_id,
        tax_registration_id=tax_id,
        company_id=node.text("cac:PartyLegalEntity/cbc:CompanyID"),
        company_scheme=node.attribute("cac:PartyLegalEntity/cbc:CompanyID", "schemeID"),
        endpoint_id=node.text("cbc:EndpointID"),
        endpoint_scheme=node.attribute("cbc:EndpointID", "schemeID"),
        contact_name=node.text("cac:Contact/cbc:Name"),
        phone=node.text("cac:Contact/cbc:Telephone"),
        email=node.text("cac:Contact/cbc:ElectronicMail"),
        legal_form=node.text("cac:PartyLegalEntity/cbc:CompanyLegalForm"),
        identifier=identifier.own_text() if identifier else None,
        identifier_scheme=identifier.get("schemeID") if identifier else None,
        **address(node.first("cac:PostalAddress")),
    )
    return None if found == Party() else found


def creditor_id(*parties: Node | None) -> str | None:
    """BT-90, which UBL keeps among the identifiers of the seller or of the payee."""
    for node in parties:
        for identifier in node.all("cac:PartyIdentification/cbc:ID") if node else ():
            if identifier.get("schemeID") == SEPA:
                return identifier.own_text()
    return None


def delivery_party(node: Node | None) -> Party | None:
    if node is None:
        return None
    found = Party(
        name=node.text("cac:DeliveryParty/cac:PartyName/cbc:Name"),
        identifier=node.text("cac:DeliveryLocation/cbc:ID"),
        identifier_scheme=node.attribute("cac:DeliveryLocation/cbc:ID", "schemeID"),
        **address(node.first("cac:DeliveryLocation/cac:Address")),
    )
    return None if found == Party() else found


def allowance_charge(node: Node, where: str) -> AllowanceCharge:
    return AllowanceCharge(
        is_charge=node.flag("cbc:ChargeIndicator", f"The charge indicator of {where}"),
        amount=node.decimal("cbc:Amount", f"The amount of {where}"),
        base_amount=node.decimal("cbc:BaseAmount", f"The base amount of {where}"),
        percent=node.decimal("cbc:MultiplierFactorNumeric", f"The percentage of {where}"),
        reason=node.text("cbc:AllowanceChargeReason"),
        reason_code=node.text("cbc:AllowanceChargeReasonCode"),
        vat_category=node.text("cac:TaxCategory/cbc:ID"),
        vat_rate=node.decimal("cac:TaxCategory/cbc:Percent", f"The VAT rate of {where}"),
    )


def payment_means(node: Node) -> PaymentMeans:
    account = node.first("cac:PayeeFinancialAccount")
    return PaymentMeans(
        code=node.text("cbc:PaymentMeansCode"),
        text=node.attribute("cbc:PaymentMeansCode", "name"),
        remittance_information=node.text("cbc:PaymentID"),
        iban=account.text("cbc:ID") if account else None,
        account_name=account.text("cbc:Name") if account else None,
        bic=account.text("cac:FinancialInstitutionBranch/cbc:ID") if account else None,
        card_number=node.text("cac:CardAccount/cbc:PrimaryAccountNumberID"),
        card_network=node.text("cac:CardAccount/cbc:NetworkID"),
        card_holder=node.text("cac:CardAccount/cbc:HolderName"),
        mandate_reference=node.text("cac:PaymentMandate/cbc:ID"),
        debited_iban=node.text("cac:PaymentMandate/cac:PayerFinancialAccount/cbc:ID"),
    )


def attachment(node: Node) -> Attachment:
    binary = node.first("cac:Attachment/cbc:EmbeddedDocumentBinaryObject")
    return Attachment(
        id=node.text("cbc:ID"),
        description=node.text("cbc:DocumentDescription"),
        filename=binary.get("filename") if binary else None,
        mime_type=binary.get("mimeCode") if binary else None,
        content=to_bytes(binary.own_text(), "The attached document (BT-125)") if binary else None,
        uri=node.text("cac:Attachment/cac:ExternalReference/cbc:URI"),
    )


def line(node: Node, quantity_name: str) -> Line:
    number = node.text("cbc:ID")
    on = f" of line {number}" if number else " of a line"
    item = node.first("cac:Item")
    price = node.first("cac:Price")
    tax = item.first("cac:ClassifiedTaxCategory") if item else None
    period = node.first("cac:InvoicePeriod")
    discount = price.first("cac:AllowanceCharge") if price else None
    return Line(
        id=number,
        note=node.text("cbc:Note"),
        quantity=node.decimal(quantity_name, f"The quantity (BT-129){on}"),
        unit=node.attribute(quantity_name, "unitCode"),
        net_amount=node.decimal("cbc:LineExtensionAmount", f"The net amount (BT-131){on}"),
        buyer_accounting_reference=node.text("cbc:AccountingCost"),
        period_start=period.date("cbc:StartDate", f"The period start (BT-134){on}") if period else None,
        period_end=period.date("cbc:EndDate", f"The period end (BT-135){on}") if period else None,
        order_line_reference=node.text("cac:OrderLineReference/cbc:LineID"),
        object_id=node.text("cac:DocumentReference/cbc:ID"),
        object_scheme=node.attribute("cac:DocumentReference/cbc:ID", "schemeID"),
        allowances_charges=tuple(
            allowance_charge(n, f"an allowance or charge{on}") for n in node.all("cac:AllowanceCharge")
        ),
        net_price=price.decimal("cbc:PriceAmount", f"The net price (BT-146){on}") if price else None,
        price_base_quantity=price.decimal("cbc:BaseQuantity", f"The price base quantity (BT-149){on}")
        if price
        else None,
        price_discount=discount.decimal("cbc:Amount", f"The price discount (BT-147){on}") if discount else None,
        gross_price=discount.decimal("cbc:BaseAmount", f"The gross price (BT-148){on}") if discount else None,
        vat_category=tax.text("cbc:ID") if tax else None,
        vat_rate=tax.decimal("cbc:Percent", f"The VAT rate (BT-152){on}") if tax else None,
        **(_item(item) if item else {}),
    )


def _item(item: Node) -> dict:
    return {
        "name": item.text("cbc:Name"),
        "description": item.text("cbc:Description"),
        "buyer_item_id": item.text("cac:BuyersItemIdentification/cbc:ID"),
        "seller_item_id": item.text("cac:SellersItemIdentification/cbc:ID"),
        "standard_item_id": item.text("cac:StandardItemIdentification/cbc:ID"),
        "standard_item_scheme": item.attribute("cac:StandardItemIdentification/cbc:ID", "schemeID"),
        "origin_country": item.text("cac:OriginCountry/cbc:IdentificationCode"),
        "classifications": tuple(
            Classification(n.own_text(), n.get("listID"), n.get("listVersionID"))
            for n in item.all("cac:CommodityClassification/cbc:ItemClassificationCode")
        ),
        "attributes": tuple(
            (n.text("cbc:Name") or "", n.text("cbc:Value") or "") for n in item.all("cac:AdditionalItemProperty")
        ),
    }

"""Reading the parts of a CII document that occur in more than one place."""

from __future__ import annotations

from datetime import date

from .model import AllowanceCharge, Attachment, Classification, Line, Party
from .values import Node, to_bytes, to_compact_date

_ADDRESS = {
    "street": "ram:LineOne",
    "additional_street": "ram:LineTwo",
    "address_line": "ram:LineThree",
    "city": "ram:CityName",
    "postal_code": "ram:PostcodeCode",
    "subdivision": "ram:CountrySubDivisionName",
    "country": "ram:CountryID",
}
# The schemes of a tax registration: a VAT number, or another number of the tax office.
_VAT, _FISCAL = "VA", "FC"
_OBJECT = "130"


def stamp(node: Node, path: str, field: str) -> date | None:
    """A date in one of the three wrappers that CII has for it."""
    for name in ("udt:DateTimeString", "udt:DateString", "qdt:DateTimeString"):
        if text := node.text(f"{path}/{name}"):
            return to_compact_date(text, field)
    return None


def reference(node: Node, name: str) -> str | None:
    return node.text(f"{name}/ram:IssuerAssignedID")


def period(node: Node, start: str, end: str) -> tuple[date | None, date | None]:
    """The start and the end of the billing period; `start` and `end` are their terms."""
    found = node.one("ram:BillingSpecifiedPeriod")
    return (
        stamp(found, "ram:StartDateTime", f"The period start ({start})"),
        stamp(found, "ram:EndDateTime", f"The period end ({end})"),
    )


def trade_party(node: Node | None) -> Party | None:
    """Any party; None when there is nothing in it."""
    if node is None:
        return None
    numbers: dict[str | None, str | None] = {}
    for registration in node.all("ram:SpecifiedTaxRegistration/ram:ID"):
        numbers.setdefault(registration.get("schemeID"), registration.own_text())
    # An identifier with a scheme stands in an element of its own; either is BT-29, BT-46, BT-60 or BT-71.
    global_id = node.first("ram:GlobalID")
    contact = node.one("ram:DefinedTradeContact")
    address = node.one("ram:PostalTradeAddress")
    found = Party(
        name=node.text("ram:Name"),
        trading_name=node.text("ram:SpecifiedLegalOrganization/ram:TradingBusinessName"),
        vat_id=numbers.get(_VAT),
        tax_registration_id=numbers.get(_FISCAL),
        company_id=node.text("ram:SpecifiedLegalOrganization/ram:ID"),
        company_scheme=node.attribute("ram:SpecifiedLegalOrganization/ram:ID", "schemeID"),
        endpoint_id=node.text("ram:URIUniversalCommunication/ram:URIID"),
        endpoint_scheme=node.attribute("ram:URIUniversalCommunication/ram:URIID", "schemeID"),
        contact_name=contact.text("ram:PersonName") or contact.text("ram:DepartmentName"),
        phone=contact.text("ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
        email=contact.text("ram:EmailURIUniversalCommunication/ram:URIID"),
        legal_form=node.text("ram:Description"),
        identifier=global_id.own_text() if global_id else node.text("ram:ID"),
        identifier_scheme=global_id.get("schemeID") if global_id else node.attribute("ram:ID", "schemeID"),
        **{field: address.text(path) for field, path in _ADDRESS.items()},
    )
    return None if found == Party() else found


def allowance_charge(node: Node, where: str) -> AllowanceCharge:
    return AllowanceCharge(
        is_charge=node.flag("ram:ChargeIndicator/udt:Indicator", f"The charge indicator of {where}"),
        amount=node.decimal("ram:ActualAmount", f"The amount of {where}"),
        base_amount=node.decimal("ram:BasisAmount", f"The base amount of {where}"),
        percent=node.decimal("ram:CalculationPercent", f"The percentage of {where}"),
        reason=node.text("ram:Reason"),
        reason_code=node.text("ram:ReasonCode"),
        vat_category=node.text("ram:CategoryTradeTax/ram:CategoryCode"),
        vat_rate=node.decimal("ram:CategoryTradeTax/ram:RateApplicablePercent", f"The VAT rate of {where}"),
    )


def attachment(node: Node) -> Attachment:
    binary = node.first("ram:AttachmentBinaryObject")
    return Attachment(
        id=node.text("ram:IssuerAssignedID"),
        description=node.text("ram:Name"),
        filename=binary.get("filename") if binary else None,
        mime_type=binary.get("mimeCode") if binary else None,
        content=to_bytes(binary.own_text(), "The attached document (BT-125)") if binary else None,
        uri=node.text("ram:URIID"),
    )


def line(node: Node) -> Line:
    about = node.one("ram:AssociatedDocumentLineDocument")
    number = about.text("ram:LineID")
    on = f" of line {number}" if number else " of a line"
    agreement = node.one("ram:SpecifiedLineTradeAgreement")
    delivery = node.one("ram:SpecifiedLineTradeDelivery")
    settlement = node.one("ram:SpecifiedLineTradeSettlement")
    tax = settlement.one("ram:ApplicableTradeTax")
    start, end = period(settlement, "BT-134", "BT-135")
    objects = [
        other
        for other in settlement.all("ram:AdditionalReferencedDocument")
        if other.text("ram:TypeCode") in (None, _OBJECT)
    ]
    return Line(
        id=number,
        note=about.text("ram:IncludedNote/ram:Content"),
        quantity=delivery.decimal("ram:BilledQuantity", f"The quantity (BT-129){on}"),
        unit=delivery.attribute("ram:BilledQuantity", "unitCode"),
        net_amount=settlement.decimal(
            "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount", f"The net amount (BT-131){on}"
        ),
        buyer_accounting_reference=settlement.text("ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
        period_start=start,
        period_end=end,
        order_line_reference=agreement.text("ram:BuyerOrderReferencedDocument/ram:LineID"),
        object_id=objects[0].text("ram:IssuerAssignedID") if objects else None,
        object_scheme=objects[0].text("ram:ReferenceTypeCode") if objects else None,
        allowances_charges=tuple(
            allowance_charge(part, f"an allowance or charge{on}")
            for part in settlement.all("ram:SpecifiedTradeAllowanceCharge")
        ),
        vat_category=tax.text("ram:CategoryCode"),
        vat_rate=tax.decimal("ram:RateApplicablePercent", f"The VAT rate (BT-152){on}"),
        **_prices(agreement, on),
        **_product(node.one("ram:SpecifiedTradeProduct")),
    )


def _prices(agreement: Node, on: str) -> dict:
    net = agreement.one("ram:NetPriceProductTradePrice")
    gross = agreement.one("ram:GrossPriceProductTradePrice")
    base = "The price base quantity (BT-149)"
    of_net = net.decimal("ram:BasisQuantity", f"{base}{on}")
    return {
        "net_price": net.decimal("ram:ChargeAmount", f"The net price (BT-146){on}"),
        "price_base_quantity": gross.decimal("ram:BasisQuantity", f"{base}{on}") if of_net is None else of_net,
        "gross_price": gross.decimal("ram:ChargeAmount", f"The gross price (BT-148){on}"),
        "price_discount": gross.decimal(
            "ram:AppliedTradeAllowanceCharge/ram:ActualAmount", f"The price discount (BT-147){on}"
        ),
    }


def _product(product: Node) -> dict:
    return {
        "name": product.text("ram:Name"),
        "description": product.text("ram:Description"),
        "seller_item_id": product.text("ram:SellerAssignedID"),
        "buyer_item_id": product.text("ram:BuyerAssignedID"),
        "standard_item_id": product.text("ram:GlobalID"),
        "standard_item_scheme": product.attribute("ram:GlobalID", "schemeID"),
        "origin_country": product.text("ram:OriginTradeCountry/ram:ID"),
        "classifications": tuple(
            Classification(node.own_text(), node.get("listID"), node.get("listVersionID"))
            for node in product.all("ram:DesignatedProductClassification/ram:ClassCode")
        ),
        "attributes": tuple(
            (node.text("ram:Description") or "", node.text("ram:Value") or "")
            for node in product.all("ram:ApplicableProductCharacteristic")
        ),
    }

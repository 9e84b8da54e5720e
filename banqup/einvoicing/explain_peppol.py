"""Plain words for the rules Peppol adds (PEPPOL-EN16931-*, PEPPOL-COMMON-*)."""

from __future__ import annotations

from decimal import Decimal

from .explain_case import Case, Explainer, Words, cents, cents_text, exact, number, rule, short
from .model import (
    PEPPOL_BILLING,
    PEPPOL_BILLING_PROCESS,
    PEPPOL_SELF_BILLING,
    PEPPOL_SELF_BILLING_PROCESS,
)
from .values import Node

_SCHEMES = {
    "R040": ("a GLN", "0088"),
    "R041": ("a Norwegian organisation number", "0192"),
    "R042": ("a Danish CVR number (DK and eight digits)", "0184"),
    "R043": ("a Belgian enterprise number", "0208"),
    "R044": ("an Italian IPA code", "0201"),
    "R045": ("an Italian tax code", "0210"),
    "R046": ("an Italian tax code", "9907"),
    "R047": ("an Italian VAT number", "0211"),
    "R049": ("a Swedish organisation number", "0007"),
    "R050": ("an Australian business number", "0151"),
}
_TEXTS = {
    "R003": (
        "The buyer cannot tell what the {kind} is for: it has neither a buyer reference nor an order number.",
        "BT-10",
        "Fill in the reference the buyer asked for, or the order number.",
    ),
    "R008": ("The element {name} is empty.", None, "Fill it in or take it out."),
    "R010": (
        "The electronic address of the buyer is missing.",
        "BT-49",
        "Fill in the buyer's Peppol address, such as 0208 and the enterprise number.",
    ),
    "R020": (
        "The electronic address of the seller is missing.",
        "BT-34",
        "Fill in the seller's Peppol address, such as 0208 and the enterprise number.",
    ),
    "R041": ("An allowance or charge has a percentage but no base amount.", "BT-93", "Fill in the base amount."),
    "R042": ("An allowance or charge has a base amount but no percentage.", "BT-94", "Fill in the percentage."),
    "R043": ("An allowance or charge does not say which of the two it is with true or false.", "BG-20", None),
    "R044": ("A price has a charge; only a discount is allowed there.", "BT-147", "Raise the price instead."),
    "R053": ("There must be exactly one VAT total with a breakdown.", "BT-110", None),
    "R110": ("The period of {line} starts before that of the {kind}.", "BT-134", "Correct one of the two."),
    "R111": ("The period of {line} ends after that of the {kind}.", "BT-135", "Correct one of the two."),
    "R061": ("Payment is by direct debit, but the mandate is missing.", "BT-89", "Fill in the mandate reference."),
    "R121": ("The quantity the price of {line} is for must be above 0.", "BT-149", None),
    "R130": ("The price of {line} is for another unit than its quantity.", "BT-150", "Use one unit for both."),
}


def _filled(text: str, field: str | None, proposal: str | None) -> Explainer:
    def explain(case: Case) -> Words:
        name = case.at.element.tag.rpartition("}")[2]
        return Words(text.format(kind=case.kind, line=case.line_name, name=name), field, proposal)

    return explain


def _notes(case: Case) -> Words:
    count = len(case.root.all("cbc:Note"))
    return Words(f"The {case.kind} has {count} notes and Peppol allows one.", "BT-22", "Put them into one note.")


def _is_self_billed(case: Case) -> bool:
    return "selfbilling" in (case.root.text("cbc:CustomizationID") or "")


def _specification(case: Case) -> Words:
    stated = case.root.text("cbc:CustomizationID")
    wanted = PEPPOL_SELF_BILLING if _is_self_billed(case) else PEPPOL_BILLING
    return Words(
        f"The specification is {short(stated, 120)!r}, which is not that of Peppol.",
        "BT-24",
        f"Use {wanted}.",
        wanted,
    )


def _process(case: Case) -> Words:
    stated = case.root.text("cbc:ProfileID")
    wanted = PEPPOL_SELF_BILLING_PROCESS if _is_self_billed(case) else PEPPOL_BILLING_PROCESS
    return Words(
        f"The business process is {short(stated, 120)!r}, which is not one of Peppol's."
        if stated
        else f"The {case.kind} does not name its business process.",
        "BT-23",
        f"Use {wanted}.",
        wanted,
    )


def _same_currency(case: Case) -> Words:
    return Words(
        f"The currency of the VAT accounts is {case.currency}, which is that of the {case.kind} itself.",
        "BT-6",
        "Take the currency of the VAT accounts out.",
    )


def _percentage(case: Case) -> Words:
    base, percent = case.amount("cbc:BaseAmount", case.at), case.amount("cbc:MultiplierFactorNumeric", case.at)
    amount = case.amount("cbc:Amount", case.at)
    computed = cents(exact(lambda: base * percent / Decimal(100)))
    word = "charge" if case.at.text("cbc:ChargeIndicator") == "true" else "allowance"
    on = f" of {case.line_name}" if case.line is not None else ""
    return Words(
        f"The {word}{on} is {case.money(amount)}, but {percent.normalize():f} % of {case.money(base)} is "
        f"{case.money(computed)}.",
        ("BT-141" if on else "BT-99") if word == "charge" else ("BT-136" if on else "BT-92"),
        f"Correct it to {case.money(computed)}.",
        cents_text(computed),
    )


def _net_price(case: Case) -> Words:
    price = case.at if case.at.first("cbc:PriceAmount") else Node(case.at.element.getparent())
    net = case.amount("cbc:PriceAmount", price)
    gross = case.amount("cac:AllowanceCharge/cbc:BaseAmount", price)
    discount = case.amount("cac:AllowanceCharge/cbc:Amount", price) or Decimal(0)
    computed = exact(lambda: gross - discount)
    return Words(
        f"The net price of {case.line_name} is {case.money(net)}, but the gross price ({case.money(gross)}) less the "
        f"discount ({case.money(discount)}) makes {case.money(computed)}.",
        "BT-146",
        f"Correct it to {case.money(computed)}.",
        cents_text(computed),
    )


def _line_amount(case: Case) -> Words:
    line = case.line
    quantity = case.amount("cbc:CreditedQuantity" if case.is_credit else "cbc:InvoicedQuantity", line)
    quantity = Decimal(1) if quantity is None else quantity
    price = case.amount("cac:Price/cbc:PriceAmount", line) or Decimal(0)
    base = case.amount("cac:Price/cbc:BaseQuantity", line) or Decimal(1)
    extra = Decimal(0)
    for part in line.all("cac:AllowanceCharge"):
        sign = 1 if part.text("cbc:ChargeIndicator") == "true" else -1
        extra = exact(lambda: extra + sign * number(part.text("cbc:Amount")))  # noqa: B023
    computed = cents(exact(lambda: quantity * price / base + extra))
    stated = case.amount("cbc:LineExtensionAmount", line)
    per = f" per {base.normalize():f}" if base != 1 else ""
    how = f"{quantity.normalize():f} × {case.money(price)}{per}"
    how += f" and its allowances and charges ({case.money(extra)})" if extra else ""
    return Words(
        f"The net amount of {case.line_name} is {case.money(stated)}, but {how} make {case.money(computed)}.",
        "BT-131",
        f"Correct it to {case.money(computed)}, or correct the price or the quantity.",
        cents_text(computed),
    )


def _identifier(case: Case) -> Words:
    what, scheme = _SCHEMES[case.match.group(1)]
    text = case.at.own_text()
    field = None
    path = "/".join(e.tag.rpartition("}")[2] for e in reversed([case.at.element, *case.at.element.iterancestors()]))
    if "EndpointID" in path:
        field = "BT-34" if "Supplier" in path else "BT-49"
    elif "LegalEntity" in path:
        field = "BT-30" if "Supplier" in path else "BT-47"
    elif "PartyIdentification" in path:
        field = "BT-29" if "Supplier" in path else "BT-46"
    return Words(
        f"{short(text)!r} is written as {what} (scheme {scheme}), but it is not a correct one: its form or its check "
        "digits are wrong.",
        field,
        "Check the number for a typing error.",
    )


PEPPOL = [rule(f"PEPPOL-EN16931-{name}", _filled(*texts)) for name, texts in _TEXTS.items()]
PEPPOL += [
    rule("PEPPOL-EN16931-R002", _notes),
    rule("PEPPOL-EN16931-R004", _specification),
    rule("PEPPOL-EN16931-R005", _same_currency),
    rule("PEPPOL-EN16931-R001|PEPPOL-EN16931-R007", _process),
    rule("PEPPOL-EN16931-R040", _percentage),
    rule("PEPPOL-EN16931-R046", _net_price),
    rule("PEPPOL-EN16931-R120", _line_amount),
    rule(f"PEPPOL-COMMON-({'|'.join(_SCHEMES)})", _identifier),
]

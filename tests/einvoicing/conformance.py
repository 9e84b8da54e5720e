"""Our verdicts against the official test material, as a table: `python -m tests.einvoicing.conformance`.

The material is not part of the project: BANQUP_CORPUS names its folder, which holds a `manifest.json`.
Each case is judged by the layers of its own ruleset; no disagreement is left out of the table.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from banqup.einvoicing.files import Judged, judge_files

LAYERS = {
    "tc434-ubl": ["en16931"],
    "peppolbis-en16931-base-3.0-ubl": ["peppol"],
    "peppolbis-en16931-01-3.0-ubl-invoice": ["peppol"],
    "peppolbis-t111-base-3.0": ["invoice-response"],
    "en16931": ["schema", "en16931"],
    "en16931+peppol": ["schema", "en16931", "peppol"],
    "t111": ["schema", "invoice-response"],
}


@dataclass(frozen=True)
class Outcome:
    """One case of the manifest with our verdict; `wrong` says in what they differ, empty where they agree."""

    case: dict
    judged: Judged
    wrong: str


def folder() -> Path | None:
    """The folder of the material, None where BANQUP_CORPUS names none."""
    named = os.environ.get("BANQUP_CORPUS", "")
    return Path(named) if named and (Path(named) / "manifest.json").is_file() else None


def cases(where: Path) -> list[dict]:
    found = json.loads((where / "manifest.json").read_text())
    return [{**case, "path": str(where / case["file"])} for case in found]


def outcomes(where: Path, socket_path=None) -> Iterator[Outcome]:
    """Every case with its outcome, ruleset by ruleset."""
    by_ruleset: dict[str, list[dict]] = {}
    for case in cases(where):
        by_ruleset.setdefault(case["ruleset"], []).append(case)
    for ruleset, group in by_ruleset.items():
        judged = judge_files(
            (case["path"] for case in group), layers=LAYERS[ruleset], keep_going=True, socket_path=socket_path
        )
        for case, one in zip(group, judged, strict=True):
            yield Outcome(case, one, _difference(case, one))


def _difference(case: dict, judged: Judged) -> str:
    report = judged.report
    if case["expect"] == "valid":
        return "" if report.valid else "refused: " + ", ".join(sorted({found.rule for found in report.fatal}))
    if case["expect"] in ("invalid", "xsd-invalid"):
        return "accepted" if report.valid else ""
    fired = {found.rule for found in report.findings}
    missed, extra = set(case["must_fire"]) - fired, set(case["must_not_fire"]) & fired
    return "; ".join(
        f"{word}: {', '.join(sorted(rules))}" for word, rules in (("missed", missed), ("extra", extra)) if rules
    )


def table(found: list[Outcome]) -> str:
    """Cases, agreements and disagreements a ruleset and expectation, then each disagreement with its ids."""
    rows: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in found:
        rows.setdefault((outcome.case["ruleset"], outcome.case["expect"]), []).append(outcome)
    text = [f"{'ruleset':<40} {'expect':<12} {'cases':>6} {'agree':>6} {'differ':>6}"]
    for (ruleset, expect), group in [*sorted(rows.items()), (("all", ""), found)]:
        wrong = sum(bool(outcome.wrong) for outcome in group)
        text.append(f"{ruleset:<40} {expect:<12} {len(group):>6} {len(group) - wrong:>6} {wrong:>6}")
    text += [f"{outcome.case['id']}: {outcome.wrong}" for outcome in found if outcome.wrong]
    return "\n".join(text)


def main() -> int:
    where = folder()
    if where is None:
        print("BANQUP_CORPUS does not name a folder with the official test material (manifest.json).", file=sys.stderr)
        return 2
    found = list(outcomes(where))
    print(table(found))
    return int(any(outcome.wrong for outcome in found))


if __name__ == "__main__":
    sys.exit(main())

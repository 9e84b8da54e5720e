"""Rule packs: official artefacts that an operator puts beside ours, or in the place of ours.

A pack is a folder below the one that BANQUP_RULEPACKS names, with a compiled
Schematron (XSLT) and a `pack.json`:

    {"name": "BR-FR Flux 2", "version": "1.3", "stylesheet": "BR-FR-Flux2-Schematron-UBL.xslt",
     "sha256": "9f86…", "valid_from": "2026-09-01", "syntax": "ubl",
     "replaces": "peppol", "profiles": ["peppol-billing-3"]}

`replaces` is the layer it stands in for (`en16931`, `peppol`, `factur-x` or
`invoice-response`); without it the pack is one more layer. `profiles` are names
as a verdict states them, or words that BT-24 must contain; without them the
pack is for every document of its `syntax` (`ubl`, `cii`, `application-response`).
A pack whose stylesheet is not the one that was hashed is never run.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .profiles import ANSWER, CII, EN, FACTUR_X, PEPPOL, RESPONSE, UBL, Profile

ENVIRONMENT = "BANQUP_RULEPACKS"
MANIFEST = "pack.json"
OK, DIFFERS, TOO_EARLY, SUPERSEDED, BROKEN = "ok", "hash differs", "not yet valid", "superseded", "broken"


@dataclass(frozen=True)
class RulePack:
    """One pack as its manifest describes it. `problem` says why a broken one is; `actual_sha256` what lies there."""

    folder: Path
    name: str
    version: str = ""
    stylesheet: Path | None = None
    sha256: str = ""
    actual_sha256: str = ""
    valid_from: date | None = None
    syntax: str = UBL
    replaces: str | None = None
    profiles: tuple[str, ...] = ()
    problem: str = ""

    def state(self, today: date) -> str:
        """`ok`, `hash differs`, `not yet valid` or `broken`."""
        if self.problem:
            return BROKEN
        if self.sha256 != self.actual_sha256:
            return DIFFERS
        return TOO_EARLY if self.valid_from > today else OK

    def suits(self, profile: Profile) -> bool:
        if self.syntax != profile.syntax:
            return False
        named = profile.name in self.profiles or any(mark in profile.specification for mark in self.profiles)
        return not self.profiles or named


def folder(given: str | os.PathLike | None = None) -> Path | None:
    """The folder of packs: the one given, else the one in BANQUP_RULEPACKS, else none."""
    wanted = os.fspath(given) if given else os.environ.get(ENVIRONMENT, "")
    return Path(wanted) if wanted else None


def load(where: Path | None) -> list[RulePack]:
    """Every pack below `where`, by name and then by date. A folder that is not there has none; raises nothing."""
    if where is None or not where.is_dir():
        return []
    found = [_read(manifest) for manifest in sorted(where.glob(f"*/{MANIFEST}"))]
    return sorted(found, key=lambda pack: (pack.name, pack.valid_from or date.max))


def states(packs: list[RulePack], today: date) -> list[tuple[RulePack, str]]:
    """Each pack with its state; of several correct ones with one name and syntax only the newest is `ok`."""
    newest = {(pack.name, pack.syntax): pack for pack in packs if pack.state(today) == OK}
    found = []
    for pack in packs:
        state = pack.state(today)
        late = state == OK and newest[pack.name, pack.syntax] is not pack
        found.append((pack, SUPERSEDED if late else state))
    return found


def signature(where: Path | None) -> tuple:
    """Changes whenever a file of a pack does: for those who keep packs loaded."""
    if where is None:
        return ()
    files = sorted(path for path in where.glob("*/*") if path.is_file())
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path in files for stat in (path.stat(),))


def _read(manifest: Path) -> RulePack:
    try:
        told = json.loads(manifest.read_text(encoding="utf-8"))
        name = _text(told, "name")
        where = manifest.parent / _text(told, "stylesheet")
        if where.parent.resolve() != manifest.parent.resolve():
            raise ValueError("the stylesheet must lie beside pack.json")
        replaces, syntax = told.get("replaces"), told.get("syntax", UBL)
        if replaces not in (None, EN, PEPPOL, FACTUR_X, RESPONSE):
            raise ValueError(f"there is no layer {replaces!r} to replace")
        if syntax not in (UBL, CII, ANSWER):
            raise ValueError(f"there is no syntax {syntax!r}")
        return RulePack(
            folder=manifest.parent,
            name=name,
            version=_text(told, "version"),
            stylesheet=where,
            sha256=_text(told, "sha256").lower(),
            actual_sha256=hashlib.sha256(where.read_bytes()).hexdigest(),
            valid_from=date.fromisoformat(_text(told, "valid_from")),
            syntax=syntax,
            replaces=replaces,
            profiles=tuple(map(str, told.get("profiles", ()))),
        )
    except (OSError, ValueError, TypeError, AttributeError) as error:
        return RulePack(manifest.parent, manifest.parent.name, problem=str(error) or type(error).__name__)


def _text(told: dict, key: str) -> str:
    value = told.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"pack.json does not say its {key}")
    return value.strip()

"""All layers over one document. Runs in the validator's child processes.

Use `banqup.einvoicing.validate` from anywhere else: this module loads SaxonC
as soon as a document gets as far as the EN 16931 rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from . import engines, profiles, schema
from .errors import Unreadable
from .explain import explain
from .raw import Raw
from .report import FATAL, WARNING, Finding, Layer, Report, failed
from .safe_xml import parse

# Nobody reads more, and thousands of broken lines would make a report of megabytes.
MAX_FINDINGS = 500


def judge(data: bytes, *, layers: Iterable[str] | None = None, keep_going: bool = False) -> Report:
    """The verdict on `data`.

    Without `layers` those of the document's own profile run. Otherwise exactly
    those named, whatever the profile says: `schema`, `en16931`, `peppol`,
    `factur-x`, `invoice-response`, or `all` for each that has rules for this
    kind of file. A schema failure ends it, because the rules take a document
    that fits the schema for granted and are slow on others; `keep_going` goes
    on nevertheless, for fragments in tests. Raises nothing for a bad document:
    what cannot be read is a finding too.
    """
    try:
        root = parse(data)
    except Unreadable as error:
        return failed(f"UNREADABLE:{error.code}", error.message)
    profile = profiles.identify(root)
    forced = None if layers is None else tuple(layers)
    chosen = engines.choose(profile, forced)
    if not chosen.engines:
        return _not_judged(root, profile, chosen, forced)
    done: list[Layer] = []
    findings: list[Finding] = []
    stopped = False
    for engine in chosen.engines:
        if stopped:
            done.append(replace(engine.layer(), judged=False))
            continue
        raw = _run(engine, root)
        done.append(engine.layer())
        findings += explain(_capped(raw), root)
        stopped = engine.key == profiles.SCHEMA and bool(raw) and not keep_going
    done += [Layer(name, judged=False) for name in chosen.not_judged]
    findings += [_no_rules(name) for name in chosen.unknown]
    valid = not any(finding.severity == FATAL for finding in findings)
    return Report(valid, profile.name, tuple(done), tuple(findings))


def warm_up() -> None:
    """Load and compile what nearly every document needs, so that the first one is as quick as the others."""
    schema.warm_up()
    engines.warm_up()


def _capped(raw: list[Raw]) -> list[Raw]:
    """At most MAX_FINDINGS of a layer, fatal ones first, and a word on the rest."""
    if len(raw) <= MAX_FINDINGS:
        return raw
    kept = sorted(raw, key=lambda one: one.severity != FATAL)[:MAX_FINDINGS]
    left = len(raw) - MAX_FINDINGS
    return [*kept, Raw("MORE", WARNING, f"There are {left} more findings of this kind; they are not listed.")]


def _run(engine: engines.Engine, root: etree._Element) -> list[Raw]:
    try:
        return engine.judge(root)
    except Exception as error:
        # Engines may throw anything at a broken document; one they stumble over has not passed.
        return [Raw("ENGINE", FATAL, f"The rules could not be computed: {type(error).__name__}: {error}", "/")]


def _no_rules(name: str) -> Finding:
    return Finding("UNSUPPORTED", FATAL, f"The layer {name!r} has no rules for this kind of file.")


def _not_judged(root: etree._Element, profile: profiles.Profile, chosen: engines.Choice, forced) -> Report:
    layers = [Layer(name, judged=False) for name in chosen.not_judged]
    if forced is not None and profile.syntax:
        findings = tuple(_no_rules(name) for name in chosen.unknown)
        return Report(False, profile.name, tuple(layers), findings)
    text = f"The root element {etree.QName(root).localname!r} is not that of an e-invoice, so no rules apply."
    return failed("UNSUPPORTED", text, profile.name, "If it should be an invoice, ask for it as UBL 2.1.", layers)

"""All layers over one document. Runs in the validator's child processes.

Use `banqup.einvoicing.validate` from anywhere else: this module loads SaxonC
as soon as a document gets as far as the EN 16931 rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lxml import etree

from . import profiles, schema
from .errors import Unreadable
from .explain import explain
from .raw import Raw
from .report import FATAL, WARNING, Finding, Layer, Report, failed
from .safe_xml import parse

# Nobody reads more, and thousands of broken lines would make a report of megabytes.
MAX_FINDINGS = 500


def judge(data: bytes, *, layers: Iterable[str] | None = None, keep_going: bool = False) -> Report:
    """The verdict on `data`.

    Without `layers` those of the document's own profile run: `xsd`, `en16931`,
    `peppol`, `peppol-self-billing`, `t111`. A schema failure ends it, because
    the rules take a document that fits the schema for granted and are slow on
    others; `keep_going` goes on nevertheless, for fragments in tests. Raises
    nothing for a bad document: what cannot be read is a finding too.
    """
    try:
        root = parse(data)
    except Unreadable as error:
        return failed(f"UNREADABLE:{error.code}", error.message)
    profile = profiles.identify(root)
    wanted = tuple(layers) if layers is not None else profile.judged
    if not wanted:
        return _not_judged(root, profile)
    done: list[Layer] = []
    findings: list[Finding] = []
    stopped = False
    for name in wanted:
        engine = _ENGINES[name]
        if stopped:
            done.append(replace(engine.layer(), judged=False))
            continue
        raw = _run(engine, root)
        done.append(engine.layer())
        findings += explain(_capped(raw), root)
        stopped = name == profiles.XSD and bool(raw) and not keep_going
    done += [Layer(name, judged=False) for name in profile.not_judged]
    valid = not any(finding.severity == FATAL for finding in findings)
    return Report(valid, profile.name, tuple(done), tuple(findings))


def warm_up() -> None:
    """Load and compile everything, so that the first document is as quick as the others."""
    schema.warm_up()
    for engine in _ENGINES.values():
        engine.layer()


def _capped(raw: list[Raw]) -> list[Raw]:
    """At most MAX_FINDINGS of a layer, fatal ones first, and a word on the rest."""
    if len(raw) <= MAX_FINDINGS:
        return raw
    kept = sorted(raw, key=lambda one: one.severity != FATAL)[:MAX_FINDINGS]
    left = len(raw) - MAX_FINDINGS
    return [*kept, Raw("MORE", WARNING, f"There are {left} more findings of this kind; they are not listed.")]


class _Engine:
    """A layer by name; its module is imported when it is first asked."""

    def __init__(self, judge: Callable[[], Callable], layer: Callable[[], Layer]):
        self._judge = judge
        self._layer = layer

    def judge(self, root: etree._Element) -> list[Raw]:
        return self._judge()(root)

    def layer(self) -> Layer:
        return self._layer()


def _en():
    from . import en16931

    return en16931


def _peppol():
    from . import peppol

    return peppol


_ENGINES = {
    profiles.XSD: _Engine(lambda: schema.judge, lambda: schema.LAYER),
    profiles.EN: _Engine(lambda: _en().judge, lambda: _en().layer()),
    profiles.PEPPOL: _Engine(lambda: _peppol().judge_billing, lambda: _peppol().BILLING_LAYER),
    profiles.SELF_BILLING: _Engine(lambda: _peppol().judge_self_billing, lambda: _peppol().SELF_BILLING_LAYER),
    profiles.T111: _Engine(lambda: _peppol().judge_response, lambda: _peppol().RESPONSE_LAYER),
}


def _run(engine: _Engine, root: etree._Element) -> list[Raw]:
    try:
        return engine.judge(root)
    except Exception as error:
        # Engines may throw anything at a broken document; one they stumble over has not passed.
        return [Raw("ENGINE", FATAL, f"The rules could not be computed: {type(error).__name__}: {error}", "/")]


def _not_judged(root: etree._Element, profile: profiles.Profile) -> Report:
    if profile.name == "cii":
        text = "This is an invoice in the CII syntax. Only UBL invoices can be judged here yet."
    elif profile.name == "application-response":
        text = "This answer is not a Peppol Invoice Response. Only that kind of answer can be judged here yet."
    else:
        text = f"The root element {etree.QName(root).localname!r} is not that of an e-invoice, so no rules apply."
    layers = [Layer(name, judged=False) for name in profile.not_judged]
    return failed("UNSUPPORTED", text, profile.name, "If it should be an invoice, ask for it as UBL 2.1.", layers)

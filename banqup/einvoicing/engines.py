"""Which engine runs which layer of which kind of file, rule packs included.

The modules that run rules are heavy; each is imported when it is first needed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

from lxml import etree

from . import profiles, rulepacks, schema
from .profiles import ANSWER, CII, EN, FACTUR_X, PEPPOL, RESPONSE, SCHEMA, UBL, Profile
from .raw import Raw
from .report import Layer
from .rulepacks import RulePack

ALL = "all"


@dataclass(frozen=True)
class Engine:
    """One layer: `key` is its id, `judge` gives the broken rules of a root element."""

    key: str
    layer: Callable[[], Layer]
    judge: Callable[[etree._Element], list[Raw]]


@dataclass(frozen=True)
class Choice:
    """What runs, in order; the names of what does not; and ids asked for that have no rules for the file."""

    engines: tuple[Engine, ...] = ()
    not_judged: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def choose(profile: Profile, forced: tuple[str, ...] | None) -> Choice:
    """The engines for a document of `profile`; `forced` are layer ids (or `all`) that count instead of its own."""
    packs = [pack for pack in _packs() if pack[0].suits(profile)]
    usable = [pack for pack, state in packs if state == rulepacks.OK]
    missing = [
        f"{pack.name} {pack.version} ({state})"
        for pack, state in packs
        if state in (rulepacks.DIFFERS, rulepacks.BROKEN)
    ]
    every = forced is None or ALL in forced
    wanted = profile.judged if forced is None else _all_of(profile) if ALL in forced else forced
    found, unknown = [], []
    for key in profiles.LAYERS:
        if key not in wanted:
            continue
        pack = next((pack for pack in usable if pack.replaces == key), None)
        engine = _pack_engine(pack) if pack else _built_in(key, profile)
        if engine:
            found.append(engine)
        else:
            unknown.append(key)
    unknown += [key for key in wanted if key not in profiles.LAYERS]
    added = [pack for pack in usable if pack.replaces is None] if every else []
    found += [_pack_engine(pack) for pack in added]
    # The operator says of a pack for this very profile that it holds the profile's own rules.
    covered = any(pack.profiles for pack in added)
    not_judged = [] if covered or not every else list(profile.not_judged)
    return Choice(tuple(found), tuple(not_judged + missing), tuple(unknown))


def warm_up() -> None:
    importlib.import_module(f"{__package__}.peppol")
    from . import en16931

    en16931.warm_up()


def _all_of(profile: Profile) -> tuple[str, ...]:
    own = {UBL: (SCHEMA, EN, PEPPOL), ANSWER: (SCHEMA, RESPONSE), CII: (SCHEMA, EN)}.get(profile.syntax, ())
    return own + tuple(key for key in profile.judged if key not in own)


def _built_in(key: str, profile: Profile) -> Engine | None:
    if key == SCHEMA and profile.syntax:
        layer = schema.CII_LAYER if profile.syntax == CII else schema.UBL_LAYER
        return Engine(key, lambda: layer, schema.judge)
    if key == EN and profile.syntax in (UBL, CII):
        return _en(profile.syntax)
    if key == PEPPOL and profile.syntax == UBL:
        return _peppol(profile.name == "peppol-self-billing-3")
    if key == FACTUR_X and profile.name.startswith("factur-x-") and profile.syntax == CII:
        return _factur_x(profile.name.removeprefix("factur-x-"))
    if key == RESPONSE and profile.syntax == ANSWER:
        from . import peppol

        return Engine(key, lambda: peppol.RESPONSE_LAYER, peppol.judge_response)
    return None


def _en(syntax: str) -> Engine:
    from . import en16931

    if syntax == CII:
        return Engine(EN, en16931.cii_layer, en16931.judge_cii)
    return Engine(EN, en16931.layer, en16931.judge)


def _factur_x(level: str) -> Engine:
    from . import en16931

    return Engine(FACTUR_X, lambda: en16931.factur_x_layer(level), lambda root: en16931.judge_factur_x(root, level))


def _peppol(self_billed: bool) -> Engine:
    from . import peppol

    if self_billed:
        return Engine(PEPPOL, lambda: peppol.SELF_BILLING_LAYER, peppol.judge_self_billing)
    return Engine(PEPPOL, lambda: peppol.BILLING_LAYER, peppol.judge_billing)


_loaded: dict[tuple, list[RulePack]] = {}


def _packs() -> list[tuple[RulePack, str]]:
    """The packs with their states today, read again whenever a file of theirs has changed."""
    where = rulepacks.folder()
    signature = rulepacks.signature(where)
    if signature not in _loaded:
        _loaded.clear()
        _loaded[signature] = rulepacks.load(where)
        _compiled.cache_clear()
    return rulepacks.states(_loaded[signature], date.today())


@cache
def _compiled(path, sha256: str, name: str):
    from . import stylesheets

    return stylesheets.Stylesheet(path, name)


def _pack_engine(pack: RulePack) -> Engine:
    from . import stylesheets

    return Engine(
        pack.replaces or f"pack:{pack.name}",
        lambda: Layer(pack.name, pack.version, f"{stylesheets.engine()}, rule pack"),
        lambda root: _compiled(pack.stylesheet, pack.sha256, pack.name).run(root),
    )

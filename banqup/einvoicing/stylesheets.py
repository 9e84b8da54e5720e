"""Running compiled Schematron (XSLT 2) with SaxonC.

SaxonC takes the whole process with it when two processors run at once and it
uses 250 MB, so only the validator's child processes import this module.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from lxml import etree
from saxonche import PySaxonApiError, PySaxonProcessor

from . import names
from .raw import Raw
from .report import FATAL, WARNING

_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_STEP = re.compile(r"/\*:([\w.\-]+)\[namespace-uri\(\)='([^']*)'\](\[\d+\])?")
_PREFIXES = {
    names.CAC: "cac:",
    names.CBC: "cbc:",
    names.EXT: "ext:",
    names.CII: "rsm:",
    names.RAM: "ram:",
    names.UDT: "udt:",
    names.QDT: "qdt:",
}
# Factur-X forbids elements and attributes in rules that its publisher gave no id.
UNNAMED = "FX-NOT-USED"


@cache
def _processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


def engine() -> str:
    version = str(_processor().version)
    found = re.search(r"\d+\.\d+(\.\d+)?", version)
    return f"SaxonC-HE {found.group() if found else version}"


class Stylesheet:
    """One set of rules, compiled when made. Raises RuntimeError where `path` does not compile."""

    def __init__(self, path: Path, name: str):
        self.name = name
        try:
            compiler = _processor().new_xslt30_processor()
            self._executable = compiler.compile_stylesheet(stylesheet_file=str(path))
        except PySaxonApiError as error:
            raise RuntimeError(f"{path.name} does not compile: {_first_line(error)}") from None

    def run(self, root: etree._Element) -> list[Raw]:
        """The broken rules.

        A few documents that fit the schema make a stylesheet itself stop (a
        number that is none, an element twice where a rule takes one). That is
        one fatal `ENGINE` finding: such a document has not passed.
        """
        text = etree.tostring(root, encoding="unicode", with_tail=False)
        try:
            document = _processor().parse_xml(xml_text=text)
            result = self._executable.transform_to_string(xdm_node=document)
        except PySaxonApiError as error:
            return [Raw("ENGINE", FATAL, f"The {self.name} rules could not be computed: {_first_line(error)}", "/")]
        if not result:
            return [Raw("ENGINE", FATAL, f"The {self.name} rules gave no result for this document.", "/")]
        return _findings(result)


def _findings(svrl: str) -> list[Raw]:
    found = []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for node in etree.fromstring(svrl.encode("utf-8"), parser).iter(
        f"{_SVRL}failed-assert", f"{_SVRL}successful-report"
    ):
        text = " ".join("".join(node.itertext()).split())
        severity = WARNING if node.get("flag") in ("warning", "information") else FATAL
        found.append(Raw(node.get("id") or UNNAMED, severity, text, _path(node.get("location", ""))))
    return found


def _path(location: str) -> str:
    """`/Invoice/cac:InvoiceLine[2]` instead of the long form with namespaces."""

    def step(match: re.Match) -> str:
        local, namespace, position = match.groups()
        return f"/{_PREFIXES.get(namespace, '')}{local}{position if position not in (None, '[1]') else ''}"

    return _STEP.sub(step, location)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__

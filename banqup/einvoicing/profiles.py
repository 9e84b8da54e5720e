"""Which specification a document says it follows (BT-24), and which layers that asks for."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from . import names
from .model import PEPPOL_BILLING, PEPPOL_SELF_BILLING
from .values import Node

XSD, EN, PEPPOL, SELF_BILLING, T111 = "xsd", "en16931", "peppol", "peppol-self-billing", "t111"
INVOICE_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"

# Specifications built on EN 16931 whose own rules no engine here has.
_OTHERS = (
    ("urn:xeinkauf.de:kosit:xrechnung", "xrechnung", "XRechnung national rules (BR-DE)"),
    ("urn:xoev-de:kosit:standard:xrechnung", "xrechnung", "XRechnung national rules (BR-DE)"),
    ("urn:fdc:nen.nl:nlcius", "nlcius", "NLCIUS national rules (BR-NL)"),
    ("urn:fdc:nen.nl:gaccount", "nlcius", "NLCIUS national rules (BR-NL)"),
    ("urn:cpro.gouv.fr", "france", "French national rules (BR-FR)"),
    ("urn:factur-x.eu", "factur-x", "Factur-X rules"),
    ("urn:efactura.mfinante.ro", "ro-efactura", "Romanian national rules (BR-RO)"),
)


@dataclass(frozen=True)
class Profile:
    """`judged` are the layers to run, in order; `not_judged` the names of those nothing here can run."""

    name: str
    judged: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()


def identify(root: etree._Element) -> Profile:
    """The profile of a document by its root element and BT-24; `unknown` where neither is known."""
    namespace = etree.QName(root).namespace
    if namespace in (names.INVOICE, names.CREDIT_NOTE):
        return _billing(Node(root).text("cbc:CustomizationID") or "")
    if namespace == names.APPLICATION_RESPONSE:
        # The package that carries the schemas has none for ApplicationResponse.
        missing = "UBL 2.1 schema of ApplicationResponse"
        if (Node(root).text("cbc:CustomizationID") or "").startswith(INVOICE_RESPONSE):
            return Profile("peppol-invoice-response-3", (T111,), (missing,))
        # Message level answers (MLR, MLS) share the root element and have rules of their own.
        return Profile("application-response", (), (missing, "the rules of this kind of answer"))
    if namespace == names.CII:
        return Profile("cii", (), ("CII D16B/D22B schema", "EN 16931 rules for CII"))
    return Profile("unknown")


def _billing(stated: str) -> Profile:
    if stated.startswith(PEPPOL_SELF_BILLING):
        return Profile("peppol-self-billing-3", (XSD, EN, SELF_BILLING))
    if stated.startswith(PEPPOL_BILLING):
        return Profile("peppol-billing-3", (XSD, EN, PEPPOL))
    for mark, name, rules in _OTHERS:
        if mark in stated:
            return Profile(name, (XSD, EN), (rules,))
    if stated in ("", "urn:cen.eu:en16931:2017"):
        return Profile("en16931", (XSD, EN))
    return Profile("other", (XSD, EN), (f"the rules of {stated[:200]}",))

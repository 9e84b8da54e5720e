"""Which specification a document says it follows (BT-24), and which layers that asks for."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from . import names
from .model import PEPPOL_BILLING, PEPPOL_SELF_BILLING
from .values import Node

# The layers, in the order they run. FACTUR_X are the code lists and cardinalities of a Factur-X profile.
SCHEMA, EN, PEPPOL, FACTUR_X, RESPONSE = "schema", "en16931", "peppol", "factur-x", "invoice-response"
LAYERS = (SCHEMA, EN, PEPPOL, FACTUR_X, RESPONSE)
# What can be in a file: UBL invoices and credit notes, UBL answers, and the invoices of UN/CEFACT.
UBL, ANSWER, CII = "ubl", "application-response", "cii"

INVOICE_RESPONSE = "urn:fdc:peppol.eu:poacc:trns:invoice_response:3"
PINT = "urn:peppol:pint:billing"
EN16931 = "urn:cen.eu:en16931:2017"

# Specifications built on EN 16931 whose own rules no engine here has.
_OTHERS = (
    ("urn:xeinkauf.de:kosit:xrechnung", "xrechnung", "XRechnung national rules (BR-DE)"),
    ("urn:xoev-de:kosit:standard:xrechnung", "xrechnung", "XRechnung national rules (BR-DE)"),
    ("urn:fdc:nen.nl:nlcius", "nlcius", "NLCIUS national rules (BR-NL)"),
    ("urn:fdc:nen.nl:gaccount", "nlcius", "NLCIUS national rules (BR-NL)"),
    ("urn:cpro.gouv.fr", "france", "French national rules (BR-FR)"),
    ("urn.cpro.gouv.fr", "france", "French national rules (BR-FR)"),
    ("urn:factur-x.eu", "factur-x", "Factur-X rules"),
    ("urn:efactura.mfinante.ro", "ro-efactura", "Romanian national rules (BR-RO)"),
)
# Factur-X 1 and ZUGFeRD 2 share their identifiers but for the first word.
_FACTUR_X = ("minimum", "basicwl", "basic", "extended")
# What these hold is a help for booking: neither the law nor EN 16931 takes it for an invoice.
NOT_INVOICES = frozenset({"factur-x-minimum", "factur-x-basicwl"})
_NOT_ENOUGH = "EN 16931 (this profile holds less than an invoice needs)"


@dataclass(frozen=True)
class Profile:
    """What a document claims to be.

    `judged` are the layers to run, in order; `not_judged` names those that its
    specification asks for and nothing here can run. `syntax` is UBL, ANSWER,
    CII or empty; `specification` is BT-24 as it is written.
    """

    name: str
    judged: tuple[str, ...] = ()
    not_judged: tuple[str, ...] = ()
    syntax: str = ""
    specification: str = ""


def identify(root: etree._Element) -> Profile:
    """The profile of a document by its root element and BT-24; `unknown` where neither is known."""
    name = etree.QName(root)
    if (name.namespace, name.localname) in ((names.INVOICE, "Invoice"), (names.CREDIT_NOTE, "CreditNote")):
        return _billing(Node(root).text("cbc:CustomizationID") or "")
    if name.namespace == names.APPLICATION_RESPONSE:
        return _answer(Node(root).text("cbc:CustomizationID") or "")
    if name.namespace == names.CII and name.localname == "CrossIndustryInvoice":
        path = "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
        return _cii((root.findtext(path, namespaces=names.CII_NS) or "").strip())
    return Profile("unknown")


def _answer(stated: str) -> Profile:
    if stated.startswith(INVOICE_RESPONSE):
        return Profile("peppol-invoice-response-3", (SCHEMA, RESPONSE), (), ANSWER, stated)
    # Message level answers (MLR, MLS) share the root element and have rules of their own.
    return Profile("application-response", (SCHEMA,), ("the rules of this kind of answer",), ANSWER, stated)


def _billing(stated: str) -> Profile:
    if stated.startswith(PEPPOL_SELF_BILLING):
        return Profile("peppol-self-billing-3", (SCHEMA, EN, PEPPOL), (), UBL, stated)
    if stated.startswith(PEPPOL_BILLING):
        return Profile("peppol-billing-3", (SCHEMA, EN, PEPPOL), (), UBL, stated)
    if stated in ("", EN16931):
        return Profile("en16931", (SCHEMA, EN), (), UBL, stated)
    if stated.startswith(PINT):
        # Made for countries outside Europe: most of its documents are not meant to follow EN 16931.
        return Profile("peppol-pint", (SCHEMA,), ("Peppol PINT rules",), UBL, stated)
    name, rules = _other(stated)
    return Profile(name, (SCHEMA, EN), (rules,), UBL, stated)


def _cii(stated: str) -> Profile:
    level = stated.rpartition(":")[2].lower()
    if ("urn:factur-x.eu:" in stated or "urn:zugferd.de:2p0:" in stated) and level in _FACTUR_X:
        name = f"factur-x-{level}"
        if level == "basic":
            return Profile(name, (SCHEMA, EN, FACTUR_X), (), CII, stated)
        # The rules of EN 16931 that hold for EXTENDED stand in its own stylesheet.
        missing = () if level == "extended" else (_NOT_ENOUGH,)
        return Profile(name, (SCHEMA, FACTUR_X), missing, CII, stated)
    if stated in ("", EN16931):
        return Profile("factur-x-en16931", (SCHEMA, EN, FACTUR_X), (), CII, stated)
    name, rules = _other(stated)
    return Profile(f"{name}-cii", (SCHEMA, EN), (rules, "EN 16931 code lists for CII"), CII, stated)


def _other(stated: str) -> tuple[str, str]:
    for mark, name, rules in _OTHERS:
        if mark in stated:
            return name, rules
    return "other", f"the rules of {stated[:200]}"

"""Explaining CII by its twin: the same document written as UBL, which all explanations know how to look at."""

from __future__ import annotations

import re

from lxml import etree

from . import names
from .cii_read import read_cii
from .errors import Unreadable
from .raw import Raw

_LINE = re.compile(r"ram:IncludedSupplyChainTradeLineItem(\[\d+\])?")
_TAX = re.compile(r"ram:ApplicableTradeTax(\[\d+\])?")
_ALLOWANCE = re.compile(r"ram:SpecifiedTradeAllowanceCharge(\[\d+\])?")


def twin(root: etree._Element) -> etree._Element | None:
    """The UBL of a CrossIndustryInvoice; None for other roots, and for one that cannot be read."""
    if etree.QName(root).namespace != names.CII:
        return None
    from .writer import tree

    try:
        return tree(read_cii(root))
    except (Unreadable, ValueError, ArithmeticError):
        return None


def in_twin(raw: Raw, root: etree._Element) -> Raw:
    """`raw` with the place in the twin `root` that says the same as its place in the CII document."""
    kind = etree.QName(root).localname
    place = f"/{kind}"
    line, tax, allowance = (pattern.search(raw.location) for pattern in (_LINE, _TAX, _ALLOWANCE))
    if line:
        place += f"/cac:{kind}Line{line.group(1) or '[1]'}"
    if allowance:
        place += f"/cac:AllowanceCharge{allowance.group(1) or '[1]'}"
    elif tax:
        of_document = f"/cac:TaxTotal[1]/cac:TaxSubtotal{tax.group(1) or '[1]'}"
        place += "/cac:Item/cac:ClassifiedTaxCategory" if line else of_document
    elif "HeaderMonetarySummation" in raw.location:
        place += "/cac:LegalMonetaryTotal"
    return raw._replace(location=place)

"""One broken rule in one document: what an explanation may look at."""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from lxml import etree

from .names import CII_NS, NS
from .raw import Raw
from .values import Node, to_decimal

_LINES = ("InvoiceLine", "CreditNoteLine")


class Words(NamedTuple):
    """An explanation. `field` is the business term to look at, None for the first one the rule names.

    `fix` is the value to write into it, where it can be computed.
    """

    message: str
    field: str | None = None
    proposal: str | None = None
    fix: str | None = None


Explainer = Callable[["Case"], Words | None]


def rule(pattern: str, explainer: Explainer) -> tuple[re.Pattern, Explainer]:
    return re.compile(pattern), explainer


class Case:
    """The rule, the document and the place. Every amount is a Decimal; absent ones are None."""

    def __init__(self, raw: Raw, root: etree._Element, match: re.Match):
        self.rule = raw.rule
        self.official = raw.official
        self.match = match
        self.root = Node(root)
        self.at = Node(_resolve(root, raw.location))
        self.attribute = _attribute(raw.location)
        self.is_credit = root.tag.endswith("}CreditNote")

    @property
    def kind(self) -> str:
        return "credit note" if self.is_credit else "invoice"

    @property
    def currency(self) -> str:
        return self.root.text("cbc:DocumentCurrencyCode") or ""

    @property
    def lines(self) -> list[Node]:
        return self.root.all("cac:CreditNoteLine" if self.is_credit else "cac:InvoiceLine")

    @property
    def line(self) -> Node | None:
        """The line the place is in."""
        element = self.at.element
        while element is not None:
            if etree.QName(element).localname in _LINES:
                return Node(element)
            element = element.getparent()
        return None

    @property
    def line_name(self) -> str:
        """`line 3`, with the number the document gives it, or its position."""
        line = self.line
        if line is None:
            return "a line"
        number = line.text("cbc:ID")
        if number:
            return f"line {number}"
        same = [other.element for other in self.lines]
        return f"line {same.index(line.element) + 1}"

    @property
    def text(self) -> str | None:
        return self.at.get(self.attribute) if self.attribute else self.at.own_text()

    def amount(self, path: str, node: Node | None = None) -> Decimal | None:
        return to_decimal((node or self.root).text(path), path)

    def amounts(self, path: str, nodes: list[Node] | None = None) -> list[Decimal]:
        nodes = [self.root] if nodes is None else nodes
        return [number(found.own_text()) for node in nodes for found in node.all(path)]

    def total(self, name: str) -> Decimal | None:
        return self.amount(f"cac:LegalMonetaryTotal/cbc:{name}")

    def money(self, value: Decimal | None) -> str:
        if value is None:
            return "nothing"
        return f"{cents_text(value)} {self.currency}".strip()


def number(text: str | None) -> Decimal:
    return to_decimal(text, "amount") or Decimal(0)


def exact_sum(values) -> Decimal:
    with decimal.localcontext() as context:
        context.prec = 100
        return sum(values, Decimal(0))


def exact(compute: Callable[[], Decimal]) -> Decimal:
    """Run a computation with room for amounts of any length."""
    with decimal.localcontext() as context:
        context.prec = 100
        return compute()


def cents(value: Decimal) -> Decimal:
    return exact(lambda: value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def cents_text(value: Decimal) -> str:
    """At least two decimals, more where there are more."""
    text = format(value, "f")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def short(text: str | None, length: int = 60) -> str:
    text = text or ""
    return text if len(text) <= length else text[: length - 1] + "…"


def _resolve(root: etree._Element, location: str) -> etree._Element:
    """The element a path such as `/Invoice/cac:InvoiceLine[2]/@unitCode` names; the root when unclear."""
    steps = [step for step in location.split("/") if step and not step.startswith("@")]
    if len(steps) < 2:
        return root
    try:
        found = root.xpath("/".join(steps[1:]), namespaces={**NS, **CII_NS})
    except etree.XPathError:
        return root
    return found[0] if found and isinstance(found[0], etree._Element) else root


def _attribute(location: str) -> str | None:
    match = re.search(r"/@(?:\*:)?([\w.\-]+)[^/]*$", location)
    return match.group(1) if match else None

"""Plain words for the rules that add up (EN 16931, BR-CO-*)."""

from __future__ import annotations

from decimal import Decimal

from .explain_case import Case, Explainer, Words, cents, cents_text, exact, exact_sum, rule
from .values import Node

_ZERO = Decimal(0)


def _differs(case: Case, what: str, stated: Decimal | None, how: str, computed: Decimal, field: str) -> Words:
    """`The amount due is 121.01 EUR, but … make 121.00 EUR: a difference of 0.01 EUR.`"""
    if stated is None:
        return Words(
            f"{what} is missing; {how} {case.money(computed)}.",
            field,
            f"Fill in {case.money(computed)}.",
            cents_text(computed),
        )
    difference = exact(lambda: abs(stated - computed))
    if not difference:
        # The rules compare exactly, so what they saw is another total than the first one in our own currency.
        message = (
            f"{what} is {case.money(stated)}, as it should be, but a total is written twice, or in another currency."
        )
        return Words(message, field, "Keep one total, in the currency of the document.")
    message = f"{what} is {case.money(stated)}, but {how} {case.money(computed)}"
    message += f": a difference of {case.money(difference)}."
    proposal = f"Correct it to {case.money(computed)}, or correct what it is made of."
    return Words(message, field, proposal, cents_text(computed))


def _line_total(case: Case) -> Words | None:
    amounts = case.amounts("cbc:LineExtensionAmount", case.lines)
    how = f"the {len(amounts)} lines add up to" if len(amounts) != 1 else "the one line is"
    return _differs(case, "The sum of the lines", case.total("LineExtensionAmount"), how, exact_sum(amounts), "BT-106")


def _allowances(case: Case, charge: bool) -> Words | None:
    wanted = ("true", "1") if charge else ("false", "0", None)
    nodes = [n for n in case.root.all("cac:AllowanceCharge") if n.text("cbc:ChargeIndicator") in wanted]
    name, word, field = (
        ("ChargeTotalAmount", "charges", "BT-108") if charge else ("AllowanceTotalAmount", "allowances", "BT-107")
    )
    computed = exact_sum(case.amounts("cbc:Amount", nodes))
    how = f"the {word} of the {case.kind} add up to"
    return _differs(case, f"The sum of the {word}", case.total(name), how, computed, field)


def _exclusive(case: Case) -> Words | None:
    lines = case.total("LineExtensionAmount") or _ZERO
    allowances = case.total("AllowanceTotalAmount") or _ZERO
    charges = case.total("ChargeTotalAmount") or _ZERO
    how = f"the lines ({case.money(lines)})"
    if allowances:
        how += f" less the allowances ({case.money(allowances)})"
    if charges:
        how += f" plus the charges ({case.money(charges)})"
    computed = exact(lambda: lines - allowances + charges)
    return _differs(case, "The total without VAT", case.total("TaxExclusiveAmount"), f"{how} make", computed, "BT-109")


def _own_tax_total(case: Case) -> tuple[Node | None, Decimal | None]:
    """The VAT total in the document's own currency, BT-110."""
    for node in case.root.all("cac:TaxTotal"):
        if (node.attribute("cbc:TaxAmount", "currencyID") or case.currency) == case.currency:
            return node, case.amount("cbc:TaxAmount", node)
    return None, None


def _tax_total(case: Case) -> Words | None:
    node, stated = _own_tax_total(case)
    amounts = case.amounts("cac:TaxSubtotal/cbc:TaxAmount", [node] if node else [])
    how = f"the VAT of the {len(amounts)} VAT rates adds up to" if len(amounts) != 1 else "the VAT subtotal is"
    return _differs(case, "The VAT total", stated, how, exact_sum(amounts), "BT-110")


def _inclusive(case: Case) -> Words | None:
    exclusive = case.total("TaxExclusiveAmount") or _ZERO
    _, tax = _own_tax_total(case)
    tax = tax or _ZERO
    how = f"the total without VAT ({case.money(exclusive)}) plus the VAT ({case.money(tax)}) make"
    computed = exact(lambda: exclusive + tax)
    return _differs(case, "The total with VAT", case.total("TaxInclusiveAmount"), how, computed, "BT-112")


def _payable(case: Case) -> Words | None:
    inclusive = case.total("TaxInclusiveAmount") or _ZERO
    prepaid = case.total("PrepaidAmount") or _ZERO
    rounding = case.total("PayableRoundingAmount") or _ZERO
    how = f"the total with VAT ({case.money(inclusive)})"
    if prepaid:
        how += f" less what was paid already ({case.money(prepaid)})"
    if rounding:
        how += f" plus the rounding ({case.money(rounding)})"
    how += " make" if prepaid or rounding else " makes"
    computed = exact(lambda: inclusive - prepaid + rounding)
    return _differs(case, "The amount due", case.total("PayableAmount"), how, computed, "BT-115")


def _category_tax(case: Case) -> Words | None:
    """BR-CO-17: the VAT of a category is its base times its rate. The place is the subtotal."""
    base = case.amount("cbc:TaxableAmount", case.at)
    rate = case.amount("cac:TaxCategory/cbc:Percent", case.at) or _ZERO
    stated = case.amount("cbc:TaxAmount", case.at)
    if base is None:
        return Words("The VAT of a category cannot be checked: its taxable amount is missing.", "BT-116")
    computed = cents(exact(lambda: base * rate / 100))
    return _differs(
        case, "The VAT amount", stated, f"{rate.normalize():f} % of {case.money(base)} is", computed, "BT-117"
    )


def _missing(compute: Explainer, *needed: str) -> Explainer:
    """For a total that is not there: what it would be, where all that it is made of is there."""

    def explain(case: Case) -> Words | None:
        words = compute(case)
        if words and any(case.total(name) is None for name in needed):
            return Words(f"{words.message.partition(' is missing')[0]} is missing.", words.field)
        return words

    return explain


SUMS = [
    rule("BR-12", _line_total),
    rule("BR-13", _missing(_exclusive, "LineExtensionAmount")),
    rule("BR-14", _missing(_inclusive, "TaxExclusiveAmount")),
    rule("BR-15", _missing(_payable, "TaxInclusiveAmount")),
    rule("BR-CO-10", _line_total),
    rule("BR-CO-11", lambda case: _allowances(case, charge=False)),
    rule("BR-CO-12", lambda case: _allowances(case, charge=True)),
    rule("BR-CO-13", _exclusive),
    rule("BR-CO-14", _tax_total),
    rule("BR-CO-15", _inclusive),
    rule("BR-CO-16", _payable),
    rule("BR-CO-17", _category_tax),
]

"""Totals from lines, by the arithmetic of EN 16931."""

from __future__ import annotations

import decimal
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from .model import AllowanceCharge, Document, Line, VatSubtotal

_CENT = Decimal("0.01")
_ZERO = Decimal("0.00")
# An amount of thirty digits is odd but allowed; the usual 28 would round it.
_PRECISION = 80


def cents(value: Decimal) -> Decimal:
    """Half-up to two decimals, as invoices are rounded: -0.005 becomes -0.01, -0.004 becomes 0.00 without a sign."""
    with decimal.localcontext() as context:
        context.prec = _PRECISION
        return value.quantize(_CENT, rounding=ROUND_HALF_UP) + _ZERO


def line_net_amount(line: Line) -> Decimal | None:
    """BT-131: price per base quantity times quantity, less allowances, plus charges, in cents.

    None when the price or the quantity is unknown. Sources: PEPPOL-EN16931-R120
    for the sum, BR-DEC-23 for the two decimals.
    """
    if line.net_price is None or line.quantity is None:
        return None
    with decimal.localcontext() as context:
        context.prec = _PRECISION
        gross = line.net_price * line.quantity / (line.price_base_quantity or Decimal(1))
        return cents(cents(gross) + _signed(_filled(line.allowances_charges)))


def recompute(document: Document) -> Document:
    """`document` with its line amounts (where None), VAT breakdown and totals filled from what it sells.

    An allowance or charge without an amount gets its percentage of its base
    amount (PEPPOL-EN16931-R040). VAT is rounded once per category and rate,
    half up, never per line: BR-CO-17 and, for Belgium, VAT rounded on the total
    only. Every amount has two decimals in every currency, also in one that has
    none (JPY) or three (BHD): the BR-DEC rules allow no more and know no
    currencies. Exemption reasons of the present breakdown are kept. `prepaid`
    and `rounding` are kept; BT-115 = BT-112 - BT-113 + BT-114 (BR-CO-16).
    BT-111 is kept, for only the seller knows the exchange rate.
    """
    with decimal.localcontext() as context:
        context.prec = _PRECISION
        document = replace(document, allowances_charges=_filled(document.allowances_charges))
        lines = tuple(_with_amounts(line) for line in document.lines)
        line_total = sum((line.net_amount or _ZERO for line in lines), _ZERO)
        allowances = [item for item in document.allowances_charges if not item.is_charge]
        charges = [item for item in document.allowances_charges if item.is_charge]
        allowance_total = sum((item.amount or _ZERO for item in allowances), _ZERO)
        charge_total = sum((item.amount or _ZERO for item in charges), _ZERO)
        breakdown = _breakdown(document, lines)
        exclusive = line_total - allowance_total + charge_total
        tax = sum((item.tax_amount for item in breakdown), _ZERO)
        inclusive = exclusive + tax
        payable = inclusive - (document.prepaid or _ZERO) + (document.rounding or _ZERO)
    return replace(
        document,
        lines=lines,
        vat_breakdown=breakdown,
        line_total=line_total,
        # BT-107 and BT-108 stand only where there is something to sum (BR-CO-11, BR-CO-12).
        allowance_total=allowance_total if allowances else None,
        charge_total=charge_total if charges else None,
        tax_exclusive_total=exclusive,
        tax_total=tax,
        tax_inclusive_total=inclusive,
        payable=payable,
    )


def _with_amounts(line: Line) -> Line:
    filled = replace(line, allowances_charges=_filled(line.allowances_charges))
    return filled if line.net_amount is not None else replace(filled, net_amount=line_net_amount(filled))


def _filled(items: tuple[AllowanceCharge, ...]) -> tuple[AllowanceCharge, ...]:
    """With the amount that follows from base and percentage where none is given."""
    return tuple(
        replace(item, amount=cents(item.base_amount * item.percent / 100))
        if item.amount is None and item.base_amount is not None and item.percent is not None
        else item
        for item in items
    )


def _breakdown(document: Document, lines: tuple[Line, ...]) -> tuple[VatSubtotal, ...]:
    """One subtotal for each category and rate, in the order they first occur (BR-S-08 and its siblings)."""
    taxable: dict[tuple[str | None, Decimal | None], Decimal] = {}
    for line in lines:
        key = (line.vat_category, line.vat_rate)
        taxable[key] = taxable.get(key, _ZERO) + (line.net_amount or _ZERO)
    for item in document.allowances_charges:
        key = (item.vat_category, item.vat_rate)
        taxable[key] = taxable.get(key, _ZERO) + _signed((item,))
    reasons = {(item.category, item.rate): item for item in document.vat_breakdown}
    by_category = {item.category: item for item in document.vat_breakdown}
    found = []
    for (category, rate), base in taxable.items():
        old = reasons.get((category, rate)) or by_category.get(category) or VatSubtotal()
        found.append(
            VatSubtotal(
                category=category,
                rate=rate,
                taxable_amount=base,
                tax_amount=cents(base * (rate or Decimal(0)) / 100),
                exemption_reason=old.exemption_reason,
                exemption_reason_code=old.exemption_reason_code,
            )
        )
    return tuple(found)


def _signed(items: tuple[AllowanceCharge, ...]) -> Decimal:
    return sum(((item.amount or _ZERO) * (1 if item.is_charge else -1) for item in items), _ZERO)

"""Totals and the VAT breakdown: labels propose, arithmetic decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from . import labels, values
from .model import Found
from .rows import Piece
from .spots import Spot, distinct, label_score, spots

# So many different amounts of a document are weighed against each other; a longer list is cut to those with a label.
_AT_MOST = 70
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Group:
    """One rate of the breakdown. `base` is None where only its VAT is written."""

    rate: Decimal
    base: Decimal | None
    tax: Decimal
    spot: Spot


@dataclass(frozen=True)
class Sums:
    """What adds up; `found` by business term (BT-109, BT-110, BT-112, BT-113, BT-115)."""

    found: dict[str, Found]
    offered: dict[str, tuple[Found, ...]]
    groups: tuple[Group, ...] = ()
    adds_up: bool = False


def amounts(rows: list[list[Piece]]) -> list[Spot]:
    return list(spots(rows, _amount, 4))


def _amount(text: str) -> Decimal | None:
    return values.amount(text.strip("=:"))


def sums(rows: list[list[Piece]], country: str, untaxed: bool) -> Sums:
    """`untaxed`: the text says why there is no VAT, so that net = gross is an answer."""
    found = amounts(rows)
    if found and sum(spot.value < 0 for spot in found) > len(found) / 2:
        # A credit note whose amounts are written negative: the kind of document says it already.
        found = [Spot(abs(spot.value), spot.text, spot.words, spot.row, spot.left, spot.above) for spot in found]
    by_value = distinct(found)
    scores = {value: _scores(at) for value, at in by_value.items()}
    if len(scores) > _AT_MOST:
        ordered = sorted(scores, key=lambda value: -max(score for score, _spot in scores[value].values()))
        scores = {value: scores[value] for value in ordered[:_AT_MOST]}
    rates = {Decimal(rate) for rate in values.RATES.get(country, ())} or set(values.USUAL_RATES)
    groups = _groups(rows, found)
    best = _triple(scores, groups, rates, untaxed)
    if best is None:
        return _alone(scores)
    score, net, tax, gross, chosen = best
    sure = _sureness(score, scores, net, tax, gross)
    spot_of = {
        "BT-109": scores[net]["NET"][1],
        "BT-112": scores[gross]["GROSS"][1],
        "BT-115": scores[gross]["GROSS"][1],
    }
    if tax in scores:
        spot_of["BT-110"] = scores[tax]["TAX"][1]
    elif chosen:
        spot_of["BT-110"] = chosen[-1].spot
    typed = {"BT-109": net, "BT-110": tax, "BT-112": gross, "BT-115": gross}
    made = {term: _found(typed[term], sure, spot) for term, spot in spot_of.items()}
    made |= _prepaid(scores, gross, sure)
    return Sums(made, {}, chosen or _single(net, tax, rates, spot_of.get("BT-110")), True)


def _scores(at: list[Spot]) -> dict[str, tuple[float, Spot]]:
    """For each lexicon the best label any place of the amount has, and that place; later pages win a tie."""
    rated = [(_labels(spot), spot) for spot in at]
    made = {}
    for lexicon in ("NET", "TAX", "GROSS", "PREPAID"):
        own = [(round(scores[lexicon], 3), spot.row, position) for position, (scores, spot) in enumerate(rated)]
        best = max(own)
        made[lexicon] = (best[0], rated[best[2]][1])
    return made


def _labels(spot: Spot) -> dict[str, float]:
    """A “total excl. VAT” is no total to pay, and “VAT” in it is no label of the VAT."""
    scores = {lexicon: label_score(lexicon, spot) for lexicon in ("NET", "TAX", "GROSS", "PREPAID")}
    if scores["NET"] > 0.75:
        scores["GROSS"] = max(0.0, scores["GROSS"] - scores["NET"])
        scores["TAX"] = max(0.0, scores["TAX"] - 0.6)
    if scores["GROSS"] > 0.9:
        scores["TAX"] = max(0.0, scores["TAX"] - 0.6)
    return scores


def _triple(scores, groups, rates, untaxed):
    """The (score, net, tax, gross, groups) that the labels like best among those that add up."""
    best = None
    # The VAT of all rates together need not stand anywhere.
    unsaid = {_of_all_rates(groups)} - set(scores)
    unsaid |= {Decimal("0.00")} - set(scores) if untaxed else set()
    for net in scores:
        if net <= 0:
            continue
        for tax in (*scores, *unsaid):
            gross = net + tax
            if tax < 0 or gross not in scores or tax > net * Decimal("0.31"):
                continue
            if tax == 0 and not untaxed:
                continue
            chosen = _that_add_up(groups, net, tax)
            score = scores[net]["NET"][0] + scores[gross]["GROSS"][0] * 1.3
            if tax:
                score += scores[tax]["TAX"][0] if tax in scores else 0.5
                fits = any(abs(net * rate / 100 - tax) <= _slack(net) for rate in rates)
                score += 0.8 if chosen else 0.6 if fits else -0.5
            elif scores[gross]["GROSS"][0] < 0.5:
                continue
            # Of several that please alike, the larger one: a line can add up by itself too.
            if best is None or (round(score, 2), gross) > (round(best[0], 2), best[3]):
                best = (score, net, tax, gross, chosen)
    if best is None or best[0] < 1.2:
        return None
    return best


def _of_all_rates(groups: list[Group]) -> Decimal:
    return sum({group.rate: group.tax for group in groups}.values(), Decimal("0.00"))


def _slack(net) -> Decimal:
    """VAT may be rounded line by line."""
    return max(Decimal("0.02"), min(Decimal("0.10"), abs(net) / 10000))


def _sureness(score, scores, net, tax, gross) -> float:
    labelled = (
        scores[gross]["GROSS"][0] > 0.5,
        scores[net]["NET"][0] > 0.5,
        tax not in scores or scores[tax]["TAX"][0] > 0.4,
    )
    return min(0.98, 0.6 + 0.13 * sum(labelled) + (0.02 if score > 3 else 0))


def _prepaid(scores, gross, sure) -> dict[str, Found]:
    """An amount paid before, when what is left to pay stands there too."""
    for value, rated in scores.items():
        left = gross - value
        if 0 < value < gross and rated["PREPAID"][0] > 0.5 and left in scores and scores[left]["GROSS"][0] > 0.5:
            return {
                "BT-113": _found(value, sure, rated["PREPAID"][1]),
                "BT-115": _found(left, sure, scores[left]["GROSS"][1]),
            }
    return {}


def _alone(scores) -> Sums:
    """Nothing adds up: the amounts with a label of the total are offered, none is taken."""
    liked = sorted(
        ((rated["GROSS"][0], value) for value, rated in scores.items() if rated["GROSS"][0] > 0.5), reverse=True
    )
    offered = tuple(_found(value, score * 0.4, scores[value]["GROSS"][1]) for score, value in liked[:3])
    return Sums({}, {"BT-115": offered} if offered else {})


def _groups(rows: list[list[Piece]], found: Iterable[Spot]) -> list[Group]:
    """Rows that hold a rate, an amount and its VAT."""
    by_row: dict[int, list[Spot]] = {}
    for spot in found:
        by_row.setdefault(spot.row, []).append(spot)
    groups = []
    for spot in spots(rows, values.rate, 2, join=("",)):
        here = by_row.get(spot.row, [])
        pairs = [
            (base, tax)
            for base in here
            for tax in here
            if base.value > 0
            and abs(base.value * spot.value / 100 - tax.value) <= _slack(base.value)
            and base is not tax
        ]
        if spot.value and pairs:
            base, tax = pairs[0]
            groups.append(Group(spot.value, base.value, tax.value, tax))
        elif spot.value and len(here) == 1 and here[0].value > 0 and labels.says("TAX", here[0].left):
            groups.append(Group(spot.value, None, here[0].value, here[0]))
        elif not spot.value and here and len({one.value for one in here if one.value}) == 1:
            base = max(here, key=lambda one: one.value)
            groups.append(Group(Decimal(0), base.value, Decimal("0.00"), base))
    return groups


def _that_add_up(groups: list[Group], net, tax) -> tuple[Group, ...]:
    """One group a rate whose bases make the net and whose VAT makes the VAT; empty when there is no such set.

    A line of goods looks like a group too, so the last row of each rate counts: the breakdown stands below.
    """
    last = {group.rate: group for group in groups if group.base is not None}
    chosen = tuple(last.values())
    if chosen and sum(group.base for group in chosen) == net and sum(group.tax for group in chosen) == tax:
        return chosen
    taxed = tuple(group for group in chosen if group.rate)
    if taxed and sum(group.base for group in taxed) == net and sum(group.tax for group in taxed) == tax:
        return taxed
    return ()


def _single(net, tax, rates, spot) -> tuple[Group, ...]:
    """One rate of the country that makes this VAT of this net."""
    fitting = [rate for rate in rates if abs(net * rate / 100 - tax) <= _CENT]
    return (Group(fitting[0], net, tax, spot),) if tax and spot and len(fitting) == 1 else ()


def _found(value, sure, spot: Spot) -> Found:
    return Found(value, round(sure * (0.6 + 0.4 * spot.sure), 2), spot.place, spot.text, spot.left, spot.above)

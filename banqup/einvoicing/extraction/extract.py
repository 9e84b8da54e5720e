"""Words in, fields out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from decimal import Decimal

from ..model import Document, Line, Party, PaymentMeans, VatSubtotal
from . import facts, labels, table
from .model import TAKE_FROM, Extraction, Found, Known, Word
from .parties import parties
from .rows import Piece
from .rows import rows as rows_of
from .sums import Group, Sums, sums

_EXEMPTION = {
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "K": ("Intra-Community supply", "VATEX-EU-IC"),
    "E": ("Exempt", None),
}
# Attribute of a party → business term of the seller and of the buyer.
_PARTY = {
    "name": ("BT-27", "BT-44"),
    "vat_id": ("BT-31", "BT-48"),
    "company_id": ("BT-30", "BT-47"),
    "street": ("BT-35", "BT-50"),
    "postal_code": ("BT-38", "BT-53"),
    "city": ("BT-37", "BT-52"),
    "country": ("BT-40", "BT-55"),
}


def extract(words: Iterable[Word], known: Known | None = None) -> Extraction:
    """The fields that the words of a document say, with their places; what is not sure stays empty.

    Raises nothing for any words; time grows no faster than the number of words times that of amounts
    (both capped). `known` says for whom it is read and which parties are known.
    """
    known = known or Known()
    rows = rows_of(words)
    if not rows:
        return Extraction(Document(), {}, {}, ("no-words",))
    accounts = facts.accounts(rows, known.own.iban, "")
    who = parties(rows, known, accounts)
    hints = who.other.hints
    if who.is_known and who.other.iban:
        accounts = facts.accounts(rows, known.own.iban, who.other.iban)
    ranked: dict[str, list[Found]] = {
        "BT-1": facts.numbers(rows, who.taken, hints),
        "BT-5": facts.currency(rows),
        "BT-83": _hinted_reference(rows, hints) or facts.references(rows),
        "BT-84": [] if known.sales else accounts,
    }
    ranked["BT-2"], ranked["BT-9"] = facts.dates(rows, hints)
    found, offered = _taken(ranked)
    found |= {term: one for term, one in who.found.items() if one.confidence >= TAKE_FROM}
    offered |= who.offered
    category = _category(facts.everything(known, rows))
    country = _seller_country(found, known)
    money = sums(rows, country, untaxed=bool(category))
    found |= money.found
    offered |= money.offered
    document, notes = _document(rows, found, money, category, known, facts.is_credit_note(rows))
    notes = (*notes, *(() if who.own_seen or not known.own.name else ("addressee-not-seen",)))
    offered = {term: candidates for term, candidates in offered.items() if term not in found}
    return Extraction(document, found, offered, notes)


def _hinted_reference(rows: list[list[Piece]], hints: Mapping) -> list[Found]:
    """A supplier whose reference has no check digits: where a person found it the last time."""
    hint = hints.get("BT-83")
    if not hint:
        return []
    made = facts.numbers(rows, set(), {"BT-1": hint})
    structured = facts.references(rows)
    hinted = [one for one in made if one.confidence > 0.75 and hint.get("left") and one.left.endswith(hint["left"])]
    return structured or hinted


def _taken(ranked: Mapping[str, list[Found]]) -> tuple[dict[str, Found], dict[str, tuple[Found, ...]]]:
    found, offered = {}, {}
    for term, candidates in ranked.items():
        if candidates and candidates[0].confidence >= TAKE_FROM:
            found[term] = candidates[0]
        elif candidates:
            offered[term] = tuple(candidates[:3])
    return found, offered


def _category(text: str) -> str:
    """Why there is no VAT, as a category of EN 16931; empty when nothing says so."""
    for category, lexicon in (("AE", "REVERSE_CHARGE"), ("K", "INTRA"), ("E", "EXEMPT")):
        if labels.says(lexicon, text):
            return category
    return ""


def _seller_country(found: Mapping[str, Found], known: Known) -> str:
    if known.sales:
        return known.own.country
    return str(found["BT-40"].value) if "BT-40" in found else ""


def _document(rows, found, money: Sums, category: str, known: Known, credit: bool) -> tuple[Document, tuple[str, ...]]:
    def value(term):
        return found[term].value if term in found else None

    other = Party(**{name: value(terms[known.sales]) for name, terms in _PARTY.items()})
    if other.company_id and other.country == "BE":
        other = dataclasses.replace(other, company_scheme="0208")
    own = _own(known)
    means = PaymentMeans(code="30", iban=value("BT-84"), remittance_information=value("BT-83"))
    read = table.lines(rows, value("BT-109"))
    groups = money.groups
    if money.adds_up and not groups and value("BT-110") in (None, Decimal(0)) and category:
        spot = found["BT-109"]
        groups = (Group(Decimal(0), value("BT-109"), Decimal("0.00"), spot),)
    groups = groups or _groups_of(read, money)
    lines, from_totals = _lines(read, groups, category)
    document = Document(
        kind="credit_note" if credit else "invoice",
        type_code="381" if credit else "380",
        number=value("BT-1"),
        issue_date=value("BT-2"),
        due_date=value("BT-9"),
        currency=value("BT-5"),
        seller=own if known.sales else other,
        buyer=other if known.sales else own,
        payment_means=(means,) if means.iban or means.remittance_information else (),
        vat_breakdown=tuple(_subtotal(group, category) for group in groups),
        lines=lines,
        tax_exclusive_total=value("BT-109"),
        tax_total=value("BT-110") if "BT-110" in found else (Decimal("0.00") if groups and category else None),
        tax_inclusive_total=value("BT-112"),
        prepaid=value("BT-113"),
        payable=value("BT-115"),
    )
    notes = ("lines-from-totals",) if from_totals else ()
    return document, notes if money.adds_up else (*notes, "totals-do-not-add-up")


def _own(known: Known) -> Party:
    own = known.own
    return Party(
        name=own.name or None,
        vat_id=own.vat_id or None,
        company_id=own.company_id or None,
        street=own.street or None,
        postal_code=own.postal_code or None,
        city=own.city or None,
        country=own.country or None,
    )


def _lines(read: list[table.Row], groups: tuple[Group, ...], category: str) -> tuple[tuple[Line, ...], bool]:
    """The lines that were clear, else one for each rate of the breakdown (then True)."""
    read = table.rate_of_lines(read, {group.rate for group in groups})
    if read and all(line.rate is not None for line in read) and _fits(read, groups):
        return tuple(
            Line(
                id=str(position),
                name=line.name,
                quantity=line.quantity,
                unit=line.unit or "C62",
                net_price=line.price,
                net_amount=line.net,
                vat_category=_category_of(line.rate, category),
                vat_rate=line.rate,
            )
            for position, line in enumerate(read, start=1)
        ), False
    return tuple(
        Line(
            id=str(position),
            name=f"{group.rate.normalize():f} %" if group.rate else "0 %",
            quantity=Decimal(1),
            unit="C62",
            net_price=group.base,
            net_amount=group.base,
            vat_category=_category_of(group.rate, category),
            vat_rate=group.rate,
        )
        for position, group in enumerate(groups, start=1)
    ), bool(groups)


def _groups_of(read: list[table.Row], money: Sums) -> tuple[Group, ...]:
    """The breakdown that the lines make, where none is written and their VAT is what the document says."""
    if not read or "BT-110" not in money.found or any(line.rate is None for line in read):
        return ()
    bases: dict[Decimal, Decimal] = {}
    for line in read:
        bases[line.rate] = bases.get(line.rate, Decimal(0)) + line.net
    spot = money.found["BT-110"]
    groups = tuple(Group(rate, base, round(base * rate / 100, 2), spot) for rate, base in bases.items())
    return groups if sum(group.tax for group in groups) == spot.value else ()


def _fits(read: list[table.Row], groups: tuple[Group, ...]) -> bool:
    """The lines of each rate make its base: only then were the rates read right."""
    if not groups:
        return False
    return all(sum(line.net for line in read if line.rate == group.rate) == group.base for group in groups)


def _category_of(rate: Decimal, category: str) -> str | None:
    return "S" if rate else category or None


def _subtotal(group: Group, category: str) -> VatSubtotal:
    kind = _category_of(group.rate, category)
    reason, code = _EXEMPTION.get(kind or "", (None, None))
    return VatSubtotal(
        category=kind,
        rate=group.rate,
        taxable_amount=group.base,
        tax_amount=group.tax,
        exemption_reason=reason,
        exemption_reason_code=code,
    )

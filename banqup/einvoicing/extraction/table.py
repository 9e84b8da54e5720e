"""The lines of an invoice, where they are clear: below a header, and adding up to the net total."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from . import labels, values
from .model import Place, Word
from .rows import Piece, plain

MAX_LINES = 300
_HEADERS = {
    "name": "omschrijving|beschrijving|artikel|product|dienst|description|item|service|designation|libelle|prestation|beschreibung"
    "|bezeichnung|leistung|article",
    "quantity": "aantal|hoeveelheid|qty|quantity|units|quantite|qte|menge|anzahl|hours|uren|heures|stunden",
    "price": "prijs|eenheidsprijs|stukprijs|price|unit price|prix|prix unitaire|p u|pu|preis|einzelpreis|rate|tarief|tarif",
    "amount": "bedrag|totaal|amount|total|montant|betrag|gesamt|gesamtpreis|line total|netto",
    "vat": "btw|tva|mwst|ust|vat|tax",
}
_HEADER = {
    name: re.compile(r"(?<![a-z])(?:" + "|".join(map(re.escape, words.split("|"))) + r")(?![a-z])")
    for name, words in _HEADERS.items()
}
_UNITS = {"st": "C62", "stk": "C62", "stuk": "C62", "stuks": "C62", "pc": "C62", "pcs": "C62", "x": "C62", "uur": "HUR",
          "u": "HUR", "h": "HUR", "hrs": "HUR", "hours": "HUR", "hour": "HUR", "heures": "HUR", "heure": "HUR", "std": "HUR",
          "stunden": "HUR", "kg": "KGM", "dag": "DAY", "dagen": "DAY", "day": "DAY", "days": "DAY", "jour": "DAY",
          "jours": "DAY", "tag": "DAY", "tage": "DAY", "l": "LTR", "m": "MTR", "km": "KMT"}  # fmt: skip
_SIGNS = frozenset({"€", "eur", "$", "£", "chf", "x", "×", "@", "à", "a"})


@dataclass(frozen=True)
class Row:
    """One line as it was read. `rate` is None where the line does not say it."""

    name: str
    quantity: Decimal
    unit: str | None
    price: Decimal
    net: Decimal
    rate: Decimal | None
    place: Place


def lines(rows: list[list[Piece]], net: Decimal | None) -> list[Row]:
    """The lines, when together they make `net`; else none, since half a table misleads."""
    start = next((position for position, row in enumerate(rows) if _is_header(row)), None)
    if start is None or net is None:
        return []
    vat_column = next((piece.place for piece in rows[start] if _HEADER["vat"].search(piece.plain)), None)
    made: list[Row] = []
    for row in rows[start + 1 :]:
        if _is_header(row):
            continue  # of the next page
        if made and _ends(row):
            break
        line = _line(row, vat_column)
        if line is not None:
            made.append(line)
            if sum(one.net for one in made) == net and _followed_by_sums(rows, row):
                break
        elif (
            made
            and _is_text(row)
            and row[0].place.y - made[-1].place.bottom < 2
            and row[0].place.page == made[-1].place.page
        ):
            last = made[-1]
            joined = f"{last.name} {row[0].text}"[:300]
            made[-1] = Row(joined, last.quantity, last.unit, last.price, last.net, last.rate, last.place)
        if len(made) > MAX_LINES:
            return []
    return made if made and sum(line.net for line in made) == net else []


def _is_header(row: list[Piece]) -> bool:
    text = plain(" ".join(piece.text for piece in row))
    if len(text) > 120 or sum(character.isdigit() for character in text) > 2:
        return False
    found = {name for name, expression in _HEADER.items() if expression.search(text)}
    return "amount" in found and len(found) >= 3 or {"name", "price"} <= found or {"name", "quantity"} <= found


def _ends(row: list[Piece]) -> bool:
    text = plain(row[0].text)
    return any(labels.weight(lexicon, text) >= 0.8 for lexicon in ("NET", "GROSS", "TAX")) and len(text.split()) <= 6


def _followed_by_sums(rows, row) -> bool:
    position = row[0].row + 1
    return position >= len(rows) or _line(rows[position], None) is None or _ends(rows[position])


def _is_text(row: list[Piece]) -> bool:
    return len(row) == 1 and not any(values.amount(word.text) is not None for word in row[0].words)


def _line(row: list[Piece], vat_column: Place | None) -> Row | None:
    """Read from the right: numbers until the first word that is none; what is left of it is the name."""
    words, apart = _with_name_last(row)
    numbers: list[tuple[Decimal, Place]] = []
    rate, unit = None, None
    while words:
        if numbers and len(words) <= apart:
            break
        text = words[-1].text.strip("|")
        plain_text = text.lower().strip(".")
        grouped = (
            values.amount(f"{words[-2].text} {text}") if len(words) > 1 and _is_thousand(words[-2], words[-1]) else None
        )
        if grouped is not None:
            numbers.insert(0, (grouped, words[-1].place))
            words = words[:-2]
            continue
        made = values.rate(text)
        if made is None and plain_text == "%" and len(words) > 1:
            made = values.rate(words[-2].text + "%")
            words = words[:-1] if made is not None else words
        if made is not None:
            rate = made
        elif (number := values.number(text)) is not None:
            numbers.insert(0, (number, words[-1].place))
        elif plain_text in _UNITS and len(words) > 1 and values.number(words[-2].text) is not None:
            unit = _UNITS[plain_text]
        elif plain_text not in _SIGNS:
            break
        words = words[:-1]
    if not numbers or not words:
        return None
    leading = values.number(words[0].text) if len(words) > 1 else None
    name = " ".join(word.text for word in (words[1:] if leading is not None else words)).strip(" -|")
    if not re.search(r"[^\W\d_]{2}", name):
        return None
    if rate is None and vat_column:
        rate, numbers = _in_column(numbers, vat_column)
    return _priced(name, numbers, leading, unit, rate, _whole(row))


def _with_name_last(row: list[Piece]) -> tuple[list[Word], int]:
    """The words of a row, and how many of them belong to its last piece with text and those left of it:
    a name may hold numbers too (`flour, 25 kg`)."""
    last = max((position for position, piece in enumerate(row) if _has_text(piece)), default=-1)
    return [word for piece in row for word in piece.words], sum(len(piece.words) for piece in row[: last + 1])


def _has_text(piece: Piece) -> bool:
    return any(
        values.number(word.text) is None
        and values.rate(word.text) is None
        and word.text.lower().strip(".%|") not in {*_UNITS, *_SIGNS, ""}
        for word in piece.words
    )


def _is_thousand(before, after) -> bool:
    near = after.place.x - before.place.right < 0.5 * after.place.h * 1.41
    return (
        near
        and re.fullmatch(r"-?\d{1,3}", before.text) is not None
        and re.fullmatch(r"\d{3}[.,]\d{2}", after.text) is not None
    )


def _in_column(numbers, column: Place):
    """A bare rate under the header of the VAT column."""
    for position, (value, place) in enumerate(numbers):
        under = place.x < column.right + 1 and column.x - 1 < place.right
        if under and (value == 0 or value in values.USUAL_RATES) and len(numbers) > 1 and position < len(numbers):
            return value, numbers[:position] + numbers[position + 1 :]
    return None, numbers


def _priced(name, numbers, leading, unit, rate, place) -> Row | None:
    """Quantity × price = amount, tried from the right; with the amount alone, one piece at that price."""
    plain_numbers = [value for value, _place in numbers]
    factors = ([leading] if leading is not None else []) + plain_numbers
    for net in reversed(plain_numbers):
        if -net.as_tuple().exponent != 2:
            continue
        others = list(factors)
        others.remove(net)
        for quantity in others:
            for price in others:
                if quantity and price and quantity is not price and _makes(quantity, price, net):
                    first, second = _quantity_first(quantity, price, others)
                    return Row(name, first, unit, _exact(first, second, net), net, rate, place)
    net = plain_numbers[-1]
    if -net.as_tuple().exponent != 2 or len(plain_numbers) > 2:
        return None
    return Row(name, Decimal(1), unit, net, net, rate, place)


def _makes(quantity: Decimal, price: Decimal, net: Decimal) -> bool:
    """The price is written rounded: a third of 37.00 as 12.33."""
    slack = abs(quantity) * Decimal(1).scaleb(price.as_tuple().exponent) / 2 + Decimal("0.005")
    return abs(quantity * price - net) <= min(slack, abs(net) / 50)


def _exact(quantity: Decimal, price: Decimal, net: Decimal) -> Decimal:
    """The price that makes the amount, where the written one is too round for it."""
    if round(quantity * price, 2) == net:
        return price
    return (net / quantity).quantize(Decimal("0.000001"))


def _quantity_first(one, other, order):
    """Of two factors the quantity stands left of the price."""
    return (one, other) if order.index(one) <= order.index(other) else (other, one)


def _whole(row: list[Piece]) -> Place:
    place = row[0].place
    for piece in row[1:]:
        place = place.around(piece.place)
    return place


def rate_of_lines(made: list[Row], rates: set[Decimal]) -> list[Row]:
    """Lines that say no rate get the only one there is; with several rates nothing is assumed."""
    if all(line.rate is not None for line in made) or len(rates) != 1:
        return made
    only = next(iter(rates))
    return [
        Row(
            line.name,
            line.quantity,
            line.unit,
            line.price,
            line.net,
            only if line.rate is None else line.rate,
            line.place,
        )
        for line in made
    ]

"""The single facts: number, dates, account, payment reference, currency. Each gives candidates, the best first."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from . import values
from .hints import bonus
from .labels import says
from .model import Found, Known
from .rows import Piece, plain
from .spots import Spot, distinct, label_score, spots

_NUMBER = re.compile(r"[A-Za-z]{0,8}[-/._]?(?=[A-Za-z0-9/._-]*\d)[A-Za-z0-9][A-Za-z0-9/._-]*")


def numbers(rows: list[list[Piece]], taken: set, hints) -> list[Found]:
    """Candidates for BT-1; `taken` holds the words that are something else (VAT number, account …)."""
    scored: dict[str, tuple[float, Spot]] = {}
    for spot in spots(rows, _number, 3, join=(" ",)):
        if any(id(word) in taken for word in spot.words):
            continue
        score = label_score("NUMBER", spot, "NOT_NUMBER") * _shape(str(spot.value))
        if spot.place.page == 1 and spot.place.y < 55:
            score += 0.04
        score += bonus(hints.get("BT-1"), spot)
        if score > scored.get(spot.value, (0.25, None))[0]:
            scored[spot.value] = (score, spot)
    return _ranked(scored.values())


def _number(text: str) -> str | None:
    if " " in text:
        # Several words are one number when a sign stands between them, or a short prefix in capitals before.
        joined = re.fullmatch(r"(\S+) ([/-]) (\S+)", text) or re.fullmatch(r"([A-Z]{2,4})() (\d{2,}\S*)", text)
        if not joined or joined[1].upper() in ("NR", "NO", "DD", "DU", "IBAN"):
            return None
        text = joined[1] + (joined[2] or " ") + joined[3]
        return text if _number(joined[3]) and (not joined[2] or _number(joined[1])) else None
    text = text.rpartition(":")[2] if ":" in text and not text.endswith(":") else text
    text = re.sub(r"^(?:n[°ºo]|nr\.?|#)(?=\d)", "", text, flags=re.I).strip("#:,;.()°")
    if not _NUMBER.fullmatch(text) or len(text) > 30 or not any(character.isdigit() for character in text):
        return None
    if values.day(text) or re.fullmatch(r"\d{1,3}(?:[.,]\d{3})*[.,]\d{2}", text):
        return None
    return text


def _shape(text: str) -> float:
    """Numbers of invoices have a year, a prefix or several digits; a bare year or digit may be anything."""
    digits = sum(character.isdigit() for character in text)
    if re.fullmatch(r"20\d\d", text):
        return 0.6
    if digits == 1:
        return 0.65
    return 1.0 if digits >= 3 else 0.85


def dates(rows: list[list[Piece]], hints) -> tuple[list[Found], list[Found]]:
    """Candidates for BT-2 and BT-9."""
    found = list(spots(rows, values.day, 3, join=(" ", "")))
    issued: dict[date, tuple[float, Spot]] = {}
    due: dict[date, tuple[float, Spot]] = {}
    for spot in found:
        late = label_score("DUE", spot) + bonus(hints.get("BT-9"), spot)
        early = label_score("ISSUED", spot, "NOT_ISSUED") + bonus(hints.get("BT-2"), spot)
        # A label of the invoice's number also stands before its date: "Invoice 17 of 3 March 2026".
        if not early and not late and label_score("NUMBER", spot, "NOT_ISSUED") > 0.3:
            early = 0.55
        if late > early and late > due.get(spot.value, (0.3, None))[0]:
            due[spot.value] = (late, spot)
        if early >= late and early > issued.get(spot.value, (0.3, None))[0]:
            issued[spot.value] = (early, spot)
    if not issued:
        # The only unlabelled date in the upper half of the first page: taken, to be checked.
        alone = {
            spot.value: spot for spot in found if spot.value not in due and spot.place.page == 1 and spot.place.y < 50
        }
        alone = {value: spot for value, spot in alone.items() if not says("NOT_ISSUED", spot.left)}
        issued = {value: (0.55 if len(alone) == 1 else 0.3, spot) for value, spot in alone.items()}
    first = _ranked(issued.values())
    if first:
        due = {value: pair for value, pair in due.items() if value >= first[0].value} or due
    return first, _ranked(due.values())


def accounts(rows: list[list[Piece]], own_iban: str, known_iban: str) -> list[Found]:
    """Candidates for BT-84: right check digits; the supplier's known one first, never our own."""
    scored = []
    for value, at in distinct(spots(rows, _after_colon(values.account), 9, join=("",))).items():
        if value == own_iban:
            continue
        labelled = max(
            0.1 if re.search(r"\b(?:iban|rekening|compte|konto|account|bank)", spot.left) else 0.0 for spot in at
        )
        scored.append((0.86 + labelled if value != known_iban else 0.99, at[0]))
    if len(scored) > 1 and scored[0][0] < 0.98:
        scored = [(score - 0.12, spot) for score, spot in scored]  # several accounts: which one is a guess
    return _ranked(scored)


def references(rows: list[list[Piece]]) -> list[Found]:
    """Candidates for BT-83: structured references with right check digits."""
    scored = []
    for spot in spots(rows, _after_colon(_reference), 8, join=("",)):
        framed = bool(re.search(r"[+*]{3}|/", spot.text)) or spot.text.upper().startswith("RF")
        score = 0.95 if framed else 0.5 + 0.4 * label_score("REFERENCE", spot)
        if score >= 0.6:
            scored.append((score, spot))
    return _ranked({spot.value: (score, spot) for score, spot in sorted(scored, key=lambda pair: pair[0])}.values())


def _reference(text: str) -> str | None:
    # Only what may stand in one: a telephone number with brackets is none.
    return values.structured_reference(text) if re.fullmatch(r"[+*]*[\dRF][\dA-Za-z/+*. ]+", text) else None


def _after_colon(read):
    return lambda text: read(text.rpartition(":")[2])


def currency(rows: list[list[Piece]]) -> list[Found]:
    """Candidates for BT-5: signs and codes beside amounts, the most frequent first."""
    counted: Counter[str] = Counter()
    first: dict[str, Spot] = {}
    for spot in spots(rows, _currency, 1):
        counted[spot.value] += 1
        first.setdefault(spot.value, spot)
    total = sum(counted.values())
    # A dollar may be anybody's.
    return _ranked(
        (0.95 * count / total - (0.25 if code == "USD" else 0), first[code]) for code, count in counted.most_common(3)
    )


def _currency(text: str) -> str | None:
    plain_text = text.lower().strip("().:,")
    if plain_text in values.CURRENCIES:
        return values.CURRENCIES[plain_text]
    sign = re.match(r"[-(]?([€$£]|eur|chf|gbp|usd)[\d.,-]", plain_text) or re.search(r"\d([€$£]|eur)$", plain_text)
    return values.CURRENCIES[sign[1]] if sign else None


def _ranked(scored) -> list[Found]:
    """The best first. A second one that is nearly as good makes the first less sure."""
    ordered = sorted(scored, key=lambda pair: -pair[0])
    made = []
    for position, (score, spot) in enumerate(ordered):
        others = [other for index, (other, _spot) in enumerate(ordered) if index != position]
        close = 0.2 if others and score - max(others) < 0.08 else 0.0
        sure = max(0.0, min(0.99, score) - close) * (0.6 + 0.4 * spot.sure)
        made.append(Found(spot.value, round(sure, 2), spot.place, spot.text, spot.left, spot.above))
    return made


def is_credit_note(rows: list[list[Piece]]) -> bool:
    """A title of its own, or a label of the number; a mention in a sentence is none."""
    for row in rows[:60]:
        for piece in row:
            if (
                len(piece.words) <= 5
                and piece.place.page == 1
                and piece.place.y < 60
                and says("CREDIT_NOTE", plain(piece.text))
            ):
                return True
    return False


def everything(known: Known, rows: list[list[Piece]]) -> str:
    """All the words as one `plain` text."""
    return plain(" ".join(piece.text for row in rows for piece in row))

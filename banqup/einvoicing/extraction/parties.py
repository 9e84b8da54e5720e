"""Who issued the invoice and to whom: identifiers with right check digits first, names and addresses after."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import values
from .model import Found, Known, KnownParty
from .rows import Piece, plain
from .spots import Spot, distinct, spots

# Legal forms of the countries around us, as the last or first word of a company's name.
_FORM = re.compile(
    r"(?:^|\s)(?:b\.?v\.?b\.?a\.?|b\.?v\.?|n\.?v\.?|v\.?z\.?w\.?|v\.?o\.?f\.?|comm\.?\s?v\.?|s\.?r\.?l\.?|s\.?a\.?s\.?u?|s\.?a\.?|s\.?p\.?r\.?l\.?"
    r"|a\.?s\.?b\.?l\.?|s\.?c\.?r\.?l\.?|s\.?a\.?r\.?l\.?|e\.?u\.?r\.?l\.?|s\.?n\.?c\.?|gmbh(?:\s?&\s?co\.?\s?kg)?|ag|ug|kg|ohg|e\.?k\.?|gbr|e\.?v\.?"
    r"|ltd\.?|limited|llp|plc|inc\.?|llc|corp\.?)$",
    re.I,
)
_POSTAL = {
    "NL": re.compile(r"(?:NL-?)?\b(\d{4} ?[A-Z]{2})\b,? +(\D{2,40})$"),
    "GB": re.compile(r"^(\D{2,40}?),? +([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$"),
    "FR": re.compile(r"(?:F-?)?\b(\d{5})\b +([^\d,]{2,40})$"),
    "DE": re.compile(r"(?:D-?)?\b(\d{5})\b +([^\d,]{2,40})$"),
    "BE": re.compile(r"(?:B-?|BE-)?\b(\d{4})\b +([^\d,]{2,40})$"),
    "LU": re.compile(r"L-?(\d{4})\b +([^\d,]{2,40})$"),
    "AT": re.compile(r"(?:A-?)?\b(\d{4})\b +([^\d,]{2,40})$"),
}
_NO_NAME = re.compile(
    r"\b(?:factuur|facture|rechnung|invoice|credit\w*|gutschrift|avoir|btw|tva|vat|mwst|iban|bic|bank|tel|telefoon|fax|www|http\S*|\S+@\S+"
    r"|datum|date|nummer|numero|page|pagina|seite|klant|client|kunde|customer|total\w*|totaal|bedrag|leveringsadres|omschrijving)\b",
    re.I,
)


@dataclass(frozen=True)
class Parties:
    """`found` by business term of the seller (BT-27, BT-30, BT-31 …) or of the buyer, whichever is not us."""

    found: dict[str, Found]
    offered: dict[str, tuple[Found, ...]]
    other: KnownParty
    is_known: bool
    own_seen: bool
    taken: frozenset[int]  # ids of words that are identifiers


def parties(rows: list[list[Piece]], known: Known, accounts: list[Found]) -> Parties:
    """The other party of the document: known by an identifier, else the best unknown one."""
    own = known.own
    vat = distinct(spots(rows, _vat, 5, join=("",)))
    companies = distinct(spots(rows, _company, 4, join=("",)))
    own_vat, own_company = values.compact(own.vat_id), values.compact(own.company_id) or values.compact(own.vat_id)[2:]
    own_seen = own_vat in vat or own_company in companies or _named(rows, own.name) is not None
    taken = frozenset(id(word) for at in [*vat.values(), *companies.values()] for spot in at for word in spot.words)
    foreign_vat = {value: at for value, at in vat.items() if value != own_vat}
    foreign_companies = {value: at for value, at in companies.items() if value != own_company}
    party = None
    if known.find is not None:
        party = known.find(list(foreign_vat), list(foreign_companies), [one.value for one in accounts])
    terms = _terms(known.sales)
    if party is not None:
        found = _known(rows, party, foreign_vat, foreign_companies, terms)
        return Parties(found, {}, party, True, own_seen, taken)
    found, offered = _unknown(rows, own, foreign_vat, foreign_companies, terms)
    return Parties(found, offered, KnownParty(), False, own_seen, taken)


def _terms(sales: bool) -> dict[str, str]:
    seller = {"name": "BT-27", "company_id": "BT-30", "vat_id": "BT-31", "street": "BT-35", "city": "BT-37", "postal_code": "BT-38",
              "country": "BT-40"}  # fmt: skip
    buyer = {"name": "BT-44", "company_id": "BT-47", "vat_id": "BT-48", "street": "BT-50", "city": "BT-52", "postal_code": "BT-53",
             "country": "BT-55"}  # fmt: skip
    return buyer if sales else seller


def _vat(text: str) -> str | None:
    """With its country; a Belgian one may stand without it behind a label (`BTW 0417.823.441`)."""
    text = re.sub(r"^(?:btw|tva|vat|ust-?idnr|mwst|ust|n°|nr)[.:]*", "", text, flags=re.I).rpartition(":")[2]
    return values.vat_id(text)


def _company(text: str) -> str | None:
    text = re.sub(r"^(?:btw|tva|kbo|bce|on)[.:]*", "", text, flags=re.I).rpartition(":")[2]
    return values.enterprise_number(text) if re.fullmatch(r"[01]\d{3}[ .]?\d{3}[ .]?\d{3}", text) else None


def _known(rows, party: KnownParty, vat, companies, terms) -> dict[str, Found]:
    """What the space knows of it counts, wherever it stands on the page."""
    found = {}
    places = {
        "vat_id": vat.get(values.compact(party.vat_id)),
        "company_id": companies.get(values.compact(party.company_id)),
    }
    for attribute in ("name", "vat_id", "company_id", "street", "postal_code", "city", "country"):
        value = getattr(party, attribute)
        if not value:
            continue
        at = places.get(attribute)
        if attribute == "name":
            piece = _named(rows, value)
            place, text = (piece.place, piece.text) if piece else (None, "")
        else:
            place, text = (at[0].place, at[0].text) if at else (None, "")
        found[terms[attribute]] = Found(value, 0.97, place, text)
    return found


def _named(rows, name: str) -> Piece | None:
    """The piece that holds all words of `name` in their order."""
    wanted = plain(name)
    if len(wanted) < 4:
        return None
    return next((piece for row in rows for piece in row if f" {wanted} " in f" {piece.plain} "), None)


def _unknown(rows, own, vat, companies, terms):
    found: dict[str, Found] = {}
    offered: dict[str, tuple[Found, ...]] = {}
    ranked = [Found(value, 0.9 if len(vat) == 1 else 0.55, at[0].place, at[0].text) for value, at in vat.items()]
    country = ""
    anchor: Spot | None = None
    if ranked:
        found[terms["vat_id"]] = ranked[0]
        if len(ranked) > 1:
            offered[terms["vat_id"]] = tuple(ranked[:3])
        anchor = vat[ranked[0].value][0]
        country = "GR" if ranked[0].value.startswith("EL") else ranked[0].value[:2]
    elif companies:
        value, at = next(iter(companies.items()))
        anchor, country = at[0], "BE"
        # The VAT number of a Belgian business is its enterprise number; whether it has to charge VAT is not said.
        labelled = re.search(r"\b(?:btw|tva|vat|b t w|t v a|mwst)\b", anchor.left)
        found[terms["company_id"]] = Found(value, 0.9, anchor.place, anchor.text)
        if labelled:
            found[terms["vat_id"]] = Found("BE" + value, 0.9, anchor.place, anchor.text)
    names = _names(rows, own, anchor)
    if names:
        best = names[0]
        if best.confidence >= 0.5:
            found[terms["name"]] = best
        else:
            offered[terms["name"]] = tuple(names[:3])
        if country:
            found |= _address(rows, best, country, own, terms)
    if country:
        place = found.get(terms["vat_id"]) or found.get(terms["company_id"])
        found[terms["country"]] = Found(country, 0.9, place.place, place.text)
    return found, offered


def _names(rows, own, anchor) -> list[Found]:
    """Pieces that look like a company: a legal form, large letters, near the identifiers, at the top."""
    domain = _domain(rows)
    own_name = plain(own.name)
    scored: dict[str, tuple[float, Piece]] = {}
    heights = sorted(piece.place.h for row in rows for piece in row)
    usual = heights[len(heights) // 2] if heights else 1
    for row in rows:
        for piece in row:
            name = _name(piece)
            if name is None or plain(name) == own_name or (own_name and own_name in plain(name)):
                continue
            place = piece.place
            score = 0.0
            if _FORM.search(name):
                score += 0.5
            if domain and _alike(name, domain):
                score += 0.4
            if place.h > 1.35 * usual and place.page == 1:
                score += 0.25
            if place.page == 1 and place.y < 18:
                score += 0.2
            if anchor is not None and anchor.place.page == place.page and abs(anchor.place.y - place.y) < 9:
                score += 0.15 if abs(anchor.place.x - place.x) < 12 else 0.05
            if score > scored.get(plain(name), (0.3, None))[0]:
                scored[plain(name)] = (score, piece)
    ordered = sorted(scored.values(), key=lambda pair: -pair[0])
    # A name that was guessed from its looks is never beyond doubt.
    return [Found(_name(piece), round(min(0.78, score), 2), piece.place, piece.text) for score, piece in ordered[:3]]


def _name(piece: Piece) -> str | None:
    """The piece, or what stands before its first comma, dash or bar, as a name."""
    text = re.split(r"\s[-–|•·]\s|,|\|", piece.text)[0].strip(" :")
    if not 3 <= len(text) <= 70 or len(text.split()) > 7 or _NO_NAME.search(plain(text)):
        return None
    if sum(character.isdigit() for character in text) > 4 or not re.search(r"[^\W\d_]{2}", text) or ":" in text:
        return None
    return text


def _domain(rows) -> str:
    """`info@molens-de-ster.be`, `www.molensdester.be` → `molensdester`."""
    for row in rows:
        for piece in row:
            for word in piece.words:
                found = re.search(r"(?:@|www\.)([a-z0-9-]{3,40})\.[a-z]{2,}", word.text.lower())
                if found and found[1] not in ("gmail", "hotmail", "outlook", "telenet", "skynet", "proximus", "orange"):
                    return found[1].replace("-", "")
    return ""


def _alike(name: str, domain: str) -> bool:
    joined = plain(_FORM.sub("", name)).replace(" ", "")
    return len(joined) >= 4 and (joined in domain or domain in joined)


def _address(rows, name: Found, country: str, own, terms) -> dict[str, Found]:
    """The postal code and city of the country that stand nearest below the name, and the street above or before them."""
    expression = _POSTAL.get(country)
    if expression is None or name.place is None:
        return {}
    best, distance = None, None
    for row in rows:
        for piece in row:
            if piece.place.page != name.place.page or values.compact(own.postal_code) and own.postal_code in piece.text:
                continue
            for part in re.split(r"\s[-–|•·]\s|,\s", piece.text):
                if found := expression.search(part.strip()):
                    off = abs(piece.place.y - name.place.y) + abs(piece.place.x - name.place.x) / 3
                    if distance is None or off < distance:
                        best, distance = (piece, part, found), off
    if best is None:
        return {}
    piece, part, found = best
    first, second = found.groups()
    postal, city = (second, first) if country == "GB" else (first, second)
    made = {
        terms["postal_code"]: Found(postal, 0.75, piece.place, part),
        terms["city"]: Found(city.strip(" -,"), 0.75, piece.place, part),
    }
    street, place = _street(rows, piece, part)
    if street:
        made[terms["street"]] = Found(street, 0.7, place, street)
    return made


def _street(rows, piece: Piece, part: str):
    """In the same piece before the city, else the piece directly above it."""
    before = re.split(r"\s[-–|•·]\s|,\s", piece.text[: piece.text.index(part)].strip(" ,-–|•·"))[-1].strip()
    if _is_street(before):
        return before, piece.place
    for position in range(piece.row - 1, max(-1, piece.row - 4), -1):
        for over in rows[position]:
            level = abs(over.place.x - piece.place.x) < 3 or abs(over.place.right - piece.place.right) < 1.5
            if (
                over.place.page == piece.place.page
                and level
                and piece.place.y - over.place.bottom < 2.5
                and _is_street(over.text)
            ):
                return over.text, over.place
    return "", None


def _is_street(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{3}", text) and re.search(r"\b\d{1,4}\s?[A-Za-z]?\b", text) and len(text) <= 80)

"""Written amounts, dates and numbers with check digits, as four languages write them. Each gives None for no value."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from stdnum import get_cc_module, iban, iso11649
from stdnum.be import ogm_vcs
from stdnum.be import vat as be_vat

CURRENCIES = {"€": "EUR", "eur": "EUR", "euro": "EUR", "£": "GBP", "gbp": "GBP", "$": "USD", "usd": "USD",
              "chf": "CHF", "sek": "SEK", "dkk": "DKK", "nok": "NOK", "pln": "PLN", "czk": "CZK"}  # fmt: skip

# The rates that a country has (VAT Directive, annex of rates, 2026); 0 is always possible.
RATES = {
    "BE": ("21", "12", "6"),
    "NL": ("21", "9"),
    "FR": ("20", "10", "5.5", "2.1"),
    "DE": ("19", "7"),
    "LU": ("17", "14", "8", "3"),
    "AT": ("20", "13", "10"),
    "GB": ("20", "5"),
    "IE": ("23", "13.5", "9"),
}
USUAL_RATES = tuple(sorted({Decimal(rate) for rates in RATES.values() for rate in rates}, reverse=True))

_AMOUNT = re.compile(
    r"[-–−(]?(?:€|EUR|\$|£|CHF)?[-–−]?"
    r"(\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+|\d{1,9})[.,](\d{2})[-–−)]?(?:€|EUR|\$|£|CHF)?",
    re.I,
)
_WHOLE = re.compile(r"[-–−]?\d{1,3}(?:[.,'’ ]\d{3})+|[-–−]?\d{1,9}")
_MONTHS = {
    1: "januari janvier januar january jan janv",
    2: "februari fevrier februar february feb fev febr",
    3: "maart mars marz maerz march mrt mar",
    4: "april avril apr avr",
    5: "mei mai may",
    6: "juni juin june jun",
    7: "juli juillet july jul juil",
    8: "augustus aout august aug",
    9: "september septembre sep sept",
    10: "oktober octobre october okt oct",
    11: "november novembre nov",
    12: "december decembre dezember dec dez",
}
_MONTH = {name: number for number, names in _MONTHS.items() for name in names.split()}
_NUMERIC_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})")
_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_EU = frozenset(
    (
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
    )
    + ("NL", "PL", "PT", "RO", "SE", "SI", "SK", "GB")
)


def amount(text: str) -> Decimal | None:
    """`1.234,56 €`, `1,234.56`, `1 234,56`, `(12.00)`, `12,00-` → Decimal with two decimals."""
    text = text.strip().rstrip(".")
    found = _AMOUNT.fullmatch(text)
    if not found:
        return None
    whole, cents = found.groups()
    grouping = {character for character in whole if not character.isdigit()}
    if len(grouping) > 1 or text[found.end(1)] in grouping:
        return None
    value = Decimal(re.sub(r"\D", "", whole) + "." + cents)
    negative = text[0] in "-–−(" or text[-1] in "-–−" or re.match(r"\D*[-–−]", text)
    return -value if negative else value


def number(text: str) -> Decimal | None:
    """A quantity or price: as `amount`, with no, one or more decimals: `3`, `2,5`, `0,1250`."""
    text = text.strip().lstrip("€$£").rstrip("€$£x").strip()
    if (exact := amount(text)) is not None:
        return exact
    if _WHOLE.fullmatch(text):
        return Decimal(re.sub(r"[^\d-]", "", re.sub("[–−]", "-", text)))
    if found := re.fullmatch(r"(\d{1,9})[.,](\d{1,4})", text):
        return Decimal(".".join(found.groups()))
    return None


def rate(text: str) -> Decimal | None:
    """`21 %`, `5,5%`, `21.00%` → the percentage, 0 to 30."""
    found = re.fullmatch(r"\(?(\d{1,2})(?:[.,](\d{1,2}))?\s?%\)?[:,]?", text.strip())
    if not found:
        return None
    value = Decimal(f"{found[1]}.{found[2] or 0}").normalize()
    return Decimal(f"{value:f}") if value <= 30 else None


def day(text: str) -> date | None:
    """`17/11/2026`, `17.11.26`, `2026-11-17`, `17 november 2026`, `November 17, 2026`, `1er mars 2026`; day first."""
    text = text.strip().strip(",;:()")
    if found := _ISO_DATE.fullmatch(text):
        return _date(found[1], found[2], found[3])
    if found := _NUMERIC_DATE.fullmatch(text):
        first, second, year = found.groups()
        return _date(year, second, first) or _date(year, first, second)
    # Imported here, since rows knows nothing of values.
    from .rows import plain

    parts = plain(re.sub(r"(?<=\d)(?:er|st|nd|rd|th)\b", "", text)).split()
    if len(parts) != 3:
        return None
    if parts[0] in _MONTH:
        parts = [parts[1], parts[0], parts[2]]
    if parts[1] in _MONTH and parts[0].isdigit() and re.fullmatch(r"\d{4}", parts[2]):
        return _date(parts[2], _MONTH[parts[1]], parts[0])
    return None


def _date(year, month, day_) -> date | None:
    year = int(year) + (2000 if int(year) < 100 else 0)
    try:
        made = date(year, int(month), int(day_))
    except ValueError:
        return None
    return made if 2000 <= year <= 2099 else None


def compact(text: str) -> str:
    return "".join(character for character in text if character.isalnum()).upper()


def vat_id(text: str) -> str | None:
    """A VAT number with its country and right check digits, compact: `BE 0702.451.135` → `BE0702451135`."""
    plain = compact(text)
    country = plain[:2]
    if country == "GR":
        plain, country = "EL" + plain[2:], "EL"
    if country not in _EU or not 8 <= len(plain) <= 15:
        return None
    rules = get_cc_module("gr" if country == "EL" else country.lower(), "vat")
    if rules is None or not rules.is_valid(plain):
        return None
    if country == "BE":
        return "BE" + be_vat.compact(plain).removeprefix("BE")
    return plain


def enterprise_number(text: str) -> str | None:
    """A Belgian enterprise number (mod 97), ten digits."""
    plain = re.sub(r"[\s.\-]", "", text)
    return plain if re.fullmatch(r"[01]\d{9}", plain) and be_vat.is_valid(plain) else None


def account(text: str) -> str | None:
    """An IBAN with right check digits (mod 97) and the length of its country, compact."""
    plain = compact(text)
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return None
    return plain if iban.is_valid(plain, check_country=False) else None


def structured_reference(text: str) -> str | None:
    """A Belgian structured communication (mod 97) as `+++090/9337/55493+++`, or an ISO 11649 reference."""
    plain = compact(text)
    if re.fullmatch(r"\d{12}", plain) and ogm_vcs.is_valid(plain):
        return f"+++{plain[:3]}/{plain[3:7]}/{plain[7:]}+++"
    if re.fullmatch(r"RF\d{2}[A-Z0-9]{1,21}", plain) and iso11649.is_valid(plain):
        return plain
    return None

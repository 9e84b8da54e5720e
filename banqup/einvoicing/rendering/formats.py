"""Amounts, numbers and dates as a reader of each language writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

_NO_BREAK = "\u00a0"
_MINUS = "\u2212"
# language: (between thousands, before decimals)
_SIGNS = {"en": (",", "."), "nl": (".", ","), "fr": (_NO_BREAK, ","), "de": (".", ",")}
_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
}


def money(value: Decimal, language: str) -> str:
    """1234.5 → `1,234.50`: at least two decimals, and all that are there."""
    whole, _, decimals = _plain(abs(value)).partition(".")
    return _written(whole, decimals.ljust(2, "0"), value < 0, language)


def number(value: Decimal, language: str) -> str:
    """1234.50 → `1,234.5`: as few decimals as say it all."""
    whole, _, decimals = _plain(abs(value)).partition(".")
    return _written(whole, decimals, value < 0, language)


def percent(value: Decimal, language: str) -> str:
    return f"{number(value, language)}{_NO_BREAK}%"


def day(value: date, language: str) -> str:
    """17 Nov 2026"""
    month = _MONTHS[language].split()[value.month - 1]
    return f"{value.day}{'.' if language == 'de' else ''}{_NO_BREAK}{month}{_NO_BREAK}{value.year}"


def iban(value: str) -> str:
    """In groups of four, so that it can be read aloud."""
    plain = "".join(value.split()).upper()
    return _NO_BREAK.join(plain[start : start + 4] for start in range(0, len(plain), 4))


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _written(whole: str, decimals: str, negative: bool, language: str) -> str:
    between, before = _SIGNS[language]
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)]
    text = between.join(reversed(groups))
    return f"{_MINUS if negative else ''}{text}{before + decimals if decimals else ''}"

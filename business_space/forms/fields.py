"""Entry as people write it: 1.234,56 or 1,234.56; 17/11, 17-11-26, 17 Nov 2026 or 2026-11-17."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from banqup.common.templatetags.format import vat

MAX_DIGITS = 15
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_GROUPED = re.compile(r"^\d{1,3}([.,])\d{3}(\1\d{3})*$")


def read_number(text: str) -> Decimal:
    """The number somebody wrote with either separator. Raises ValueError.

    With both separators the last one is the decimal one; one that stands more than once groups
    thousands; a single one is the decimal one.
    """
    plain = _SPACES.sub("", text)
    sign, plain = ("-", plain[1:]) if plain[:1] in ("-", "\u2212") else ("", plain.removeprefix("+"))
    if not re.fullmatch(r"[\d.,]*\d[\d.,]*", plain) or not plain.isascii():
        raise ValueError(text)
    commas, points = plain.count(","), plain.count(".")
    if commas and points:
        decimal = max(",", ".", key=plain.rfind)
        whole, _point, rest = plain.rpartition(decimal)
        if decimal in whole or not _GROUPED.match(whole):
            raise ValueError(text)
        plain = re.sub(r"[.,]", "", whole) + "." + rest
    elif commas > 1 or points > 1:
        if not _GROUPED.match(plain):
            raise ValueError(text)
        plain = re.sub(r"[.,]", "", plain)
    else:
        plain = plain.replace(",", ".")
    try:
        return Decimal(sign + plain)
    except InvalidOperation as error:
        raise ValueError(text) from error


class NumberField(forms.Field):
    """A Decimal; shown with a point and without trailing zeros that nobody wrote."""

    default_error_messages = {
        "invalid": _("“%(value)s” is not a number. Write it like 1234.50 or 1.234,50."),
        "digits": _("“%(value)s” has too many digits."),
        "decimals": _("“%(value)s” has more than %(places)d decimals. Write thousands without a separator."),
    }

    def __init__(self, *, places=None, **kwargs):
        self.places = places
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, Decimal):
            return value
        try:
            number = read_number(str(value))
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from error
        _sign, digits, exponent = number.as_tuple()
        if len(digits) + max(exponent, 0) > MAX_DIGITS:
            raise ValidationError(self.error_messages["digits"], code="digits", params={"value": value})
        if self.places is not None and -exponent > self.places:
            params = {"value": value, "places": self.places}
            raise ValidationError(self.error_messages["decimals"], code="decimals", params=params)
        return number

    def prepare_value(self, value):
        return format(value, "f") if isinstance(value, Decimal) else value

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


def read_date(text: str, today: date) -> date:
    """The day somebody wrote. Raises ValueError. Without a year: the one nearest to today."""
    text = text.strip().lower().rstrip(".")
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
        return date(*map(int, match.groups()))
    match = re.fullmatch(r"(\d{1,2})[-/. ]\s*(\d{1,2}|[^\W\d_]+)\.?(?:[-/. ]\s*(\d{2}|\d{4}))?", text)
    if not match:
        raise ValueError(text)
    day, month, year = match.groups()
    month = int(month) if month.isdecimal() else _month(month)
    if year is None:
        return _nearest(int(day), month, today)
    return date(int(year) + (2000 if len(year) == 2 else 0), month, int(day))


def _month(word: str) -> int:
    for names in (MONTHS_3, MONTHS):
        for number, name in names.items():
            if str(name).lower().rstrip(".") == word:
                return number
    found = [number for number, name in MONTHS.items() if len(word) >= 3 and str(name).lower().startswith(word)]
    if len(found) != 1:
        raise ValueError(word)
    return found[0]


def _nearest(day: int, month: int, today: date) -> date:
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            candidates.append(date(year, month, day))
        except ValueError:  # 29 February
            continue
    if not candidates:
        raise ValueError(f"{day}/{month}")
    return min(candidates, key=lambda candidate: abs(candidate - today))


class DayField(forms.Field):
    """A date, day first; shown as 17 Nov 2026."""

    default_error_messages = {"invalid": _("“%(value)s” is not a date. Write it like 17/11, 17-11-26 or 2026-11-17.")}

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return read_date(str(value), timezone.localdate())
        except (ValueError, OverflowError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from error

    def prepare_value(self, value):
        return date_format(value, "j M Y") if isinstance(value, date) else value

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


class TextField(forms.CharField):
    """Words; what the e-invoice says stays as it is unless somebody really changed it."""

    def __init__(self, *, max_length=200, **kwargs):
        super().__init__(max_length=max_length, required=False, **kwargs)

    def has_changed(self, initial, data):
        return (str(initial or "")).strip() != (str(data or "")).strip()


class IbanField(TextField):
    """Shown in groups of four, kept without spaces."""

    def prepare_value(self, value):
        plain = _SPACES.sub("", str(value or ""))
        if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]+", plain):
            return value
        return " ".join(plain[position : position + 4] for position in range(0, len(plain), 4))

    def to_python(self, value):
        return _SPACES.sub("", super().to_python(value)).upper()

    def has_changed(self, initial, data):
        return _SPACES.sub("", str(initial or "")).upper() != _SPACES.sub("", str(data or "")).upper()


class VatNumberField(TextField):
    """Shown as BE 0417.823.441, kept as country code and number."""

    def prepare_value(self, value):
        return str(vat(value)).replace("\u00a0", " ") if re.fullmatch(r"BE[01]\d{9}", str(value or "")) else value

    def to_python(self, value):
        plain = re.sub(r"[\s.\-/]", "", super().to_python(value)).upper()
        # An enterprise number alone is how a Belgian writes it.
        return f"BE{plain.zfill(10)}" if re.fullmatch(r"[01]?\d{9}", plain) else plain

    def has_changed(self, initial, data):
        return re.sub(r"[\s.]", "", str(initial or "")).upper() != re.sub(r"[\s.]", "", str(data or "")).upper()

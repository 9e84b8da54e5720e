"""How amounts, dates and numbers of companies are written."""

from datetime import date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.translation import get_language, gettext

register = template.Library()

NOTHING = "–"
NO_BREAK = "\u00a0"
MINUS = "\u2212"
# Django's date letters; languages that are not listed write "17 nov 2026".
DAY, DAY_SHORT = {"de": "j. M Y"}, {"de": "j. M"}


def zone_of(space):
    """The time zone of a space, of its name, or the current one."""
    zone = getattr(space, "time_zone", None) or getattr(space, "timezone", None) or space
    if isinstance(zone, str) and zone:
        return ZoneInfo(zone)
    return zone if isinstance(zone, tzinfo) else timezone.get_current_timezone()


def _local(value, space):
    return value.astimezone(zone_of(space)) if isinstance(value, datetime) and timezone.is_aware(value) else value


def _format(formats, default):
    return formats.get((get_language() or "en").split("-")[0], default)


def _today(space):
    return timezone.now().astimezone(zone_of(space)).date()


def _time_element(stamp, text):
    return format_html('<time datetime="{}">{}</time>', stamp.isoformat(), text)


@register.filter
def money(amount):
    """1234.5 -> "1,234.50" in the reader's language: at least two decimals, never a float."""
    if amount is None or amount == "":
        return NOTHING
    if isinstance(amount, bool) or not isinstance(amount, (Decimal, int)):
        raise TypeError(f"An amount is a Decimal, not {type(amount).__name__}")
    amount = Decimal(amount)
    places = max(2, -amount.normalize().as_tuple().exponent)
    written = number_format(abs(amount), decimal_pos=places, force_grouping=True)
    return MINUS + written if amount < 0 else written


@register.filter
def count(number):
    """1284 -> "1,284"; words pass through."""
    return number_format(number, force_grouping=True) if isinstance(number, int) else number


@register.simple_tag(name="money")
def money_with_currency(amount, currency="EUR"):
    """`{% money invoice.payable invoice.currency %}`: EUR 1,234.50"""
    return f"{currency}{NO_BREAK}{money(amount)}" if amount is not None else NOTHING


@register.filter
def day(value, space=None):
    """17 Nov 2026, in the space's time zone."""
    if not isinstance(value, date):
        return NOTHING
    local = _local(value, space)
    plain = local.date() if isinstance(local, datetime) else local
    return _time_element(plain, date_format(plain, _format(DAY, "j M Y")))


@register.filter
def day_short(value, space=None):
    """17 Nov; with the year unless it is this one. For columns."""
    if not isinstance(value, date):
        return NOTHING
    local = _local(value, space)
    plain = local.date() if isinstance(local, datetime) else local
    style = _format(DAY_SHORT, "j M") if plain.year == _today(space).year else _format(DAY, "j M Y")
    return _time_element(plain, date_format(plain, style))


@register.filter
def moment(value, space=None):
    """17 Nov, 09:41; with the year unless it is this one."""
    if not isinstance(value, datetime):
        return NOTHING
    local = _local(value, space)
    style = _format(DAY_SHORT, "j M") if local.year == _today(space).year else _format(DAY, "j M Y")
    return _time_element(local, f"{date_format(local, style)}, {date_format(local, 'H:i')}")


@register.filter
def recent(value, space=None):
    """today, 09:41; otherwise as `moment`."""
    if not isinstance(value, datetime):
        return NOTHING
    local = _local(value, space)
    if local.date() != _today(space):
        return moment(value, space)
    return _time_element(local, gettext("today, %(time)s") % {"time": date_format(local, "H:i")})


@register.filter
def iban(value):
    """BE21 7370 1144 2003"""
    plain = "".join(str(value or "").split()).upper()
    return NO_BREAK.join(plain[i : i + 4] for i in range(0, len(plain), 4)) or NOTHING


@register.filter
def vat(value):
    """BE 0417.823.441"""
    plain = "".join(c for c in str(value or "") if c.isalnum()).upper()
    if not plain:
        return NOTHING
    country, number = (plain[:2], plain[2:]) if plain[:2].isalpha() else ("", plain)
    if country == "BE" and number.isdigit():
        number = number.zfill(10)
        number = f"{number[:4]}.{number[4:7]}.{number[7:]}"
    return f"{country}{NO_BREAK}{number}" if country else number


@register.filter
def filesize(value):
    """1.2 MB"""
    return NOTHING if value is None or value == "" else filesizeformat(value)

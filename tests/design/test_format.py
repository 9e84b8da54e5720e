"""How amounts, dates and company numbers are written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import translation

from banqup.common.templatetags import format as written

BRUSSELS = SimpleNamespace(time_zone="Europe/Brussels")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Decimal("1214.12"), "1,214.12"),
        (Decimal("1214.1"), "1,214.10"),
        (Decimal("0"), "0.00"),
        (Decimal("1000000"), "1,000,000.00"),
        (Decimal("0.085"), "0.085"),
        (Decimal("0.0850"), "0.085"),
        (Decimal("-1573"), "\u22121,573.00"),
        (Decimal("1E+3"), "1,000.00"),
        (7, "7.00"),
        (None, "–"),
        ("", "–"),
    ],
)
def test_money(amount, expected):
    assert written.money(amount) == expected


@pytest.mark.parametrize("amount", [1.5, "12.00", True])
def test_money_is_exact(amount):
    with pytest.raises(TypeError):
        written.money(amount)


def test_money_by_language():
    with translation.override("nl"):
        assert written.money(Decimal("1214.12")) == "1.214,12"
    with translation.override("fr"):
        assert written.money(Decimal("1214.12")).replace("\u202f", " ").replace("\xa0", " ") == "1 214,12"


def test_currency_stands_before_the_number():
    assert written.money_with_currency(Decimal("1214.12"), "EUR") == "EUR\xa01,214.12"


def test_a_day_is_that_of_the_space():
    late = datetime(2026, 11, 17, 23, 30, tzinfo=UTC)
    assert "18 Nov 2026" in written.day(late, BRUSSELS)
    assert "17 Nov 2026" in written.day(late, "UTC")
    assert 'datetime="2026-11-18"' in written.day(late, BRUSSELS)
    assert "17 Nov 2026" in written.day(date(2026, 11, 17), BRUSSELS)
    assert written.day(None) == "–"


def test_a_moment_is_written_in_the_zone_of_the_space(monkeypatch):
    monkeypatch.setattr(written.timezone, "now", lambda: datetime(2026, 11, 20, 9, tzinfo=UTC))
    at = datetime(2026, 11, 17, 8, 41, tzinfo=UTC)
    html = written.moment(at, BRUSSELS)
    assert ">17 Nov, 09:41<" in html
    assert 'datetime="2026-11-17T09:41:00+01:00"' in html
    assert ">17 Nov 2025, 09:41<" in written.moment(at.replace(year=2025), BRUSSELS)
    assert ">today, 10:12<" in written.recent(datetime(2026, 11, 20, 9, 12, tzinfo=UTC), BRUSSELS)
    assert ">17 Nov, 09:41<" in written.recent(at, BRUSSELS)


def test_short_days_show_another_year(monkeypatch):
    monkeypatch.setattr(written.timezone, "now", lambda: datetime(2026, 11, 20, tzinfo=UTC))
    assert ">13 Nov<" in written.day_short(date(2026, 11, 13))
    assert ">13 Nov 2025<" in written.day_short(date(2025, 11, 13))


def test_numbers_of_companies():
    assert written.iban("be21737011442003") == "BE21\xa07370\xa01144\xa02003"
    assert written.vat("BE0417823441") == "BE\xa00417.823.441"
    assert written.vat("NL854502130B01") == "NL\xa0854502130B01"
    assert written.vat("") == written.iban(None) == "–"
    assert written.count(1284) == "1,284"
    assert written.count("1,284") == "1,284"

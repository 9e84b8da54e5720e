"""Showing an e-invoice in words: everything it says, in four languages, and a piece at a time."""

from __future__ import annotations

import dataclasses
import html
from datetime import date
from decimal import Decimal

import pytest
from django.template.loader import render_to_string

from banqup.einvoicing import AllowanceCharge, read, write
from banqup.einvoicing.rendering import LANGUAGES, codes, describe, formats, labels
from tests.einvoicing import everything
from tests.factories.einvoices import document, in_category, line

D = Decimal


def words(value) -> str:
    """Every string in a sheet, one a line."""
    if isinstance(value, str):
        return value
    if dataclasses.is_dataclass(value):
        return "\n".join(words(getattr(value, field.name)) for field in dataclasses.fields(value))
    if isinstance(value, dict):
        return "\n".join(map(words, value.values()))
    return "\n".join(map(words, value)) if isinstance(value, tuple) else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_the_model_has_its_place_on_the_page(language):
    made = everything.document()
    sheet = describe(made, language)
    page = html.unescape(render_to_string("components/invoice/_readable.html", {"data": sheet}))
    for shown in (words(sheet), page):
        assert [one for one in everything.told(made, language) if one[1] not in shown] == []
    assert "5\u00a0bytes" in page or "5 bytes" in page


def test_what_the_model_has_no_field_for_is_shown_under_the_name_that_the_syntax_has():
    data = write(document())
    delivery = b"<cac:Delivery><cbc:LatestDeliveryDate>2026-03-09</cbc:LatestDeliveryDate></cac:Delivery>"
    packs = b"<cbc:PackSizeNumeric>12</cbc:PackSizeNumeric>"
    data = data.replace(b"<cac:PaymentMeans>", delivery + b"<cac:PaymentMeans>", 1)
    data = data.replace(b"<cbc:Name>Wheat", packs + b"<cbc:Name>Wheat", 1)
    sheet = describe(read(data))
    assert [(fact.label, fact.value) for fact in sheet.other] == [("Latest Delivery Date", "2026-03-09")]
    assert [(fact.label, fact.value) for fact in sheet.rows[0].facts] == [("Pack Size Numeric", "12")]


def test_a_document_is_shown_in_the_language_of_its_reader_and_in_english_for_others():
    shown = {language: describe(document(), language) for language in ("nl-be", "fr", "de", "en", "sv", None)}
    assert [(sheet.language, sheet.title, sheet.payable.value) for sheet in shown.values()] == [
        ("nl", "Factuur", "EUR\u00a0283,22"),
        ("fr", "Facture", "EUR\u00a0283,22"),
        ("de", "Rechnung", "EUR\u00a0283,22"),
        ("en", "Invoice", "EUR\u00a0283.22"),
        ("en", "Invoice", "EUR\u00a0283.22"),
        ("en", "Invoice", "EUR\u00a0283.22"),
    ]
    assert all("data" in shown["en"].marking and sheet.marking for sheet in shown.values())


def test_no_label_is_left_untranslated():
    for table in (labels._LABELS, labels._WORDS, codes._TYPES, codes._MEANS, codes._TAX_POINTS):
        assert all(len(found) == len(LANGUAGES) and all(found) for found in table.values())


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("−1,234,567.50", "1,234.5", "17\u00a0Nov\u00a02026")),
        ("nl", ("−1.234.567,50", "1.234,5", "17\u00a0nov\u00a02026")),
        ("fr", ("−1\u00a0234\u00a0567,50", "1\u00a0234,5", "17\u00a0nov.\u00a02026")),
        ("de", ("−1.234.567,50", "1.234,5", "17.\u00a0Nov.\u00a02026")),
    ],
)
def test_amounts_numbers_and_dates_are_written_as_the_language_does(language, expected):
    day = date(2026, 11, 17)
    assert (
        formats.money(D("-1234567.5"), language),
        formats.number(D("1234.500"), language),
        formats.day(day, language),
    ) == expected


def test_categories_of_vat_are_told_in_words_with_the_reason():
    made = describe(in_category("AE"))
    assert [(row.label, row.reason, row.tax) for row in made.vat] == [
        ("Reverse charge", "Reverse charge (VATEX-EU-AE)", "0.00")
    ]
    assert codes.vat("L", D(7), "en") == "L 7\u00a0%" and codes.vat("S", D("21.00"), "fr") == "21\u00a0%"


def test_discounts_have_a_minus_and_say_of_what():
    half = AllowanceCharge(False, D("10.00"), D("20.00"), D(50), "Loyalty", "95", "S", D(21))
    row = describe(document(allowances_charges=(half,))).adjustments[0]
    assert (row.label, row.vat, row.amount) == ("Discount · Loyalty (95) · 50\u00a0% of 20.00", "21\u00a0%", "−10.00")


def test_the_lines_of_a_long_document_come_in_pieces_with_the_totals_of_all():
    made = document(lines=tuple(line(number) for number in range(1, 12)))
    piece = describe(made, first=8, count=8)
    assert [row.number for row in piece.rows] == ["9", "10", "11"]
    assert (piece.first, piece.line_count, piece.payable) == (8, 11, describe(made).payable)

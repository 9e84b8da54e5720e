"""A slice of `make accuracy` with floors, and the values that four languages write."""

from datetime import date
from decimal import Decimal

import pytest

from banqup import einvoicing
from banqup.einvoicing.extraction import Known, KnownParty, Place, Word, extract, values
from tests.extraction.accuracy import FIELDS, scan_tally, text_tally
from tests.extraction.papers import OWN, paper, scan


def test_the_fields_of_drawn_invoices_are_read_right():
    tally = text_tally(15)
    assert {term: tally.right(term) for term in FIELDS if tally.right(term) < 95} == {}
    assert sum(count["sure"] for count in tally.counts.values()) == 0


def test_a_scan_is_read_or_the_machine_says_what_is_missing():
    if not einvoicing.scan_engine():
        with pytest.raises(einvoicing.Unreadable) as caught:
            einvoicing.read_scan(scan(paper(0).pdf, "office"), 1)
        assert caught.value.code == "no-scan-engine" and "tesseract-ocr" in caught.value.message
        return
    tally = scan_tally(1, "office")
    money_and_numbers = ("BT-1", "BT-2", "BT-9", "BT-109", "BT-115", "BT-84")
    assert [term for term in money_and_numbers if tally.right(term) < 50] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("1 234,56", "1234.56"), ("1'234.56", "1234.56"), ("12,00-", "-12.00"),
        ("€1.234.567,89", "1234567.89"), ("(12.00)", "-12.00"), ("1.234", None), ("1,234,56", None), ("12.345,6", None), ("abc", None),
    ],
)  # fmt: skip
def test_amounts_are_read_as_four_languages_write_them(text, value):
    assert values.amount(text) == (Decimal(value) if value else None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("17/11/2026", date(2026, 11, 17)), ("17.11.26", date(2026, 11, 17)), ("2026-11-17", date(2026, 11, 17)),
        ("1er mars 2026", date(2026, 3, 1)), ("17. März 2026", date(2026, 3, 17)), ("March 17, 2026", date(2026, 3, 17)),
        ("3 augustus 2026", date(2026, 8, 3)), ("11/17/2026", date(2026, 11, 17)), ("31/02/2026", None), ("17/11/1826", None),
    ],
)  # fmt: skip
def test_dates_are_read_day_first_in_four_languages(text, value):
    assert values.day(text) == value


def test_numbers_with_wrong_check_digits_are_not_taken():
    assert values.vat_id("BE 0417.823.441") == "BE0417823441" and values.vat_id("BE 0417.823.442") is None
    assert values.account("BE68 5390 0754 7034") == "BE68539007547034" and values.account("BE69 5390 0754 7034") is None
    assert values.structured_reference("+++090/9337/55493+++") == "+++090/9337/55493+++"
    assert values.structured_reference("+++090/9337/55494+++") is None
    assert values.structured_reference("RF18 5390 0754 7034") == "RF18539007547034"


def words_of(*rows: str) -> list[Word]:
    made = []
    for row, text in enumerate(rows):
        x = 8.0
        for word in text.split():
            made.append(Word(word, Place(1, x, 5.0 + 3 * row, 1.2 * len(word), 1.4)))
            x += 1.2 * len(word) + 0.8
    return made


def test_totals_that_do_not_add_up_stay_empty_and_are_offered():
    said = extract(words_of("Factuur 2026-9", "Totaal excl. btw 100,00", "Btw 21 % 21,00", "Te betalen 131,00"))
    assert {"BT-109", "BT-110", "BT-115"} & set(said.found) == set()
    assert [one.value for one in said.offered["BT-115"]] == [Decimal("131.00")]
    assert "totals-do-not-add-up" in said.notes and said.document.payable is None and said.document.lines == ()


def test_arithmetic_chooses_between_candidates():
    said = extract(
        words_of(
            "Totaal 500,00", "Totaal excl. btw 100,00", "Btw 21 % 21,00", "Totaal 121,00", "Totaal openstaand 900,00"
        )
    )
    assert (said.found["BT-109"].value, said.found["BT-115"].value) == (Decimal("100.00"), Decimal("121.00"))
    assert [(one.rate, one.taxable_amount) for one in said.document.vat_breakdown] == [(Decimal(21), Decimal("100.00"))]


def test_we_are_never_taken_for_the_supplier():
    own = Known(KnownParty(**OWN))
    said = extract(words_of("Bakkerij Janssens BV", "BTW BE 0702.451.135", "Factuurnummer 17"), own)
    assert "BT-31" not in said.found and said.found.get("BT-27") is None


def test_what_is_not_there_stays_empty():
    said = extract(words_of("Beste klant,", "hartelijk dank voor uw bezoek aan onze winkel", "tot binnenkort"))
    assert dict(said.found) == {} and said.document.lines == ()
    assert extract([]).notes == ("no-words",)

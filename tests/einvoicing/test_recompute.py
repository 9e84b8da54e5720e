"""Totals from lines: to the cent, per VAT category."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from banqup.einvoicing import AllowanceCharge, recompute
from tests.factories.einvoices import allowance, document, line

D = Decimal


def test_vat_is_rounded_once_per_category_and_not_per_line():
    made = document(lines=tuple(line(n, quantity=D(1), net_price=D("0.07")) for n in range(1, 11)))
    assert made.line_total == D("0.70")
    assert made.tax_total == D("0.15"), "21 % of 0.70 is 0.147; ten times 0.0147 rounded would be 0.10"


def test_halves_are_rounded_away_from_zero():
    assert document(lines=(line(net_price=D("0.50"), quantity=D(1), vat_rate=D(21)),)).tax_total == D("0.11")
    assert document(lines=(line(net_price=D("0.50"), quantity=D(-1), vat_rate=D(21)),)).tax_total == D("-0.11")


def test_every_total_follows_from_lines_allowances_and_charges():
    made = document(
        lines=(line(1, quantity=D(2), net_price=D("10")), line(2, quantity=D(1), net_price=D("5"), vat_rate=D(6))),
        allowances_charges=(allowance("1.00"), allowance("3.00", is_charge=True)),
        prepaid=D("5.00"),
        rounding=D("0.02"),
    )
    assert [(item.rate, item.taxable_amount, item.tax_amount) for item in made.vat_breakdown] == [
        (D(21), D("22.00"), D("4.62")),
        (D(6), D("5.00"), D("0.30")),
    ]
    assert (made.line_total, made.allowance_total, made.charge_total) == (D("25.00"), D("1.00"), D("3.00"))
    assert (made.tax_exclusive_total, made.tax_total, made.tax_inclusive_total) == (D("27.00"), D("4.92"), D("31.92"))
    assert made.payable == D("26.94")


def test_a_line_amount_that_is_given_is_kept():
    assert document(lines=(line(net_amount=D("1.23")),)).line_total == D("1.23")


def test_a_line_amount_follows_from_price_base_quantity_and_allowances():
    made = document(
        lines=(
            line(
                quantity=D(7),
                net_price=D("10"),
                price_base_quantity=D(3),
                allowances_charges=(AllowanceCharge(False, D("1.00")), AllowanceCharge(True, D("0.50"))),
            ),
        )
    )
    assert made.lines[0].net_amount == D("22.83")


def test_an_allowance_without_an_amount_is_its_percentage_of_its_base():
    half = AllowanceCharge(False, base_amount=D("10.10"), percent=D("7.5"), reason="Loyalty")
    made = document(
        lines=(line(quantity=D(1), net_price=D("10.10"), allowances_charges=(half,)),),
        allowances_charges=(replace(half, vat_category="S", vat_rate=D(21)), allowance("1.00", base_amount=D(5))),
    )
    assert made.lines[0].allowances_charges[0].amount == D("0.76"), "0.7575, half up"
    assert [item.amount for item in made.allowances_charges] == [D("0.76"), D("1.00")]
    assert (made.line_total, made.allowance_total) == (D("9.34"), D("1.76"))


def test_currencies_without_cents_and_with_three_decimals_have_two_like_all_others():
    sold = (line(quantity=D(1), net_price=D("10.125"), vat_rate=D(10)),)
    for currency in ("JPY", "BHD", "EUR"):
        made = document(currency=currency, lines=sold)
        assert (made.line_total, made.tax_total, made.payable) == (D("10.13"), D("1.01"), D("11.14"))


def test_reasons_of_an_exemption_are_kept():
    made = document(lines=(line(vat_category="AE", vat_rate=D(0)),))
    assert made.vat_breakdown[0].exemption_reason == "Reverse charge"
    assert recompute(made).vat_breakdown == made.vat_breakdown


def test_a_document_without_lines_has_totals_of_zero():
    made = document(lines=())
    assert (made.line_total, made.payable, made.vat_breakdown) == (0, 0, ())


def test_amounts_of_thirty_digits_stay_exact():
    made = document(lines=(line(quantity=D(1), net_price=D("123456789012345678901234567890.12"), vat_rate=D(0)),))
    assert made.payable == D("123456789012345678901234567890.12")


cents = st.decimals(D("-1000000"), D("1000000"), places=2)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(cents, st.sampled_from([D(0), D(6), D(12), D(21)])), max_size=8))
def test_computing_again_changes_nothing_and_the_sums_agree(sold):
    made = document(lines=tuple(line(n, net_amount=a, vat_rate=r) for n, (a, r) in enumerate(sold, 1)))
    assert recompute(made) == made
    assert made.tax_total == sum((item.tax_amount for item in made.vat_breakdown), D(0))
    assert made.tax_exclusive_total == sum((item.taxable_amount for item in made.vat_breakdown), D(0))
    assert made.tax_inclusive_total == made.tax_exclusive_total + made.tax_total


def test_self_billing_is_told_by_type_code_or_specification():
    assert not document().is_self_billed
    assert document(type_code="389").is_self_billed
    assert document(type_code="261").is_self_billed
    assert document(profile_id="urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0").is_self_billed
    assert replace(document(), kind="credit_note").is_credit_note

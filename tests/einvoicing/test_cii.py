"""Invoices in the CII syntax (Factur-X, ZUGFeRD 2): judged by their own rules, read into the same model."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from banqup.einvoicing import PaymentMeans, read, recompute, validate, write
from tests.einvoicing.test_writing import full
from tests.factories.cii import EN16931, cii_bytes
from tests.factories.einvoices import allowance, document, in_category

XRECHNUNG = f"{EN16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"


def in_cii(made):
    """`made` as CII can say it: one payment reference and mandate for all means, and no UBL-only fields."""
    means = tuple(replace(one, card_network=None, mandate_reference="M") for one in made.payment_means)
    return replace(made, customization_id=EN16931, payment_means=means)


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_all_that_the_model_holds_is_read_from_cii(kind):
    made = in_cii(full(kind))
    assert read(cii_bytes(made)) == made


@pytest.mark.parametrize(
    "made",
    [
        document(),
        document(kind="credit_note"),
        document(allowances_charges=(allowance(), allowance("4.00", is_charge=True, reason_code="FC"))),
        *(in_category(category) for category in ("Z", "E", "AE", "K", "G", "O")),
    ],
    ids=lambda made: f"{made.kind}-{made.vat_breakdown[0].category}",
)
def test_a_correct_cii_invoice_passes_its_schema_and_the_official_rules(made, validator):
    report = validate(cii_bytes(made), socket_path=validator)
    assert report.fatal == ()
    assert (report.valid, report.profile) == (True, "factur-x-en16931")
    assert [(layer.name, layer.judged) for layer in report.layers] == [
        ("CII schema", True),
        ("EN 16931 for CII", True),
        ("Factur-X EN16931", True),
    ]


def test_what_was_read_from_cii_is_a_correct_ubl_invoice(validator):
    assert validate(write(read(cii_bytes(document()))), socket_path=validator).valid


@pytest.mark.parametrize(
    ("specification", "profile", "judged", "not_judged"),
    [
        (f"{EN16931}#compliant#urn:factur-x.eu:1p0:basic", "factur-x-basic", ["EN 16931 for CII", "BASIC"], []),
        ("urn:factur-x.eu:1p0:basicwl", "factur-x-basicwl", ["BASICWL"], ["holds less than an invoice needs"]),
        ("urn:factur-x.eu:1p0:minimum", "factur-x-minimum", ["MINIMUM"], ["holds less than an invoice needs"]),
        (f"{EN16931}#conformant#urn:factur-x.eu:1p0:extended", "factur-x-extended", ["EXTENDED"], []),
        (XRECHNUNG, "xrechnung-cii", ["EN 16931 for CII"], ["BR-DE", "code lists"]),
        ("urn:example:something", "other-cii", ["EN 16931 for CII"], ["urn:example:something", "code lists"]),
    ],
)
def test_each_profile_is_judged_by_the_layers_it_asks_for(specification, profile, judged, not_judged, validator):
    report = validate(cii_bytes(document(), specification), socket_path=validator)
    assert report.profile == profile
    names = [layer.name for layer in report.layers if layer.judged]
    assert names[0] == "CII schema" and len(names) == len(judged) + 1
    assert all(mark in name for mark, name in zip(judged, names[1:], strict=True))
    missing = [layer.name for layer in report.layers if not layer.judged]
    assert len(missing) == len(not_judged)
    assert all(mark in name for mark, name in zip(not_judged, missing, strict=True))


def test_a_wrong_total_is_explained_with_the_values_as_in_ubl(validator):
    wrong = replace(document(), payable=Decimal("283.21"))
    [found] = [one for one in validate(cii_bytes(wrong), socket_path=validator).fatal if one.rule == "BR-CO-16"]
    assert (found.field, found.fix) == ("BT-115", "283.22")
    assert "283.21 EUR" in found.message and "a difference of 0.01 EUR" in found.message
    assert "HeaderTradeSettlement" in found.location


def test_a_fault_in_a_line_names_the_line(validator):
    made = document()
    lines = (made.lines[0], replace(made.lines[1], id="B7", name=None), made.lines[2])
    report = validate(cii_bytes(replace(made, lines=lines)), socket_path=validator, keep_going=True)
    [found] = [one for one in report.fatal if one.rule == "BR-25"]
    assert (found.field, found.message) == ("BT-153", "Line B7 does not say what was sold.")


def test_a_code_that_is_in_no_list_is_refused(validator):
    made = document()
    wrong = replace(made, lines=(replace(made.lines[0], unit="PIECES"), *made.lines[1:]))
    report = validate(cii_bytes(wrong), socket_path=validator)
    assert not report.valid
    assert any(finding.rule.startswith("FX-SCH-A") for finding in report.fatal)


def test_a_schema_failure_ends_it(validator):
    data = cii_bytes(document()).replace(b"<ram:TypeCode>380</ram:TypeCode>", b"<ram:Type>380</ram:Type>")
    report = validate(data, socket_path=validator)
    assert {finding.rule for finding in report.findings} == {"XSD"}
    assert [layer.judged for layer in report.layers] == [True, False, False]


def test_a_payment_reference_without_means_of_payment_is_kept():
    made = recompute(document(payment_means=(PaymentMeans(remittance_information="R1"),)))
    data = cii_bytes(made).replace(b"<ram:TypeCode>30</ram:TypeCode>", b"")
    assert [one.remittance_information for one in read(data).payment_means] == ["R1"]


def test_an_empty_element_is_named_as_it_is_written_in_cii(validator):
    data = cii_bytes(document())
    assert b"<ram:ApplicableHeaderTradeDelivery/>" in data
    [found] = validate(data, socket_path=validator).findings
    assert (found.rule, found.severity) == ("PEPPOL-EN16931-R008", "warning")
    assert found.message.startswith("The element ApplicableHeaderTradeDelivery is empty.")

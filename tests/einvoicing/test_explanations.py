"""Findings in plain words, with the values of the document."""

from __future__ import annotations

import json

import pytest

from banqup.einvoicing import Report, validate, write
from tests.einvoicing import explained
from tests.einvoicing.edit import changed, without
from tests.factories.einvoices import allowance, document, in_category, invoice_bytes, line

TOTALS = "cac:LegalMonetaryTotal/cbc:"
# lines 185.00 + 35.00 + 37.00, VAT 11.10 + 15.12
CENT = {
    "BR-CO-10": (f"{TOTALS}LineExtensionAmount", "257.01", "BT-106", ["257.01", "257.00", "3 lines"]),
    "BR-CO-13": (f"{TOTALS}TaxExclusiveAmount", "256.99", "BT-109", ["256.99", "257.00"]),
    "BR-CO-14": ("cac:TaxTotal/cbc:TaxAmount", "26.23", "BT-110", ["26.23", "26.22"]),
    "BR-CO-15": (f"{TOTALS}TaxInclusiveAmount", "283.23", "BT-112", ["283.23", "257.00", "26.22", "283.22"]),
    "BR-CO-16": (f"{TOTALS}PayableAmount", "283.21", "BT-115", ["283.21", "283.22"]),
}


def findings(data, validator):
    report = validate(data, socket_path=validator)
    assert not report.valid
    return {finding.rule: finding for finding in report.fatal}


@pytest.mark.parametrize("rule", CENT)
def test_a_difference_of_one_cent_is_explained_with_the_values(rule, validator):
    path, wrong, field, shown = CENT[rule]
    found = findings(changed(invoice_bytes(), path, wrong), validator)[rule]
    assert found.field == field and found.label
    assert all(value in found.message for value in shown), found.message
    assert "a difference of 0.01 EUR" in found.message
    assert found.proposal and found.official.startswith(f"[{rule}]")


def test_a_wrong_sum_of_allowances_or_charges_is_explained(validator):
    data = invoice_bytes(allowances_charges=(allowance("10.00"), allowance("4.00", is_charge=True, reason_code="FC")))
    found = findings(changed(data, f"{TOTALS}AllowanceTotalAmount", "10.01"), validator)["BR-CO-11"]
    assert "10.01 EUR" in found.message and "10.00 EUR" in found.message and found.field == "BT-107"
    found = findings(changed(data, f"{TOTALS}ChargeTotalAmount", "4.01"), validator)["BR-CO-12"]
    assert "4.01 EUR" in found.message and "4.00 EUR" in found.message and found.field == "BT-108"


def test_a_wrong_taxable_amount_names_the_rate_and_its_lines(validator):
    # The official rule lets a difference of less than one unit pass.
    data = changed(invoice_bytes(), "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount", "186.01")
    found = findings(data, validator)["BR-S-08"]
    assert found.field == "BT-116"
    assert "at 6 % is 186.01 EUR" in found.message and "185.00 EUR" in found.message


def test_a_wrong_vat_amount_shows_the_calculation(validator):
    data = changed(invoice_bytes(), "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount", "14.10")
    found = findings(data, validator)["BR-S-09"]
    assert "14.10 EUR" in found.message and "6 % of 185.00 EUR is 11.10 EUR" in found.message


def test_a_wrong_line_amount_shows_the_calculation(validator):
    made = document(lines=(line("A7", quantity=10, net_price=line().net_price, net_amount=line().net_price * 11),))
    found = findings(write(made), validator)["PEPPOL-EN16931-R120"]
    assert found.field == "BT-131"
    assert "line A7 is 203.50 EUR" in found.message and "10 × 18.50 EUR make 185.00 EUR" in found.message


@pytest.mark.parametrize(
    ("path", "rule", "field"),
    [
        ("cac:AccountingSupplierParty/cac:Party/cac:PostalAddress", "BR-08", "BG-5"),
        ("cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName", "BR-07", "BT-44"),
        ("cac:AccountingCustomerParty/cac:Party/cbc:EndpointID", "PEPPOL-EN16931-R010", "BT-49"),
        ("cac:AccountingSupplierParty/cac:Party/cbc:EndpointID", "PEPPOL-EN16931-R020", "BT-34"),
        ("cac:OrderReference", "PEPPOL-EN16931-R003", "BT-10"),
        ("cbc:ProfileID", "PEPPOL-EN16931-R001", "BT-23"),
    ],
)
def test_what_is_missing_is_named_with_its_term_and_a_way_out(path, rule, field, validator):
    found = findings(without(invoice_bytes(), path), validator)[rule]
    assert found.field == field and found.label
    assert found.message != found.official and found.proposal


@pytest.mark.parametrize(
    ("path", "value", "rule", "field"),
    [
        ("cbc:DocumentCurrencyCode", "EURO", "BR-CL-04", "BT-5"),
        (
            "cac:AccountingCustomerParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode",
            "ZZ",
            "BR-CL-14",
            "BT-55",
        ),
        ("cbc:InvoiceTypeCode", "999", "BR-CL-01", "BT-3"),
        ("cac:AccountingSupplierParty/cac:Party/cbc:EndpointID", "0702451136", "PEPPOL-COMMON-R043", "BT-34"),
        ("cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID", "0702451135", "BR-CO-09", "BT-31"),
        ("cac:LegalMonetaryTotal/cbc:PayableAmount", "283.221", "BR-DEC-18", "BT-115"),
    ],
)
def test_a_wrong_value_is_shown(path, value, rule, field, validator):
    found = findings(changed(invoice_bytes(), path, value), validator)[rule]
    assert found.field == field
    assert value in found.message


def test_a_wrong_unit_names_the_line(validator):
    found = findings(invoice_bytes(lines=(line(1), line(2, unit="PIECES"))), validator)["BR-CL-23"]
    assert "line 2" in found.message and "PIECES" in found.message and found.field == "BT-130"


def test_a_missing_reason_for_an_exemption_is_explained(validator):
    made = in_category("E")
    bare = [part for part in ("TaxExemptionReasonCode", "TaxExemptionReason")]
    data = write(made)
    for name in bare:
        data = without(data, f"cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:{name}")
    found = findings(data, validator)["BR-E-10"]
    assert found.field == "BT-120" and "exempt from VAT (E)" in found.message


def test_a_schema_failure_ends_the_judgement_and_says_which_value_is_wrong(validator):
    report = validate(changed(invoice_bytes(), "cbc:IssueDate", "2026-3-2"), socket_path=validator)
    assert {finding.rule for finding in report.findings} == {"XSD"}
    assert "IssueDate is written as '2026-3-2'" in report.findings[0].message
    assert [layer.judged for layer in report.layers] == [True, False, False]


@pytest.mark.parametrize(
    ("customization", "profile", "not_judged"),
    [
        ("urn:cen.eu:en16931:2017", "en16931", []),
        ("urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0", "xrechnung", ["BR-DE"]),
        ("urn:cen.eu:en16931:2017#compliant#urn:fdc:nen.nl:nlcius:v1.0", "nlcius", ["BR-NL"]),
        ("urn:example:something", "other", ["urn:example:something"]),
    ],
)
def test_other_specifications_are_named_and_what_was_not_judged_is_said(customization, profile, not_judged, validator):
    report = validate(invoice_bytes(customization_id=customization), socket_path=validator)
    assert report.valid and report.profile == profile
    assert [layer.name for layer in report.layers if layer.judged] == ["UBL 2.1 schema", "EN 16931"]
    missing = [layer.name for layer in report.layers if not layer.judged]
    assert len(missing) == len(not_judged)
    assert all(mark in name for mark, name in zip(not_judged, missing, strict=True))


def test_peppol_documents_from_outside_europe_are_not_held_to_european_rules(validator):
    report = validate(invoice_bytes(customization_id="urn:peppol:pint:billing-1@sg-1"), socket_path=validator)
    assert (report.valid, report.profile) == (True, "peppol-pint")
    assert [(layer.name, layer.judged) for layer in report.layers] == [
        ("UBL 2.1 schema", True),
        ("Peppol PINT rules", False),
    ]


@pytest.mark.parametrize(
    ("customization", "profile", "judged"),
    [
        (
            "urn:fdc:peppol.eu:poacc:trns:invoice_response:3",
            "peppol-invoice-response-3",
            {"UBL 2.1 schema", "Peppol Invoice Response (T111)"},
        ),
        ("urn:fdc:peppol.eu:poacc:trns:mlr:3", "application-response", {"UBL 2.1 schema"}),
    ],
)
def test_answers_are_judged_by_the_rules_of_their_own_kind(customization, profile, judged, validator):
    data = (
        '<ApplicationResponse xmlns="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2" '
        'xmlns:c="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
        f"<c:CustomizationID>{customization}</c:CustomizationID></ApplicationResponse>"
    )
    report = validate(data.encode(), socket_path=validator, keep_going=True)
    assert report.profile == profile and not report.valid
    assert {layer.name for layer in report.layers if layer.judged} == judged
    assert any(finding.rule == "XSD" for finding in report.findings)
    assert any(finding.rule.startswith("PEPPOL-T111") for finding in report.findings) is (len(judged) == 2)


def test_thousands_of_findings_are_cut_short_with_a_word_on_the_rest(validator):
    made = invoice_bytes(lines=tuple(line(number, unit="PIECES") for number in range(600)))
    report = validate(made, socket_path=validator)
    assert len(report.fatal) == 500
    assert report.findings[-1].rule == "MORE" and "100 more" in report.findings[-1].message


def test_a_report_survives_json(validator):
    report = validate(changed(invoice_bytes(), *CENT["BR-CO-16"][:2]), socket_path=validator)
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_every_rule_that_can_fire_has_words_of_its_own():
    assert {name: ids for name, ids in explained.without_words().items() if ids} == {}


@pytest.mark.parametrize(
    ("rule", "path", "wrong", "fix"),
    [
        ("BR-CO-10", f"{TOTALS}LineExtensionAmount", "257.01", "257.00"),
        ("BR-CO-16", f"{TOTALS}PayableAmount", "283.21", "283.22"),
        ("BR-S-09", "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount", "14.10", "11.10"),
        ("BR-DEC-18", f"{TOTALS}PayableAmount", "283.221", "283.22"),
        (
            "BR-CO-09",
            "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID",
            "0702451135",
            "BE0702451135",
        ),
        (
            "PEPPOL-EN16931-R007",
            "cbc:ProfileID",
            "urn:fdc:peppol.eu:2017:poacc:billing:99:1.0",
            "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        ),
    ],
)
def test_what_can_be_computed_is_proposed_as_a_value(rule, path, wrong, fix, validator):
    assert findings(changed(invoice_bytes(), path, wrong), validator)[rule].fix == fix


def test_a_missing_total_is_computed_from_what_is_there(validator):
    report = validate(without(invoice_bytes(), f"{TOTALS}LineExtensionAmount"), socket_path=validator, keep_going=True)
    found = {finding.rule: finding for finding in report.fatal}
    assert (found["BR-12"].field, found["BR-12"].fix) == ("BT-106", "257.00")


def test_what_en_16931_has_no_place_for_is_named_and_refuses_nothing(validator):
    data = invoice_bytes().replace(b"<cbc:ID>", b"<cbc:ProfileExecutionID>9</cbc:ProfileExecutionID><cbc:ID>", 1)
    report = validate(data, socket_path=validator)
    [found] = report.findings
    assert report.valid and found.rule.startswith("UBL-CR-")
    assert "The invoice has ProfileExecutionID, which EN 16931 has no place for" in found.message

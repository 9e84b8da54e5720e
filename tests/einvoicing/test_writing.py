"""What we write: read back unchanged, the same bytes every time, and valid when the data is complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from banqup.einvoicing import (
    AllowanceCharge,
    Attachment,
    Document,
    DocumentReference,
    NotValid,
    Party,
    PaymentMeans,
    read,
    recompute,
    structured_reference,
    validate,
    write,
    write_checked,
)
from banqup.einvoicing.safe_xml import parse
from banqup.einvoicing.schema import judge as schema_judge
from tests.einvoicing.strategies import TYPES, documents, valid_documents
from tests.factories.einvoices import BUYER, SELLER, allowance, document, in_category, line, lines, self_billed

KINDS = ["invoice", "credit_note"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents())
def test_reading_what_was_written_gives_the_document_back(made):
    data = write(made)
    assert read(data) == made
    assert write(read(data)) == data


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(made=valid_documents())
def test_any_document_that_obeys_the_rules_is_written_valid_and_read_back(made, validator):
    data = write(made)
    report = validate(data, socket_path=validator)
    assert report.findings == () and all(layer.judged for layer in report.layers)
    assert read(data) == made


@pytest.mark.parametrize("kind", KINDS)
def test_everything_the_model_holds_is_written_in_the_order_of_the_schema(kind):
    made = full(kind)
    assert schema_judge(parse(write(made))) == []
    assert read(write(made)) == made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("category", ["S", "Z", "E", "AE", "K", "G", "O"])
def test_a_document_in_any_vat_category_passes_every_rule(kind, category, validator):
    report = validate(write(in_category(category, kind=kind)), socket_path=validator)
    assert report.findings == () and report.valid


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [document, self_billed])
def test_documents_and_self_billed_documents_pass_every_rule(kind, make, validator):
    made = make(kind=kind)
    report = validate(write(made), socket_path=validator)
    assert report.findings == () and report.valid
    assert all(layer.judged for layer in report.layers)
    assert report.profile == ("peppol-self-billing-3" if made.is_self_billed else "peppol-billing-3")


@pytest.mark.parametrize(("kind", "type_code"), [(kind, code) for kind in KINDS for code in TYPES[kind]])
def test_every_type_of_document_passes_every_rule(kind, type_code, validator):
    assert validate(write(document(kind=kind, type_code=type_code)), socket_path=validator).findings == ()


@pytest.mark.parametrize("type_code", ["326", "384"])
def test_corrected_and_partial_invoices_are_for_two_germans_only(type_code, validator):
    assert rules(document(type_code=type_code), validator) == {"PEPPOL-EN16931-P0112"}
    earlier = (DocumentReference("2026-0041"),)  # DE-R-026 asks for it
    assert rules(german(type_code=type_code, preceding=earlier), validator) == set()


def test_an_invoice_of_many_categories_names_a_reason_for_each(validator):
    sold = tuple(
        line(number, vat_category=category, vat_rate=Decimal(rate))
        for number, (category, rate) in enumerate(
            [("S", "21"), ("S", "6"), ("Z", "0"), ("E", "0"), ("AE", "0"), ("G", "0"), ("L", "7"), ("M", "10")], start=1
        )
    )
    made = document(lines=sold)
    assert validate(write(made), socket_path=validator).findings == ()
    assert [item.exemption_reason_code for item in made.vat_breakdown] == [
        None, None, None, "VATEX-EU-132", "VATEX-EU-AE", "VATEX-EU-G", None, None,
    ]  # fmt: skip


def test_a_supply_within_the_union_needs_its_place_and_date(validator):
    made = in_category("K", deliver_to=None, delivery_date=None)
    assert rules(made, validator) == {"BR-IC-11", "BR-IC-12"}


def test_outside_the_scope_of_vat_goes_with_no_other_category(validator):
    made = in_category("O")
    mixed = recompute(replace(made, lines=(*made.lines, line(4))))
    assert {"BR-O-11", "BR-O-12"} <= rules(mixed, validator)


def test_a_split_payment_stays_in_italy(validator):
    sold = tuple(replace(item, vat_category="B", vat_rate=Decimal("22")) for item in lines())
    assert "BR-B-01" in rules(document(lines=sold), validator)


def test_what_is_written_leaves_only_when_the_rules_accept_it(validator):
    made = document()
    assert write_checked(made, socket_path=validator) == write(made)
    with pytest.raises(NotValid) as refused:
        write_checked(replace(made, payable=Decimal("1.00"), currency="XXY"), socket_path=validator)
    fired = {finding.rule for finding in refused.value.report.fatal}
    assert {"BR-CO-16", "BR-CL-04"} <= fired and not refused.value.report.valid
    assert all(rule in str(refused.value) for rule in fired)


REFERENCES = {
    "090933755493": "+++090/9337/55493+++",
    "+++090/9337/55493+++": "+++090/9337/55493+++",
    "*** 090/9337/55493 ***": "+++090/9337/55493+++",
    "090/9337/55494": None,
    "rf18 5390 0754 7034": "RF18539007547034",
    "RF19539007547034": None,
    "Invoice 2026-0042": None,
    "": None,
}


@pytest.mark.parametrize(("written", "expected"), REFERENCES.items())
def test_structured_references_get_their_customary_form(written, expected):
    assert structured_reference(written) == expected


def test_a_structured_reference_leaves_in_its_customary_form(validator):
    for written, expected in (("090933755493", "+++090/9337/55493+++"), ("rent of May", "rent of May")):
        means = PaymentMeans("30", written, "BE68539007547034")
        made = read(write_checked(document(payment_means=(means,)), socket_path=validator))
        assert [item.remittance_information for item in made.payment_means] == [expected]


VARIANTS = {
    "allowances, charges, prepaid, rounding": {
        "allowances_charges": (allowance(), allowance("7.25", is_charge=True, reason="Freight", reason_code="FC")),
        "prepaid": Decimal("20.00"),
        "rounding": Decimal("0.01"),
    },
    "a percentage allowance": {
        "allowances_charges": (allowance("25.70", base_amount=Decimal("257.00"), percent=Decimal("10")),)
    },
    "line allowances and a price discount": {
        "lines": (
            line(1, gross_price=Decimal("20.00"), price_discount=Decimal("1.50")),
            line(2, allowances_charges=(AllowanceCharge(False, Decimal("5.00"), reason="Damaged"),)),
            line(3, net_price=Decimal("100.00"), price_base_quantity=Decimal("12"), unit="XBX"),
        )
    },
    "negative lines": {"lines": (*lines(), line(4, quantity=Decimal("-2")))},
    "a negative total": {"lines": (line(1, quantity=Decimal("-2")),)},
    "no due date but terms": {"due_date": None, "payment_terms": "Payment within 30 days"},
    "direct debit": {
        "payment_means": (PaymentMeans(code="59", mandate_reference="M-1", debited_iban="BE68539007547034"),),
        "creditor_id": "BE68ZZZ0123456789",
    },
    "a card": {"payment_means": (PaymentMeans(code="48", card_number="****1234", card_network="VISA"),)},
    "another currency with VAT in euro": {
        "currency": "USD",
        "tax_currency": "EUR",
        "tax_total_accounting_currency": Decimal("23.45"),
    },
    "an attachment": {"attachments": (Attachment("terms", "Our terms", "terms.pdf", "application/pdf", b"%PDF-1.4"),)},
    "a tax representative and a payee": {
        "tax_representative": Party(name="Fiscaal NV", vat_id="BE0702451135", country="BE"),
        "payee": Party(name="Factor NV", company_id="0702451135", company_scheme="0208"),
    },
    "references": {
        "buyer_reference": "REF-9",
        "sales_order_reference": "SO-1",
        "contract_reference": "C-1",
        "project_reference": "P-1",
        "despatch_reference": "D-1",
        "receipt_reference": "R-1",
        "originator_reference": "T-1",
        "object_id": "meter 12",
        "notes": ("One note",),
    },
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_documents_with_more_to_them_pass_every_rule(kind, variant, validator):
    made = document(kind=kind, **VARIANTS[variant])
    data = write(made)
    assert validate(data, socket_path=validator).findings == ()
    assert read(data) == made


def test_a_document_without_ids_of_its_own_gets_those_of_peppol():
    plain = read(write(document(type_code=None, customization_id=None, profile_id=None)))
    assert (plain.type_code, plain.profile_id) == ("380", "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0")
    own = read(write(document(type_code="389", customization_id=None, profile_id=None)))
    assert own.profile_id == "urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0"


def test_a_credit_note_keeps_its_due_date_without_payment_means():
    made = document(kind="credit_note", payment_means=())
    assert read(write(made)) == made


def test_characters_that_xml_cannot_hold_are_dropped():
    assert read(write(document(notes=("a\x0b\x00b",)))).notes == ("ab",)


def test_amounts_get_two_decimals_but_lose_none():
    data = write(document(recomputed=False, payable=Decimal("10"), prepaid=Decimal("1.500"), rounding=Decimal("0.005")))
    assert b">10.00<" in data and b">1.50<" in data and b">0.005<" in data


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999999")])
def test_amounts_that_are_no_numbers_are_not_written(amount):
    with pytest.raises(ValueError):
        write(document(recomputed=False, payable=amount))


def test_floats_are_not_written():
    with pytest.raises(TypeError):
        write(document(recomputed=False, payable=1.5))


def rules(made: Document, validator) -> set[str]:
    return {finding.rule for finding in validate(write(made), socket_path=validator).findings}


def german(**overrides) -> Document:
    """Between two businesses in Germany."""
    seller, buyer = (
        replace(party, vat_id="DE136695976", endpoint_id="DE136695976", endpoint_scheme="9930",
                company_id=None, company_scheme=None, country="DE", phone="030 1", contact_name="A", email="a@b.example")
        for party in (SELLER, BUYER)
    )  # fmt: skip
    return document(seller=seller, buyer=buyer, **{"buyer_reference": "04011000-12345-34", **overrides})


def full(kind: str) -> Document:
    """A document with a value in every group of the model."""
    made = document(
        kind=kind,
        tax_point_date=date(2026, 3, 3),
        tax_currency="USD",
        tax_total_accounting_currency=Decimal("30.00"),
        period_start=date(2026, 2, 1),
        period_end=date(2026, 2, 28),
        notes=("a", "b"),
        preceding=(DocumentReference("2025-1", date(2025, 1, 1)), DocumentReference("2025-2")),
        payee=Party(name="Factor NV", company_id="1", identifier="2"),
        tax_representative=Party(name="Fiscaal NV", vat_id="BE1", street="S", country="BE"),
        delivery_date=date(2026, 3, 1),
        deliver_to=Party(name="Depot", identifier="3", identifier_scheme="0088", address_line="Gate 2", country="BE"),
        payment_means=(
            PaymentMeans("30", "ref", "BE1", "name", "BIC", text="Transfer"),
            PaymentMeans("48", "ref", card_number="1234", card_network="VISA", card_holder="An"),
            PaymentMeans("59", "ref", mandate_reference="M", debited_iban="BE2"),
        ),
        payment_terms="30 days",
        allowances_charges=(allowance(), allowance(is_charge=True)),
        attachments=(
            Attachment("1", "text", "a.csv", "text/csv", b"a;b"),
            Attachment("2", uri="https://example.com/a.pdf"),
        ),
        tax_point_code="35",
        object_id="meter",
        object_scheme="AAJ",
        creditor_id="BE68ZZZ",
        buyer_reference="BR",
        sales_order_reference="SO",
        contract_reference="C",
        project_reference="P",
        despatch_reference="D",
        receipt_reference="R",
        originator_reference="T",
        buyer_accounting_reference="6040",
        prepaid=Decimal("1"),
        rounding=Decimal("0.01"),
        seller=replace(
            SELLER, trading_name="De Ster", tax_registration_id="T", phone="1", legal_form="NV", identifier="9"
        ),
        buyer=replace(BUYER, trading_name="Janssens", subdivision="Antwerpen", additional_street="B", address_line="C"),
    )
    first = replace(
        made.lines[0],
        description="d",
        note="n",
        order_line_reference="1",
        buyer_accounting_reference="2",
        seller_item_id="3",
        buyer_item_id="4",
        standard_item_id="5",
        standard_item_scheme="0160",
        origin_country="BE",
        period_start=date(2026, 2, 1),
        period_end=date(2026, 2, 2),
        object_id="o",
        object_scheme="AAJ",
        attributes=(("colour", "white"),),
        gross_price=Decimal("20"),
        price_discount=Decimal("1.5"),
        price_base_quantity=Decimal("1"),
        allowances_charges=(AllowanceCharge(True, Decimal("1"), Decimal("10"), Decimal("10"), "r", "FC"),),
    )
    return recompute(replace(made, lines=(first, *made.lines[1:])))

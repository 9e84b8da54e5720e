"""Answers to invoices (Peppol Invoice Response, T111): read, written, and correct when written."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banqup.einvoicing import Unreadable, read_response, validate, write_response
from banqup.einvoicing.model import Party
from banqup.einvoicing.response import (
    ACTIONS,
    ACTIONS_LIST,
    CODES,
    NEEDS_CLARIFICATION,
    REASONS,
    REASONS_LIST,
    Clarification,
    Condition,
    InvoiceResponse,
)
from banqup.einvoicing.safe_xml import parse
from tests.einvoicing import conformance
from tests.einvoicing.content import content
from tests.factories.einvoices import BUYER, SELLER, enterprise_number, invoice_bytes

TEXT = st.text("abcdefghij ABC éü&<>'\"0123456789-/", min_size=1, max_size=30).map(str.strip).filter(bool)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def exchanging(who: Party, **more) -> Party:
    return Party(name=who.name, endpoint_id=who.endpoint_id, endpoint_scheme=who.endpoint_scheme, **more)


def response(**overrides) -> InvoiceResponse:
    fields = {
        "code": "RE",
        "number": "R-1",
        "issue_date": date(2026, 3, 4),
        "issue_time": time(12, 30, 5),
        "note": "See the reason.",
        "sender": exchanging(BUYER, contact_name="An", phone="015 12 34 56", email="an@janssens.example"),
        "receiver": exchanging(SELLER, identifier=enterprise_number(3), identifier_scheme="0208"),
        "effective_date": date(2026, 3, 5),
        "clarifications": (
            Clarification("REF", REASONS_LIST, "The order is unknown", (Condition("BT-13", "PO-779"),)),
            Clarification("PIN", ACTIONS_LIST),
        ),
        "invoice_number": "2026-0042",
        "invoice_date": date(2026, 3, 2),
        "invoice_type": "380",
        "issuer": Party(name="Molens", identifier=enterprise_number(4), identifier_scheme="0208"),
        "recipient": Party(name="Bakkerij"),
        "customization_id": "urn:fdc:peppol.eu:poacc:trns:invoice_response:3",
        "profile_id": "urn:fdc:peppol.eu:poacc:bis:invoice_response:3",
    }
    return InvoiceResponse(**{**fields, **overrides})


def clarifications(code):
    def of(list_id, codes):
        # OTH and PPD need a text (PEPPOL-T111-R002, R004).
        return st.builds(
            Clarification,
            code=st.sampled_from(sorted(codes)),
            list_id=st.just(list_id),
            text=TEXT,
            conditions=st.lists(st.builds(Condition, TEXT, TEXT), max_size=2).map(tuple),
        )

    one = st.one_of(of(REASONS_LIST, REASONS), of(ACTIONS_LIST, ACTIONS))
    return st.lists(one, min_size=int(code in NEEDS_CLARIFICATION), max_size=3).map(tuple)


@st.composite
def responses(draw):
    code = draw(st.sampled_from(sorted(CODES)))
    return response(
        code=code,
        number=draw(TEXT),
        note=draw(st.none() | TEXT),
        issue_date=draw(DATES),
        issue_time=draw(st.none() | st.times().map(lambda moment: moment.replace(microsecond=0))),
        effective_date=draw(st.none() | DATES),
        clarifications=draw(clarifications(code)),
        invoice_number=draw(TEXT),
        invoice_date=draw(st.none() | DATES),
        invoice_type=draw(st.sampled_from(["380", "381", "389", "261"])),
        issuer=draw(st.none() | st.builds(Party, name=TEXT)),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=responses())
def test_every_answer_is_read_back_as_it_was_and_passes_the_rules(made, validator):
    data = write_response(made)
    assert read_response(data) == made
    report = validate(data, socket_path=validator)
    assert report.findings == () and report.valid
    assert [(layer.name, layer.judged) for layer in report.layers] == [
        ("UBL 2.1 schema", True),
        ("Peppol Invoice Response (T111)", True),
    ]


def test_reasons_and_actions_are_told_apart():
    made = response()
    assert ([one.code for one in made.reasons], [one.code for one in made.actions]) == (["REF"], ["PIN"])


def test_an_answer_without_ids_of_its_own_gets_those_of_peppol():
    assert read_response(write_response(response(customization_id=None, profile_id=None))) == response()


def test_a_rejection_without_a_reason_is_explained(validator):
    [found] = validate(write_response(response(clarifications=())), socket_path=validator).fatal
    assert found.rule == "PEPPOL-T111-R001"
    assert "In this answer: it gives none." in found.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (invoice_bytes(), "unknown-document"),
        (b"%PDF-1.7", "not-xml"),
        (write_response(response()).replace(b"12:30:05", b"noon"), "bad-value"),
        (write_response(response()).replace(b"2026-03-04", b"4 March"), "bad-value"),
    ],
)
def test_what_is_no_answer_says_why(data, code):
    with pytest.raises(Unreadable) as refused:
        read_response(data)
    assert refused.value.code == code


def test_two_answers_in_one_file_are_not_taken_for_one():
    data = write_response(response())
    start, end = data.index(b"<cac:DocumentResponse>"), data.index(b"</ApplicationResponse>")
    with pytest.raises(Unreadable, match="several documents"):
        read_response(data[:end] + data[start:end] + data[end:])


def test_nothing_of_the_official_examples_is_lost():
    where = conformance.folder()
    if where is None:
        pytest.skip("BANQUP_CORPUS does not name a folder with the official test material (manifest.json)")
    cases = [case for case in conformance.cases(where) if case["ruleset"] == "t111"]
    for case in cases:
        data = Path(case["path"]).read_bytes()
        assert content(parse(write_response(read_response(data)))) == content(parse(data)), case["id"]
    assert cases

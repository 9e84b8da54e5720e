"""Our verdicts against the official test material: all of it, in a few seconds.

Without BANQUP_CORPUS these tests are skipped, unless BANQUP_TEST_SERVICES=required demands them.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from banqup.einvoicing import Unreadable, read, validate, without_extra, write
from banqup.einvoicing.rendering import describe
from banqup.einvoicing.rendering.child import make as draw
from banqup.einvoicing.safe_xml import parse
from tests.einvoicing import conformance
from tests.einvoicing.content import content


@pytest.fixture(scope="module")
def corpus():
    where = conformance.folder()
    if where is None:
        reason = "BANQUP_CORPUS does not name a folder with the official test material (manifest.json)"
        if os.environ.get("BANQUP_TEST_SERVICES") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    return where


@pytest.fixture(scope="module")
def outcomes(corpus, validator):
    return list(conformance.outcomes(corpus, validator))


def valid_invoices(corpus):
    return [
        case
        for case in conformance.cases(corpus)
        if case["expect"] == "valid" and case["doc"] in ("Invoice", "CreditNote")
    ]


def test_every_case_is_judged_as_its_publisher_says(outcomes):
    assert outcomes
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    assert not wrong, conformance.table(outcomes)


def test_every_answer_of_the_material_passes_the_rules_of_its_own_profile(corpus, validator):
    cases = [case for case in conformance.cases(corpus) if case["ruleset"] == "t111"]
    for case in cases:
        report = validate(Path(case["path"]).read_bytes(), socket_path=validator)
        assert (report.valid, report.profile) == (True, "peppol-invoice-response-3"), case["id"]
        assert all(layer.judged for layer in report.layers)
    assert cases


def test_every_finding_has_a_message_and_names_a_known_place(outcomes):
    for outcome in outcomes:
        for finding in outcome.judged.report.findings:
            assert finding.message.strip(), (outcome.case["id"], finding.rule)
            assert finding.severity in ("fatal", "warning")
            assert finding.field is None or finding.label, (outcome.case["id"], finding)


def test_no_fragment_crashes_the_reader(corpus):
    for case in conformance.cases(corpus):
        try:
            read(Path(case["path"]).read_bytes())
        except Unreadable as error:
            assert error.code in ("bad-value", "unknown-document"), (case["id"], error)


def test_every_valid_document_survives_writing_with_all_it_says(corpus):
    lost = {}
    for case in valid_invoices(corpus):
        data = Path(case["path"]).read_bytes()
        written = write(read(data))
        assert without_extra(read(written)) == without_extra(read(data)), case["id"]
        if missing := content(parse(data)) - content(parse(written)):
            lost[case["id"]] = missing
    assert not lost


def test_every_valid_document_is_still_valid_when_it_was_read_and_written(corpus, validator):
    layers = {case["id"]: conformance.LAYERS[case["ruleset"]] for case in valid_invoices(corpus)}
    refused = {}
    for case in valid_invoices(corpus):
        written = write(read(Path(case["path"]).read_bytes()))
        report = validate(written, socket_path=validator, layers=layers[case["id"]])
        if not report.valid:
            refused[case["id"]] = report.fatal
    assert not refused


def test_every_document_can_be_shown_and_every_valid_one_drawn(corpus):
    shown = drawn = 0
    for case in conformance.cases(corpus):
        data = Path(case["path"]).read_bytes()
        with contextlib.suppress(Unreadable):
            assert describe(read(data), "nl").title, case["id"]
            shown += 1
        if case["expect"] == "valid" and case["doc"] in ("Invoice", "CreditNote"):
            assert draw(data, "fr", "e-invoice.xml").startswith(b"%PDF-1.7"), case["id"]
            drawn += 1
    assert shown > drawn > 0

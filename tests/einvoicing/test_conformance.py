"""Our verdicts against the official test material.

The material is not part of the project: BANQUP_CORPUS names its folder, which
holds a `manifest.json`. Without it these tests are skipped, unless
BANQUP_TEST_SERVICES=required demands them.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from banqup.einvoicing import Unreadable, read, validate, write

LAYERS = {
    "tc434-ubl": ["en16931"],
    "peppolbis-en16931-base-3.0-ubl": ["peppol"],
    "peppolbis-en16931-01-3.0-ubl-invoice": ["peppol"],
    "peppolbis-t111-base-3.0": ["t111"],
    "en16931": ["xsd", "en16931"],
    "en16931+peppol": ["xsd", "en16931", "peppol"],
    "t111": ["t111"],
}


@pytest.fixture(scope="module")
def corpus():
    folder = os.environ.get("BANQUP_CORPUS", "")
    manifest = Path(folder or ".") / "manifest.json"
    if not folder or not manifest.is_file():
        reason = "BANQUP_CORPUS does not name a folder with the official test material (manifest.json)"
        if os.environ.get("BANQUP_TEST_SERVICES") == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    cases = json.loads(manifest.read_text())
    for case in cases:
        case["data"] = (Path(folder) / case["file"]).read_bytes()
    return cases


def verdicts(cases, socket_path):
    """Each case with its report; two at a time, because the service judges in parallel."""

    def judged(case):
        report = validate_layers(case["data"], LAYERS[case["ruleset"]], socket_path)
        return case, report

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(judged, cases))


def validate_layers(data, layers, socket_path):
    from banqup.einvoicing import client

    return client.validate(data, socket_path=socket_path, layers=layers, keep_going=True)


def test_every_valid_document_passes_the_layers_of_its_ruleset(corpus, validator):
    cases = [case for case in corpus if case["expect"] == "valid"]
    wrong = {case["id"]: report.fatal for case, report in verdicts(cases, validator) if not report.valid}
    assert cases and not wrong


@pytest.mark.parametrize("ruleset", ["tc434-ubl", "peppolbis-en16931-", "peppolbis-t111-"])
def test_every_unit_case_fires_what_it_must_and_nothing_it_must_not(corpus, validator, ruleset):
    cases = [case for case in corpus if case["expect"] == "unit" and case["ruleset"].startswith(ruleset)]
    wrong = []
    for case, report in verdicts(cases, validator):
        fired = {finding.rule for finding in report.findings}
        missed, extra = set(case["must_fire"]) - fired, set(case["must_not_fire"]) & fired
        if missed or extra:
            wrong.append((case["id"], missed, extra))
    assert cases and not wrong


def test_every_valid_answer_is_recognised_and_passes_its_own_rules(corpus, validator):
    cases = [case for case in corpus if case["expect"] == "valid" and case["ruleset"] == "t111"]
    for case in cases:
        report = validate(case["data"], socket_path=validator)
        assert (report.valid, report.profile) == (True, "peppol-invoice-response-3"), case["id"]
    assert cases


def test_mislabelled_material_is_rejected(corpus, validator):
    cases = [case for case in corpus if case["expect"] in ("invalid", "xsd-invalid")]
    accepted = [case["id"] for case in cases if validate(case["data"], socket_path=validator).valid]
    assert not accepted


def test_every_finding_has_a_message_and_names_a_known_place(corpus, validator):
    cases = [case for case in corpus if case["must_fire"]]
    for case, report in verdicts(cases, validator):
        for finding in report.findings:
            assert finding.message.strip(), (case["id"], finding.rule)
            assert finding.severity in ("fatal", "warning")
            assert finding.field is None or finding.label, (case["id"], finding)


def test_every_valid_document_reads_and_survives_writing(corpus):
    cases = [case for case in corpus if case["expect"] == "valid" and case["doc"] != "ApplicationResponse"]
    lost = []
    for case in cases:
        document = read(case["data"])
        if read(write(document)) != document:
            lost.append(case["id"])
    assert cases and not lost


def test_no_fragment_crashes_the_reader(corpus):
    for case in corpus:
        try:
            read(case["data"])
        except Unreadable as error:
            assert error.code in ("bad-value", "unknown-document"), (case["id"], error)

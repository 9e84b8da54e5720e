"""`manage.py validate`: its contract with programs that call it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from pypdf import PdfWriter

from banqup.einvoicing import client
from business_space.demo import paper
from tests.einvoicing.edit import changed
from tests.factories.cii import cii_bytes
from tests.factories.einvoices import document, invoice_bytes

WRONG_TOTAL = ("cac:LegalMonetaryTotal/cbc:PayableAmount", "283.21")


@pytest.fixture
def run(validator, capsys, settings):
    """A function that runs the command in this process: (exit code, output)."""
    settings.BANQUP_VALIDATOR_SOCKET = validator

    def run(*arguments):
        code = 0
        try:
            call_command("validate", *map(str, arguments))
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def file(tmp_path):
    def make(data, name="invoice.xml"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


def told(output):
    return [json.loads(line) for line in output.splitlines()]


def test_a_valid_file_exits_0_and_names_every_layer_that_judged_it(run, file):
    path = file(invoice_bytes())
    code, output = run("--json", path)
    [answer] = told(output)
    assert code == 0
    assert {key: answer[key] for key in ("file", "valid", "profile", "not_judged", "findings")} == {
        "file": str(path),
        "valid": True,
        "profile": "peppol-billing-3",
        "not_judged": [],
        "findings": [],
    }
    assert [(layer["name"], layer["version"]) for layer in answer["layers"]] == [
        ("UBL 2.1 schema", "2.1"),
        ("EN 16931", "1.3.16"),
        ("Peppol BIS Billing 3.0", "3.0.21"),
    ]
    assert all(set(layer) == {"name", "version", "engine"} and layer["engine"] for layer in answer["layers"])


def test_a_wrong_file_exits_1_and_each_finding_has_the_five_keys(run, file):
    code, output = run("--json", file(changed(invoice_bytes(), *WRONG_TOTAL)))
    [answer] = told(output)
    assert (code, answer["valid"]) == (1, False)
    [finding] = answer["findings"]
    assert set(finding) == {"rule", "severity", "message", "field", "location"}
    assert (finding["rule"], finding["severity"], finding["field"]) == ("BR-CO-16", "fatal", "BT-115")
    assert "283.21 EUR" in finding["message"]


def test_details_add_the_official_text_and_the_fix(run, file):
    _code, output = run("--json", "--details", file(changed(invoice_bytes(), *WRONG_TOTAL)))
    [finding] = told(output)[0]["findings"]
    assert finding["official"].startswith("[BR-CO-16]") and finding["fix"] == "283.22"


def test_what_cannot_be_read_exits_2_and_the_other_files_are_still_judged_in_order(run, file, tmp_path):
    good, cut = file(invoice_bytes(), "good.xml"), file(invoice_bytes()[:500], "cut.xml")
    code, output = run("--json", cut, tmp_path / "missing.xml", good)
    answers = told(output)
    assert code == 2
    assert [(answer["valid"], [found["rule"] for found in answer["findings"]]) for answer in answers] == [
        (False, ["UNREADABLE:truncated"]),
        (False, ["UNREADABLE:no-file"]),
        (True, []),
    ]


def test_of_a_pdf_the_e_invoice_inside_is_judged(run, file):
    picture = paper.pdf(document())
    writer = PdfWriter(io.BytesIO(picture))
    writer.add_attachment("factur-x.xml", cii_bytes(document()))
    hybrid = io.BytesIO()
    writer.write(hybrid)
    code, output = run("--json", file(hybrid.getvalue(), "hybrid.pdf"), file(picture, "picture.pdf"))
    inside, none = told(output)
    assert (code, inside["valid"], inside["profile"]) == (2, True, "factur-x-en16931")
    assert [found["rule"] for found in none["findings"]] == ["UNREADABLE:no-e-invoice"]


def test_many_files_are_answered_in_their_order(run, file):
    paths = [file(invoice_bytes(number=f"N-{number}"), f"{number}.xml") for number in range(40)]
    code, output = run("--json", *paths)
    assert code == 0
    assert [answer["file"] for answer in told(output)] == [str(path) for path in paths]


def test_a_dash_is_standard_input(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(invoice_bytes())))
    code, output = run("--json", "-")
    assert code == 0
    assert told(output)[0]["file"] == "-"


@pytest.mark.parametrize(
    ("layer", "judged"),
    [
        ("schema", ["UBL 2.1 schema"]),
        ("en16931", ["EN 16931"]),
        ("peppol", ["Peppol BIS Billing 3.0"]),
        ("all", ["UBL 2.1 schema", "EN 16931", "Peppol BIS Billing 3.0"]),
    ],
)
def test_a_layer_judges_whatever_the_profile_says(run, file, layer, judged):
    plain = file(invoice_bytes(customization_id="urn:cen.eu:en16931:2017"))
    code, output = run("--json", "--layer", layer, plain)
    [answer] = told(output)
    assert [one["name"] for one in answer["layers"]] == judged
    refused = layer in ("peppol", "all")
    assert code == int(refused)
    assert ("PEPPOL-EN16931-R004" in {found["rule"] for found in answer["findings"]}) is refused


def test_a_layer_without_rules_for_this_kind_of_file_never_makes_it_valid(run, file):
    code, output = run("--json", "--layer", "invoice-response", file(invoice_bytes()))
    [answer] = told(output)
    assert (code, answer["valid"], answer["layers"]) == (1, False, [])
    assert [found["rule"] for found in answer["findings"]] == ["UNSUPPORTED"]


def test_a_schema_failure_ends_it_unless_it_is_told_to_keep_going(run, file):
    path = file(changed(invoice_bytes(), "cbc:IssueDate", "2026-3-2"))
    _code, output = run("--json", path)
    [answer] = told(output)
    assert [layer["name"] for layer in answer["layers"]] == ["UBL 2.1 schema"]
    assert answer["not_judged"] == ["EN 16931", "Peppol BIS Billing 3.0"]
    _code, output = run("--json", "--keep-going", path)
    [answer] = told(output)
    assert answer["not_judged"] == []
    assert {"XSD", "PEPPOL-EN16931-F001"} <= {found["rule"] for found in answer["findings"]}


def test_without_json_it_speaks_to_people(run, file):
    code, output = run(file(changed(invoice_bytes(), *WRONG_TOTAL)))
    assert code == 1
    assert "not valid (peppol-billing-3)" in output and "fatal BR-CO-16 [BT-115 Amount due for payment]" in output


def test_it_needs_no_service_and_starts_one(tmp_path, file, eventually):
    environment = {**os.environ, "BANQUP_VALIDATOR_SOCKET": str(tmp_path / "v.sock")}
    command = [sys.executable, "manage.py", "validate", "--json", str(file(invoice_bytes()))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    try:
        assert (done.returncode, done.stderr) == (0, "")
        assert told(done.stdout)[0]["valid"]
    finally:
        from banqup.einvoicing import sockets

        os.kill(client.ping(socket_path=sockets.choose(environment["BANQUP_VALIDATOR_SOCKET"]))["pid"], 15)

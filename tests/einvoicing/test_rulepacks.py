"""Rule packs: official artefacts that an operator adds, here those of the French rules."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
from django.core.management import call_command

from banqup.einvoicing import engines, judge
from banqup.einvoicing.schema import artefacts
from tests.factories.einvoices import invoice_bytes

FRENCH = "ubl-2.1/BR-FR-Flux2-Schematron-UBL.xslt"


@pytest.fixture
def add(tmp_path, monkeypatch):
    """A function that adds the French rules as a pack below the folder of this test."""
    monkeypatch.setenv("BANQUP_RULEPACKS", str(tmp_path))

    def add(folder="br-fr", **told):
        pack = tmp_path / folder
        pack.mkdir()
        sheet = pack / "rules.xslt"
        shutil.copy(artefacts() / FRENCH, sheet)
        manifest = {
            "name": "BR-FR Flux 2",
            "version": "1.3",
            "stylesheet": "rules.xslt",
            "sha256": hashlib.sha256(sheet.read_bytes()).hexdigest(),
            "valid_from": "2026-01-01",
            **told,
        }
        (pack / "pack.json").write_text(json.dumps(manifest))
        return pack

    return add


def listed(capsys):
    """(exit code, output) of the command."""
    try:
        call_command("rulepacks")
    except SystemExit as stop:
        return stop.code, capsys.readouterr().out
    return 0, capsys.readouterr().out


def layers(report):
    return [(layer.name, layer.judged) for layer in report.layers]


BASE = [("UBL 2.1 schema", True), ("EN 16931", True), ("Peppol BIS Billing 3.0", True)]
ADDED = ("BR-FR Flux 2", True)


def test_no_folder_is_no_pack(monkeypatch, capsys):
    monkeypatch.delenv("BANQUP_RULEPACKS", raising=False)
    assert listed(capsys) == (0, "No folder of rule packs is set (BANQUP_RULEPACKS).\n")


def test_a_pack_is_one_more_layer_and_the_verdict_names_it(add, capsys):
    add()
    report = judge.judge(invoice_bytes())
    assert layers(report) == [*BASE, ADDED]
    assert "rule pack" in report.layers[-1].engine and report.layers[-1].version == "1.3"
    assert any(finding.rule.startswith("BR-FR") and finding.message for finding in report.fatal)
    code, output = listed(capsys)
    assert code == 0 and "BR-FR Flux 2 1.3: ok; one more layer for every document (ubl)" in output


def test_a_pack_takes_the_place_of_the_layer_it_replaces(add):
    add(replaces="peppol")
    report = judge.judge(invoice_bytes(), layers=["peppol"])
    assert layers(report) == [ADDED]


def test_a_pack_judges_only_the_profiles_it_names_and_makes_them_judged_to_the_end(add):
    add(profiles=["urn:xeinkauf.de:kosit:xrechnung"])
    assert layers(judge.judge(invoice_bytes())) == BASE
    german = invoice_bytes(customization_id="urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0")
    assert layers(judge.judge(german)) == [*BASE[:2], ADDED]


def test_a_stylesheet_that_was_changed_is_never_run(add, capsys):
    pack = add()
    with (pack / "rules.xslt").open("a") as sheet:
        sheet.write("<!-- changed -->")
    assert layers(judge.judge(invoice_bytes())) == [*BASE, ("BR-FR Flux 2 1.3 (hash differs)", False)]
    code, output = listed(capsys)
    assert code == 1 and "hash differs" in output and "the file has" in output


def test_a_pack_of_the_future_waits_and_of_two_versions_the_newer_counts(add, capsys):
    add("future", version="9", valid_from="2999-01-01")
    add("old", version="1", valid_from="2025-01-01")
    add("new", version="2", valid_from="2026-01-01")
    chosen = engines.choose(engines.profiles.Profile("en16931", ("schema",), (), "ubl"), None)
    assert [(engine.layer().name, engine.layer().version) for engine in chosen.engines[1:]] == [("BR-FR Flux 2", "2")]
    _code, output = listed(capsys)
    assert [line.split(";")[0] for line in output.splitlines() if line.startswith("BR-FR")] == [
        "BR-FR Flux 2 1: superseded",
        "BR-FR Flux 2 2: ok",
        "BR-FR Flux 2 9: not yet valid",
    ]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"version": ""}, "does not say its version"),
        ({"stylesheet": "../other.xslt"}, "must lie beside pack.json"),
        ({"stylesheet": "absent.xslt"}, "No such file"),
        ({"valid_from": "soon"}, "Invalid isoformat"),
        ({"replaces": "everything"}, "no layer 'everything'"),
        ({"syntax": "edifact"}, "no syntax 'edifact'"),
    ],
)
def test_a_manifest_that_makes_no_sense_says_why(add, capsys, told, problem):
    add(**told)
    code, output = listed(capsys)
    assert code == 1 and "broken" in output and problem in output
    assert layers(judge.judge(invoice_bytes(), layers=["schema"]))[0] == ("UBL 2.1 schema", True)


def test_a_stylesheet_that_is_no_stylesheet_is_a_finding_and_not_a_crash(add):
    pack = add()
    (pack / "rules.xslt").write_text("<nonsense/>")
    manifest = json.loads((pack / "pack.json").read_text())
    manifest["sha256"] = hashlib.sha256(b"<nonsense/>").hexdigest()
    (pack / "pack.json").write_text(json.dumps(manifest))
    report = judge.judge(invoice_bytes())
    assert not report.valid and [finding.rule for finding in report.fatal] == ["ENGINE"]

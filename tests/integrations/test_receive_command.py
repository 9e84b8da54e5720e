"""`manage.py receive`: one JSON line a file, whatever the file is."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from banqup.invoices.models import Invoice, Receipt
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


def receive(*files, **options):
    """(exit code, one dict a file)"""
    out, code = StringIO(), 0
    try:
        call_command("receive", *map(str, files), stdout=out, **{"space": "janssens", **options})
    except SystemExit as stop:
        code = stop.code
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_correct_e_invoice_is_told_with_its_statuses(space, tmp_path):
    file = tmp_path / "a.xml"
    file.write_bytes(einvoices.invoice_bytes())
    code, answers = receive(file)
    assert code == 0
    assert answers == [
        {
            "file": str(file),
            "receipt": Receipt.objects.get().pk,
            "id": Invoice.objects.get().pk,
            "document_status": "FULLY_APPROVED",
            "general_status": "UNPAID",
            "accounting_status": "READY_TO_PROCESS",
            "findings": [],
            "duplicate_of": None,
        }
    ]


def test_the_same_file_again_says_which_document_it_is(space, tmp_path):
    file = tmp_path / "a.xml"
    file.write_bytes(einvoices.invoice_bytes())
    _code, (first, second) = receive(file, file)
    assert (first["duplicate_of"], second["duplicate_of"]) == (None, first["id"])
    assert Invoice.objects.count() == 1


def test_findings_are_told_with_rule_and_field(space, tmp_path):
    file = tmp_path / "noise.bin"
    file.write_bytes(b"\x00\x01\x02")
    _code, (answer,) = receive(file)
    assert answer["general_status"] == "AWAITING_VALIDATION"
    assert [set(finding) for finding in answer["findings"]] == [{"rule", "severity", "message", "field"}]


def test_a_file_that_is_missing_or_empty_does_not_stop_the_others(space, tmp_path):
    good, empty, missing = tmp_path / "a.xml", tmp_path / "empty.pdf", tmp_path / "gone.pdf"
    good.write_bytes(einvoices.invoice_bytes())
    empty.touch()
    code, answers = receive(missing, empty, good)
    assert code == 1
    assert [answer.get("error") for answer in answers] == ["unreadable-file", "empty", None]
    assert Invoice.objects.count() == 1


def test_an_unknown_space_names_those_there_are(space, tmp_path):
    with pytest.raises(CommandError) as refused:
        receive(tmp_path / "a.xml", space="nobody")
    assert str(refused.value) == "There is no business space 'nobody'. Known: janssens."


def test_sales_documents_go_to_the_sales_list(space, tmp_path):
    file = tmp_path / "s.xml"
    file.write_bytes(einvoices.invoice_bytes(seller=einvoices.BUYER, buyer=einvoices.SELLER))
    receive(file, direction="sales")
    assert Invoice.objects.get().kind == "sales"

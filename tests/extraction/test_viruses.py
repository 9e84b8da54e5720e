"""With ClamAV every file is scanned before anything opens it; without, the history says that it was not."""

from pathlib import Path

import pytest

from banqup.actions import intake
from banqup.invoices.history import timeline
from banqup.invoices.models import Receipt
from tests.extraction.papers import paper
from tests.factories import world
from tests.fakes.clamd import clamd

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def socket(settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "clamd.sock")
    return settings.CLAMD_SOCKET


def received_note(invoice) -> str:
    return timeline(invoice)[-1]["note"]


def test_without_a_scanner_it_says_so(space):
    assert received_note(world.received(space, paper(0).pdf, filename="a.pdf")).endswith("Not scanned for viruses")


def test_a_clean_file_is_read_and_says_that_it_was_scanned(space, socket):
    with clamd(socket) as streams:
        invoice = world.received(space, paper(0).pdf, filename="a.pdf")
    assert streams == [paper(0).pdf]
    assert invoice.number and received_note(invoice).endswith("Scanned for viruses: none found")


def test_a_file_with_a_virus_is_kept_but_never_opened_or_shown(space, socket, monkeypatch):
    monkeypatch.setattr("banqup.einvoicing.pdf._run", None)  # opening it would fail here
    with clamd(socket):
        invoice = world.received(space, paper(0).pdf + b"VIRUS", filename="a.pdf")
    assert (invoice.data, invoice.is_released, invoice.error_count) == ({}, False, 1)
    [finding] = invoice.findings
    assert (finding["rule"], "Test.Signature" in finding["message"]) == ("BANQUP-VIRUS", True)
    assert invoice.attachments.get().mime_type == "application/octet-stream"


def test_a_stream_that_the_scanner_declines_counts_as_not_scanned(space, socket):
    with clamd(socket, limit=10):
        invoice = world.received(space, paper(0).pdf, filename="a.pdf")
    assert invoice.number and received_note(invoice).endswith("Not scanned for viruses")


@pytest.mark.parametrize("is_there", [False, True])
def test_while_the_scanner_is_away_a_file_waits_and_loses_nothing(space, socket, is_there):
    arrival = {
        "space": space,
        "data": paper(0).pdf,
        "filename": "a.pdf",
        "channel": "command",
        "direction": "purchase",
        "by": None,
    }
    if is_there:
        with clamd(socket, silent=True):
            receipt = intake.receive_and_judge(**arrival)
    else:
        receipt = intake.receive_and_judge(**arrival)
    assert (receipt.outcome, receipt.invoice_id) == (Receipt.Outcome.WAITING, None) and receipt.last_error
    Path(socket).unlink(missing_ok=True)
    with clamd(socket):
        assert intake.judge(receipt_id=receipt.pk).outcome == Receipt.Outcome.DOCUMENT

"""`manage.py doctor`: quiet on a healthy database, specific on every kind of drift, careful in repairing."""

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from banqup.actions import disputes, payments, withdrawal
from banqup.exports.models import Export
from banqup.invoices import files
from banqup.invoices.models import Event, Invoice, Receipt
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


def doctor(*options):
    out, code = StringIO(), 0
    try:
        call_command("doctor", *options, stdout=out)
    except SystemExit as stop:
        code = stop.code
    return code, out.getvalue().splitlines()


@pytest.fixture
def invoice(space):
    world.integration(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    payer = world.member(space, "FR")
    return payments.record_payment(invoice=invoice, amount=Decimal("10.00"), paid_on=date(2026, 11, 20), by=payer)


def test_a_lived_in_database_is_healthy(space, invoice):
    person = world.member(space, "PR")
    disputes.dispute(invoice=invoice, reason="price", by=person)
    other = world.received(space, einvoices.invoice_bytes(number="W-1"))
    withdrawal.withdraw_approval(invoice=other, by=person)
    world.received(space, b"unreadable")
    assert doctor("--files") == (0, ["Nothing has drifted."])


def test_a_wrong_sum_is_found_repaired_and_told_in_the_history(invoice):
    Invoice.objects.filter(pk=invoice.pk).update(paid=Decimal("99.00"))
    words = "paid 99.00 and credited 0.00, but the ledger says 10.00 and 0.00"
    assert doctor() == (1, [f"WRONG  ledger-sum  invoice {invoice.pk}: {words}"])
    assert doctor("--repair") == (0, [f"repaired  ledger-sum  invoice {invoice.pk}: {words}", "Nothing has drifted."])
    assert Invoice.objects.get(pk=invoice.pk).paid == Decimal("10.00")
    assert Event.objects.filter(invoice=invoice).first().data == {"repaired": words}
    assert doctor() == (0, ["Nothing has drifted."])


def test_what_only_a_person_can_judge_is_never_repaired(invoice):
    Event.objects.filter(invoice=invoice, verb="approved_automatically").delete()
    Export.objects.update(created_at=invoice.released_at - timedelta(seconds=5))
    Receipt.objects.filter(invoice=invoice).update(outcome="duplicate")
    code, lines = doctor("--repair")
    assert (code, [line.split()[:2] for line in lines]) == (
        1,
        [
            ["WRONG", "released-without-approval"],
            ["WRONG", "export-before-release"],
            ["WRONG", "receipt-balance"],
            ["WRONG", "history"],
        ],
    )


def test_a_lost_e_invoice_is_found_when_files_are_read(invoice):
    default_storage.delete(files.path(invoice.space_id, invoice.content_sha256))
    assert doctor() == (0, ["Nothing has drifted."])
    assert [line.split()[1] for line in doctor("--files")[1]] == ["frozen-file"]

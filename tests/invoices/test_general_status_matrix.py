"""Every cell of the matrix against the database: legal ones show its general status, the others are refused."""

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import GeneralStatus, PaymentStatus
from tests.factories import world

MATRIX = Path(__file__).parent.parent / "general_status_matrix.csv"
LEDGER = {
    PaymentStatus.UNPAID: {"paid": Decimal(0)},
    PaymentStatus.PARTIALLY_PAID: {"paid": Decimal(40)},
    PaymentStatus.FULLY_PAID: {"paid": Decimal(100)},
    PaymentStatus.WONT_BE_PAID: {"paid": Decimal(0), "wont_be_paid_at": timezone.now()},
}


def rows():
    with MATRIX.open() as stream:
        return list(csv.DictReader(stream))


def cell(space, row) -> Invoice:
    """An invoice put straight into the cell: constructor values bypass the machine on purpose."""
    return Invoice(
        space=space,
        kind=row["kind"],
        channel="command",
        document_status=row["document"],
        delivery_status=row["delivery"],
        payable=Decimal(100),
        **LEDGER[row["payment"]],
    )


@pytest.mark.django_db
def test_every_legal_cell_shows_its_general_status_and_every_other_is_refused():
    space = world.business()
    seen, expected = {}, {}
    for row in rows():
        key = (row["kind"], row["document"], row["payment"], row["delivery"])
        expected[key] = row["general"] if row["legal"] == "yes" else "refused"
        try:
            with transaction.atomic():
                invoice = cell(space, row)
                invoice.save()
                invoice = Invoice.objects.get(pk=invoice.pk)
        except IntegrityError:
            seen[key] = "refused"
        else:
            assert invoice.payment_status == row["payment"]
            seen[key] = GeneralStatus(invoice.general_status).label
    assert len(seen) == 576
    assert {key: (seen[key], expected[key]) for key in seen if seen[key] != expected[key]} == {}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("payable", "paid", "credited", "status"),
    [
        ("0.30", "0.10", "0.20", PaymentStatus.FULLY_PAID),  # in floats 0.1 + 0.2 is more than 0.3
        ("0.30", "0.10", "0.19", PaymentStatus.PARTIALLY_PAID),
        ("9999999999999.99", "9999999999999.98", "0.01", PaymentStatus.FULLY_PAID),
        ("-12.10", "0.00", "0.00", PaymentStatus.FULLY_PAID),
        (None, "0.00", "0.00", PaymentStatus.UNPAID),
    ],
)
def test_the_payment_status_is_exact_to_the_cent(payable, paid, credited, status):
    invoice = Invoice.objects.create(
        space=world.business(),
        kind="purchase",
        channel="command",
        payable=payable and Decimal(payable),
        paid=Decimal(paid),
        credited=Decimal(credited),
    )
    assert Invoice.objects.get(pk=invoice.pk).payment_status == status


@pytest.mark.django_db
def test_overdue_counts_from_midnight_in_the_space_s_own_time_zone():
    space = world.business(time_zone="Pacific/Kiritimati")  # 14 hours ahead of UTC
    due = space.today() - timedelta(days=1)
    invoice = Invoice.objects.create(
        space=space,
        kind="purchase",
        channel="command",
        document_status="FULLY_APPROVED",
        released_at=timezone.now(),
        content_sha256="0" * 64,
        payable=Decimal(10),
        due_date=due,
    )
    invoice = Invoice.objects.select_related("space").get(pk=invoice.pk)
    assert invoice.is_overdue
    Invoice.objects.filter(pk=invoice.pk).update(due_date=space.today())
    assert not Invoice.objects.select_related("space").get(pk=invoice.pk).is_overdue

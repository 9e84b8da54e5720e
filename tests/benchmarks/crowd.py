"""A space with very many documents, as a space looks after some years: most paid and processed."""

import random
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from banqup.contacts.models import Contact
from banqup.invoices import content, statuses
from banqup.invoices.models import Invoice
from tests.factories import einvoices


def crowd(space, size: int) -> None:
    """`size` invoices: 90 % paid and processed, of the rest the most unpaid, some awaiting."""
    dice = random.Random(size)  # noqa: S311  (the same crowd every time)
    suppliers = Contact.objects.bulk_create(
        [
            Contact(space=space, name=f"Supplier {number:03d}", vat_id=f"BE{number:010d}", is_supplier=True)
            for number in range(200)
        ]
    )
    data = content.to_json(einvoices.document())
    now = timezone.now()
    for start in range(0, size, 5000):
        rows = [
            _row(space, dice, dice.choice(suppliers), number, data, now)
            for number in range(start, min(start + 5000, size))
        ]
        Invoice.objects.bulk_create(rows, batch_size=500)


def _row(space, dice, supplier, number, data, now) -> Invoice:
    age = dice.randrange(1500)
    payable = Decimal(dice.randrange(1000, 500000)).scaleb(-2)
    due = date(2026, 12, 1) - timedelta(days=age)
    fate = dice.random()
    common = {
        "space": space,
        "kind": statuses.Kind.PURCHASE,
        "channel": "inbound",
        "number": f"C-{number}",
        "issue_date": due - timedelta(days=30),
        "due_date": due,
        "sort_date": due,
        "payable": payable,
        "counterparty": supplier,
        "counterparty_name": supplier.name,
        "search_text": f"{supplier.name} c-{number} {payable}".lower(),
        "data": data,
        "original_sha256": f"{space.pk:08x}{number:056x}",
    }
    if fate < 0.02:
        return Invoice(**common)
    released = {
        "released_at": now,
        "content_sha256": "0" * 64,
        "document_status": statuses.DocumentStatus.FULLY_APPROVED,
    }
    if fate < 0.10:
        return Invoice(**common, **released)
    return Invoice(**common, **released, paid=payable, processed_at=now)

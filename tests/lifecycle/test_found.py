"""What the plays found, each as a short sentence."""

from decimal import Decimal

import pytest

from banqup.actions import approval, payments
from banqup.actions.refusals import NotPossible
from banqup.invoices.models import Invoice
from tests.factories import einvoices, world

from . import papers

pytestmark = pytest.mark.django_db


def test_what_was_paid_before_approval_keeps_the_total_from_becoming_less():
    space = world.business(auto_approve="never")
    an = world.member(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    invoice = payments.record_payment(invoice=invoice, amount=Decimal("60.00"), paid_on=space.today(), by=an)
    with pytest.raises(NotPossible, match="EUR 60.00 is settled on it already"):
        approval.save(invoice=invoice, document=papers.typed("purchase", 0), by=an, version=invoice.version)
    stands = Invoice.objects.get(pk=invoice.pk)
    assert (stands.payable, stands.paid, stands.version) == (Decimal("283.22"), Decimal("60.00"), invoice.version)

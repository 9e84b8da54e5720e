"""What the accountant sees beside a released document that was objected to, or that nobody will pay (LIFECYCLE §3, §5)."""

import pytest
from django.utils import timezone

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus, DocumentStatus, Kind
from tests.integrations.helpers import released

from .helpers import page, url, words

pytestmark = pytest.mark.django_db
D = DocumentStatus


@pytest.mark.parametrize(
    "kind, status, closed, badge, next_step",
    [
        (Kind.PURCHASE, D.DISPUTED, False, "Disputed – do not pay", "do not pay"),
        (Kind.PURCHASE, D.REFUSED, False, "Refused – do not book", "do not book"),
        (Kind.SALES, D.DISPUTED, False, "Disputed – not agreed yet", "waits for an agreement"),
        (Kind.SALES, D.REFUSED, False, "Refused – do not book", "The customer refused it"),
        (Kind.SALES, D.REFUSED, True, "Bad debt / refused", "expects no payment any more: do not book"),
        (Kind.SALES, D.VALIDATED, True, "Bad debt / refused", "book it as a bad debt"),
    ],
)
def test_a_badge_stands_beside_it_and_the_page_says_what_to_do(
    sofie, office, bakery, engagement, kind, status, closed, badge, next_step
):
    invoice = released(bakery, "A-1")
    Invoice.objects.filter(pk=invoice.pk).update(
        kind=kind,
        document_status=status,
        delivery_status=DeliveryStatus.SENT if kind == Kind.SALES else DeliveryStatus.NONE,
        wont_be_paid_at=timezone.now() if closed else None,
    )
    listed = sofie.get(url("documents", office))
    (cell,) = page(listed).xpath(f"//tr[@id='invoice-{invoice.pk}']/td[contains(@class, 'cell-status')]")
    document = sofie.get(url("document", office, invoice.pk))
    (head,) = page(document).xpath("//header[contains(@class, 'page-header')]")
    assert badge in words(cell) and badge in words(head)
    assert next_step in document.content.decode()

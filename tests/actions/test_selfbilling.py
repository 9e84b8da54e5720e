"""What we issue in a supplier's name needs its agreement; what a customer issues in ours is a sale."""

from datetime import date

import pytest

from banqup.actions import approval, selfbilling
from banqup.actions.refusals import NotAllowed, NotCompliant, NotPossible
from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db

# The day of issue of the sample documents.
ISSUED = date(2026, 3, 2)


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def an(space):
    return world.member(space, "PR")


@pytest.fixture
def issued(space) -> Invoice:
    return world.received(space, einvoices.write(einvoices.self_billed()))


def fresh(invoice) -> Invoice:
    return Invoice.objects.select_related("space", "counterparty").get(pk=invoice.pk)


def agree(contact, by, since=date(2026, 1, 1), until=None, self_billing=True):
    return selfbilling.agree(contact=contact, self_billing=self_billing, since=since, until=until, by=by)


def rules(invoice):
    return [(finding["rule"], finding["severity"]) for finding in fresh(invoice).findings]


def test_without_an_agreement_it_waits_and_is_not_approved(issued, an):
    assert (issued.kind, issued.document_status) == ("self_billed_out", "AWAITING_VALIDATION")
    assert (rules(issued), issued.error_count) == ([("BANQUP-MANDATE", "fatal")], 1)
    with pytest.raises(NotCompliant, match="may issue the invoices of"):
        approval.approve(invoice=fresh(issued), by=an, delivered_elsewhere=True)
    assert fresh(issued).released_at is None


def test_the_agreement_lets_through_what_waits(issued, an):
    agree(issued.counterparty, an)
    assert (rules(issued), fresh(issued).events.first().verb) == ([], "checked")
    approved = approval.approve(invoice=fresh(issued), by=an, delivered_elsewhere=True)
    assert (approved.document_status, approved.general_status) == ("FULLY_APPROVED", "UNPAID")


@pytest.mark.parametrize(
    "since, until, covered",
    [
        (ISSUED, ISSUED, True),
        (date(2026, 3, 3), None, False),
        (date(2026, 1, 1), date(2026, 3, 1), False),
        (date(2026, 1, 1), date(2026, 3, 2), True),
    ],
)
def test_the_agreement_covers_its_first_and_its_last_day(issued, an, since, until, covered):
    agree(issued.counterparty, an, since, until)
    assert (rules(issued) == []) == covered


def test_an_agreement_that_ended_meanwhile_is_seen_at_the_approval(issued, an):
    agree(issued.counterparty, an)
    waiting = fresh(issued)
    Contact.objects.update(mandate_until=date(2026, 1, 31))
    waiting.counterparty.refresh_from_db()
    with pytest.raises(NotCompliant, match="does not cover the day"):
        approval.approve(invoice=waiting, by=an, delivered_elsewhere=True)


def test_an_agreement_that_is_taken_back_holds_back_again(issued, an):
    agree(issued.counterparty, an)
    agree(issued.counterparty, an, None, self_billing=False)
    assert (rules(issued), fresh(issued).document_status) == ([("BANQUP-MANDATE", "fatal")], "AWAITING_VALIDATION")


def test_an_agreement_needs_a_first_day_before_its_last(issued, an):
    for since, until, field in ((None, None, "mandate_from"), (ISSUED, date(2026, 1, 1), "mandate_until")):
        with pytest.raises(NotPossible) as refused:
            agree(issued.counterparty, an, since, until)
        assert refused.value.field == field
    assert not Contact.objects.filter(self_billing=True).exists()


def test_who_may_not_agree(issued, space):
    with pytest.raises(NotAllowed):
        agree(issued.counterparty, world.member(space, "PA", "SR", "FR"))


@pytest.mark.parametrize("direction", ["purchase", "sales"])
def test_what_others_issue_in_a_sellers_name_is_never_a_purchase(space, direction):
    stranger = einvoices.party("Nobody We Know NV", einvoices.enterprise_number(77))
    for number, seller, own in (("S-1", einvoices.BUYER, True), ("S-2", stranger, False)):
        document = einvoices.self_billed(number=number, seller=seller, buyer=einvoices.SELLER)
        invoice = world.received(space, einvoices.write(document), direction=direction)
        assert (invoice.kind, invoice.is_sales, invoice.is_released) == ("self_billed_in", 1, own)

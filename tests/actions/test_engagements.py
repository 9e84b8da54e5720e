"""The tie between a client and its accountant."""

import pytest

from banqup.actions import engagements
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.exports.models import Export
from banqup.invoices.models import Invoice
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def office():
    return world.partner()


def test_invited_by_the_business_and_accepted_by_the_accountant(space, office):
    owner, manager = world.member(space, "ADM"), world.member(office, "CM")
    engagement = engagements.invite(business=space, partner=office, side="business", by=owner)
    assert not Invoice.objects.of_clients(office).exists()
    with pytest.raises(NotAllowed):
        engagements.answer(engagement=engagement, accept=True, by=owner)
    engagement = engagements.answer(engagement=engagement, accept=True, by=manager)
    assert (engagement.status, engagement.answered_by, space.active_engagement()) == ("active", manager, engagement)


def test_at_most_one_accountant_at_a_time(space, office):
    world.engaged(space, office)
    owner, second = world.member(space, "ADM"), world.partner(slug="second", name="Second")
    invitation = engagements.invite(business=space, partner=second, side="business", by=owner)
    with pytest.raises(NotPossible):
        engagements.answer(engagement=invitation, accept=True, by=world.member(second))


def test_after_the_end_the_accountant_sees_nothing_and_waiting_exports_are_cancelled_visibly(space, office):
    engagement = world.engaged(space, office)
    theirs = world.integration(space, name="Office folder", engagement=engagement)
    ours = world.integration(space, name="Ours")
    invoice = world.received(space, einvoices.invoice_bytes())
    assert list(Invoice.objects.of_clients(office)) == [invoice]
    engagements.end(engagement=engagement, by=world.member(space, "ADM"))
    assert not Invoice.objects.of_clients(office).exists()
    assert dict(Export.objects.values_list("integration", "state")) == {theirs.pk: "cancelled", ours.pk: "queued"}
    event = invoice.events.first()
    assert (event.verb, event.data["integration"]) == ("export_cancelled", "Office folder")
    theirs.refresh_from_db()
    assert not theirs.is_active


@pytest.mark.parametrize("role", ["PR", "SA", "AUD"])
def test_who_may_not_invite(space, office, role):
    with pytest.raises(NotAllowed):
        engagements.invite(business=space, partner=office, side="business", by=world.member(space, role))

"""Invitations both ways, the engagement, and its end."""

import pytest

from banqup.exports.models import Export
from banqup.invoices.models import Event, Invoice
from banqup.spaces.models import Engagement
from tests.factories import einvoices, world


@pytest.fixture
def office(db):
    return world.partner()


@pytest.fixture
def accountant(office):
    return world.member(office, email="sofie@delvaux.example")


@pytest.mark.parametrize("who", ["delvaux", " Delvaux ", "https://banqup.example/p/delvaux/", "SOFIE@delvaux.example"])
def test_an_accountant_is_found_by_address_or_by_somebody_who_works_there(space, page, accountant, office, who):
    assert page("accountant/", {"who": who}).status_code == 303
    engagement = Engagement.objects.get()
    assert (engagement.business, engagement.partner, engagement.status) == (space, office, "invited")
    assert engagement.invited_side == "business"
    shown = page("accountant/").text
    assert "Waiting for an answer" in shown and "Withdraw" in shown


@pytest.mark.parametrize("who", ["nobody", "janssens", "an@janssens.example", ""])
def test_who_is_no_accountant_is_not_invited(page, office, who):
    assert page("accountant/", {"who": who}).status_code == 422
    assert not Engagement.objects.exists()


def test_who_works_in_two_offices_must_be_named_by_address(page, accountant):
    world.member(world.partner(slug="peeters", name="Peeters"), person=accountant)
    answer = page("accountant/", {"who": accountant.email})
    assert answer.status_code == 422 and "more than one Partner Space" in answer.text


def test_nobody_is_invited_twice(page, accountant):
    page("accountant/", {"who": "delvaux"})
    answer = page("accountant/", {"who": "delvaux"})
    assert answer.status_code == 422 and "open already" in answer.text
    assert Engagement.objects.count() == 1


def test_an_invitation_is_withdrawn(page, accountant):
    page("accountant/", {"who": "delvaux"})
    engagement = Engagement.objects.get()
    assert "has not answered yet" in page(f"accountant/{engagement.pk}/end/").text
    page(f"accountant/{engagement.pk}/end/", {})
    engagement.refresh_from_db()
    assert engagement.status == "ended"


@pytest.mark.parametrize(("answer", "status"), [("accept", "active"), ("decline", "declined")])
def test_the_accountants_invitation_is_answered_once(space, page, office, accountant, answer, status):
    asked = Engagement.objects.create(business=space, partner=office, invited_side="partner", invited_by=accountant)
    assert "asks to be your accountant" in page("accountant/").text
    page(f"accountant/{asked.pk}/answer/", {"answer": answer})
    page(f"accountant/{asked.pk}/answer/", {"answer": "accept"})
    asked.refresh_from_db()
    assert asked.status == status
    assert "answered already" in page("accountant/").text


def test_our_own_invitation_is_not_ours_to_answer(space, page, office, accountant):
    page("accountant/", {"who": "delvaux"})
    answer = page(f"accountant/{Engagement.objects.get().pk}/answer/", {"answer": "accept"})
    assert answer.status_code == 403
    assert Engagement.objects.get().status == "invited"


def test_the_end_is_announced_and_takes_the_accountants_sight_and_waiting_exports(space, page, office, accountant):
    engagement = world.engaged(space, office)
    theirs = world.integration(space, name="Office ledger", engagement=engagement)
    ours = world.integration(space, name="Archive")
    invoice = world.received(space, einvoices.invoice_bytes())
    assert Invoice.objects.of_clients(office).count() == 1
    said = page(f"accountant/{engagement.pk}/end/").text
    assert "Office ledger" in said and "1 document that still waits to be sent to them is cancelled." in said
    page(f"accountant/{engagement.pk}/end/", {})
    assert Invoice.objects.of_clients(office).count() == 0
    states = dict(Export.objects.values_list("integration__name", "state"))
    assert states == {"Office ledger": "cancelled", "Archive": "queued"}
    cancelled = Event.objects.get(invoice=invoice, verb="export_cancelled")
    assert "ended" in cancelled.data["reason"] and cancelled.data["integration"] == "Office ledger"
    theirs.refresh_from_db()
    ours.refresh_from_db()
    assert (theirs.is_active, ours.is_active) == (False, True)
    assert "ended by" in page("accountant/").text
    assert "Office ledger" not in page("extensions/").text


def test_another_business_engagement_is_not_found(page, office, stranger):
    other = world.engaged(stranger.spaces.get(), office)
    assert page(f"accountant/{other.pk}/end/").status_code == 404
    assert page(f"accountant/{other.pk}/answer/", {"answer": "accept"}).status_code == 404


def test_a_second_accountant_is_accepted_only_after_the_first_has_ended(space, page, office, accountant):
    world.engaged(space, world.partner(slug="peeters", name="Peeters"))
    asked = Engagement.objects.create(business=space, partner=office, invited_side="partner", invited_by=accountant)
    assert "End the work with Peeters first." in page("accountant/").text
    page(f"accountant/{asked.pk}/answer/", {"answer": "accept"})
    asked.refresh_from_db()
    assert asked.status == "invited"

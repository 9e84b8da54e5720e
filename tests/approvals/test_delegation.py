"""The accountant approves where, and only where, the business said so (LIFECYCLE C12)."""

import pytest
from django.test import Client

from banqup.actions import approval, disputes, engagements
from banqup.actions.allowed import allowed_to_partner, find
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.invoices.history import timeline
from banqup.spaces.access import standing
from tests.factories import einvoices, world

from .helpers import entered, fresh, held_back, route, step


@pytest.fixture
def office(space, people):
    class Office:
        space = world.partner()
        engagement = world.engaged(space_of(people), space)
        sofie = world.member(space, "ACC", email="sofie@delvaux.example")
        manager = world.member(space, "CM", email="cm@delvaux.example")

    return Office


def space_of(people):
    return people.an.memberships.get().space


def delegated(office, people):
    engagements.delegate_approval(engagement=office.engagement, delegate=True, by=people.ada)


def approve(invoice, by, office):
    return approval.approve(invoice=fresh(invoice), by=by, through=office.space, delivered_elsewhere=True)


def refused(invoice, by, office):
    with pytest.raises(NotAllowed) as error:
        approve(invoice, by, office)
    assert not fresh(invoice).is_released
    return str(error.value)


NOTHING = "You may not approve purchase documents here."


def test_without_delegation_nothing_is_offered_and_a_forged_request_reveals_nothing(space, people, office):
    invoice = held_back(space)
    assert find(allowed_to_partner(invoice, standing(office.sofie, space)), "approve") is None
    assert refused(invoice, office.sofie, office) == NOTHING
    browser = Client()
    browser.force_login(office.sofie, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post(f"/p/{office.space.slug}/documents/{invoice.pk}/approve/", {"version": invoice.version})
    assert (answer.status_code, fresh(invoice).is_released) == (403, False)


def test_a_delegated_approval_releases_and_says_on_whose_behalf(space, people, office):
    delegated(office, people)
    invoice = held_back(space)
    offer = find(allowed_to_partner(invoice, standing(office.sofie, space)), "approve")
    assert (offer.label, offer.enabled) == ("Approve for Bakkerij Janssens BV", True)
    invoice = approve(invoice, office.sofie, office)
    line = timeline(invoice)[0]
    assert (line["who"], line["what"]) == (
        "Sofie (Delvaux Accountants)",
        "approved it on behalf of Bakkerij Janssens BV",
    )
    assert invoice.events.get(verb="approved").through == office.space


def test_the_page_of_the_office_approves_after_saying_what_will_happen(space, people, office):
    delegated(office, people)
    invoice = held_back(space)
    browser = Client()
    browser.force_login(office.sofie, backend="django.contrib.auth.backends.ModelBackend")
    url = f"/p/{office.space.slug}/documents/{invoice.pk}/"
    assert "Approve for Bakkerij Janssens BV" in browser.get(url).content.decode()
    assert "on behalf of Bakkerij Janssens BV" in browser.get(url + "approve/").content.decode()
    assert browser.post(url + "approve/", {"version": "0"}).status_code == 409
    assert browser.post(url + "approve/", {"version": invoice.version}).status_code == 303
    assert fresh(invoice).is_released


def test_only_accountants_of_the_office_and_only_purchase_documents(space, people, office):
    delegated(office, people)
    sold = fresh(
        world.received(
            space, einvoices.invoice_bytes(seller=einvoices.BUYER, buyer=einvoices.SELLER), direction="sales"
        ),
        space,
    )
    assert "sales" in refused(sold, office.sofie, office)
    invoice = held_back(space)
    assert refused(invoice, office.manager, office) == NOTHING
    other = world.partner(slug="fidu", name="Fidu Noord")
    world.engaged(world.business(slug="ooms", name="Ooms", vat_id=""), other)
    stranger = world.member(other, "ACC")
    assert refused(invoice, stranger, office) == NOTHING
    with pytest.raises(NotAllowed):  # the right of the office is none in the business
        approval.approve(invoice=fresh(invoice), by=office.sofie)


def test_a_disputed_document_stays_the_clients(space, people, office):
    delegated(office, people)
    invoice = disputes.dispute(invoice=held_back(space), reason="price", by=people.an)
    with pytest.raises(NotPossible, match="Bakkerij Janssens BV has to settle that first"):
        approval.approve(invoice=fresh(invoice), by=office.sofie, through=office.space, note="Settled")


def test_it_stops_when_the_business_says_so_and_when_the_engagement_ends(space, people, office):
    invoice = held_back(space)
    delegated(office, people)
    engagements.delegate_approval(engagement=office.engagement, delegate=False, by=people.ada)
    assert refused(invoice, office.sofie, office) == NOTHING
    delegated(office, people)
    ended = engagements.end(engagement=office.engagement, by=people.ada)
    assert ended.delegates_approval is False
    assert refused(invoice, office.sofie, office) == NOTHING


def test_only_the_business_delegates_and_only_while_they_work_together(space, people, office):
    boss = world.member(office.space, "ADM")
    for person in (people.an, office.sofie, boss):
        with pytest.raises(NotAllowed):
            engagements.delegate_approval(engagement=office.engagement, delegate=True, by=person)
    engagements.end(engagement=office.engagement, by=people.ada)
    with pytest.raises(NotPossible):
        delegated(office, people)


def test_in_routes_a_delegate_is_a_purchase_responsible_and_never_a_named_person(space, people, office):
    delegated(office, people)
    route(space, step(people.an), step(role="PR"), by=people.ada)
    invoice = held_back(space)
    assert refused(invoice, office.sofie, office) == "It waits for the approval of An (step 1 of 2)."
    approval.approve(invoice=fresh(invoice), by=people.an)
    assert approve(invoice, office.sofie, office).is_released


def test_four_eyes_hold_for_delegates_who_also_work_in_the_business(space, people, office):
    delegated(office, people)
    route(space, step(role="PR"), by=people.ada)
    world.member(space, "PA", person=office.sofie)
    invoice = entered(held_back(space), office.sofie)
    assert "You entered it" in refused(invoice, office.sofie, office)

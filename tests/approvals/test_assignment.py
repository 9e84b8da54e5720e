"""One person is chosen to approve one document."""

import pytest

from banqup.actions import approval
from banqup.actions.assignment import assign_approver
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.approvals import rules
from banqup.conversations.models import Notification
from banqup.invoices.history import timeline
from tests.factories import world

from .helpers import entered, fresh, held_back, named, route, step, who_may


def assign(invoice, approver, by):
    return fresh(assign_approver(invoice=fresh(invoice), approver=approver, by=by), invoice.space)


def test_the_chosen_person_alone_approves_it_and_is_told(space, people):
    invoice = held_back(space)
    invoice = assign(invoice, people.aud, people.an)
    everybody = [people.an, people.tom, people.piet, people.aud, people.ada]
    assert who_may(invoice, everybody) == {people.aud} == named(invoice)
    assert list(Notification.objects.values_list("user", "topic")) == [(people.aud.pk, "approval_asked")]
    assert timeline(invoice)[0]["what"] == "asked Aud to approve it"
    assert approval.approve(invoice=fresh(invoice), by=people.aud).is_released


def test_the_choice_comes_after_the_steps_of_the_route(space, people):
    route(space, step(people.an), by=people.ada)
    invoice = assign(held_back(space), people.aud, people.an)
    assert named(invoice) == {people.an}
    told = Notification.objects.filter(user=people.aud)
    assert told.count() == 0  # it is not their turn yet
    assert not approval.approve(invoice=fresh(invoice), by=people.an).is_released
    assert (named(invoice), told.count()) == ({people.aud}, 1)
    with pytest.raises(NotPossible, match="Aud has the last word"):
        assign(invoice, None, people.an)
    invoice = assign(invoice, people.tom, people.an)
    assert approval.approve(invoice=invoice, by=people.tom).is_released


def test_the_choice_is_changed_and_taken_back(space, people):
    invoice = assign(assign(held_back(space), people.aud, people.an), people.piet, people.an)
    assert named(invoice) == {people.piet}
    invoice = assign(invoice, None, people.an)
    assert rules.plan_of(invoice).is_simple
    assert timeline(invoice)[0]["what"] == "took back that Piet has to approve it"
    with pytest.raises(NotPossible, match="chosen already"):
        assign(invoice, None, people.an)


def test_whom_four_eyes_keep_from_signing_is_not_chosen(space, people):
    route(space, step(people.an), by=people.ada)
    invoice = entered(held_back(space), people.piet)
    with pytest.raises(NotPossible, match="Piet entered or approved it already"):
        assign(invoice, people.piet, people.an)
    with pytest.raises(NotPossible, match="nobody but An can give an approval that comes before"):
        assign(invoice, people.an, people.an)


def test_only_who_may_approve_chooses_and_only_among_people_of_the_space(space, people):
    invoice = held_back(space)
    with pytest.raises(NotAllowed):
        assign(invoice, people.aud, people.piet)
    with pytest.raises(NotPossible, match="does not see the documents"):
        assign(invoice, world.user(email="x@nowhere.example", name="X"), people.an)


def test_nobody_is_chosen_for_what_is_decided(space, people):
    invoice = approval.approve(invoice=held_back(space), by=people.an)
    with pytest.raises(NotPossible):
        assign(invoice, people.tom, people.an)

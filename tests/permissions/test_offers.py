"""What a page offers is what the verb does: every action, by every role, on a document in every state."""

import functools

import pytest
from django.db import IntegrityError

from banqup.actions import allowed as offering
from banqup.actions.allowed import allowed, allowed_to_partner
from banqup.actions.refusals import Refused
from banqup.spaces.access import standing

from . import table, verbs
from .scene import STATES

pytestmark = pytest.mark.django_db

BUSINESS_ACTIONS = {
    "approve",
    "attach",
    "assign",
    "save",
    "resolve",
    "record_payment",
    "mark_unpaid",
    "mark_as_duplicate",
    "mark_as_another",
    "link_credit_note",
    "record_answer",
    "mark_resolved",
    "wont_be_paid",
    "dispute",
    "refuse",
    "withdraw",
    "resend",
    "delete",
    "restore",
    "send",
    "copy_document",
    "make_credit_note",
    "resend_customer",
    "mark_received",
    "send_copy",
    "remind",
    "reissue",
}
OFFICE_ACTIONS = {"approve", "mark_as_processed", "undo_processed", "resend"}

# Who is asked about the actions of which side: its own people, and those who have been or are elsewhere.
IN_BUSINESS = {*table.BUSINESS, "a member without a role", "a member of another business", "an inactive member"}
IN_OFFICE = {*table.OFFICE, *(name for name in table.OUTSIDE if "accountant" in name)}
UNSEEN = {"draft", "deleted"}  # no page of the accountant shows these

# The verb does it though no button is there: a credit note may be linked before approval, as money may come (§1).
NOT_OFFERED = {("link_credit_note", state) for state in STATES if {"awaiting", "validated"} & set(state.split())}
VERB_OF = {"link_credit_note": "link"}


@pytest.fixture(autouse=True)
def members_read_once(monkeypatch):
    """Whom to ask instead is only words: the members stay who they are here, so they are read once."""
    monkeypatch.setattr(offering, "people_with", functools.cache(offering.people_with))


def _through(scene, name, state, person) -> bool:
    with verbs.taken_back():
        try:
            if name == "record_answer":
                _any_answer(scene, state, person)
            else:
                verbs.DOCUMENTS[VERB_OF.get(name, name)](scene, scene.document(state), person)
        except Refused:
            return False
        except IntegrityError as error:
            pytest.fail(f"{name} on {state} broke on the way: {error}")
    return True


def _any_answer(scene, state, person):
    """The button opens a choice of answers; it is right when one of them fits."""
    from banqup.actions import sales

    for answer in ("accepted", "queried"):
        try:
            return sales.record_answer(invoice=scene.document(state), answer=answer, reason="price", by=person)
        except Refused:
            pass
    return sales.record_answer(invoice=scene.document(state), answer="refused", reason="price", by=person)


def _wrong(scene, state, person, offers, every, who):
    offered = {action.name: action for action in offers}
    assert set(offered) <= every, "an action that this test does not know"
    for name in sorted(every):
        on = name in offered and offered[name].enabled
        through = _through(scene, name, state, person)
        if on != through and (on or (name, state) not in NOT_OFFERED):
            yield f"{name} on {state} by {who}: {'offered' if on else 'not offered'}, {'done' if through else 'refused'}"


@pytest.mark.parametrize("state", STATES)
def test_an_action_is_on_exactly_where_the_verb_does_it_and_else_says_why(scene, state):
    wrong = []
    for who in table.EVERYBODY:
        person = scene.people[who]
        rights = standing(person, scene.space)
        ours, theirs = allowed(scene.document(state), rights), allowed_to_partner(scene.document(state), rights)
        if who in IN_BUSINESS:
            wrong += _wrong(scene, state, person, ours, BUSINESS_ACTIONS, who)
        if who in IN_OFFICE and not UNSEEN & set(state.split()):
            wrong += _wrong(scene, state, person, theirs, OFFICE_ACTIONS, who)
        silent = [one.name for one in (*ours, *theirs) if not one.enabled and not one.reason.endswith(".")]
        wrong += [f"{name} on {state} is off for {who} and says not why" for name in silent]
    assert not wrong

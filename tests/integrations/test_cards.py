"""What pages show of an integration, and the documents it missed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.exports.models import Integration
from integrations import setup
from integrations.cards import Card

from . import helpers

pytestmark = pytest.mark.django_db


def repair(integration):
    return setup.card(Integration.objects.get(pk=integration.pk)).repair


def test_a_card_says_where_it_writes_and_how_it_goes(space, folder):
    now = timezone.now()
    states = [
        ("delivered", now - timedelta(days=40)),
        ("delivered", now - timedelta(days=2)),
        ("failed", now),
        ("queued", None),
        ("waiting", None),
        ("sending", None),
    ]
    for number, (state, settled_at) in enumerate(states):
        helpers.queued(helpers.released(space, str(number)), folder, state=state, settled_at=settled_at)
    assert setup.card(folder) == Card(
        integration=folder,
        label="Folder",
        initials="FO",
        description="Writes the e-invoice and the PDF of every approved document to a folder on the server.",
        summary="janssens/{direction}/{year}/{number}",
        state="active",
        repair="",
        can_update=True,
        resend_warning="",
        last_delivered_at=now - timedelta(days=2),
        delivered_in_30_days=1,
        waiting=3,
        failed=1,
        failing_since=None,
        needs_person=True,
    )


def test_a_card_costs_one_query(folder, django_assert_num_queries):
    with django_assert_num_queries(1):
        setup.card(folder)


def test_a_card_says_what_to_repair(folder):
    assert repair(folder) == ""
    Integration.objects.update(attention="Connect again.")
    assert repair(folder) == "Connect again."
    Integration.objects.update(test_passed=None)
    assert repair(folder) == "Test the integration; documents wait until it has passed."
    Integration.objects.update(is_active=False)
    assert repair(folder) == "Test the integration, then activate it."
    Integration.objects.update(
        test_passed=False, test_steps=[{"name": "a", "ok": True}, {"name": "b", "ok": False, "message": "No."}]
    )
    assert repair(folder) == "The last test failed: No."
    Integration.objects.update(connector="removed")
    words = "The connector “removed” is not installed any more. Install it again, or switch this integration off."
    assert repair(folder) == words


def test_a_removed_connector_still_has_a_card(space):
    card = setup.card(helpers.integration(space, "removed"))
    assert (card.label, card.initials, card.summary, card.can_update) == ("removed", "?", "", False)


def test_missed_are_approved_documents_that_neither_arrived_nor_are_on_their_way(space, folder):
    now = timezone.now()
    documents = {
        name: helpers.released(space, name) for name in ("never", "failed", "cancelled", "queued", "delivered", "both")
    }
    for state in ("failed", "cancelled", "delivered"):
        helpers.queued(documents[state], folder, state=state, settled_at=now)
    helpers.queued(documents["queued"], folder)
    helpers.queued(documents["both"], folder, state="failed", settled_at=now)
    helpers.queued(documents["both"], folder, state="delivered", settled_at=now)
    other = helpers.integration(space, name="Other")
    helpers.queued(documents["never"], other, state="delivered", settled_at=now)
    count, missed = setup.missed(folder)
    assert (count, {invoice.number for invoice in missed}) == (3, {"never", "failed", "cancelled"})

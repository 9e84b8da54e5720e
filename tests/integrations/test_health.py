"""How integrations do: the numbers, since when one fails, and which of them need a person."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.exports import health
from banqup.exports.models import ExportAttempt, Integration
from banqup.spaces.models import Engagement
from integrations import base, delivery
from tests.factories import world

from . import helpers

pytestmark = pytest.mark.django_db

NOW = timezone.now()


def ago(**how):
    return NOW - timedelta(**how)


def sent(integration, number, *tries, state="delivered", **fields):
    """A document on its way there, with its tries as (how long ago, outcome)."""
    settled = None if state in ("queued", "waiting", "sending") else tries[-1][0]
    invoice = fields.pop("invoice", None) or helpers.released(integration.space, number)
    export = helpers.queued(invoice, integration, state=state, settled_at=settled, **fields)
    for place, (at, outcome) in enumerate(tries, start=1):
        ExportAttempt.objects.create(export=export, number=place, started_at=at, outcome=outcome)
    return export


def of(integration):
    return health.of([integration])[integration.pk]


def test_an_integration_that_has_done_nothing_is_well(folder):
    nothing = {"last_success": None, "delivered_recently": 0, "waiting": 0, "failed": 0, "failing_since": None}
    assert of(folder) == health.Health(state="active", needs_person=False, **nothing)


def test_it_fails_since_the_first_failed_try_after_the_last_success(folder):
    sent(folder, "before", (ago(days=3), "try_again"), (ago(days=2), "delivered"))
    assert of(folder).failing_since is None
    sent(folder, "patience", (ago(hours=9), base.WaitUntil.family), state="waiting")
    assert of(folder).failing_since is None
    sent(folder, "later", (ago(hours=5), "permanent"), state="failed")
    sent(folder, "first", (ago(hours=8), "try_again"), (ago(hours=1), ""), state="sending")
    found = of(folder)
    assert (found.last_success, found.failing_since) == (ago(days=2), ago(hours=8))
    assert (found.waiting, found.failed, found.delivered_recently) == (2, 1, 1)
    sent(folder, "again", (NOW, "delivered"))
    assert of(folder).failing_since is None


def test_what_never_arrived_anywhere_fails_since_its_first_try(folder):
    sent(folder, "only", (ago(days=40), "refused"), (ago(days=39), "permanent"), state="failed")
    assert of(folder).failing_since == ago(days=40)


def test_a_failure_that_was_sent_again_needs_nobody(folder):
    export = sent(folder, "N", (ago(hours=2), "permanent"), state="failed")
    assert (of(folder).failed, of(folder).needs_person) == (1, True)
    sent(folder, "N", (ago(hours=1), ""), state="queued", invoice=export.invoice)
    assert (of(folder).failed, of(folder).waiting, of(folder).needs_person) == (0, 1, False)


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ({}, False),
        ({"attention": "Connect again."}, True),
        ({"test_passed": None}, True),
        ({"test_passed": False}, True),
        ({"test_passed": False, "is_active": False}, False),
        ({"attention": "Gone.", "is_active": False}, False),
    ],
)
def test_one_that_is_on_and_can_not_work_needs_a_person(space, folder, fields, needs):
    Integration.objects.update(**fields)
    integration = Integration.objects.get()
    assert (of(integration).needs_person, health.needing(space)) == (needs, int(needs))


def test_each_side_counts_its_own_and_an_accountant_those_of_the_clients_of_now(space, folder):
    office = world.partner()
    engagement = world.engaged(space, office)
    theirs = helpers.integration(space, name="Theirs", engagement=engagement, attention="Connect again.")
    assert (health.needing(space), health.needing(office), of(theirs).needs_person) == (0, 1, True)
    engagement.status, engagement.ended_at = Engagement.Status.ENDED, timezone.now()
    engagement.save()
    assert (health.needing(office), of(Integration.objects.get(pk=theirs.pk)).needs_person) == (0, False)


def test_many_integrations_cost_the_queries_of_one(space, folder, django_assert_num_queries):
    for number in range(5):
        sent(helpers.integration(space, name=f"{number}"), f"{number}", (ago(hours=2), "permanent"), state="failed")
    everything = list(Integration.objects.all())
    with django_assert_num_queries(1):
        assert len(health.of(everything)) == 6
    with django_assert_num_queries(1):
        assert health.needing(space) == 5


def test_a_week_counts_what_was_settled_in_it(folder):
    sent(folder, "last", (ago(days=8), "delivered"))
    sent(folder, "delivered", (ago(days=3), "delivered"))
    sent(folder, "failed", (ago(days=2), "permanent"), state="failed")
    sent(folder, "today", (NOW, "delivered"))
    (week,) = health.over(Integration.objects.all(), since=ago(days=7), until=ago(days=1))
    assert (week.integration, week.delivered, week.failed, week.health) == (folder, 1, 1, of(folder))


def test_no_failure_is_what_the_connectors_call_so():
    assert ("", delivery.DELIVERED, base.WaitUntil.family) == health.NO_FAILURE

"""The summary on Mondays: when, to whom, about what, and only once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banqup.conversations import notices
from banqup.conversations.models import MailTime, Notification
from banqup.conversations.tasks import mail as send_mail
from banqup.exports.models import Integration
from integrations.tasks import weekly_summary
from tests.actions.test_concurrency import at_once
from tests.factories import clock, world

from . import helpers

pytestmark = pytest.mark.django_db

# Monday 23 November 2026, 07:00 in Brussels.
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def an(space):
    return world.member(space, "ADM", person=world.user("an@janssens.example", "An Janssens"))


@pytest.fixture
def books(space):
    return long_ago(helpers.integration(space, "folder", name="Books", config={"folder": "janssens"}))


def long_ago(integration):
    Integration.objects.filter(pk=integration.pk).update(created_at=MONDAY - timedelta(days=60))
    return Integration.objects.get(pk=integration.pk)


def settled(integration, number, at, state="delivered"):
    return helpers.queued(helpers.released(integration.space, number), integration, state=state, settled_at=at)


def told():
    return [(one.user.email, one.space.slug, one.data["monday"]) for one in Notification.objects.order_by("id")]


def test_on_monday_at_seven_who_manages_integrations_gets_one_mail(space, an, books, settings):
    settings.BANQUP_PUBLIC_URL = "https://banqup.example"
    world.member(space, "PR")
    for number in range(3):
        settled(books, f"D-{number}", MONDAY - timedelta(days=2))
    settled(books, "old", MONDAY - timedelta(days=9))
    settled(books, "F", MONDAY - timedelta(days=1), state="failed")
    helpers.queued(helpers.released(space, "W"), books, state="waiting")
    with clock.set_to(MONDAY - timedelta(seconds=1)) as now:
        weekly_summary()
        assert told() == [("an@janssens.example", "janssens", "2026-11-16")]  # the week before, made up for
        Notification.objects.all().delete()
        now.passes(seconds=2)
        weekly_summary()
        weekly_summary()
        send_mail()
        send_mail()
    assert told() == [("an@janssens.example", "janssens", "2026-11-23")]
    (message,) = mail.outbox
    assert (message.to, message.subject) == (
        ["an@janssens.example"],
        "Integrations last week: 3 delivered, 1 waiting, 1 failed",
    )
    for said in (
        "1 integration needs you.",
        "Books: 3 delivered, 1 waiting, 1 failed",
        "1 failed document was not sent again: see why, repair it, then resend it.",
        f"https://banqup.example/s/janssens/settings/extensions/{books.pk}/",
        "After a week in which nothing was sent and all is well, nothing comes.",
        "https://banqup.example/s/janssens/settings/mail/",
    ):
        assert said in message.body


def test_a_scheduler_that_was_down_makes_up_for_it_in_the_week_and_the_numbers_stay_those_of_the_week(an, books):
    settled(books, "in the week", MONDAY - timedelta(hours=1))
    settled(books, "after it", MONDAY + timedelta(hours=1))
    with clock.set_to(MONDAY + timedelta(days=2, hours=5)):
        weekly_summary()
        weekly_summary()
    (one,) = Notification.objects.all()
    assert (one.data["monday"], one.data["delivered"], one.mail_at) == ("2026-11-23", 1, one.created_at)


def test_a_week_in_which_nothing_was_sent_and_all_is_well_is_silent_to_its_end(an, books):
    with clock.set_to(MONDAY + timedelta(minutes=1)) as now:
        weekly_summary()
        Integration.objects.update(attention="Connect again.")
        now.passes(days=3)
        weekly_summary()
        assert told() == []
        now.passes(days=4)
        weekly_summary()
    (one,) = Notification.objects.all()
    assert (one.data["monday"], one.data["needs"]) == ("2026-11-30", 1)
    assert one.data["rows"][0]["advice"] == "Connect again."


def test_an_integration_that_is_off_or_new_says_nothing(space, an, books):
    Integration.objects.update(is_active=False, attention="Connect again.")
    helpers.integration(space, name="Made on Tuesday", attention="Connect again.")
    Integration.objects.filter(name="Made on Tuesday").update(created_at=MONDAY + timedelta(days=1))
    with clock.set_to(MONDAY + timedelta(days=2)):
        weekly_summary()
    assert told() == []


def test_an_office_hears_of_its_clients_with_their_names_those_in_trouble_first(space):
    office = world.partner()
    engagement = world.engaged(space, office)
    world.member(office, "ADM")
    well = long_ago(helpers.integration(space, name="A well", engagement=engagement))
    settled(well, "D", MONDAY - timedelta(days=2))
    sick = long_ago(helpers.integration(space, name="B sick", engagement=engagement, attention="Connect again."))
    with clock.set_to(MONDAY):
        weekly_summary()
        send_mail()
    (message,) = mail.outbox
    assert message.to == ["adm@delvaux.example"]  # who manages integrations, though no documents
    first, second = (message.body.index(f"Bakkerij Janssens BV · {one.name}") for one in (sick, well))
    assert first < second
    assert f"/p/delvaux/clients/{space.pk}/integrations/{sick.pk}/" in message.body


def test_monday_morning_is_that_of_the_space(space, an, books):
    settled(books, "D", MONDAY - timedelta(days=2))
    space.time_zone = "America/New_York"
    space.save()
    with clock.set_to(MONDAY):  # one in the night over there: the week before is the last whole one
        weekly_summary()
    assert told() == [] and Notification.objects.count() == 0
    with clock.set_to(MONDAY + timedelta(hours=6)):
        weekly_summary()
    assert told() == [("an@janssens.example", "janssens", "2026-11-23")]


def test_who_chose_no_summary_is_told_in_the_product_only(an, books):
    settled(books, "D", MONDAY - timedelta(days=2))
    notices.choose(an.memberships.get(), asked=MailTime.AT_ONCE, other=MailTime.NEVER, weekly=False)
    with clock.set_to(MONDAY):
        weekly_summary()
        send_mail()
    assert (len(told()), mail.outbox) == (1, [])


def test_the_choice_is_offered_to_who_manages_integrations_and_kept(client, space, an, books):
    address = "/s/janssens/settings/mail/"
    client.force_login(world.member(space, "PR"))
    assert b'name="weekly"' not in client.get(address).content
    client.force_login(an)
    assert b'name="weekly"' in client.get(address).content
    client.post(address, {"asked": "at_once", "other": "daily"})
    assert notices.choice_of(an.memberships.get()).weekly is False


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_tell_each_person_once(an, books):
    settled(books, "D", MONDAY - timedelta(days=2))
    with clock.set_to(MONDAY):
        at_once(weekly_summary, weekly_summary, weekly_summary)
    assert told() == [("an@janssens.example", "janssens", "2026-11-23")]


def test_many_integrations_cost_the_queries_of_one(space, an, books):
    counted = []
    for number in range(2):
        for name in range(6 * number):
            settled(long_ago(helpers.integration(space, name=f"{name}")), f"{name}", MONDAY)
        settled(books, f"D-{number}", MONDAY + timedelta(days=7 * number - 1))
        with clock.set_to(MONDAY + timedelta(days=7 * number)), CaptureQueriesContext(connection) as queries:
            weekly_summary()
        counted.append(len(queries))
    assert len(told()) == 2 and counted[0] == counted[1]

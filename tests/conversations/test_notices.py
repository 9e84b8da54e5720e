"""Who is told what, where, and by when a mail is due."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from banqup.actions import bookkeeping, conversations, disputes, payments
from banqup.conversations import notices, threads
from banqup.conversations.models import Audience, MailTime, Notification, Side
from banqup.conversations.topics import Topic
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.spaces.models import Engagement, Membership, Space
from tests.factories import clock, world

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)


def told():
    return [(one.user.name, one.space.slug, one.topic) for one in Notification.objects.order_by("id")]


def test_a_question_reaches_who_works_on_such_documents_and_its_answer_who_asked(question, an):
    assert told() == [("An Janssens", "janssens", Topic.QUESTION_ASKED)]
    world.member(question.space, "SR")
    conversations.answer(question=question, text="For the shop.", by=an)
    assert told()[1:] == [("Sofie Delvaux", "delvaux", Topic.QUESTION_ANSWERED)]


def test_an_answer_reaches_somebody_when_who_asked_has_left(question, an, office):
    Membership.objects.filter(user=question.author).delete()
    world.member(office, "ACC", person=world.user("jan@delvaux.example", "Jan"))
    conversations.answer(question=question, text="For the shop.", by=an)
    assert told()[1:] == [("Jan", "delvaux", Topic.QUESTION_ANSWERED)]


def test_a_comment_reaches_who_took_part_else_who_works_there(invoice, an, sofie, bakery, office):
    world.member(office, "ACC", person=world.user("jan@delvaux.example", "Jan"))
    conversations.comment(invoice=invoice, text="First", by=an, side=Side.BUSINESS)
    assert sorted(told()) == [
        ("Jan", "delvaux", Topic.COMMENTED),
        ("Sofie Delvaux", "delvaux", Topic.COMMENTED),
    ]
    Notification.objects.all().delete()
    conversations.comment(invoice=invoice, text="Second", by=sofie, side=Side.PARTNER)
    Notification.objects.all().delete()
    conversations.comment(invoice=invoice, text="Third", by=an, side=Side.BUSINESS)
    assert told() == [("Sofie Delvaux", "delvaux", Topic.COMMENTED)]


def test_a_note_is_told_to_its_own_side_only(invoice, an, sofie, office):
    world.member(office, "ACC", person=world.user("jan@delvaux.example", "Jan"))
    conversations.comment(invoice=invoice, text="Hm", by=sofie, side=Side.PARTNER, audience=Audience.OWN)
    assert told() == [("Jan", "delvaux", Topic.COMMENTED)]


def test_nobody_is_told_twice_or_of_their_own_doing_or_of_what_they_may_not_see(invoice, an, sofie, office):
    Membership.objects.create(user=an, space=office, roles=["ACC"])
    manager = world.member(office, "CM")
    stranger = world.user("x@nowhere.example", "X")
    everybody = [an, an.pk, sofie, manager, stranger]
    notices.notify(users=everybody, topic=Topic.APPROVAL_ASKED, invoice=invoice, by=sofie)
    assert told() == [("An Janssens", "janssens", Topic.APPROVAL_ASKED)]


def test_who_booked_a_document_is_told_that_it_was_refused(invoice, an, sofie):
    processed = bookkeeping.mark_as_processed(invoice=invoice, by=sofie)
    disputes.refuse(invoice=processed, reason="price", by=an)
    assert told() == [("Sofie Delvaux", "delvaux", Topic.REFUSED_AFTER_PROCESSING)]
    line = notices.in_words(Notification.objects.all(), sofie.memberships.get().space)[0]
    assert line["sentence"] == f"An Janssens refused {invoice.title}, which you had processed"


def test_who_decides_and_pays_is_told_of_money_on_a_refused_document(invoice, an, bakery):
    world.member(bakery, "AUD")
    clerk = world.member(bakery, "FR", person=world.user("tom@janssens.example", "Tom"))
    refused = disputes.refuse(invoice=invoice, reason="price", by=an)
    payments.record_payment(invoice=refused, amount=Decimal("10.00"), paid_on=date.today(), by=clerk)
    assert told() == [("An Janssens", "janssens", Topic.PAID_WHILE_REFUSED)]
    line = notices.in_words(Notification.objects.all(), bakery)[0]
    assert line["sentence"] == f"EUR 10.00 was paid on {invoice.title}, which is refused"


def test_the_end_of_an_engagement_hides_what_an_accountant_was_told(question, an, engagement):
    conversations.answer(question=question, text="For the shop.", by=an)
    member = question.author.memberships.get()
    assert notices.of(member).count() == 1
    Engagement.objects.update(status=Engagement.Status.ENDED, ended_at=NOON)
    assert notices.of(member).count() == 0
    Engagement.objects.update(status=Engagement.Status.ACTIVE, ended_at=None)
    member.roles = ["CM"]
    assert notices.of(member).count() == 0


# --- when mail is due -------------------------------------------------------------------------------


def due(space, topic=Topic.COMMENTED):
    notices.notify(users=[space.members.get()], topic=topic, space=space)
    return Notification.objects.latest("id").mail_at


def test_what_is_asked_is_mailed_at_once_and_the_rest_in_the_morning(an, bakery):
    with clock.set_to(NOON) as now:
        assert due(bakery, Topic.QUESTION_ASKED) == now.moment
        assert due(bakery, Topic.APPROVAL_ASKED) == now.moment
        assert due(bakery) == datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "morning"),
    [
        ("Pacific/Kiritimati", datetime(2026, 11, 18, 17, 0, tzinfo=UTC)),  # 14 h ahead: it is 02:00 on the 18th there
        ("Etc/GMT+12", datetime(2026, 11, 17, 19, 0, tzinfo=UTC)),  # 12 h behind, the furthest there is
        ("Europe/Brussels", datetime(2026, 11, 18, 6, 0, tzinfo=UTC)),
    ],
)
def test_the_morning_is_that_of_the_space(an, bakery, zone, morning):
    Space.objects.filter(pk=bakery.pk).update(time_zone=zone)
    bakery.refresh_from_db()
    moment = datetime(2026, 11, 17, 18, 0, tzinfo=UTC) if "Kiri" in zone else NOON
    with clock.set_to(moment):
        assert due(bakery) == morning


def test_a_new_choice_counts_for_what_waits_already(an, bakery):
    member = an.memberships.get()
    with clock.set_to(NOON) as now:
        due(bakery)
        notices.choose(member, asked=MailTime.DAILY, other=MailTime.AT_ONCE)
        assert Notification.objects.get().mail_at == now.moment
        notices.choose(member, asked=MailTime.DAILY, other=MailTime.NEVER)
        assert Notification.objects.get().mail_at is None
        assert due(bakery, Topic.QUESTION_ASKED) == datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


# --- what is unread ---------------------------------------------------------------------------------


def test_what_others_wrote_is_unread_until_it_was_seen(invoice, an, sofie):
    mine = an.memberships.get()
    conversations.comment(invoice=invoice, text="Mine", by=an, side=Side.BUSINESS)
    theirs = conversations.comment(invoice=invoice, text="Theirs", by=sofie, side=Side.PARTNER)
    conversations.comment(invoice=invoice, text="Hidden", by=sofie, side=Side.PARTNER, audience=Audience.OWN)
    assert list(threads.unread(mine)) == [theirs]
    assert threads.unread_documents(mine) == 1
    threads.mark_read(an, invoice, [theirs])
    assert threads.unread_documents(mine) == 0
    later = conversations.comment(invoice=invoice, text="More", by=sofie, side=Side.PARTNER)
    assert threads.marks(mine, [invoice.pk]) == {
        invoice.pk: {"unread": 1, "asks_client": False, "asks_accountant": False}
    }
    threads.mark_read(an, invoice, [later])
    threads.mark_read(an, invoice, [theirs])
    assert threads.unread_documents(mine) == 0


def test_a_newcomer_begins_with_nothing_unread(question):
    newcomer = world.member(question.space, "PA")
    assert threads.unread_documents(newcomer.memberships.get()) == 0


def test_a_draft_is_hidden_from_the_accountant_with_its_comments(question, office):
    Invoice.objects.filter(pk=question.invoice_id).update(
        document_status=DocumentStatus.DRAFT, kind=Kind.SALES, released_at=None, content_sha256=""
    )
    member = world.member(office, "ACC").memberships.get()
    assert not threads.of_member(member).exists()
    assert not threads.waiting_for_client(office).exists()

"""Mail goes out from the table, at least once, to a real server, with no transaction open."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from banqup.actions import conversations
from banqup.conversations import mailbox, mailer, notices, tasks
from banqup.conversations.models import Audience, Mail, MailChoice, MailState, Notification, Side
from banqup.conversations.topics import Topic
from banqup.spaces.models import Membership, Space
from tests.factories import clock, world
from tests.fakes import mail_server

MORNING = datetime(2026, 11, 17, 6, 0, tzinfo=UTC)


@pytest.fixture
def server(settings):
    with mail_server.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 5
        settings.BANQUP_PUBLIC_URL = "https://banqup.example"
        yield running


def states():
    return list(Mail.objects.order_by("id").values_list("user__email", "state", "attempts"))


def body(message, subtype):
    return message.get_body((subtype,)).get_content()


@pytest.mark.django_db(transaction=True)
def test_a_question_is_mailed_at_once_with_its_text_and_no_transaction_is_open(server, question, an):
    open_while_sending = []
    server.on_message = lambda: open_while_sending.append(connection.in_atomic_block)
    tasks.mail()
    message = server.messages[0]
    mail = Mail.objects.get()
    assert states() == [("an@janssens.example", MailState.SENT, 1)]
    assert (message["To"], message["Message-ID"]) == ("an@janssens.example", f"<{mail.key}@banqup.example>")
    assert message["Subject"] == f"Sofie Delvaux asks you about {question.invoice.title}"
    assert message["List-Unsubscribe"] == "<https://banqup.example/s/janssens/settings/mail/>"
    for kind in ("plain", "html"):
        assert "Is this for the shop or private?" in body(message, kind)
        assert f"https://banqup.example{question.invoice.get_absolute_url()}" in body(message, kind)
    assert open_while_sending == [False]
    tasks.mail()
    assert len(server.messages) == 1


@pytest.mark.django_db
def test_markup_in_a_comment_is_text_in_the_mail(server, invoice, sofie, an):
    conversations.ask(invoice=invoice, text="<b>Now</b> & here", by=sofie, side=Side.PARTNER)
    tasks.mail()
    assert "<b>Now</b> & here" in body(server.messages[0], "plain")
    assert "&lt;b&gt;Now&lt;/b&gt; &amp; here" in body(server.messages[0], "html")


@pytest.mark.django_db
def test_the_digest_is_one_mail_a_person_and_space(server, invoice, an, sofie, office):
    Membership.objects.create(user=an, space=office, roles=["ACC"])
    with clock.set_to(MORNING - timedelta(hours=12)) as now:
        for text in ("One", "Two"):
            conversations.comment(invoice=invoice, text=text, by=sofie, side=Side.PARTNER)
        notices.notify(users=[an], topic=Topic.COMMENTED, space=office, by=sofie)
        tasks.mail()
        assert server.messages == []
        now.moment = MORNING
        tasks.mail()
    assert [message["Subject"] for message in server.messages] == [
        "Bakkerij Janssens BV: 2 notifications",
        "Sofie Delvaux commented on Delvaux Accountants",
    ]
    assert body(server.messages[0], "plain").index("One") < body(server.messages[0], "plain").index("Two")


@pytest.mark.django_db
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_digest_goes_at_seven_on_the_wall_of_the_space(server, invoice, an, sofie, zone):
    Space.objects.filter(pk=invoice.space_id).update(time_zone=zone)
    invoice.space.refresh_from_db()
    with clock.set_to(MORNING) as now:
        conversations.comment(invoice=invoice, text="One", by=sofie, side=Side.PARTNER)
        seven = Notification.objects.get().mail_at
        assert seven.astimezone(invoice.space.tz).strftime("%H:%M") == "07:00"
        now.moment = seven - timedelta(minutes=1)
        tasks.mail()
        assert server.messages == []
        now.moment = seven
        tasks.mail()
    assert len(server.messages) == 1


@pytest.mark.django_db
def test_what_was_read_meanwhile_is_not_mailed(server, question, an):
    notices.read(an.memberships.get(), invoice=question.invoice)
    tasks.mail()
    assert (server.messages, states()) == ([], [])


@pytest.mark.django_db
def test_a_mail_is_dropped_for_who_has_left(server, question, an):
    mailbox.gather()
    Membership.objects.filter(user=an).delete()
    tasks.mail()
    assert (server.messages, states()) == ([], [("an@janssens.example", MailState.DROPPED, 1)])


@pytest.mark.django_db
def test_who_chose_never_gets_no_mail(server, invoice, an, sofie):
    MailChoice.objects.create(user=an, space=invoice.space, asked="never", other="never")
    conversations.ask(invoice=invoice, text="x", by=sofie, side=Side.PARTNER)
    tasks.mail()
    assert (server.messages, Notification.objects.get().mail_at) == ([], None)


@pytest.mark.django_db
def test_a_note_reaches_no_mail_of_the_other_side(server, invoice, an, sofie, office):
    world.member(office, "ACC", person=world.user("jan@delvaux.example", "Jan"))
    for space in (office, invoice.space):
        for member in space.memberships.all():
            MailChoice.objects.create(user=member.user, space=space, asked="at_once", other="at_once")
    conversations.comment(invoice=invoice, text="SECRET", by=sofie, side=Side.PARTNER, audience=Audience.OWN)
    # Even a notification that names the note by mistake does not carry its text across.
    note = invoice.comments.get()
    notices.notify(users=[an], topic=Topic.COMMENTED, invoice=invoice, by=sofie, comment=note.pk)
    tasks.mail()
    carried = {message["To"]: "SECRET" in body(message, "plain") for message in server.messages}
    assert carried == {"jan@delvaux.example": True, "an@janssens.example": False}


@pytest.mark.django_db
def test_a_server_that_is_away_gets_the_mail_later_under_the_same_id(server, question, settings):
    here, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    with clock.set_to(datetime.now(UTC)) as now:
        tasks.mail()
        assert states() == [("an@janssens.example", MailState.WAITING, 1)]
        mail = Mail.objects.get()
        assert "refused" in mail.reason.lower()
        settings.EMAIL_PORT = here
        tasks.mail()
        assert server.messages == []
        now.passes(minutes=2)
        tasks.mail()
    assert states() == [("an@janssens.example", MailState.SENT, 2)]
    assert server.messages[0]["Message-ID"] == f"<{mail.key}@banqup.example>"


@pytest.mark.django_db
def test_a_mail_is_given_up_after_its_last_try(server, question):
    server.answers["END"] = "451 not now"
    with clock.set_to(datetime.now(UTC)) as now:
        for _try in range(len(mailbox.RETRY_SCHEDULE) + 1):
            tasks.mail()
            now.passes(hours=30)
        assert states() == [("an@janssens.example", MailState.FAILED, 7)]
        server.answers.clear()
        tasks.mail()
    assert server.messages == []


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["RCPT", "END"])
def test_an_address_that_does_not_exist_is_not_tried_again(server, question, moment):
    server.answers[moment] = "550 no such person"
    tasks.mail()
    assert states() == [("an@janssens.example", MailState.FAILED, 1)]


@pytest.mark.django_db
def test_a_worker_that_died_leaves_its_mail_to_the_next_and_settles_nothing_any_more(server, question):
    with clock.set_to(datetime.now(UTC)) as now:
        mailbox.gather()
        dead = mailbox.claim(Mail.objects.get().pk)
        assert mailbox.claim(dead.pk) is None
        tasks.mail()
        assert server.messages == []
        now.passes(minutes=6)
        alive = mailbox.claim(dead.pk)
        mailbox.settle_failed(dead, "too late")
        assert Mail.objects.get().state == MailState.SENDING
        mailer._send(alive)
    assert states() == [("an@janssens.example", MailState.SENT, 1)]


@pytest.mark.django_db
def test_two_workers_gather_one_mail(question):
    assert (mailbox.gather(), mailbox.gather()) == (1, 0)
    assert Notification.objects.get().mail == Mail.objects.get()


@pytest.mark.django_db
def test_the_sweep_mails_what_a_lost_nudge_left():
    assert settings.CELERY_BEAT_SCHEDULE["mail"]["task"] == notices.MAIL_TASK == tasks.mail.name

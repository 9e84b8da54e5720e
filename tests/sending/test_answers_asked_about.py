"""What becomes of an answer to a supplier after the access point took it: it is asked about, as a document is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.conversations.models import Notification
from banqup.conversations.topics import Topic
from banqup.sending.models import AccessPoint, OwedAnswer
from integrations import answering, asking
from tests.factories import clock, einvoices, network, world
from tests.fakes import server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Answers are judged by the real rules."""


@pytest.fixture
def fake(settings):
    with network.provider("peppyrus", settings) as (_module, running):
        yield running


@pytest.fixture
def account(fake):
    space = world.business(auto_approve="never")
    world.member(space, email="an@janssens.example")
    return network.account(space, "peppyrus")


@pytest.fixture
def time():
    with clock.set_to(timezone.now()) as set_clock:
        yield set_clock


@pytest.fixture
def told(account, time) -> OwedAnswer:
    """The supplier was told that its invoice arrived."""
    world.received(account.space, einvoices.invoice_bytes(), channel="peppol")
    row = OwedAnswer.objects.get()
    answering.send(row.pk)
    row.refresh_from_db()
    assert row.state == "sent"
    return row


def ask(row, time) -> OwedAnswer:
    """What the worker does when it is time to ask; the row as it is then."""
    time.passes(seconds=(row.ask_at - timezone.now()).total_seconds() + 1)
    assert asking.due_answers() == [row.pk]
    asking.ask_about_answer(row.pk)
    row.refresh_from_db()
    return row


def test_a_late_failure_is_found_by_asking_and_a_person_is_told(told, fake, time):
    row = ask(told, time)
    assert (row.state, row.words) == ("sent", "")
    fake.fail(row.remote_id, "Mailbox of the receiver is closed")
    row = ask(row, time)
    assert (row.state, row.words, row.ask_at) == ("failed", "Mailbox of the receiver is closed", None)
    assert [each.topic for each in Notification.objects.all()] == [Topic.SUPPLIER_NOT_TOLD]
    time.passes(days=1)
    assert asking.due_answers() == []


def test_it_is_asked_about_less_and_less_often_and_not_for_ever(told, time):
    row, times = told, []
    while row.ask_at is not None:
        times.append(row.ask_at - row.sent_at)
        row = ask(row, time)
    assert [round(each / timedelta(minutes=1)) for each in times[:6]] == [1, 5, 30, 180, 720, 1440]
    assert timedelta(days=7) < times[-1] < timedelta(days=9)


def test_two_workers_ask_once(told, fake, time):
    time.moment = told.ask_at + timedelta(seconds=1)
    before = len(fake.requests)
    asking.ask_about_answer(told.pk)
    asking.ask_about_answer(told.pk)
    assert len(fake.requests) == before + 1


def test_a_call_of_the_provider_makes_it_due_at_once(told, account):
    assert asking.due_answers() == []
    asking.soon(account, [told.remote_id])
    assert asking.due_answers() == [told.pk]


def test_an_access_point_that_can_not_be_asked_is_asked_later(told, fake, time):
    fake.next(server.status(401))
    row = ask(told, time)
    assert (row.state, row.ask_at - timezone.now() > timedelta(minutes=50)) == ("sent", True)


def test_the_account_that_took_it_is_asked_though_another_is_in_use_now(told, account, fake, time, settings):
    AccessPoint.objects.update(is_active=False)
    with network.provider("recommand", settings) as (_module, other):
        network.account(account.space, "recommand")
        fake.fail(told.remote_id, "Closed")
        assert ask(told, time).state == "failed"
        assert other.requests == []

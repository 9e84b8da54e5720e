"""A way that is down costs no document its tries: after five failures the others wait, and one looks from time to time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.actions import letters as writing
from banqup.actions import transmitting as verbs
from banqup.conversations import topics as words
from banqup.invoices.models import Invoice
from banqup.sending.models import AccessPoint, Transmission
from banqup.sending.queue import Told
from integrations import access_point_setup, answering, letters, reaching, sending_gate, transmitting
from tests.factories import clock, network, sales, world
from tests.fakes import server

pytestmark = pytest.mark.django_db


@pytest.fixture
def fake(settings):
    with network.provider("peppyrus", settings) as (_module, running):
        yield running


@pytest.fixture
def account(space, fake):
    return network.account(space, "peppyrus")


@pytest.fixture
def time():
    with clock.set_to(timezone.now()) as set_clock:
        yield set_clock


@pytest.fixture
def issue(space, seller):
    contact = sales.customer(space)

    def issue(number, way="peppol") -> list[Transmission]:
        return [sales.issued(space, seller, contact=contact, way=way).transmissions.get() for _each in range(number)]

    return issue


def down(fake, monkeypatch):
    """It answers nothing that helps."""
    monkeypatch.setattr(fake, "reply", lambda request: server.Reply(500))


def work(rows) -> list[Transmission]:
    """What the workers do with them; the rows as they are then."""
    for row in rows:
        transmitting.transmit(row.pk)
    return [Transmission.objects.get(pk=row.pk) for row in rows]


def stands(rows) -> list[tuple]:
    return [(row.state, row.attempt_count, row.attempts.count()) for row in rows]


def test_the_others_wait_with_the_reason_and_use_up_no_try(issue, account, fake, monkeypatch, time):
    owner = world.member(account.space, "ADM")
    down(fake, monkeypatch)
    rows = work(issue(8))
    assert stands(rows) == [("waiting", 1, 1)] * 5 + [("waiting", 0, 0)] * 3
    account.refresh_from_db()
    assert account.attention.startswith("Peppyrus does not answer as it should (")
    assert account.attention.endswith("Documents wait; one tries from time to time.")
    last = rows[-1]
    assert last.reason == account.attention
    assert timedelta(seconds=100) < last.next_try_at - timezone.now() <= timedelta(minutes=2)
    assert Invoice.objects.get(pk=last.invoice_id).delivery_status == "READY_TO_SEND"
    [told] = owner.notifications.all()
    assert words.sentence(told) == "Peppyrus does not answer; documents wait"
    assert "one tries from time to time" in words.advice(told)


def test_one_looks_after_2_10_30_and_60_minutes_another_each_time_and_uses_up_no_try(
    issue, account, fake, monkeypatch, time
):
    down(fake, monkeypatch)
    rows = work(issue(9))
    looked = [row.attempts.count() for row in rows]
    probes = []
    for minutes in (2, 10, 30, 60, 60):
        time.passes(minutes=minutes - 1)
        rows = work(rows)
        assert [row.attempts.count() for row in rows] == looked  # not yet
        time.passes(minutes=1, seconds=5)
        rows = work(sorted(rows, key=lambda row: (row.next_try_at, row.pk)))
        rows.sort(key=lambda row: row.pk)
        now = [row.attempts.count() for row in rows]
        assert sum(now) == sum(looked) + 1
        probes.append(next(at for at, (before, after) in enumerate(zip(looked, now, strict=True)) if before != after))
        looked = now
    assert len(set(probes)) > 1
    assert [row.attempt_count for row in rows] == [1] * 5 + [0] * 4


def test_a_success_ends_it_and_everything_goes(issue, account, fake, monkeypatch, time, nudges):
    with monkeypatch.context() as broken:
        down(fake, broken)
        rows = work(issue(7))
    time.passes(minutes=3)
    [probe] = work(rows[5:6])
    assert (probe.state, AccessPoint.objects.get().attention) == ("sent", "")
    assert [row.state for row in work(rows)] == ["sent"] * 7
    assert len(fake.sent) == 7


def test_a_passed_test_ends_it(issue, account, fake, monkeypatch, time):
    owner = world.member(account.space, "ADM")
    with monkeypatch.context() as broken:
        down(fake, broken)
        rows = work(issue(6))
        access_point_setup.test(account=account, by=owner)
    assert stands(work(rows)[5:]) == [("waiting", 0, 0)]
    access_point_setup.test(account=account, by=owner)
    assert [row.state for row in work(rows)] == ["sent"] * 6


def test_one_document_that_fails_again_and_again_holds_back_no_other(issue, account, fake, monkeypatch, time):
    first, second = issue(2)
    with monkeypatch.context() as broken:
        down(fake, broken)
        for _each in range(6):
            Transmission.objects.filter(pk=first.pk).update(next_try_at=timezone.now())
            work([first])
    assert first.attempts.count() == 6
    assert [row.state for row in work([second])] == ["sent"]
    assert AccessPoint.objects.get().attention == ""


def test_what_is_wrong_here_is_no_fault_of_the_access_point(issue, account, fake, monkeypatch, time):
    def unreadable(*args):
        raise OSError("input/output error")

    rows = issue(6)
    with monkeypatch.context() as broken:
        broken.setattr("banqup.invoices.files.load", unreadable)
        rows = work(rows)
    assert "can't read its files" in rows[0].reason
    assert AccessPoint.objects.get().attention == ""
    assert rows[5].attempts.count() == 1


def test_another_account_goes_on(issue, account, fake, monkeypatch, time, settings):
    down(fake, monkeypatch)
    work(issue(6))
    other = world.business(slug="other", name="Other BV", iban="BE68539007547034", vat_id="BE0417497106")
    monkeypatch.undo()
    network.account(other, "peppyrus")
    [sent] = work([sales.issued(other, world.member(other, "SR"), way="peppol").transmissions.get()])
    assert sent.state == "sent"


def test_so_many_messages_go_over_an_account_at_once(issue, account, fake, time):
    rows = issue(6)
    held = [verbs.begin(row.pk, sending_gate.may_go) for row in rows]
    assert [each is not None for each in held] == [True] * 4 + [False] * 2
    assert (rows[4].attempts.count(), Transmission.objects.get(pk=rows[4].pk).state) == (0, "queued")
    verbs.sent(*held[0], Told("sent", "Taken"))
    assert work(rows[4:5])[0].state == "sent"


def test_who_ends_hands_its_place_on(issue, account, fake, monkeypatch, nudges, django_capture_on_commit_callbacks):
    monkeypatch.setattr("integrations.peppyrus.api.PeppyrusApi.max_in_flight", 1)
    first, second = issue(2)
    ask = reaching.ask

    def meanwhile(*args, **options):
        assert [row.state for row in work([second])] == ["queued"]
        nudges.clear()
        return ask(*args, **options)

    monkeypatch.setattr(reaching, "ask", meanwhile)
    with django_capture_on_commit_callbacks(execute=True):
        assert work([first])[0].state == "sent"
    assert ("integrations.tasks.transmit", (second.pk,)) in nudges


def test_an_answer_to_a_supplier_waits_for_the_account_too(issue, account, fake, monkeypatch, time):
    down(fake, monkeypatch)
    work(issue(5))
    until = sending_gate.of(AccessPoint.objects.get()).until
    assert until > timezone.now()
    assert answering.waits_for(account).reason.startswith("Peppyrus does not answer")


def test_where_no_document_is_left_to_look_an_answer_looks_itself(issue, account, fake, monkeypatch, time):
    down(fake, monkeypatch)
    work(issue(5))
    for row in Transmission.objects.all():
        seller = row.created_by
        verbs.mark_received(invoice=row.invoice, by=seller)
    assert sending_gate.of(account) is not None
    assert answering.waits_for(account) is None


# --- the mail server ----------------------------------------------------------------------------


@pytest.fixture
def away(settings, mailbox):
    """Nobody listens at the port of the mail server; `mailbox` is where it comes back."""
    port = settings.EMAIL_PORT
    settings.EMAIL_PORT = 9
    yield lambda: setattr(settings, "EMAIL_PORT", port)


def test_a_mail_server_that_is_away_costs_no_try_however_long(issue, away, time):
    [row] = issue(1, way="email")
    for _each in range(20):
        [row] = work([row])
        assert (row.state, row.attempt_count) == ("waiting", 0)
        time.moment = row.next_try_at + timedelta(seconds=1)
    assert "Our mail server can't be reached" in row.reason
    away()
    assert work([row])[0].state == "sent"


def test_after_five_mails_in_vain_the_others_wait_and_one_looks(issue, away, mailbox, time):
    rows = work(issue(8, way="email"))
    assert [row.attempts.count() for row in rows] == [1] * 5 + [0] * 3
    assert rows[7].reason.startswith("The mail server does not answer as it should (")
    away()
    assert [row.attempts.count() for row in work(rows)] == [1] * 5 + [0] * 3
    time.passes(minutes=3)
    assert [row.state for row in work(rows)] == ["sent"] * 8
    assert len(mailbox.server.messages) == 8


def test_a_full_mailbox_of_a_customer_says_nothing_of_the_mail_server(issue, mailbox, time):
    mailbox.server.answers["RCPT"] = "452 4.2.2 mailbox full"
    rows = work(issue(7, way="email"))
    assert stands(rows) == [("waiting", 1, 1)] * 7


def test_letters_wait_for_the_mail_server_without_using_up_tries(issue, space, seller, away, mailbox, time):
    rows = work(issue(5, way="email"))
    letter = writing.send_copy(invoice=Invoice.objects.get(pk=rows[0].invoice_id), by=seller)
    letters.post(letter.pk)
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == ("queued", 0)
    assert letter.reason.startswith("The mail server does not answer as it should (")
    assert letter.next_try_at > timezone.now()
    away()
    time.passes(minutes=3)
    letters.post(letter.pk)
    assert len(mailbox.server.messages) == 1

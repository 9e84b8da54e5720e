"""Documents over Peppol: sent once through the space's account, and asked about until there is news."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from banqup.actions import transmitting as verbs
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.conversations import notices
from banqup.conversations import topics as words
from banqup.einvoicing import PEPPOL_BILLING
from banqup.invoices.models import Invoice
from banqup.sending import queue
from banqup.sending.models import AccessPoint, Reach, Transmission
from integrations import access_point_setup, asking, reaching, transmitting
from integrations.json_api import JsonApi
from integrations.sending_tasks import network_news
from tests.factories import clock, einvoices, network, sales, world
from tests.fakes import server

pytestmark = pytest.mark.django_db
BUYER = f"0208:{einvoices.enterprise_number(77)}"


@pytest.fixture
def fake(settings):
    with network.provider("peppyrus", settings) as (_module, running):
        yield running


@pytest.fixture
def account(space, fake):
    return network.account(space, "peppyrus")


@pytest.fixture
def invoice(space, seller, account):
    return sales.issued(space, seller, way="peppol")


def transmit(invoice) -> Transmission:
    """What the worker does when the time has come; the row as it is then."""
    row = invoice.transmissions.last()
    Transmission.objects.filter(pk=row.pk, state__in=["queued", "waiting"]).update(next_try_at=timezone.now())
    transmitting.transmit(row.pk)
    return Transmission.objects.get(pk=row.pk)


def ask(row) -> None:
    """What the worker does when it is time to ask."""
    Transmission.objects.filter(pk=row.pk, ask_at__isnull=False).update(ask_at=timezone.now())
    assert asking.due() == [row.pk]
    asking.ask(row.pk)


def stands(invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).delivery_status


def test_it_is_sent_fails_late_and_is_sent_again_as_a_new_message(invoice, seller, fake):
    row = transmit(invoice)
    [sent] = fake.sent
    assert (row.state, row.remote_id, sent.recipient, stands(invoice)) == ("sent", sent.id, BUYER, "SENT")
    fake.settle()
    ask(row)  # that it was sent is no news
    assert (stands(invoice), invoice.network_answers.count()) == ("SENT", 0)
    fake.fail(sent.id, "Mailbox of the receiver is closed")
    ask(row)
    row.refresh_from_db()
    assert (row.state, row.reason, stands(invoice)) == (
        "failed",
        "Mailbox of the receiver is closed",
        "DELIVERY_FAILED",
    )
    assert asking.due() == []
    again = verbs.resend(invoice=Invoice.objects.get(pk=invoice.pk), way="peppol", by=seller)
    # Its answer is lost, and what is found is not taken for the first sending.
    fake.next(server.lose_answer(), when=server.path("/message", "POST"))
    assert transmit(again).state == "waiting"
    assert transmit(again).remote_id == fake.sent[1].id
    assert [each.data for each in fake.sent] == [sent.data, sent.data]


def test_what_may_have_left_before_is_looked_for_when_a_person_sends_it_again(invoice, seller, fake):
    fake.next(server.lose_answer(), when=server.path("/message", "POST"))
    assert transmit(invoice).state == "waiting"
    Transmission.objects.update(attempt_count=queue.MAX_ATTEMPTS - 1)
    fake.next(server.status(500))
    assert (transmit(invoice).state, stands(invoice)) == ("failed", "DELIVERY_FAILED")
    again = verbs.resend(invoice=Invoice.objects.get(pk=invoice.pk), way="peppol", by=seller)
    assert (transmit(again).remote_id, len(fake.sent)) == (fake.sent[0].id, 1)
    fake.fail(fake.sent[0].id)
    ask(again.transmissions.last())
    more = verbs.resend(invoice=Invoice.objects.get(pk=invoice.pk), way="peppol", by=seller)
    assert (transmit(more).remote_id, len(fake.sent)) == (fake.sent[1].id, 2)


def test_it_is_asked_about_less_and_less_often_and_not_for_ever(invoice):
    times = []
    with clock.set_to(timezone.now()) as time:
        row = transmit(invoice)
        while row.ask_at is not None:
            times.append(row.ask_at - row.sent_at)
            time.moment = row.ask_at + timedelta(seconds=1)  # when the sweep looks
            asking.ask(row.pk)
            row.refresh_from_db()
    assert [round(each / timedelta(minutes=1)) for each in times[:6]] == [1, 5, 30, 180, 720, 1440]
    assert timedelta(days=7) < times[-1] < timedelta(days=9)


def test_who_can_not_be_reached_is_told_before_anything_is_sent(invoice, fake):
    fake.unreachable.add(BUYER)
    row = transmit(invoice)
    assert (row.state, fake.sent, stands(invoice)) == ("failed", [], "DELIVERY_FAILED")
    assert row.reason == (
        f"{BUYER} is not registered on Peppol. Correct the customer's Peppol id, or send it another way."
    )
    reach = Reach.objects.get()
    assert (f"{reach.scheme}:{reach.endpoint}", reach.customization, reach.can_receive) == (
        BUYER,
        PEPPOL_BILLING,
        False,
    )


def test_an_account_that_does_not_let_us_in_waits_for_a_person_and_then_sends(invoice, seller, account, fake):
    account.keep_secrets({"api_key": "ended"}, by=None)
    account.save()
    owner = world.member(invoice.space, "ADM")
    row = transmit(invoice)
    assert (row.state, row.attempt_count, stands(invoice)) == ("waiting", 0, "READY_TO_SEND")
    account.refresh_from_db()
    assert account.attention == row.reason
    assert "does not take the keys (401)" in row.reason
    transmit(invoice)
    [told] = owner.notifications.all()  # once, however often it is tried
    assert (words.sentence(told), notices.address(told)) == (
        "Peppyrus has to be connected again",
        f"/s/{invoice.space.slug}/settings/sending/{account.pk}/",
    )
    form = access_point_setup.form(account, {"network": "live", "api_key": "key-0702451135"})
    assert form.is_valid(), form.errors
    access_point_setup.configure(account=account, cleaned=form.cleaned_data, by=owner)
    assert "was not tested" in transmit(invoice).reason
    access_point_setup.test(account=account, by=owner)
    row.refresh_from_db()
    assert row.next_try_at <= timezone.now()
    transmitting.transmit(row.pk)
    assert (stands(invoice), AccessPoint.objects.get().attention) == ("SENT", "")


def test_another_account_takes_over_what_the_first_has_not_seen(invoice, account, settings):
    AccessPoint.objects.update(is_active=False)
    assert "was switched off" in transmit(invoice).reason
    with network.provider("recommand", settings) as (_module, other):
        network.account(invoice.space, "recommand")
        row = transmit(invoice)
        assert (row.state, row.access_point.provider, [each.id for each in other.sent]) == (
            "sent",
            "recommand",
            [row.remote_id],
        )


def test_a_document_that_is_too_large_for_its_way_says_so(invoice, monkeypatch):
    monkeypatch.setattr("integrations.peppyrus.api.PeppyrusApi.largest", 100)
    row = transmit(invoice)
    assert (row.state, "larger than Peppyrus takes" in row.reason) == ("failed", True)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_a_document_once(invoice, fake):
    row, together = invoice.transmissions.get(), threading.Barrier(2)

    def work():
        together.wait()
        transmitting.transmit(row.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _each in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    row.refresh_from_db()
    assert (row.state, len(fake.sent), row.attempts.count()) == ("sent", 1, 1)


def test_a_worker_that_was_too_slow_leaves_it_to_the_one_that_follows(invoice, fake, monkeypatch):
    ask = reaching.ask

    def slow(*args, **options):
        monkeypatch.setattr(reaching, "ask", ask)
        Transmission.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        transmitting.transmit(invoice.transmissions.get().pk)
        return ask(*args, **options)

    monkeypatch.setattr(reaching, "ask", slow)
    row = transmit(invoice)
    assert (row.state, row.remote_id, len(fake.sent)) == ("sent", fake.sent[0].id, 1)
    assert [each.outcome for each in row.attempts.all()] == ["try_again", "sent"]


def test_who_hands_it_over_has_a_whole_lease_for_that(invoice, fake, monkeypatch):
    ask, write, left = reaching.ask, JsonApi.write, []

    def slow(*args, **options):
        time.passes(minutes=4)
        return ask(*args, **options)

    def hand_over(*args, **options):
        left.append(Transmission.objects.get().lease_until - timezone.now())
        return write(*args, **options)

    monkeypatch.setattr(reaching, "ask", slow)
    monkeypatch.setattr(JsonApi, "write", hand_over)
    with clock.set_to(timezone.now()) as time:
        assert transmit(invoice).state == "sent"
    assert left[0] > timedelta(minutes=4)


@pytest.fixture
def recommand(settings, monkeypatch):
    with network.provider("recommand", settings) as (module, running):
        addresses = module.addresses(running).items()
        # Of the worker's process.
        monkeypatch.setenv("BANQUP_BASE_URLS", ",".join(f"{name}={url}" for name, url in addresses))
        yield running


@pytest.mark.django_db(transaction=True)
def test_a_worker_sends_it_and_hears_what_became_of_it(recommand, start_worker, space, seller, eventually):
    start_worker()
    network.account(space, "recommand")
    invoice = sales.issued(space, seller, way="peppol")
    eventually(lambda: stands(invoice) == "SENT", 120)
    eventually(lambda: Transmission.objects.filter(ask_at__isnull=False).exists(), 120)
    recommand.fail(recommand.sent[0].id)
    Transmission.objects.update(ask_at=timezone.now())
    network_news.delay()
    eventually(lambda: stands(invoice) == "DELIVERY_FAILED", 120)


# --- reach --------------------------------------------------------------------------------------


def test_what_the_network_says_of_a_customer_is_remembered_for_a_week(space, seller, account, fake):
    contact = sales.customer(space)
    found = reaching.look_up(space=space, contact=contact, by=seller)
    assert (found.can_receive, f"{found.scheme}:{found.endpoint}") == (True, BUYER)
    asked = len(fake.requests)
    fake.unreachable.add(BUYER)
    assert reaching.look_up(space=space, participant=BUYER, by=seller).can_receive
    assert len(fake.requests) == asked
    assert not reaching.look_up(space=space, contact=contact, by=seller, anew=True).can_receive
    fake.unreachable.clear()
    Reach.objects.update(checked_at=timezone.now() - timedelta(days=8))
    assert reaching.look_up(space=space, contact=contact, by=seller).can_receive
    assert Reach.objects.count() == 1


def test_why_nobody_can_be_asked_is_said(space, seller, account, fake):
    with pytest.raises(NotAllowed):
        reaching.look_up(space=space, participant=BUYER, by=world.member(space, "AUD"))
    with pytest.raises(NotPossible, match="no Peppol id"):
        reaching.look_up(space=space, contact=sales.customer(space, "Foreign", vat_id="", seed=78), by=seller)
    fake.next(server.status(500))
    with pytest.raises(NotPossible, match="answered 500"):
        reaching.look_up(space=space, participant=BUYER, by=seller)
    AccessPoint.objects.update(is_active=False)
    with pytest.raises(NotPossible, match="No access point is set up"):
        reaching.look_up(space=space, participant=BUYER, by=seller)

"""Owed answers leave over the space's access point: valid, once, in the order of the decisions; or a person is told."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar

import pytest
from django.utils import timezone

from banqup import einvoicing
from banqup.actions import answers as owed_answers
from banqup.actions import approval, disputes, hearing, payments, telling, withdrawal
from banqup.actions.hearing import Message
from banqup.actions.refusals import NotPossible
from banqup.conversations.models import Notification
from banqup.conversations.topics import Topic
from banqup.invoices.history import timeline
from banqup.invoices.models import Invoice
from banqup.sending.models import AccessPoint, OwedAnswer
from integrations import access_points, answering, base, tasks
from integrations.access_point import Accepted, AccessPointApi
from tests.factories import clock, einvoices, network, world
from tests.fakes import server

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents and answers are judged by the real rules."""


class Notebook(AccessPointApi):
    """An access point that writes down what it is given; `answers` holds what it does instead of taking one."""

    key, label, description, config_form = "notebook", "Notebook", "", None
    taken: ClassVar[list] = []
    answers: ClassVar[list] = []

    def send(self, message, *, remote, keep, hold):
        hold()
        if self.answers and (problem := self.answers.pop(0)):
            raise problem
        self.taken.append(message)
        keep(page=len(self.taken))
        return Accepted(remote_id=f"page-{len(self.taken)}")

    def check(self):
        return []

    def reach(self, participant, *, root, customization, profile):
        raise NotImplementedError

    fetch = acknowledge = report = called = reach


@pytest.fixture
def notebook(monkeypatch):
    monkeypatch.setitem(access_points.ACCESS_POINTS, "notebook", f"{__name__}.Notebook")
    monkeypatch.setattr(Notebook, "taken", [])
    monkeypatch.setattr(Notebook, "answers", [])
    return Notebook


@pytest.fixture
def space():
    return world.business(auto_approve="never")


@pytest.fixture
def account(space, notebook):
    now = timezone.now()
    return AccessPoint.objects.create(
        space=space, provider="notebook", is_active=True, activated_at=now, tested_at=now, test_passed=True
    )


@pytest.fixture
def an(space):
    return world.member(space, email="an@janssens.example")


@pytest.fixture
def came(space):
    return world.received(space, einvoices.invoice_bytes(), channel="peppol")


def send_all():
    for pk in OwedAnswer.objects.order_by("pk").values_list("pk", flat=True):
        answering.send(pk)


def states(invoice) -> list[tuple]:
    return list(OwedAnswer.objects.filter(invoice=invoice).order_by("pk").values_list("code", "state"))


def due_now():
    OwedAnswer.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))


def test_an_arrival_is_told_at_once_under_its_own_message_id(came, account, notebook):
    send_all()
    send_all()

    [message] = notebook.taken
    row = OwedAnswer.objects.get()
    said = einvoicing.read_response(message.data)
    assert (row.state, row.remote_id, row.remote, row.attempt_count) == ("sent", "page-1", {"page": 1}, 1)
    assert (message.message_id, message.sender, message.recipient) == (
        str(row.message_id),
        "0208:0702451135",
        f"0208:{einvoices.SELLER.endpoint_id}",
    )
    assert (said.code, said.invoice_number, said.clarifications) == ("AB", came.number, ())
    assert timeline(came)[0]["what"] == "Supplier told over Notebook: received"


def test_every_answer_is_valid_and_says_reason_action_and_note(space, came, an, account, notebook):
    space.tells_when_paid = True
    space.save()
    disputes.dispute(invoice=came, reason="other", note="Agreed was 0.58", by=an)
    send_all()
    approved = approval.approve(invoice=Invoice.objects.get(pk=came.pk), by=an, note="They were right")
    payments.record_payment(invoice=approved, amount=Decimal("1.00"), paid_on=space.today(), by=an)
    send_all()

    said = [einvoicing.read_response(message.data) for message in notebook.taken]
    assert [(each.code, each.note, [(one.code, one.text) for one in each.clarifications]) for each in said] == [
        ("UQ", "Agreed was 0.58", [("OTH", "Other"), ("OTH", "Other")]),
        ("AP", None, []),
        ("PD", None, [("PPD", "Partially paid")]),
    ]
    assert states(came) == [("AB", "superseded"), ("UQ", "sent"), ("AP", "sent"), ("PPD", "sent")]


def test_without_an_account_it_stays_due_with_words_and_goes_once_there_is_one(space, came, notebook):
    send_all()
    row = OwedAnswer.objects.get()
    assert (row.state, row.attempt_count, telling.due()) == ("due", 0, [])
    assert row.words == "No access point is set up. Connect one under Space settings > Sending."

    now = timezone.now()
    AccessPoint.objects.create(
        space=space, provider="notebook", is_active=True, activated_at=now, tested_at=now, test_passed=True
    )
    assert telling.due() == [row.pk]


def test_a_broken_account_uses_up_no_try_and_what_fails_is_tried_again_under_the_same_id(came, account, notebook):
    notebook.answers = [
        base.ReconnectNeeded("The key is not known there."),
        base.UnknownOutcome("No answer came."),
        None,
    ]
    send_all()
    row = OwedAnswer.objects.get()
    assert (row.state, row.words, row.attempt_count) == ("due", "The key is not known there.", 0)
    for _each in range(2):
        due_now()
        send_all()

    row.refresh_from_db()
    assert (row.state, row.attempt_count, row.words) == ("sent", 2, "")
    assert [message.message_id for message in notebook.taken] == [str(row.message_id)]


def test_who_cant_be_told_is_told_by_a_person(came, an, account, notebook):
    notebook.answers = [base.Permanent("The supplier takes no answers.")]
    send_all()

    assert states(came) == [("AB", "failed")]
    first = timeline(came)[0]
    assert (first["what"], first["note"]) == (
        "The supplier could not be told: received",
        "The supplier takes no answers.",
    )
    assert [(told.user, told.topic) for told in Notification.objects.all()] == [(an, Topic.SUPPLIER_NOT_TOLD)]


def test_what_the_network_says_of_an_answer_is_about_it_and_a_late_failure_is_told_to_a_person(came, an, account):
    approval.approve(invoice=came, by=an)
    send_all()
    said = {"source": "peppol", "subject": "delivery", "reference": "page-1"}
    reports = [
        hearing.hear(space=came.space, message=Message(message_id=code, code=code, note="Closed mailbox", **said))
        for code in ("delivered", "failed")
    ]

    assert [report.outcome for report in reports] == ["ignored", "applied"]
    assert states(came)[-1] == ("AP", "failed")
    assert [told.topic for told in Notification.objects.all()] == [Topic.SUPPLIER_NOT_TOLD]
    withdrawal.withdraw_approval(invoice=Invoice.objects.get(pk=came.pk), by=an)  # nobody knows of it


def test_after_the_last_try_it_has_failed(came, account, notebook):
    notebook.answers = [base.TryAgain("No route.") for _each in range(8)]
    for _each in range(9):
        due_now()
        send_all()

    assert states(came) == [("AB", "failed")]
    assert notebook.taken == []


def test_answers_of_one_document_go_in_the_order_of_the_decisions(space, came, an, account, notebook):
    space.tells_when_paid = True
    space.save()
    approved = approval.approve(invoice=came, by=an)
    payments.record_payment(invoice=approved, amount=approved.payable, paid_on=space.today(), by=an)
    accepted, paid = OwedAnswer.objects.filter(state="due").order_by("pk")

    answering.send(paid.pk)
    assert notebook.taken == []
    answering.send(accepted.pk)
    answering.send(paid.pk)
    assert [einvoicing.read_response(message.data).code for message in notebook.taken] == ["AP", "PD"]


def test_an_approval_that_the_supplier_knows_of_is_not_withdrawn(came, an, account, notebook):
    approved = approval.approve(invoice=came, by=an)
    row = OwedAnswer.objects.get(code="AP")
    being_sent = telling.begin(row.pk)
    with pytest.raises(NotPossible, match="accepted, or may know it"):
        withdrawal.withdraw_approval(invoice=approved, by=an)
    telling.sent(being_sent, remote_id="1", via="Notebook")
    with pytest.raises(NotPossible, match="accepted, or may know it"):
        withdrawal.withdraw_approval(invoice=approved, by=an)

    objected = disputes.dispute(invoice=approved, reason="price", by=an)
    assert states(objected)[-1] == ("UQ", "not_sendable")


def slowly(monkeypatch, meanwhile) -> None:
    """The next worker is so slow that its lease ends, and `meanwhile(row)` happens before it hands anything over."""
    write = answering.write

    def slow(row):
        monkeypatch.setattr(answering, "write", write)
        OwedAnswer.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        meanwhile(row)
        return write(row)

    monkeypatch.setattr(answering, "write", slow)


def test_a_worker_that_was_too_slow_leaves_the_answer_to_the_one_that_follows(came, account, notebook, monkeypatch):
    slowly(monkeypatch, meanwhile=lambda row: answering.send(row.pk))
    send_all()
    assert (len(notebook.taken), states(came)) == (1, [("AB", "sent")])


def test_a_worker_that_was_too_slow_takes_nothing_from_the_one_at_work(came, account, notebook, monkeypatch):
    at_work = []
    slowly(monkeypatch, meanwhile=lambda row: at_work.append(telling.begin(row.pk)))
    send_all()
    row = OwedAnswer.objects.get()
    assert (notebook.taken, row.lease_until, row.attempt_count) == ([], at_work[0].lease_until, 0)


def test_an_approval_that_only_waits_to_be_told_is_withdrawn(came, an):
    approved = approval.approve(invoice=came, by=an)
    withdrawal.withdraw_approval(invoice=approved, by=an)
    assert states(came)[-1] == ("AP", "superseded")


def test_after_two_working_days_of_waiting_the_supplier_hears_that_it_is_in_process(space, account, notebook):
    with clock.set_to(MONDAY + timedelta(days=4)) as time:  # a Friday
        waiting = world.received(space, einvoices.invoice_bytes(), channel="peppol")
        send_all()
        time.passes(days=3)
        tasks.in_process()
        assert states(waiting) == [("AB", "sent")]
        time.passes(days=1)
        tasks.in_process()
        tasks.in_process()
        send_all()

    assert states(waiting) == [("AB", "sent"), ("IP", "sent")]
    assert [einvoicing.read_response(message.data).code for message in notebook.taken] == ["AB", "IP"]


def test_a_decision_that_was_made_is_not_followed_by_in_process(space, an, came):
    approval.approve(invoice=came, by=an)
    owed_answers.say_in_process(OwedAnswer.objects.get(code="AB").pk)
    assert states(came) == [("AB", "superseded"), ("AP", "due")]


@pytest.mark.parametrize("provider", ["peppyrus", "recommand"])
def test_over_a_real_provider_a_lost_answer_makes_no_second_message(provider, space, came, an, settings):
    disputes.refuse(invoice=came, reason="recipient", note="Not for us", by=an)
    with network.provider(provider, settings) as (module, fake):
        network.account(space, provider)
        fake.next(server.lose_answer(), when=server.path(module.SENDING, "POST"))
        send_all()
        fake.settle()
        due_now()
        send_all()

    [message] = fake.sent
    said = einvoicing.read_response(message.data)
    assert states(came) == [("AB", "superseded"), ("RE", "sent")]
    assert (said.code, said.note, [one.code for one in said.clarifications]) == ("RE", "Not for us", ["REC", "CNF"])
    assert message.recipient == f"0208:{einvoices.SELLER.endpoint_id}"

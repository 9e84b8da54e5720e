"""Every pair of actions that can meet on one document, or on a credit note and its invoice: what comes of it
is what one of the two orders gives, nobody meets a deadlock, and the invariants hold afterwards."""

import os
from dataclasses import dataclass
from decimal import Decimal

import pytest

from banqup import einvoicing
from banqup.actions import (
    approval,
    bookkeeping,
    crediting,
    disputes,
    engagements,
    exports,
    payments,
    recycle,
    sales,
    withdrawal,
)
from banqup.exports import outbox
from banqup.exports.models import Integration
from banqup.invoices.models import Invoice
from banqup.payments.models import Allocation, Payment
from banqup.spaces.models import Engagement, User
from integrations import setup
from tests.factories import verdicts, world
from tests.lifecycle import invariants, papers

from .colliding import afterwards, at_the_same_time, one_after_the_other

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Meeting:
    """Where two meet: a document that `an` and `tom` (business) and `sofie` (accountant) have open."""

    invoice: Invoice
    note: Invoice | None = None
    export: tuple | None = None

    def page(self, which="invoice") -> Invoice:
        """The document as everybody has read it, before anything happened."""
        return Invoice.objects.select_related("space").get(pk=getattr(self, which).pk)


def person(name) -> User:
    return User.objects.get(email__startswith=name)


def _world(auto_approve):
    space, office = world.business(auto_approve=auto_approve), world.partner()
    engagement = world.engaged(space, office)
    world.integration(space, name="Ours")
    world.integration(space, name="Theirs", engagement=engagement)
    world.member(space, email="an@janssens.example")
    world.member(space, email="tom@janssens.example")
    world.member(office, email="sofie@delvaux.example")
    return space


def waiting() -> Meeting:
    return Meeting(world.received(_world("never"), papers.PAPERS[0].data, channel="browser"))


def released() -> Meeting:
    return Meeting(world.received(_world("all"), papers.PAPERS[0].data))


def processed() -> Meeting:
    meeting = released()
    bookkeeping.mark_as_processed(invoice=meeting.page(), by=person("sofie"))
    return meeting


def disputed() -> Meeting:
    meeting = released()
    disputes.dispute(invoice=meeting.page(), reason="price", by=person("an"))
    return meeting


def paid_in_part() -> Meeting:
    meeting = released()
    pay("60.00")(meeting, "an")()
    return meeting


def being_sent() -> Meeting:
    meeting = released()
    meeting.export = outbox.claim(meeting.invoice.exports.earliest("pk").pk)
    return meeting


def with_a_credit_note() -> Meeting:
    """100 invoiced; a credit note of 40 that names nothing we have."""
    meeting = released()
    meeting.note = world.received(meeting.invoice.space, papers.PAPERS[5].data)
    return meeting


def credited() -> Meeting:
    meeting = with_a_credit_note()
    link()(meeting, "an")()
    return meeting


def two_credit_notes() -> Meeting:
    """Two that wait for approval and name the same two invoices, in opposite orders."""
    space = released().invoice.space
    world.received(space, papers.PAPERS[1].data)
    type(space).objects.update(auto_approve="never")
    space.refresh_from_db()
    notes = [papers.purchase("20", number, *names) for number, names in (("N-1", NAMES), ("N-2", NAMES[::-1]))]
    one, other = (world.received(space, einvoicing.write(note), channel="browser") for note in notes)
    return Meeting(one, note=other)


def sold() -> Meeting:
    space = _world("all")
    data = next(paper.data for paper in papers.PAPERS if paper.name == "sale 100")
    meeting = Meeting(world.received(space, data, direction="sales"))
    approval.approve(invoice=meeting.page(), by=person("an"), delivered_elsewhere=True)
    return meeting


# --- what they do: each takes the meeting and who, reads the page, and gives the click -------------------------


def of_invoice(verb, **arguments):
    def prepare(meeting, name):
        page, by = meeting.page(), person(name)
        return lambda: verb(invoice=page, by=by, **arguments)

    return prepare


def of_note(verb, **arguments):
    def prepare(meeting, name):
        page, by = meeting.page("note"), person(name)
        return lambda: verb(invoice=page, by=by, **arguments)

    return prepare


def save(meeting, name):
    page, by = meeting.page(), person(name)
    return lambda: approval.save(invoice=page, document=papers.typed("purchase", 1), by=by, version=page.version)


def pay(amount):
    def prepare(meeting, name):
        page, by = meeting.page(), person(name)
        return lambda: payments.record_payment(invoice=page, amount=Decimal(amount), paid_on=page.space.today(), by=by)

    return prepare


def undo_payment(meeting, name):
    payment, by = Payment.objects.get(), person(name)
    return lambda: payments.undo_payment(payment=payment, by=by)


def link(amount=None):
    def prepare(meeting, name):
        note, page, by = meeting.page("note"), meeting.page(), person(name)
        return lambda: crediting.link(credit_note=note, invoice=page, by=by, amount=amount and Decimal(amount))

    return prepare


def unlink(meeting, name):
    allocation, by = Allocation.objects.get(), person(name)
    return lambda: crediting.unlink(allocation=allocation, by=by)


def resend(meeting, name):
    page, by = meeting.page(), person(name)
    return lambda: exports.resend(invoice=page, integrations=[Integration.objects.get(name="Ours")], by=by)


def claim(meeting, _name):
    pk = meeting.invoice.exports.earliest("pk").pk
    return lambda: outbox.claim(pk)


def delivered(meeting, _name):
    return lambda: outbox.settle_delivered(*meeting.export, outbox.Answer("delivered", "Taken"))


def broken(meeting, _name):
    return lambda: outbox.settle_waiting(*meeting.export, outbox.Answer("broken", "Sign in again"))


def switch_off(meeting, name):
    integration, by = Integration.objects.get(name="Ours"), person(name)
    return lambda: setup.deactivate(integration=integration, by=by)


def end_engagement(meeting, name):
    engagement, by = Engagement.objects.get(), person(name)
    return lambda: engagements.end(engagement=engagement, by=by)


approve = of_invoice(approval.approve)
dispute = of_invoice(disputes.dispute, reason="price")
refuse = of_invoice(disputes.refuse, reason="price", confirmed=True)
resolve = of_invoice(disputes.resolve, note="Settled")
delete = of_invoice(recycle.delete)
withdraw = of_invoice(withdrawal.withdraw_approval)
process = of_invoice(bookkeeping.mark_as_processed)
undo_processed = of_invoice(bookkeeping.undo_processed)
wont_be_paid = of_invoice(sales.mark_wont_be_paid, reason="insolvent")
customer_refuses = of_invoice(sales.record_answer, answer="refused", reason="price")
customer_asks = of_invoice(sales.record_answer, answer="queried", reason="price")
approve_note = of_note(approval.approve)
object_to_note = of_note(disputes.dispute, reason="price")

# where → what one and what the other does; "sofie" does the accountant's work, An and Tom all else.
PAIRS = {
    "approve, approve": (waiting, approve, approve),
    "approve, save": (waiting, approve, save),
    "approve, dispute": (waiting, approve, dispute),
    "approve, refuse": (waiting, approve, refuse),
    "approve, delete": (waiting, approve, delete),
    "approve, pay": (waiting, approve, pay("100.00")),
    "approve, switch off": (waiting, approve, switch_off),
    "approve, end engagement": (waiting, approve, end_engagement),
    "save, pay": (waiting, save, pay("100.00")),
    "save, save": (waiting, save, save),
    "delete, pay": (waiting, delete, pay("100.00")),
    "dispute, pay": (released, dispute, pay("100.00")),
    "dispute, refuse": (released, dispute, refuse),
    "pay, pay": (released, pay("60.00"), pay("60.00")),
    "pay, refuse": (released, pay("100.00"), refuse),
    "withdraw, claim": (released, withdraw, claim),
    "withdraw, pay": (released, withdraw, pay("60.00")),
    "withdraw, resend": (released, withdraw, resend),
    "withdraw, process": (released, withdraw, process),
    "withdraw, dispute": (released, withdraw, dispute),
    "withdraw, withdraw": (released, withdraw, withdraw),
    "refuse, claim": (released, refuse, claim),
    "refuse, switch off": (released, refuse, switch_off),
    "refuse, end engagement": (released, refuse, end_engagement),
    "process, process": (released, process, process),
    "process, end engagement": (released, process, end_engagement),
    "switch off, end engagement": (released, switch_off, end_engagement),
    "switch off, claim": (released, switch_off, claim),
    "resend, resend": (released, resend, resend),
    "resend, claim": (released, resend, claim),
    "resend, switch off": (released, resend, switch_off),
    "refuse, process": (processed, refuse, undo_processed),
    "resolve, refuse": (disputed, resolve, refuse),
    "resolve, resolve": (disputed, resolve, resolve),
    "undo payment twice": (paid_in_part, undo_payment, undo_payment),
    "undo payment, pay": (paid_in_part, undo_payment, pay("40.00")),
    "undo payment, refuse": (paid_in_part, undo_payment, refuse),
    "delivered, refuse": (being_sent, delivered, refuse),
    "delivered, withdraw": (being_sent, delivered, withdraw),
    "delivered, resend": (being_sent, delivered, resend),
    "delivered, switch off": (being_sent, delivered, switch_off),
    "broken, switch off": (being_sent, broken, switch_off),
    "link, link": (with_a_credit_note, link("30.00"), link("30.00")),
    "link, pay": (with_a_credit_note, link(), pay("100.00")),
    "link, refuse": (with_a_credit_note, link(), refuse),
    "link, dispute of the credit note": (with_a_credit_note, link(), object_to_note),
    "link, switch off": (with_a_credit_note, link(), switch_off),
    "link, end engagement": (with_a_credit_note, link(), end_engagement),
    "dispute of the credit note, switch off": (credited, object_to_note, switch_off),
    "unlink, unlink": (credited, unlink, unlink),
    "unlink, pay": (credited, unlink, pay("60.00")),
    "unlink, dispute of the credit note": (credited, unlink, object_to_note),
    "pay, dispute of the credit note": (credited, pay("60.00"), object_to_note),
    "approve, approve the other credit note": (two_credit_notes, approve, approve_note),
    "won't be paid, pay": (sold, wont_be_paid, pay("100.00")),
    "won't be paid, customer refuses": (sold, wont_be_paid, customer_refuses),
    "customer asks, customer refuses": (sold, customer_asks, customer_refuses),
    "customer refuses, process": (sold, customer_refuses, process),
}
NAMES = ("I-1", "I-2")
ACCOUNTANTS = {process, undo_processed}


@pytest.fixture(autouse=True)
def _verdicts():
    with verdicts.remembered():
        yield


def _pairs():
    """Each pair in one order, the next in the other; with BANQUP_BOTH_ORDERS (`make storm`) each in both."""
    both = bool(os.environ.get("BANQUP_BOTH_ORDERS"))
    for position, (name, (where, one, other)) in enumerate(PAIRS.items()):
        orders = [(name, one, other)]
        if one is not other:
            orders.append((", then ".join(reversed(name.split(", "))), other, one))
        for title, first, second in orders if both else [orders[position % len(orders)]]:
            yield pytest.param(where, first, second, id=title)


@pytest.mark.parametrize(("where", "one", "other"), list(_pairs()))
def test_what_comes_of_two_at_once_is_what_one_order_gives(where, one, other):
    meeting = where()
    calls = [do(meeting, "sofie" if do in ACCOUNTANTS else who) for do, who in ((one, "an"), (other, "tom"))]
    in_order = one_after_the_other(*calls)
    outcomes, found = one_after_the_other(*reversed(calls))
    in_reverse = list(reversed(outcomes)), found
    together = at_the_same_time(*calls), afterwards()
    assert together in (in_order, in_reverse)
    invariants.check()

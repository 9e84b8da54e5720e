"""Sales in the state machine: drafts are made, changed and sent, the worker transmits, the network answers.

The rank rule is kept a second time here, from the contract's words, beside the product's.
"""

import random
from collections import defaultdict
from dataclasses import replace

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import rule

from banqup.actions import drafts, hearing, issuing, transmitting
from banqup.actions.hearing import Message
from banqup.actions.refusals import NotAllowed, Refused
from banqup.invoices.models import Invoice
from banqup.sending import queue
from banqup.sending.models import NetworkAnswer, Transmission
from banqup.sending.queue import Told
from banqup.spaces.models import Space
from tests.factories import sales

DICE = st.integers(min_value=0, max_value=2**32 - 1).map(random.Random)
SELLS, DRAFTS = {"SR"}, {"SR", "SA"}
CODES = ("AB", "IP", "UQ", "CA", "RE", "AP", "PPD", "PD")
REPORTS = ("accepted", "delivered", "failed", "failed", "duplicate")


class Selling:
    """Rules for `machine.Play`; it brings `town`, `clock`, `_anybody`, `_counts` and `everything_agrees`."""

    def _begins_selling(self):
        self.transmitting: list = []
        self.said: list[Message] = []

    def _two_sales_are_sent(self):
        seller = next(person for person in self.town.owners if person.space == self.town.bakery)
        for _each in range(2):
            sales.issued(Space.objects.get(pk=self.town.bakery.pk), seller.user)

    @rule(dice=DICE, credit=st.booleans())
    def somebody_drafts(self, dice, credit):
        person, space = self._anybody(dice), Space.objects.get(pk=self.town.bakery.pk)
        sent = [
            each
            for each in Invoice.objects.filter(space=space, released_at__isnull=False).order_by("pk")
            if each.kind == "sales" and not each.is_credit_note
        ]
        rightful = bool(person.roles & DRAFTS) and person.space == self.town.bakery
        try:
            if credit and sent:
                draft = drafts.credit(invoice=dice.choice(sent), by=person.user)
            else:
                draft = self._drafted(person, space, dice)
        except Refused as refusal:
            assert not rightful or not isinstance(refusal, NotAllowed)
            return self._counts("draft", "not allowed" if isinstance(refusal, NotAllowed) else "refused")
        assert rightful, f"{person.name} may not draft, and did"
        note(f"{person.name} drafts {draft.pk}")
        return self._counts("draft", "accepted")

    def _drafted(self, person, space, dice):
        contact = space.contacts.filter(is_customer=True, email="facturen@terduinen.example").first()
        contact = contact or sales.customer(space)
        draft = drafts.start(space=space, contact=contact, by=person.user)
        if dice.random() < 0.9:
            document = replace(draft.document, lines=(sales.line(price=dice.choice(("4.50", "0.05"))),))
            drafts.save(invoice=draft, document=document, contact=contact, by=person.user, version=draft.version)
        return draft

    @rule(dice=DICE)
    def somebody_sends(self, dice):
        found = list(Invoice.objects.filter(document_status="DRAFT", deleted_at=None).select_related("space"))
        if not found:
            return
        person, draft = self._anybody(dice), dice.choice(found)
        rightful = bool(person.roles & SELLS) and person.space == self.town.bakery
        note(f"{person.name} sends {draft.pk}")
        try:
            sent = issuing.send(invoice=draft, delivered_elsewhere=dice.random() < 0.2, by=person.user)
        except Refused as refusal:
            assert rightful or isinstance(refusal, NotAllowed)
            return self._counts("send", "not allowed" if isinstance(refusal, NotAllowed) else "refused")
        assert rightful, f"{person.name} may not send, and did"
        assert sent.number and sent.is_released
        return self._counts("send", "accepted")

    @rule(dice=DICE)
    def somebody_sends_again(self, dice):
        found = list(Invoice.objects.filter(released_at__isnull=False, kind="sales").select_related("space"))
        if not found:
            return
        person, invoice = self._anybody(dice), dice.choice(found)
        verb = dice.choice((transmitting.resend, transmitting.mark_received))
        try:
            verb(invoice=invoice, by=person.user)
        except Refused as refusal:
            return self._counts(verb.__name__, "not allowed" if isinstance(refusal, NotAllowed) else "refused")
        assert person.roles & SELLS and person.space == self.town.bakery
        return self._counts(verb.__name__, "accepted")

    @rule(dice=DICE, times=st.integers(1, 4))
    def the_sender_works(self, dice, times):
        for _time in range(times):
            dice.choice((self._takes_a_transmission, self._ends_a_transmission))(dice)
            self.everything_agrees()

    def _takes_a_transmission(self, dice):
        waiting = queue.waiting()
        taken = transmitting.begin(dice.choice(waiting)) if waiting else None
        if taken:
            self.transmitting.append(taken)
            self._counts("transmit", "begun")

    def _ends_a_transmission(self, dice):
        if not self.transmitting:
            return
        row, attempt = self.transmitting.pop(dice.randrange(len(self.transmitting)))
        outcome = dice.choice(("sent", "sent", "sent", "failed", "tried", "stuck", "dies"))
        if outcome == "sent":
            transmitting.sent(row, attempt, Told("sent", "250"), remote_id=f"r-{row.pk}")
        elif outcome != "dies":
            getattr(transmitting, outcome)(row, attempt, Told(outcome, "As it said"))
        self._counts("transmit", outcome)

    @rule(dice=DICE, times=st.integers(1, 3))
    def the_network_speaks(self, dice, times):
        for _time in range(times):
            self._speaks(dice)
            self.everything_agrees()

    def _speaks(self, dice):
        space = Space.objects.get(pk=self.town.bakery.pk)
        if self.said and dice.random() < 0.3:  # heard before: nothing happens
            message = dice.choice(self.said)
            before = list(Invoice.objects.order_by("pk").values_list("version", flat=True))
            hearing.hear(space=space, message=message)
            assert list(Invoice.objects.order_by("pk").values_list("version", flat=True)) == before
            return self._counts("hear", "again")
        sent = list(Transmission.objects.order_by("pk").values_list("message_id", flat=True))
        reference = str(dice.choice(sent)) if sent and dice.random() < 0.95 else "nobody-knows"
        subject = dice.choice(("answer", "answer", "delivery"))
        code = dice.choice(CODES if subject == "answer" else REPORTS)
        message = Message("peppol", f"m-{len(self.said)}", subject, code, reference=reference)
        self.said.append(message)
        heard = hearing.hear(space=space, message=message)
        note(f"The network says {code} about {reference}: {heard.outcome}")
        assert (heard.outcome == "unmatched") == (reference == "nobody-knows")
        return self._counts("hear", f"{heard.outcome}")


def check():
    """What holds of numbers, transmissions and answers; yields every sentence that does not."""
    yield from _numbers()
    for invoice in Invoice.objects.filter(kind__in=("sales", "self_billed_out")).defer("data", "report"):
        rows = list(invoice.transmissions.order_by("sequence"))
        pending = [row for row in rows if row.state in ("queued", "waiting", "sending")]
        if invoice.delivery_status in ("READY_TO_SEND", "SENDING") and len(pending) != 1:
            yield f"{invoice.pk} is {invoice.delivery_status} with {len(pending)} transmissions under way"
        if any(row.content_sha256 != invoice.content_sha256 for row in rows):
            yield f"{invoice.pk} was sent with other bytes than were released"
        if rows and invoice.delivery_status == "NONE":
            yield f"{invoice.pk} has transmissions and was never sent"
        announced = {"PD", "PPD"} & set(
            NetworkAnswer.objects.filter(invoice=invoice, outcome="applied").values_list("code", flat=True)
        )
        if bool(invoice.payment_announced_at) != bool(announced):
            yield f"{invoice.pk}: payment announced {invoice.payment_announced_at}, heard {announced}"
    yield from _unmatched()


def _numbers():
    """§10.5: the numbers of a period run from the first one on without a gap."""
    from banqup.sending.models import IssuedNumber

    values = defaultdict(list)
    for given in IssuedNumber.objects.order_by("value"):
        values[given.series_id, given.period].append(given.value)
    for (series, period), run in values.items():
        if run != list(range(run[0], run[0] + len(run))):
            yield f"series {series} {period}: {run}"
    drafts_with_number = Invoice.objects.filter(document_status="DRAFT").exclude(number="")
    if drafts_with_number.exists():
        yield "a draft has a number"


def _unmatched():
    if NetworkAnswer.objects.filter(outcome="unmatched", invoice__isnull=False).exists():
        yield "an unmatched answer has a document"

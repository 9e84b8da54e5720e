"""Sales in a storm: two businesses send by every way while customers answer late, twice, and out of order.

Workers die and access points fail by the dice; days pass in seconds (see `tests.storms.pushes`). What each
document must have come to is computed from the log of what was heard (`hearsay`), not from the product.
"""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test import Client

from banqup import einvoicing
from banqup.actions import approval, disputes, hearing, issuing
from banqup.actions.refusals import NotPossible
from banqup.invoices.models import Event, Invoice, Receipt
from banqup.sending import links
from banqup.sending.models import (
    AccessPoint,
    IssuedNumber,
    NetworkAnswer,
    Transmission,
    TransmissionAttempt,
    TransmissionState,
    Way,
)
from banqup.sending.models.transmission import PENDING
from banqup.spaces.models import Space
from integrations import fetching, sending_tasks, tasks
from tests.factories import einvoices, network, sales, world

from . import hearsay
from .pushes import SECONDS_BETWEEN_LOOKS

ANSWERS = ("AB", "IP", "UQ", "CA", "RE", "AP", "PD")
# Of a hundred messages over Peppol so many are taken back later.
FAIL_LATE = 15
WAYS = (Way.PLATFORM, Way.PEPPOL, Way.EMAIL)


class Storm:
    """`fakes` by provider; `mailbox` is where all mails go."""

    def __init__(self, *, clock, fakes, mailbox, fleet, seed: int):
        self.clock, self.fakes, self.mailbox, self.fleet = clock, fakes, mailbox, fleet
        self.dice, self.happened, self._before, self._leap = random.Random(seed), Counter(), None, 30  # noqa: S311
        self._heard = set()
        self.neighbour = self._business("hotel", "Hotel Ter Duinen NV", 77, auto_approve=Space.AutoApprove.NEVER)
        self.buyer = world.member(self.neighbour)
        self.sellers = {
            key: self._business(f"seller-{key}", f"Verkoper {key} BV", 10 + position)
            for position, key in enumerate(fakes)
        }
        self.people = {space.pk: world.member(space, "SR") for space in self.sellers.values()}
        self.customers = {}
        for position, (key, space) in enumerate(self.sellers.items()):
            self._account(key, space)
            number = self.neighbour.company_id
            there = {"vat_id": f"BE{number}", "company_id": number}
            self.customers[space.pk] = {
                Way.PLATFORM: sales.customer(space, self.neighbour.name, **there),
                Way.PEPPOL: sales.customer(space, "Traiteur Dubois SRL", 100 + position),
                Way.EMAIL: sales.customer(space, "Feestzaal De Kroon BV", 200 + position),
            }

    def _business(self, slug: str, name: str, seed: int, **more) -> Space:
        number = einvoices.enterprise_number(seed)
        known = {"vat_id": f"BE{number}", "company_id": number, "endpoint_id": number}
        return world.business(slug, name=name, iban=einvoices.iban(seed), **known, **more)

    def _account(self, key: str, space: Space) -> AccessPoint:
        own = space.company_id
        config = {"network": "live", "participant": f"0208:{own}"} if key == "peppyrus" else {"company_id": f"c_{own}"}
        secrets = {"api_key": f"key-{own}"} | ({"api_secret": "secret"} if key == "recommand" else {})
        return network.account(space, key, config=config, secrets=secrets)

    # --- what happens -----------------------------------------------------------------------------

    def run(self, *, documents: int, kills: int, seconds: float) -> None:
        """Two people send `documents` side by side while customers answer; till nobody has anything to do."""
        ends = time.monotonic() + seconds
        self._kills = sorted(self.dice.sample(range(documents // 5, documents), kills))
        spaces = list(self.sellers.values())
        drafts = [
            self._draft(spaces[number % len(spaces)], WAYS[number // 2 % len(WAYS)]) for number in range(documents)
        ]
        with ThreadPoolExecutor(2) as pool:
            for start in range(0, documents, 4):
                list(pool.map(self._send, drafts[start : start + 4]))
                self._strike()
                self._customers_speak()
        self._send_what_is_unknown()
        while self._is_under_way():
            assert time.monotonic() < ends, f"not settled\n{self.table()}\n{self._left()}"
            self._strike()
            if self.fleet.is_quiet() and not any(fake.at_work for fake in self.fakes.values()):
                self._customers_speak()
                self._go_on()
            else:
                time.sleep(SECONDS_BETWEEN_LOOKS)
        for fake in self.fakes.values():
            fake.calm = True

    def _draft(self, space: Space, way: str) -> tuple[Invoice, str]:
        contact = self.customers[space.pk][way]
        return sales.draft(space, self.people[space.pk], contact=contact), way

    def _send(self, drafted) -> None:
        invoice, way = drafted
        try:
            issuing.send(invoice=invoice, way=way, by=self.people[invoice.space_id])
        finally:
            connection.close()

    def _strike(self) -> None:
        while self._kills and Transmission.objects.exclude(state=TransmissionState.QUEUED).count() >= self._kills[0]:
            self._kills.pop(0)
            self.happened["worker killed"] += 1
            self.fleet.kill_one(self.dice)
            self.mailbox.server.answers_to_lose += 1

    def _customers_speak(self) -> None:
        """Who has got something says a few things about it, once: in any order, and some of them twice."""
        for row in (
            self._ready().exclude(pk__in=self._heard).select_related("invoice__space", "access_point").order_by("pk")
        ):
            speak = {Way.PLATFORM: self._neighbour_says, Way.PEPPOL: self._network_says, Way.EMAIL: self._page_says}
            if speak[row.way](row):
                self._heard.add(row.pk)

    def _ready(self):
        return Transmission.objects.filter(state__in=[TransmissionState.SENT, TransmissionState.RECEIVED])

    def _network_says(self, row: Transmission) -> bool:
        fake, dice = self.fakes[row.access_point.provider], self.dice
        if dice.randrange(100) < FAIL_LATE:
            fake.fail(row.remote_id)
            self.happened["failed late"] += 1
        codes = dice.sample(ANSWERS, dice.randrange(4))
        for code in codes + codes[: dice.randrange(2)]:
            self._arrives(fake, row.invoice, code, sender=row.recipient)
        return True

    def _arrives(self, fake, invoice, code: str, *, sender: str, number: str = "") -> None:
        receiver = f"0208:{invoice.space.company_id}"
        facts = {"number": number or invoice.number, "issued": invoice.issue_date, "sender": sender}
        id = f"R-{self.dice.randrange(10**9)}"
        fake.arrive(hearsay.answer(code, receiver=receiver, id=id, **facts), to=receiver, sender=sender)
        self.happened["answers over the network"] += 1

    def _page_says(self, row: Transmission) -> bool:
        link = links.answer_url(row).removeprefix(settings.BANQUP_PUBLIC_URL)
        for code in self.dice.sample(("AP", "UQ", "RE"), self.dice.randrange(3)):
            token = f"{self.dice.randrange(16**32):032x}"
            said = {"answer": code, "reason": "price", "note": "Not as agreed", "token": token}
            for _twice in range(2):
                assert Client().post(f"{link}document/", said).status_code in (303, 409)
            self.happened["answers on the page"] += 1
        return True

    def _neighbour_says(self, row: Transmission) -> bool:
        came = Receipt.objects.filter(space=self.neighbour, message_id=str(row.message_id)).first()
        if came is None or came.invoice_id is None:
            return False
        for decide in self.dice.sample((self._dispute, self._refuse, self._approve), self.dice.randrange(3)):
            try:
                decide(Invoice.objects.get(pk=came.invoice_id))
            except NotPossible:
                self.happened["decisions that did not fit"] += 1
        return True

    def _dispute(self, bought) -> None:
        disputes.dispute(invoice=bought, reason="price", note="Not as agreed", by=self.buyer)

    def _refuse(self, bought) -> None:
        disputes.refuse(invoice=bought, reason="recipient", by=self.buyer)

    def _approve(self, bought) -> None:
        approval.approve(invoice=bought, by=self.buyer)

    def _send_what_is_unknown(self) -> None:
        """An answer about a number that nobody gave, and one in somebody else's name."""
        for key, space in self.sellers.items():
            invoice = Invoice.objects.filter(space=space, transmissions__way=Way.PEPPOL).first()
            customer = f"0208:{einvoices.enterprise_number(999)}"
            self._arrives(self.fakes[key], invoice, "RE", sender=customer, number="V1999-0001")
            self._arrives(self.fakes[key], invoice, "RE", sender=customer)
            self.happened["answers to nobody"] += 2

    # --- time -------------------------------------------------------------------------------------

    def _is_under_way(self) -> bool:
        return (
            Transmission.objects.filter(state__in=PENDING).exists()
            or Receipt.objects.filter(outcome=Receipt.Outcome.WAITING).exists()
            or any(self._unread())
            or self._ready().exclude(pk__in=self._heard).exists()
            or self._is_to_be_reported()
        )

    def _unread(self):
        return (fake.unread(to=f"0208:{self.sellers[key].company_id}") for key, fake in self.fakes.items())

    def _is_to_be_reported(self) -> bool:
        """Something failed late, and nobody has asked about it since."""
        failed = {each.id for fake in self.fakes.values() for each in fake.sent if each.state == "failed"}
        known = Transmission.objects.filter(remote_id__in=failed, state=TransmissionState.SENT, ask_at__isnull=False)
        return known.exists()

    def _go_on(self) -> None:
        """Nobody can do anything: time passes, further each time that it changes nothing, and the scheduler wakes."""
        state = (Transmission.objects.filter(state__in=PENDING).count(), NetworkAnswer.objects.count())
        self._leap = 30 if state != self._before else min(2 * self._leap, 6 * 3600)
        self._before = state
        with self.fleet.standing_still() as still:
            if still:
                self.clock.passes(seconds=self.dice.uniform(1, 2) * self._leap)
            self.happened["time passed" if still else "time waited for a worker"] += 1
        for wake in (sending_tasks.transmissions, tasks.judge_receipts, sending_tasks.network_news, tasks.answers):
            wake()

    # --- what must be so afterwards ---------------------------------------------------------------

    def check(self) -> None:
        self._statuses_follow_the_log()
        self._a_second_hearing_changes_nothing()
        self._numbers_have_no_gaps()
        self._each_customer_has_each_message_once()
        assert NetworkAnswer.objects.filter(outcome="unmatched").count() == self.happened["answers to nobody"]

    def _sales(self):
        return Invoice.objects.filter(space__in=self.sellers.values())

    def _statuses_follow_the_log(self) -> None:
        for invoice in self._sales():
            stands = (invoice.document_status, invoice.delivery_status)
            log = list(invoice.network_answers.order_by("pk").values_list("subject", "code", "outcome"))
            assert stands == hearsay.expected(invoice), f"{invoice.number} after {log}"

    def _a_second_hearing_changes_nothing(self) -> None:
        before = self._everything()
        names = ("source", "message_id", "subject", "code", "reference", "number", "issue_date", "sender", "note")
        for told in NetworkAnswer.objects.select_related("space").order_by("?"):
            hearing.hear(space=told.space, message=hearing.Message(**{name: getattr(told, name) for name in names}))
        for fake in self.fakes.values():
            for message in fake.messages:
                message.confirmed = False
        AccessPoint.objects.update(cursor={}, fetch_at=Transmission.objects.earliest("created_at").created_at)
        for account in AccessPoint.objects.all():
            assert fetching.fetch(account.pk) > 0
        assert self._everything() == before

    def _everything(self) -> tuple:
        sold = self._sales().order_by("pk").values_list("pk", "document_status", "delivery_status", "version")
        return list(sold), Event.objects.count(), NetworkAnswer.objects.count(), Receipt.objects.count()

    def _numbers_have_no_gaps(self) -> None:
        for space in self.sellers.values():
            given = IssuedNumber.objects.filter(series__space=space).order_by("value").values_list("value", flat=True)
            assert list(given) == list(range(1, self._sales().filter(space=space).count() + 1))

    def _each_customer_has_each_message_once(self) -> None:
        """At the fakes: one message a document, valid, and the very bytes that were frozen."""
        rows = Transmission.objects.select_related("invoice")
        mailed = {row.remote_id: row for row in rows.filter(way=Way.EMAIL)}
        assert set(self.mailbox.documents) == set(mailed)
        for id, files in self.mailbox.documents.items():
            self._is_what_was_frozen(files[f"{mailed[id].invoice.number}.xml"], mailed[id])
        for key, fake in self.fakes.items():
            sent = {message.id: message for message in fake.sent}
            own = {row.remote_id: row for row in rows.filter(way=Way.PEPPOL, access_point__provider=key)}
            assert set(sent) == set(own), f"{key}: {[self._tries(sent[id].data) for id in set(sent) - set(own)]}"
            for id, message in sent.items():
                self._is_what_was_frozen(message.data, own[id])
        handed = Receipt.objects.filter(space=self.neighbour).values("message_id").annotate(times=Count("pk"))
        ids = {str(id) for id in rows.filter(way=Way.PLATFORM).values_list("message_id", flat=True)}
        assert {each["message_id"]: each["times"] for each in handed} == dict.fromkeys(ids, 1)
        assert Invoice.objects.filter(space=self.neighbour).count() == len(ids)

    def _tries(self, data: bytes) -> list:
        """Of a message that nobody knows: its number, and every try of its document."""
        number = einvoicing.read(data).number
        tries = TransmissionAttempt.objects.filter(transmission__invoice__number=number, transmission__way=Way.PEPPOL)
        return [number, *tries.values_list("number", "started_at", "outcome", "duration_ms", "message")]

    def _is_what_was_frozen(self, data: bytes, row: Transmission) -> None:
        document = einvoicing.read(data)
        assert (document.number, document.payable) == (row.invoice.number, row.invoice.payable)
        report = einvoicing.validate(data)
        assert report.valid, f"{row.invoice.number}: {report}"

    def table(self) -> str:
        states = Transmission.objects.values_list("way", "state").annotate(number=Count("pk")).order_by("way")
        lines = [f"  {way:10}{state:10}{number:6}" for way, state, number in states]
        log = NetworkAnswer.objects.values_list("source", "code", "outcome").annotate(number=Count("pk"))
        lines += [f"  {source:10}{code:10}{outcome:10}{number:6}" for source, code, outcome, number in sorted(log)]
        injected = sum((fake.injected for fake in self.fakes.values()), Counter())
        lines.append("failures injected: " + ", ".join(f"{what} {times}×" for what, times in sorted(injected.items())))
        lines.append(", ".join(f"{what} {times}×" for what, times in sorted(self.happened.items())))
        return "\n".join(lines)

    def _left(self) -> str:
        left = Transmission.objects.filter(state__in=PENDING).values("pk", "way", "state", "reason", "next_try_at")
        waits = Receipt.objects.filter(outcome=Receipt.Outcome.WAITING).values("pk", "next_try_at", "last_error")
        return "\n".join(str(row) for row in [*left[:10], *waits[:10], *self._unread()])

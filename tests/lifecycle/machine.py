"""Random people at work, checked after every step against the invariants of LIFECYCLE §10.

`play(town, …)` runs the machine; `COUNTS` tells how often each step was done, accepted and refused.
"""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import hypothesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from banqup.actions import engagements, intake
from banqup.actions.allowed import allowed, allowed_to_partner
from banqup.actions.refusals import NotAllowed, Refused
from banqup.exports import outbox
from banqup.exports.models import Export, Integration
from banqup.invoices.models import Event, Invoice, Receipt
from banqup.payments.models import Allocation, Payment
from banqup.spaces.access import standing
from banqup.spaces.models import Engagement, Space
from integrations import setup
from tests.factories import clock, verdicts
from tests.permissions import table

from . import invariants, verbs
from .papers import PAPERS
from .selling import Selling
from .town import Person, Town

COUNTS: dict[str, Counter] = defaultdict(Counter)
BEGIN = datetime(2026, 11, 20, 9, 58, tzinfo=UTC)  # two minutes before midnight in the bakery's time zone
DICE = st.integers(min_value=0, max_value=2**32 - 1).map(random.Random)
# A document is there to be worked on most of the time: these come before the others can.
PAPER = st.integers(min_value=0, max_value=len(PAPERS) - 1)
STATUSES = ("document_status", "payment_status", "general_status", "accounting_status", "paid", "credited", "version")


class Play(Selling, RuleBasedStateMachine):
    """One play in `town`, in a savepoint that is taken back. `copies` are pages that people left open."""

    town: Town

    def __init__(self):
        super().__init__()
        self._around = [transaction.atomic(), clock.set_to(BEGIN)]
        _savepoint, self.clock = [context.__enter__() for context in self._around]
        self.copies: dict[int, list[Invoice]] = defaultdict(list)
        self.frozen: dict[int, tuple[int, str]] = {}
        self.paid: dict[int, Decimal] = defaultdict(Decimal)
        self.taken_back: dict[int, Decimal] = {}
        self.arrivals = 0
        self.checked: tuple | None = None
        self.in_flight: list = []
        self._begins_selling()

    def teardown(self):
        try:
            self._all_is_judged_in_the_end()
        finally:
            transaction.set_rollback(True)
            for context in reversed(self._around):
                context.__exit__(None, None, None)

    # --- documents come in ------------------------------------------------------------------------
    @initialize(
        mode=st.sampled_from(Space.AutoApprove.values),
        first=st.lists(PAPER, min_size=3, max_size=8, unique=True),
    )
    def begins(self, mode, first):
        Space.objects.update(auto_approve=mode)
        for number in first:
            self._receive(PAPERS[number], self.town.bakery, "browser", "", at_once=True)
        self._two_sales_are_sent()

    @rule(
        number=PAPER,
        at_florist=st.integers(0, 7),
        channel=st.sampled_from(["inbound", "browser", "command"]),
        message=st.sampled_from(["", "", "m-1", "m-2"]),
        at_once=st.booleans(),
    )
    def comes_in(self, number, at_florist, channel, message, at_once):
        space = self.town.florist if at_florist == 7 else self.town.bakery
        self._receive(PAPERS[number], space, channel, message, at_once)

    def _receive(self, paper, space, channel, message, at_once):
        known = message and Receipt.objects.filter(space=space, channel=channel, message_id=message).exists()
        self.arrivals += not known
        take = intake.receive_and_judge if at_once else intake.receive
        take(
            space=Space.objects.get(pk=space.pk),
            data=paper.data,
            filename=paper.filename,
            channel=channel,
            direction=paper.direction,
            message_id=message,
            by=None,
        )
        COUNTS["arrives"]["again" if known else "accepted"] += 1

    def _the_sweep_judges(self):
        for pk in intake.waiting_receipts():
            intake.judge(receipt_id=pk)
        COUNTS["sweep"]["accepted"] += 1

    def _all_is_judged_in_the_end(self):
        self.clock.passes(hours=1)
        self._the_sweep_judges()
        assert not Receipt.objects.filter(outcome=Receipt.Outcome.WAITING).exists()
        invariants.check()

    # --- people at work ---------------------------------------------------------------------------
    @rule(dice=DICE)
    def somebody_acts(self, dice):
        self._acts(dice)

    @rule(dice=DICE, times=st.integers(2, 8))
    def work_goes_on(self, dice, times):
        for _time in range(times):
            self._acts(dice)
            self.everything_agrees()

    def _acts(self, dice):
        """Mostly somebody with all roles does what a button offers; else anybody tries anything, also on an old page."""
        invoices = list(Invoice.objects.select_related("space").order_by("pk"))
        if not invoices:
            return
        invoice = dice.choice(invoices)
        person = self._anybody(dice)
        offers = self._offers(invoice, person)
        offered = [verb for verb, name in verbs.OFFERED_AS.items() if name in offers and offers[name].enabled]
        sensible = [*offered, *offered, "undo_payment", "unlink", "paid_again", "stands_alone", "undo_decision"]
        verb = dice.choice(sorted(verbs.DOCUMENTS) if dice.random() < 0.25 else sensible)
        older = self.copies[invoice.pk]
        seen = dice.choice(older) if older and dice.random() < 0.25 else invoice
        older.append(invoice)
        note(f"{person.name}: {verb} {invoice} (version {seen.version} of {invoice.version})")
        call = verbs.DOCUMENTS[verb]
        self._does(verb, person, invoice, lambda: call(seen, person.user, dice), offers, seen)

    def _offers(self, invoice, person) -> dict:
        rights = standing(person.user, invoice.space)
        offers = [*allowed(invoice, rights), *allowed_to_partner(invoice, rights)]
        return {offer.name: offer for offer in sorted(offers, key=lambda offer: offer.enabled)}

    def _does(self, verb, person, invoice, call, offers, seen):
        """One person tries one verb: what comes of it must fit to rights, buttons and history."""
        before, last_event = fingerprint(), Event.objects.order_by("pk").values_list("pk", flat=True).last() or 0
        offered = offers.get(verbs.OFFERED_AS[verb])
        rightful = may(person, named(verb, invoice), invoice.space)
        try:
            result = call()
        except Refused as refusal:
            assert fingerprint() == before, f"{verb} was refused ({refusal}) and changed something"
            assert rightful or isinstance(refusal, NotAllowed), f"{person.name} learnt from {verb}: {refusal}"
            promised = verb in verbs.KEPT_PROMISES and seen is invoice and offered is not None and offered.enabled
            assert not promised, f"{verb} was offered to {person.name} on {invoice} and refused: {refusal}"
            COUNTS[verb]["not allowed" if isinstance(refusal, NotAllowed) else "refused"] += 1
            return
        if result is verbs.NOTHING:
            return
        assert rightful, f"{person.name} may not {verb}, and did"
        actors = set(Event.objects.filter(pk__gt=last_event).values_list("actor", flat=True))
        assert actors <= {person.user.pk, None} and person.user.pk in actors, f"{verb} by {person.name}: {actors}"
        if verbs.OFFERED_AS[verb] and not (verb == "link" and not invoice.is_released):
            assert offered is not None and offered.enabled, f"{verb} was done on {invoice} and not offered: {offered}"
        if isinstance(result, Invoice):
            stands = Invoice.objects.get(pk=result.pk)
            assert [getattr(result, n) for n in STATUSES] == [getattr(stands, n) for n in STATUSES], (
                f"stale after {verb}"
            )
        self._expect_paid(verb, invoice)
        COUNTS[verb]["accepted"] += 1

    def _expect_paid(self, verb, invoice):
        """Money moves by payments and their undoing, and by nothing else."""
        of_it = Payment.objects.filter(allocations__invoice=invoice)
        if verb == "record_payment":
            self.paid[invoice.pk] += of_it.latest("pk").amount
        elif verb == "mark_unpaid":
            self.taken_back[invoice.pk] = self.paid.pop(invoice.pk)
        elif verb == "paid_again":
            self.paid[invoice.pk] += self.taken_back[invoice.pk]
        elif verb == "undo_payment":
            self.paid[invoice.pk] -= of_it.exclude(undone_at=None).latest("undone_at").amount

    # --- the worker -------------------------------------------------------------------------------
    @rule(dice=DICE, times=st.integers(1, 4))
    def the_worker_works(self, dice, times):
        self._the_sweep_judges()
        for _time in range(times):
            dice.choice((self._takes_an_export, self._takes_an_export, self._ends_an_export))(dice)
            self.everything_agrees()

    def _takes_an_export(self, dice):
        waiting = list(outbox.due().order_by("pk").values_list("pk", flat=True))
        taken = outbox.claim(dice.choice(waiting)) if waiting else None
        if taken:
            self.in_flight.append(taken)
            COUNTS["claim"]["accepted"] += 1

    def _ends_an_export(self, dice):
        if not self.in_flight:
            return
        export, attempt = self.in_flight.pop(dice.randrange(len(self.in_flight)))
        outcome = dice.choice(("delivered", "delivered", "failed", "retry", "waiting", "dies"))
        if outcome != "dies":
            getattr(outbox, f"settle_{outcome}")(export, attempt, outbox.Answer(outcome, "As it said"))
        COUNTS[f"export {outcome}"]["accepted"] += 1

    # --- spaces and time --------------------------------------------------------------------------
    @rule(dice=DICE)
    def something_rare_happens(self, dice):
        rare = (
            self._an_integration_is_switched,
            self._an_engagement_ends,
            self._the_bakery_engages_an_accountant,
            self._the_bakery_engages_an_accountant,
            self._what_approves_itself_changes,
            self._time_passes,
        )
        dice.choice(rare)(dice)

    def _an_integration_is_switched(self, dice):
        person, switch = self._anybody(dice), dice.choice((setup.activate, setup.activate, setup.deactivate))
        integration = dice.choice(list(Integration.objects.order_by("pk").select_related("space")))
        right = "activate an integration" + " of the office" * integration.is_partner_side
        rightful = may(person, table.SPACES[right], integration.owner) or person.user.is_superuser
        note(f"{person.name}: {switch.__name__} {integration}")
        try:
            switch(integration=integration, by=person.user)
        except setup.SetupRefused:
            return COUNTS[switch.__name__].update(["refused"])
        assert rightful
        COUNTS[switch.__name__]["accepted"] += 1

    def _an_engagement_ends(self, dice):
        person, active = self._anybody(dice), list(Engagement.objects.filter(status="active").order_by("pk"))
        if not active:
            return
        engagement, named_there = dice.choice(active), table.SPACES["end the engagement"]
        rightful = any(may(person, named_there, space) for space in (engagement.business, engagement.partner))
        note(f"{person.name}: ends {engagement}")
        try:
            engagements.end(engagement=engagement, by=person.user)
        except NotAllowed:
            return COUNTS["end engagement"].update(["not allowed"])
        assert rightful
        COUNTS["end engagement"]["accepted"] += 1

    def _the_bakery_engages_an_accountant(self, dice):
        """Invited by the business, accepted by the office, whose integration is set up anew."""
        bakery = self.town.bakery
        office = dice.choice((self.town.office, self.town.office, self.town.other_office))
        owner, theirs = owner_of(self.town, bakery), owner_of(self.town, office)
        try:
            asked = engagements.invite(business=bakery, partner=office, side="business", by=owner)
            engagement = engagements.answer(engagement=asked, accept=True, by=theirs)
        except Refused:
            return COUNTS["engage"].update(["refused"])
        added = setup.add(space=bakery, engagement=engagement, connector="folder", name="Again", by=theirs)
        Integration.objects.filter(pk=added.pk).update(test_passed=True)
        setup.activate(integration=added, by=theirs)
        COUNTS["engage"]["accepted"] += 1

    def _what_approves_itself_changes(self, dice):
        Space.objects.filter(pk=self.town.bakery.pk).update(auto_approve=dice.choice(Space.AutoApprove.values))

    def _time_passes(self, dice):
        self.clock.passes(hours=dice.choice((0.05, 1, 26, 24 * 40)))
        COUNTS["time"]["accepted"] += 1

    def _counts(self, what, outcome):
        COUNTS[what][outcome] += 1

    def _anybody(self, dice):
        return dice.choice(self.town.everybody if dice.random() < 0.25 else self.town.owners)

    # --- what always holds ------------------------------------------------------------------------
    @invariant()
    def everything_agrees(self):
        COUNTS["steps"]["in all"] += 1
        stands = fingerprint()
        if stands == self.checked:
            return
        self.checked = stands
        invariants.check()
        for office in (self.town.office, self.town.other_office):
            invariants.check_partner_sees(office)
        assert Receipt.objects.count() == self.arrivals
        for invoice in Invoice.objects.only("pk", "paid", "released_at", "content_sha256", "data"):
            assert invoice.paid == self.paid[invoice.pk], f"{invoice.pk}: paid {invoice.paid}"
            self._stays_frozen(invoice)

    def _stays_frozen(self, invoice):
        """§10.5: from one release on neither the hash nor the data behind it changes."""
        if not invoice.is_released:
            self.frozen.pop(invoice.pk, None)
            return
        stands = invoice.released_at, invoice.content_sha256, invoice.data
        assert self.frozen.setdefault(invoice.pk, stands) == stands, f"{invoice.pk} changed after its release"


def named(verb, invoice) -> frozenset[str]:
    """Whom the table names; a verb that the list of `invoice` does not know is refused for another reason."""
    sides = ("sales", "purchase") if invoice.is_sales else ("purchase", "sales")
    return table.may(verb, next(side for side in sides if (verb, side) in table.DOCUMENTS))


def owner_of(town, space):
    return next(
        person.user for person in town.owners + town.everybody if person.space == space and len(person.roles) > 1
    )


def may(person: Person, named: frozenset[str], space) -> bool:
    """Whether `person` is one of those `named` by the table, for a document (or a setting) of `space`."""
    if person.space is None or not person.user.is_active or not person.roles & named:
        return False
    if person.space == space:
        return True
    return Engagement.objects.filter(business=space, partner=person.space, status="active").exists()


def fingerprint() -> tuple:
    """Changes whenever any verb changed something."""
    return (
        list(Invoice.objects.order_by("pk").values_list("pk", "version", "event_count", "general_status")),
        Event.objects.count(),
        list(Payment.objects.values_list("pk", "undone_at")),
        Allocation.objects.filter(removed_at=None).count(),
        list(Export.objects.values_list("pk", "state", "attempt_count")),
        list(Engagement.objects.values_list("pk", "status")),
        list(Integration.objects.values_list("pk", "is_active")),
        Receipt.objects.count(),
    )


def play(town: Town, *, plays: int, steps: int, seed: int, shrink: bool = False) -> None:
    """Let `plays` plays of at most `steps` steps happen in `town`; `shrink` looks for a shorter way to a failure."""

    class InTown(Play):
        pass

    InTown.town = town
    hypothesis.seed(seed)(InTown)
    with verdicts.remembered():
        run_state_machine_as_test(
            InTown,
            settings=settings(
                max_examples=plays,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )


def account() -> str:
    """The counts as a table."""
    lines = [f"{COUNTS['steps']['in all']} steps"]
    for name in sorted(set(COUNTS) - {"steps"}):
        lines.append(f"  {name:<20} " + ", ".join(f"{number} {what}" for what, number in COUNTS[name].items()))
    return "\n".join(lines)

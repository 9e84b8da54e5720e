"""For random routes and people: whom *Who would have to approve?* names is who really can approve to release."""

from contextlib import contextmanager
from datetime import timedelta

from hypothesis import HealthCheck, given, settings, strategies

from banqup.actions import approval
from banqup.approvals import rules
from banqup.approvals.models import Route, Step, Substitute
from banqup.approvals.rules import Case, Sort
from banqup.invoices.models import Event, Invoice
from banqup.spaces.models import Membership, Space
from tests.factories import world
from tests.factories.verdicts import remembered
from tests.permissions.verbs import taken_back

from .helpers import entered, fresh, held_back, who_may

ROLES = ("PR", "PA", "AUD", "ADM", "")
PEOPLE = 5
index = strategies.integers(0, PEOPLE - 1)
steps = strategies.fixed_dictionaries(
    {
        "named": strategies.sets(index, max_size=2),
        "role": strategies.sampled_from(("", "PR", "PA", "AUD")),
        "from_amount": strategies.sampled_from((None, None, "100.00", "283.22", "283.23")),
    }
)
towns = strategies.fixed_dictionaries(
    {
        "roles": strategies.lists(strategies.sampled_from(ROLES), min_size=PEOPLE, max_size=PEOPLE),
        "inactive": strategies.sets(index, max_size=1),
        "routes": strategies.lists(
            strategies.fixed_dictionaries(
                {
                    "minimum": strategies.sampled_from((None, "283.22", "300.00")),
                    "maximum": strategies.sampled_from((None, "283.22", "283.21")),
                    "sorts": strategies.sampled_from(([], ["invoice"], ["credit_note"])),
                    "four_eyes": strategies.booleans(),
                    "is_active": strategies.sampled_from((True, True, False)),
                    "steps": strategies.lists(steps, min_size=1, max_size=3),
                }
            ),
            max_size=2,
        ),
        "substitutes": strategies.lists(
            strategies.tuples(index, index, strategies.integers(-1, 1)).filter(lambda pair: pair[0] != pair[1]),
            max_size=2,
        ),
        "submitter": strategies.none() | index,
    }
)


@contextmanager
def built(space, people, town):
    """The town's memberships, routes and substitutes, for a while."""
    with taken_back():
        for person, role in zip(people, town["roles"], strict=True):
            Membership.objects.create(user=person, space=space, roles=[role] if role else [])
        for position, wanted in enumerate(town["routes"]):
            columns = {name: value for name, value in wanted.items() if name != "steps"}
            made = Route.objects.create(space=space, name=f"Route {position}", position=position, **columns)
            for number, step in enumerate(wanted["steps"], start=1):
                row = Step.objects.create(route=made, number=number, role=step["role"], from_amount=step["from_amount"])
                row.approvers.set([people[index] for index in step["named"]])
        today = space.today()
        for absent, substitute, days in town["substitutes"]:
            day = today + timedelta(days=days)
            Substitute.objects.create(
                space=space, absent=people[absent], substitute=people[substitute], first_day=day, last_day=day
            )
        for position in town["inactive"]:
            people[position].is_active = False
            people[position].save()
        yield
    for person in people:
        person.is_active = True


def test_the_simulator_names_who_really_can_approve_to_release(db):
    space = world.business()
    people = [world.user(email=f"p{number}@janssens.example", name=f"P{number}") for number in range(PEOPLE)]
    clerk = world.member(space, "PA", email="clerk@janssens.example")
    plain = held_back(space)
    written = entered(held_back(space, number="ENTERED"), clerk)
    released = []

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(town=towns)
    def agrees(town):
        with built(space, people, town):
            invoice = plain
            submitter = None
            if town["submitter"] is not None:
                submitter, invoice = people[town["submitter"]], written
                # Who saved it last, for this town; the chain of digests is not what is tested here.
                Event.objects.filter(invoice=written, verb="saved").update(actor=submitter)
            case = Case(
                sort=Sort.INVOICE, amount=invoice.payable, supplier_id=invoice.counterparty_id, submitter=submitter
            )
            simulated = rules.plan(rules.Circle(Space.objects.get(pk=space.pk)), case)
            signed = set()
            for step in simulated.steps:
                named = {one.person for one in simulated.signers(step)} - (signed if simulated.four_eyes else set())
                assert who_may(invoice, [*people, clerk]) == named
                if not named:
                    break
                signer = min(named, key=lambda person: person.pk)
                done = approval.approve(invoice=fresh(invoice), by=signer)
                assert done.is_released == (step.number == simulated.total)
                signed.add(signer)
            released.append(Invoice.objects.get(pk=invoice.pk).is_released)

    with remembered():
        agrees()
    assert {True, False} <= set(released), "the towns were too much alike to prove anything"

"""Routes are made, moved and switched; dead ends are found before anybody is stuck in one."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest

from banqup.actions import people as who
from banqup.actions import routes
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.approvals import checks, rules
from banqup.approvals.models import Route, Sort, Substitute
from tests.factories import world

from .helpers import held_back, named, route, step


def refused(space, *steps, by, **more):
    """(field, words) of the dead end."""
    with pytest.raises(routes.DeadEnd) as error:
        route(space, *steps, by=by, **more)
    assert not Route.objects.filter(name=more.get("name", "Route")).exists()
    return [(problem.field, problem.text) for problem in error.value.problems]


def warnings(made):
    found = checks.after_change(rules.Circle(made.space), made)
    return [problem.text for problem in found if not problem.is_error]


def test_a_step_that_nobody_active_can_sign_is_refused_with_its_field(space, people):
    assert refused(space, step(role="PR"), step(role="SA"), by=people.ada) == [
        ("steps-1-approvers", "Nobody can sign step 2: anybody with the role sales assistant is not active here.")
    ]
    assert refused(space, step(), by=people.ada) == [("steps-0-approvers", "Choose people or a role for step 1.")]


def test_four_eyes_with_fewer_people_than_steps_is_refused(space, people):
    an, tom = step(people.an), step(people.an, people.tom)
    words = "Four eyes: 3 steps need as many different people, and these steps share too few."
    assert refused(space, an, tom, tom, by=people.ada) == [("steps-2-approvers", words)]
    assert route(space, an, tom, tom, by=people.ada, four_eyes=False).pk


def test_a_route_must_need_an_approval_at_every_amount(space, people):
    always = "Leave one amount empty: below it a document on this route would need no approval at all."
    late = step(people.an, from_amount="100")
    assert refused(space, late, by=people.ada) == [("steps-0-from_amount", always)]
    assert route(space, late, by=people.ada, minimum="100").pk
    never = "Step 2 is never needed: the route ends at a lower amount."
    steps = (step(people.an), step(people.tom, from_amount="500"))
    assert refused(space, *steps, by=people.ada, name="B", maximum="99") == [("steps-1-from_amount", never)]


def test_a_route_that_an_earlier_one_hides_is_refused_and_so_is_one_that_hides_a_later_one(space, people):
    first = route(space, step(people.an), by=people.ada, name="First", minimum="100")
    hidden = "“Narrow” is never reached: “First” stands before it and takes all its documents."
    narrow = {"name": "Narrow", "minimum": "100", "maximum": "200", "sorts": (Sort.INVOICE,)}
    assert refused(space, step(people.tom), by=people.ada, **narrow) == [("name", hidden)]
    route(space, step(people.tom), by=people.ada, name="Rest")
    wider = routes.WantedRoute(name="First", steps=(step(people.an),))
    with pytest.raises(routes.DeadEnd, match="“Rest” is never reached"):
        routes.save_route(space=space, wanted=wider, route=first, by=people.ada)
    with pytest.raises(routes.DeadEnd, match="“First” is never reached"):
        routes.move_route(route=first, up=False, by=people.ada)
    assert list(Route.objects.values_list("name", flat=True)) == ["First", "Rest"]


def test_a_route_of_other_suppliers_hides_nothing(space, people):
    maes, mill = (space.contacts.create(name=name, is_supplier=True) for name in ("Maes", "Mill"))
    route(space, step(people.an), by=people.ada, name="Maes", suppliers=(maes,))
    route(space, step(people.an), by=people.ada, name="Both", suppliers=(maes, mill))
    words = "“Mill” is never reached: “Both” stands before it and takes all its documents."
    assert refused(space, step(people.an), by=people.ada, name="Mill", suppliers=(mill,)) == [("name", words)]


def test_what_one_enters_and_nobody_else_can_approve_is_a_warning(space, people):
    made = route(space, step(people.an), by=people.ada)
    text = "What An enters can't be approved on this route: too few others may sign it."
    assert warnings(made) == [text]
    routes.switch_route(route=made, active=False, by=people.ada)
    alone = route(space, step(people.an), by=people.ada, name="Alone", four_eyes=False)
    assert warnings(alone) == ["Without four eyes An can enter a document and approve it alone."]


def test_the_one_who_leaves_breaks_a_route_and_the_check_says_so(space, people):
    route(space, step(people.aud), step(role="PR"), by=people.ada)
    assert not [one for one in checks.problems(rules.Circle(space)) if one.is_error]
    who.remove(member=people.aud.memberships.get(), by=people.ada)
    found = [(one.route.name, one.field, one.text) for one in checks.problems(rules.Circle(space)) if one.is_error]
    assert found == [("Route", "steps-0-approvers", "Nobody can sign step 1: Aud is not active here.")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Taken"}, "name"),
        ({"minimum": Decimal(5), "maximum": Decimal(4)}, "maximum"),
        ({"minimum": Decimal(-1)}, "minimum"),
    ],
)
def test_entry_that_makes_no_sense_is_refused_at_its_field(space, people, wrong, field):
    route(space, step(people.an), by=people.ada, name="Taken", sorts=(Sort.SELF_BILLED,))
    with pytest.raises(NotPossible) as error:
        routes.save_route(
            space=space,
            wanted=routes.WantedRoute(**{"name": "N", "steps": (step(people.tom),), **wrong}),
            by=people.ada,
        )
    assert (error.value.field, Route.objects.count()) == (field, 1)


def test_people_and_suppliers_of_other_spaces_are_refused(space, people):
    ooms = world.business(slug="ooms", name="Ooms", vat_id="")
    stranger = world.member(ooms)
    with pytest.raises(NotPossible, match="does not see the documents"):
        route(space, step(stranger), by=people.ada)
    with pytest.raises(NotPossible, match="suppliers of this space"):
        route(space, step(people.an), by=people.ada, suppliers=(ooms.contacts.create(name="X"),))


def test_two_who_change_a_route_at_once_one_is_told(space, people):
    made = route(space, step(people.an), by=people.ada)
    wanted = routes.WantedRoute(name="Route", steps=(step(people.tom),))
    routes.save_route(space=space, wanted=wanted, route=made, by=people.ada, revision=1)
    with pytest.raises(NotPossible, match="Ada changed this route meanwhile"):
        routes.save_route(space=space, wanted=wanted, route=made, by=people.ada, revision=1)


def test_only_an_administrator_changes_routes(space, people):
    with pytest.raises(NotAllowed):
        route(space, step(people.an), by=people.an)


def test_the_order_decides_and_can_be_changed(space, people):
    route(space, step(people.an), by=people.ada, name="A", sorts=(Sort.INVOICE,))
    second = route(space, step(people.tom), by=people.ada, name="B", minimum="100")
    invoice = held_back(space)
    assert named(invoice) == {people.an}
    routes.move_route(route=second, up=True, by=people.ada)
    assert named(invoice) == {people.tom}
    with pytest.raises(NotPossible, match="stands at the end already"):
        routes.move_route(route=second, up=True, by=people.ada)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"substitute": "an"}, "substitute"), ({"last": -1}, "last_day"), ({"first": -9, "last": -8}, "last_day")],
)
def test_a_substitution_that_makes_no_sense_is_refused(space, people, wrong, field):
    today = space.today()
    days = {
        "first_day": today + timedelta(days=wrong.get("first", 0)),
        "last_day": today + timedelta(days=wrong.get("last", 0)),
    }
    other = getattr(people, wrong.get("substitute", "tom"))
    with pytest.raises(NotPossible) as error:
        routes.add_substitute(space=space, absent=people.an, substitute=other, by=people.ada, **days)
    assert (error.value.field, Substitute.objects.count()) == (field, 0)


def test_the_matching_of_steps_and_people_is_as_good_as_trying_everything():
    for sets in itertools.product([set(), {1}, {2}, {1, 2}, {2, 3}], repeat=3):
        tried = any(len({*pick}) == 3 for pick in itertools.product(*sets))
        assert checks.all_can_be_signed(list(sets)) == tried, sets


def test_a_substitute_is_added_and_removed(space, people):
    day = date(2999, 1, 1)
    made = routes.add_substitute(
        space=space, absent=people.an, substitute=people.tom, first_day=day, last_day=day, by=people.ada
    )
    routes.remove_substitute(substitute=made, by=people.ada)
    assert Substitute.objects.count() == 0

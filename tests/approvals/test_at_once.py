"""Two people at the same step at the same moment: real threads, real transactions."""

import pytest

from banqup.actions import approval
from banqup.actions.refusals import ChangedMeanwhile
from banqup.approvals.models import Signature
from banqup.invoices.models import Invoice
from tests.actions.test_concurrency import at_once
from tests.factories import world

from .helpers import fresh, held_back, route, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("steps", [1, 2])
def test_one_of_two_signs_the_step_and_the_other_is_told_that_it_changed(steps):
    space = world.business()
    boss = world.member(space, "ADM")
    an, tom = (world.member(space, "PR", email=f"{name}@janssens.example") for name in ("an", "tom"))
    route(space, *[step(an, tom, role="ADM")] * steps, by=boss)
    invoice = held_back(space)
    outcomes = at_once(*(lambda by=by: approval.approve(invoice=fresh(invoice), by=by) for by in (an, tom)))
    assert sorted(isinstance(outcome, Invoice) for outcome in outcomes) == [False, True]
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, Invoice)] == [ChangedMeanwhile]
    assert (Signature.objects.count(), fresh(invoice).is_released) == (1, steps == 1)

"""Approval routes of a space, and who stands in for whom: made, changed, moved, switched by its administrators."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.approvals import checks
from banqup.approvals.models import Route, Sort, Step, Substitute
from banqup.approvals.rules import Circle
from banqup.contacts.models import Contact
from banqup.spaces.models import Space, User
from banqup.spaces.roles import BUSINESS_ROLES

from .people import require
from .refusals import NotPossible

MOST_STEPS = 6


class DeadEnd(NotPossible):
    """A route that would leave documents stuck, or that is never reached; `problems` name the fields."""

    def __init__(self, problems: list[checks.Problem]):
        super().__init__(problems[0].text, field=problems[0].field)
        self.problems = problems


@dataclass(frozen=True)
class WantedStep:
    """One step as it was entered: any of `approvers` or of those with `role`, for amounts of `from_amount` and more."""

    approvers: tuple[User, ...] = ()
    role: str = ""
    from_amount: Decimal | None = None


@dataclass(frozen=True)
class WantedRoute:
    """A route as it was entered. Amounts are in the currency of each document; empty `sorts`, `suppliers`: all."""

    name: str
    steps: tuple[WantedStep, ...]
    sorts: tuple[Sort, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    suppliers: tuple[Contact, ...] = ()
    four_eyes: bool = True


def save_route(
    *, space: Space, wanted: WantedRoute, by, route: Route | None = None, revision: int | None = None
) -> Route:
    """Make a route, last in order, or change `route`: open documents on it ask for their signatures again.

    `revision`: the one that was looked at. Raises NotAllowed, NotPossible (with the field), DeadEnd;
    then nothing changed.
    """
    require(by, space)
    with transaction.atomic():
        _hold(space)
        _possible(space, wanted, route)
        if route is None:
            last = Route.objects.filter(space=space).order_by("-position").first()
            route = Route(space=space, position=last.position + 1 if last else 1, revision=0)
        else:
            route = Route.objects.get(pk=route.pk, space=space)
            if revision is not None and revision != route.revision:
                raise NotPossible(
                    _("%s changed this route meanwhile. Nothing of yours was applied.") % route.changed_by
                )
        route.name, route.sorts = wanted.name.strip(), [sort.value for sort in wanted.sorts]
        route.minimum, route.maximum, route.four_eyes = wanted.minimum, wanted.maximum, wanted.four_eyes
        route.revision += 1
        _touched(route, by)
        route.suppliers.set(wanted.suppliers)
        route.steps.all().delete()
        for number, step in enumerate(wanted.steps, start=1):
            made = Step.objects.create(route=route, number=number, from_amount=step.from_amount, role=step.role)
            made.approvers.set(step.approvers)
        _leads_somewhere(route)
    return route


def move_route(*, route: Route, up: bool, by) -> Route:
    """One place up or down: the first that matches counts. Raises NotAllowed, NotPossible, DeadEnd."""
    require(by, route.space)
    with transaction.atomic():
        _hold(route.space)
        rows = list(Route.objects.filter(space=route.space))
        here = next(index for index, row in enumerate(rows) if row.pk == route.pk)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(rows):
            raise NotPossible(_("%s stands at the end already.") % route.name)
        rows[here], rows[there] = rows[there], rows[here]
        for position, row in enumerate(rows, start=1):
            Route.objects.filter(pk=row.pk).update(position=position)
        route.refresh_from_db()
        _leads_somewhere(route)
    return route


def switch_route(*, route: Route, active: bool, by) -> Route:
    """Put it in use, or out of use: then its documents take the next route that matches.

    Raises NotAllowed, DeadEnd.
    """
    require(by, route.space)
    with transaction.atomic():
        _hold(route.space)
        route = Route.objects.select_related("space").get(pk=route.pk)
        route.is_active = active
        _touched(route, by)
        _leads_somewhere(route)
    return route


def add_substitute(*, space: Space, absent: User, substitute: User, first_day: date, last_day: date, by) -> Substitute:
    """`substitute` approves in the place of `absent`, both days included. Raises NotAllowed, NotPossible (with the field)."""
    require(by, space)
    members = Circle(space).members
    for field, person in (("absent", absent), ("substitute", substitute)):
        if person.pk not in members:
            raise NotPossible(_("%s does not see the documents of this space.") % person, field=field)
    if absent == substitute:
        raise NotPossible(_("Choose somebody else than the absent person."), field="substitute")
    if last_day < first_day:
        raise NotPossible(_("The last day lies before the first."), field="last_day")
    if last_day < space.today():
        raise NotPossible(_("The last day is over already."), field="last_day")
    days = {"first_day": first_day, "last_day": last_day}
    return Substitute.objects.create(space=space, absent=absent, substitute=substitute, added_by=by, **days)


def remove_substitute(*, substitute: Substitute, by) -> None:
    """From now on nobody stands in. What was signed stays signed. Raises NotAllowed."""
    require(by, substitute.space)
    Substitute.objects.filter(pk=substitute.pk).delete()


def _hold(space: Space) -> None:
    """One change of routes at a time."""
    Space.objects.select_for_update().get(pk=space.pk)


def _touched(route: Route, by) -> None:
    route.changed_by, route.changed_at = by, timezone.now()
    route.save()


def _possible(space: Space, wanted: WantedRoute, route: Route | None) -> None:
    """What was entered makes sense by itself."""
    others = Route.objects.filter(space=space).exclude(pk=route.pk if route else None)
    if not wanted.name.strip():
        raise NotPossible(_("Give the route a name."), field="name")
    if others.filter(name=wanted.name.strip()).exists():
        raise NotPossible(_("Another route has this name."), field="name")
    if any(amount is not None and amount < 0 for amount in (wanted.minimum, wanted.maximum)):
        raise NotPossible(_("An amount can't be negative."), field="minimum")
    if wanted.minimum is not None and wanted.maximum is not None and wanted.maximum < wanted.minimum:
        raise NotPossible(_("The highest amount is below the lowest."), field="maximum")
    if any(supplier.space_id != space.pk for supplier in wanted.suppliers):
        raise NotPossible(_("Choose suppliers of this space."), field="suppliers")
    if len(wanted.steps) > MOST_STEPS:
        raise NotPossible(_("A route has at most %d steps.") % MOST_STEPS, field="name")
    members = Circle(space).members
    for index, step in enumerate(wanted.steps):
        stranger = next((person for person in step.approvers if person.pk not in members), None)
        if stranger is not None:
            words = _("%s does not see the documents of this space.") % stranger
            raise NotPossible(words, field=f"steps-{index}-approvers")
        if step.role and step.role not in BUSINESS_ROLES:
            raise NotPossible(_("Choose a role of this space."), field=f"steps-{index}-role")
        if step.from_amount is not None and step.from_amount < 0:
            raise NotPossible(_("An amount can't be negative."), field=f"steps-{index}-from_amount")


def _leads_somewhere(route: Route) -> None:
    """Raises DeadEnd; the transaction around it is taken back."""
    errors = [problem for problem in checks.after_change(Circle(route.space), route) if problem.is_error]
    if errors:
        raise DeadEnd(errors)

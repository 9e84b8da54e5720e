"""What is wrong with the routes of a space: steps that nobody can sign, routes that are never reached.

An error is a dead end: a document on that route could never be released. A warning is a route that
works, but not for everybody who may enter a document, or that lets somebody approve alone.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from banqup.spaces.models import User
from banqup.spaces.roles import Capability

from .models import Route, Sort
from .rules import Circle, Need, Signer, needs_of
from .words import asked, names


@dataclass(frozen=True)
class Problem:
    """`field` is the one of the route's form that has to change: name, maximum, steps-0-approvers …"""

    route: Route
    field: str
    text: str
    is_error: bool = True


def problems(circle: Circle) -> list[Problem]:
    """Everything that is wrong with the active routes of the space, in their order."""
    found = []
    for position, route in enumerate(circle.routes):
        found += of_route(circle, route)
        found += hidden(circle.routes[:position], route)
    return found


def after_change(circle: Circle, route: Route) -> list[Problem]:
    """What is wrong with `route` itself, and what it does to others. Nothing while it is not in use."""
    position = next((index for index, one in enumerate(circle.routes) if one.pk == route.pk), None)
    if position is None:
        return []
    fresh, later = circle.routes[position], circle.routes[position + 1 :]
    found = [*of_route(circle, fresh), *hidden(circle.routes[:position], fresh)]
    return found + [problem for other in later for problem in hidden([fresh], other)]


def of_route(circle: Circle, route: Route) -> list[Problem]:
    """Dead ends of one route, or else what to know about it."""
    steps = needs_of(route)
    signers = [{signer.person for signer in circle.own(step)} for step in steps]
    errors = [*_empty(route, steps, signers), *_never_needed(route, steps)]
    if not errors and route.four_eyes and not all_can_be_signed(signers):
        words = _("Four eyes: %(steps)d steps need as many different people, and these steps share too few.")
        errors.append(Problem(route, f"steps-{len(steps) - 1}-approvers", words % {"steps": len(steps)}))
    return errors or _alone(circle, route, signers)


def _empty(route, steps, signers):
    for index, (step, people) in enumerate(zip(steps, signers, strict=True)):
        if step.is_the_right:
            yield Problem(route, f"steps-{index}-approvers", _("Choose people or a role for step %d.") % (index + 1))
        elif not people:
            words = _("Nobody can sign step %(number)d: %(asked)s is not active here.")
            told = {"number": index + 1, "asked": asked(step)}
            yield Problem(route, f"steps-{index}-approvers", words % told)


def _never_needed(route, steps):
    if not steps:
        yield Problem(route, "name", _("A route needs at least one step."))
    elif all(step.only_from is not None and step.only_from > (route.minimum or 0) for step in steps):
        words = _("Leave one amount empty: below it a document on this route would need no approval at all.")
        yield Problem(route, "steps-0-from_amount", words)
    for index, step in enumerate(steps):
        if step.only_from is not None and route.maximum is not None and step.only_from > route.maximum:
            words = _("Step %d is never needed: the route ends at a lower amount.") % (index + 1)
            yield Problem(route, f"steps-{index}-from_amount", words)


def all_can_be_signed(signers: list[set[User]]) -> bool:
    """Whether every step finds a person of its own: a matching of steps and people."""
    taken: dict[User, int] = {}

    def place(step: int, seen: set) -> bool:
        for person in signers[step] - seen:
            seen.add(person)
            if person not in taken or place(taken[person], seen):
                taken[person] = step
                return True
        return False

    return all(place(step, set()) for step in range(len(signers)))


def _alone(circle, route, signers) -> list[Problem]:
    """Who may enter documents, and then either blocks the route or approves alone."""
    submitters = [one.user for one in circle.members.values() if Capability.EDIT_PURCHASE in one.capabilities]
    submitters.sort(key=lambda person: (str(person).lower(), person.pk))
    if route.four_eyes:
        found = [one for one in submitters if not all_can_be_signed([people - {one} for people in signers])]
        words = _("What %s enters can't be approved on this route: too few others may sign it.")
    else:
        found = [one for one in submitters if all(one in people for people in signers)]
        words = _("Without four eyes %s can enter a document and approve it alone.")
    return [Problem(route, "four_eyes", words % names([Signer(one) for one in found]), is_error=False)] if found else []


def hidden(earlier: list[Route], route: Route) -> list[Problem]:
    """Whether one of the `earlier` routes takes every document that `route` could take."""
    for other in earlier:
        if _covers(other, route):
            words = _("“%(route)s” is never reached: “%(other)s” stands before it and takes all its documents.")
            return [Problem(route, "name", words % {"route": route.name, "other": other.name})]
    return []


def _covers(wide: Route, narrow: Route) -> bool:
    suppliers, wanted = ({one.pk for one in route.suppliers.all()} for route in (wide, narrow))
    sorts, asked_for = (set(route.sorts or Sort.values) for route in (wide, narrow))
    return (
        asked_for <= sorts
        and (wide.minimum or 0) <= (narrow.minimum or 0)
        and (wide.maximum is None or (narrow.maximum is not None and narrow.maximum <= wide.maximum))
        and (not suppliers or (bool(wanted) and wanted <= suppliers))
    )


def find_others(needs: list[Need], circle: Circle, barred: set[int]) -> bool:
    """Whether the steps that are left can be signed by different people, none of them `barred` (user ids)."""
    return all_can_be_signed([{signer.person for signer in circle.signers(need, barred)} for need in needs])

"""What the pages of Space settings share: every member may look, and who may not change is told why."""

from django.urls import reverse

from banqup.spaces.roles import Capability
from business_space import space

PEOPLE = Capability.MANAGE_PEOPLE


def here(request, name: str, *args) -> str:
    """The address of a page of this space."""
    return reverse(f"business:{name}", args=[request.space.slug, *args])


def refusal(request, capability: Capability = PEOPLE) -> str:
    """Why this person may only look; empty when they may change. Asked for every button, found out once."""
    known = request.__dict__.setdefault("_refusals", {})
    if capability not in known:
        known[capability] = space.lacks(request, capability)
    return known[capability]


def button(request, name: str, label: str, page: str, *args, capability: Capability = PEOPLE, **look) -> dict:
    """An action of the design system; off, with the reason, for who may only look."""
    reason = refusal(request, capability)
    look = {"enabled": not reason, "reason": reason, **look}
    return {"name": name, "label": label, "url": here(request, page, *args), **look}


def require(request, capability: Capability = PEOPLE) -> None:
    """For a POST: 403 with words when the person may only look."""
    space.require(request, capability)

"""The spaces a person may go to, business spaces first, and the one to land in."""

from django.urls import NoReverseMatch
from django.utils.translation import gettext as _

from .models import Membership, Space, initials
from .roles import BUSINESS_ROLES, PARTNER_ROLES

# The session's key for the space that was open last.
LAST = "last_space"


def memberships(user) -> list[Membership]:
    """Every membership of `user` with its space: business spaces first, then by name. One query."""
    found = Membership.objects.filter(user=user).select_related("space")
    return sorted(
        found, key=lambda membership: (membership.space.is_partner, membership.space.name.lower(), membership.pk)
    )


def groups(user, current: Space | None = None) -> list[dict]:
    """What the switcher lists: groups of spaces with role, address and key."""
    labels = {False: _("Business spaces"), True: _("Partner spaces")}
    listed = {False: [], True: []}
    for position, membership in enumerate(memberships(user), start=1):
        space = membership.space
        url = address(space)
        if url is None:
            continue
        listed[space.is_partner].append(
            {
                "name": space.name,
                "initials": space.initials,
                "role_label": roles_in_words(membership),
                "url": url,
                "current": current is not None and space.pk == current.pk,
                "shortcut": f"G {position}" if position <= 9 else "",
            }
        )
    return [{"label": labels[is_partner], "items": items} for is_partner, items in listed.items() if items]


def roles_in_words(membership: Membership) -> str:
    """Administrator, purchase responsible; *All roles* for who has them all."""
    offered = PARTNER_ROLES if membership.space.is_partner else BUSINESS_ROLES
    if set(offered) <= set(membership.roles):
        return _("All roles")
    words = ", ".join(str(label) for label in membership.role_labels)
    return words[:1] + words[1:].lower()


def address(space: Space) -> str | None:
    """Where the space begins; None where its kind of pages is not installed."""
    try:
        return space.get_absolute_url()
    except NoReverseMatch:
        return None


def heading(space: Space) -> dict:
    """The space as the frame of a page shows it."""
    return {
        "name": space.name,
        "initials": space.initials,
        "kind_label": space.get_kind_display(),
        "url": address(space),
    }


def person(user) -> dict:
    """The signed-in person as the frame of a page shows them."""
    return {"name": str(user), "initials": initials(str(user))}


def remember(request, space: Space) -> None:
    """Keep `space` as the one to land in next time."""
    if request.session.get(LAST) != space.slug:
        request.session[LAST] = space.slug


def landing(request) -> Space | None:
    """The space that was open last, else the first one; None when the person has no space."""
    spaces = [membership.space for membership in memberships(request.user)]
    last = request.session.get(LAST)
    return next((space for space in spaces if space.slug == last), spaces[0] if spaces else None)

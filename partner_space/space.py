"""Who asks, in which accountant's office, and what this person may do there."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.actions.refusals import NotAllowed
from banqup.invoices.models import Invoice
from banqup.spaces import access, switcher
from banqup.spaces.access import Standing, people_with
from banqup.spaces.models import Membership, Space
from banqup.spaces.roles import Capability, roles_with

from .addresses import here
from .clients import Clients
from .shell import Shell

__all__ = ["button", "find_invoice", "here", "in_partner", "lacks", "require", "sees_documents", "standing", "visible"]


def in_partner(view):
    """Give `view` the office of its address, or answer *not found*: strangers never learn that it exists.

    Sets `request.space`, `.membership`, `.clients` and `.shell`; times are the office's. A verb that
    raises NotAllowed becomes the page *no permission*, in the verb's own words.
    """

    @wraps(view)
    @login_required
    def wrapped(request, slug, *args, **kwargs):
        membership = get_object_or_404(
            Membership.objects.select_related("space", "user"),
            user=request.user,
            space__slug=slug,
            space__kind=Space.Kind.PARTNER,
        )
        request.space, request.membership = membership.space, membership
        request.clients = Clients(request.space)
        request.shell = Shell(request)
        switcher.remember(request, request.space)
        with timezone.override(request.space.tz):
            try:
                return view(request, *args, **kwargs)
            except (NotAllowed, PermissionDenied) as error:
                return no_permission(request, str(error))

    return wrapped


def sees_documents(view):
    """`in_partner`, for pages with documents: client managers and administrators see clients only."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        require(request, Capability.VIEW_DOCUMENTS)
        return view(request, *args, **kwargs)

    return in_partner(wrapped)


def no_permission(request, words: str):
    """The page of a right that is missing: what, and whom to ask."""
    people = people_with(request.space, Capability.MANAGE_PEOPLE)[:3]
    context = {"page_title": _("Not for your role"), "words": words, "people": people}
    return render(request, "partner_space/no_permission.html", context, status=403)


def visible(request):
    """Every document this office may see, whichever list it stands in."""
    return Invoice.objects.of_clients(request.space).present().select_related("space", "counterparty")


def find_invoice(request, pk: int) -> Invoice:
    """A document of an active client; anything else is not found."""
    return get_object_or_404(visible(request), pk=pk)


def standing(request, client: Space) -> Standing:
    """What this person may do with the documents of this client, as its accountant: what it delegated counts."""
    return Standing(partner=access.standing(request.user, client).partner, person=request.user)


def lacks(request, capability: Capability) -> str:
    """Why this person may not; empty when they may. What a button that is off tells."""
    if capability in request.membership.capabilities:
        return ""
    roles = " / ".join(str(role.label).lower() for role in roles_with(capability, partner=True))
    people = ", ".join(people_with(request.space, capability)[:3])
    ask = _(" Ask %s.") % people if people else ""
    return _("This needs the role %(roles)s.%(ask)s") % {"roles": roles, "ask": ask}


def require(request, capability: Capability) -> None:
    """Raises NotAllowed, which `in_partner` answers."""
    if reason := lacks(request, capability):
        raise NotAllowed(reason)


def button(request, name: str, label: str, page: str, *args, capability: Capability, **look) -> dict:
    """An action of the design system; off, with the reason, for who lacks `capability`."""
    reason = lacks(request, capability)
    look = {"enabled": not reason, "reason": reason, **look}
    return {"name": name, "label": label, "url": here(request, page, *args), **look}

"""Who asks, in which business, and the frame around every page of it."""

from functools import cached_property, wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from banqup.actions.refusals import NotAllowed
from banqup.conversations import notices, threads
from banqup.exports import health
from banqup.invoices.models import Invoice
from banqup.invoices.queries import COUNT_CAP
from banqup.sending.models import NetworkAnswer
from banqup.spaces import switcher
from banqup.spaces.access import Standing, people_with
from banqup.spaces.models import Membership, Space
from banqup.spaces.roles import Capability, roles_with
from integrations import access_points, mailbox_pages

from .navigation import settings_nav
from .sides import SIDES


def in_space(view):
    """Give `view` the business of its address, or answer *not found*: strangers never learn that it exists.

    Sets `request.space`, `.membership`, `.standing` and `.shell`; times are the space's. A verb that
    raises NotAllowed becomes the page *no permission*, in the verb's own words.
    """

    @wraps(view)
    @login_required
    def wrapped(request, slug, *args, **kwargs):
        membership = get_object_or_404(
            Membership.objects.select_related("space"),
            user=request.user,
            space__slug=slug,
            space__kind=Space.Kind.BUSINESS,
        )
        request.space, request.membership = membership.space, membership
        membership.user = request.user
        # These pages are the business's: what the person may do as its accountant is done in the other space.
        capabilities = membership.capabilities if request.user.is_active else frozenset()
        request.standing = Standing(business=capabilities, person=request.user)
        request.shell = Shell(request)
        switcher.remember(request, request.space)
        with timezone.override(request.space.tz):
            try:
                if not request.standing.business:
                    raise NotAllowed(_("You have no role in this space."))
                return view(request, *args, **kwargs)
            except (NotAllowed, PermissionDenied) as error:
                return no_permission(request, str(error))

    return wrapped


def no_permission(request, words: str):
    """The page of a right that is missing: what, and whom to ask."""
    context = {
        "page_title": _("Not for your role"),
        "words": words,
        "people": people_with(request.space, Capability.MANAGE_PEOPLE)[:3],
    }
    return render(request, "business_space/no_permission.html", context, status=403)


def find_invoice(request, pk: int, side=None) -> Invoice:
    """The invoice of this space, in the list it is asked from. A stranger's is not found."""
    invoice = get_object_or_404(Invoice.objects.of_business(request.space).select_related("counterparty"), pk=pk)
    if side is not None and invoice.is_sales != side.is_sales:
        raise Http404
    invoice.space = request.space  # the same row, already here
    return invoice


def lacks(request, capability: Capability) -> str:
    """Why this person may not; empty when they may. What a button that is off tells."""
    if capability in request.standing.business:
        return ""
    roles = " / ".join(str(role.label).lower() for role in roles_with(capability, partner=False))
    people = ", ".join(people_with(request.space, capability)[:3])
    ask = _(" Ask %s.") % people if people else ""
    return _("This needs the role %(roles)s.%(ask)s") % {"roles": roles, "ask": ask}


def require(request, capability: Capability) -> None:
    """Raises NotAllowed, which `in_space` answers."""
    if reason := lacks(request, capability):
        raise NotAllowed(reason)


def shown_count(number: int) -> str:
    """1284 → 1,284; at the cap 10,000+."""
    return number_format(number, force_grouping=True) + ("+" if number >= COUNT_CAP else "")


def address(name: str, *args) -> str | None:
    """The address, or None where that page is not installed."""
    try:
        return reverse(f"business:{name}", args=args)
    except NoReverseMatch:
        return None


class Shell:
    """The frame: what templates/shell.html asks for, each part computed when it is shown."""

    def __init__(self, request):
        self.request, self._space = request, request.space
        self.space = switcher.heading(self._space)
        self.user = switcher.person(request.user)
        self.settings_label = _("Space settings")
        self.settings_url = address("settings", self._space.slug)
        self.back_url = self.space["url"]
        self.search_url = address("search", self._space.slug)
        self.add_space_url = reverse("new_space")
        self.notifications_url = address("notifications", self._space.slug)

    @property
    def path(self) -> str:
        return self.request.path

    @cached_property
    def in_settings(self) -> bool:
        return self.path.startswith(self.space["url"] + "settings/")

    @cached_property
    def notifications(self) -> int:
        return notices.unread(self.request.membership)

    @cached_property
    def spaces(self):
        return switcher.groups(self.request.user, self._space)

    @cached_property
    def troubled(self) -> int:
        """How many integrations need a person, for who may repair them."""
        may = Capability.MANAGE_INTEGRATIONS in self.request.standing.business
        return health.needing(self._space) if may else 0

    @cached_property
    def unmatched(self) -> int:
        """How many answers wait to be told which document they mean, for who may say it."""
        may = Capability.APPROVE_SALES in self.request.standing.business
        waiting = NetworkAnswer.Outcome.UNMATCHED
        return NetworkAnswer.objects.filter(space=self._space, outcome=waiting).count() if may else 0

    @cached_property
    def unreachable(self) -> int:
        """How many access points need a person, for who may repair them."""
        may = Capability.MANAGE_INTEGRATIONS in self.request.standing.business
        return access_points.needing(self._space) if may else 0

    @cached_property
    def unread_mailboxes(self) -> int:
        """How many mailboxes need a person, for who may repair them."""
        may = Capability.MANAGE_INTEGRATIONS in self.request.standing.business
        return mailbox_pages.needing(self._space) if may else 0

    @cached_property
    def settings_nav(self):
        counts = {
            "extensions": self.troubled,
            "settings_sending": self.unreachable,
            "settings_intake": self.unread_mailboxes,
        }
        return settings_nav(self.request, self._space.slug, counts=counts)

    def _item(self, label, url, icon, *, key="", count=None):
        home = url == self.space["url"]
        current = self.path == url if home else self.path.startswith(url)
        return {"label": str(label), "url": url, "icon": icon, "key": key, "count": count, "current": current}

    @cached_property
    def nav(self):
        lists = []
        for side in SIDES:
            waiting = side.documents(Invoice.objects.of_business(self._space)).awaiting_validation().capped_count()
            url = side.url("list", self._space)
            lists.append(
                self._item(
                    side.title, url, side.icon, key=side.name[0], count=shown_count(waiting) if waiting else None
                )
            )
        if self.unmatched:
            url, count = address("unmatched", self._space.slug), shown_count(self.unmatched)
            lists.append(self._item(_("Unmatched answers"), url, "inbox", count=count))
        home = self._item(_("Home"), self.space["url"], "home", key="h")
        unread = threads.unread_documents(self.request.membership)
        comments = self._item(
            _("Comments"),
            address("comments", self._space.slug),
            "chat-bubble-left-right",
            count=shown_count(unread) if unread else None,
        )
        unsent = Invoice.objects.of_business(self._space).present().drafts().capped_count()
        creator = self._item(
            _("Document Creator"),
            address("creator", self._space.slug),
            "pencil-square",
            key="e",
            count=shown_count(unsent) if unsent else None,
        )
        parties = self._item(_("Suppliers and customers"), address("parties", self._space.slug), "users")
        reminders = self._item(_("Reminders"), address("reminders", self._space.slug), "bell-alert")
        ledger = self._item(_("Export ledger"), address("ledger", self._space.slug), "bolt")
        return [
            {"label": "", "items": [home]},
            {"label": _("Documents"), "items": [*lists, creator, comments]},
            {"label": _("Network"), "items": [parties, reminders, ledger]},
        ]

    @cached_property
    def phone_nav(self):
        home = self._item(_("Home"), self.space["url"], "home")
        lists = [self._item(side.short_title, side.url("list", self._space), side.icon) for side in SIDES]
        parties = self._item(_("Parties"), address("parties", self._space.slug), "users")
        more = {"label": _("More"), "url": "#sidebar", "icon": "bars-3", "current": self.in_settings}
        return [home, *lists, parties, more]

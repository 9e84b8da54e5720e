"""The frame around every page: what templates/shell.html asks for, each part computed when it is shown."""

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from banqup.conversations import notices, threads
from banqup.exports import health
from banqup.spaces import switcher
from banqup.spaces.roles import Capability

from . import ledger
from .addresses import here
from .clients import shown_count
from .navigation import settings_nav


class Shell:
    def __init__(self, request):
        self.request, self._space = request, request.space
        self.space = switcher.heading(self._space)
        self.user = switcher.person(request.user)
        self.settings_label = _("Partner settings")
        self.settings_url = here(request, "settings")
        self.back_url = self.space["url"]
        # The jump box looks through the documents, so it is there for who sees them.
        self._sees = Capability.VIEW_DOCUMENTS in request.membership.capabilities
        self.search_url = here(request, "documents_search") if self._sees else ""
        self.notifications_url = here(request, "notifications") if notices.is_told(request.membership) else ""

    @property
    def path(self) -> str:
        return self.request.path

    @cached_property
    def in_settings(self) -> bool:
        return self.path.startswith(self.settings_url)

    @cached_property
    def notifications(self) -> int:
        return notices.unread(self.request.membership)

    @cached_property
    def spaces(self):
        return switcher.groups(self.request.user, self._space)

    @cached_property
    def settings_nav(self):
        return settings_nav(self.request, self._space.slug)

    def _item(self, label, name, icon, *, key="", count=0):
        url = here(self.request, name)
        current = self.path == url if name == "home" else self.path.startswith(url)
        shown = shown_count(count) if count else None
        return {"label": str(label), "url": url, "icon": icon, "key": key, "count": shown, "current": current}

    @cached_property
    def nav(self):
        clients = self.request.clients
        to_check = clients.to_check if self._sees else 0
        failed = ledger.stopped_count(self._space) if self._sees else 0
        may_repair = Capability.MANAGE_INTEGRATIONS in self.request.membership.capabilities
        troubled = health.needing(self._space) if may_repair else 0
        work = [self._item(_("Client documents"), "documents", "list-bullet", key="d", count=to_check)]
        if self._sees:
            unread = threads.unread_documents(self.request.membership)
            work.append(self._item(_("Comments"), "comments", "chat-bubble-left-right", count=unread))
        office = [
            self._item(_("Clients"), "clients", "users", key="c", count=len(clients)),
            self._item(_("Integrations"), "integrations", "link", count=troubled),
            self._item(_("Export ledger"), "exports", "bolt", count=failed),
        ]
        return [
            {"label": "", "items": [self._item(_("Home"), "home", "home", key="h")]},
            {"label": _("Work"), "items": work},
            {"label": _("Office"), "items": office},
        ]

    @cached_property
    def phone_nav(self):
        return [
            self._item(_("Home"), "home", "home"),
            self._item(_("Documents"), "documents", "list-bullet"),
            self._item(_("Clients"), "clients", "users"),
            self._item(_("Exports"), "exports", "bolt"),
            {"label": _("More"), "url": "#sidebar", "icon": "bars-3", "current": self.in_settings},
        ]

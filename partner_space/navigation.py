"""The navigation of Partner settings, in one list."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy


@dataclass(frozen=True)
class Entry:
    """One line: the name of its page, and what the names of the pages below it begin with."""

    name: str
    label: str
    icon: str
    below: str = ""


SETTINGS_NAV = (
    Entry("settings_office", lazy("Office"), "building-office"),
    Entry("settings_people", lazy("Users and roles"), "users", "settings_person"),
    Entry("templates", lazy("Integration templates"), "square-2-stack", "template"),
    Entry("mail_choices", lazy("Your e-mail"), "envelope"),
)


def settings_nav(request, slug: str) -> list[dict]:
    """The groups of `shell.settings_nav` for the office with this slug."""
    here = request.resolver_match.url_name or ""
    return [{"label": _("Partner settings"), "items": [_item(entry, slug, here) for entry in SETTINGS_NAV]}]


def _item(entry: Entry, slug: str, here: str) -> dict:
    return {
        "label": entry.label,
        "url": reverse(f"partner:{entry.name}", args=[slug]),
        "icon": entry.icon,
        "current": here == entry.name or bool(entry.below) and here.startswith(entry.below),
    }

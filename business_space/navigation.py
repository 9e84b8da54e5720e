"""The navigation of Space settings, in one list."""

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
    below: tuple[str, ...] = ()


SETTINGS_NAV = (
    Entry("settings_company", lazy("Company"), "building-office"),
    Entry("settings_people", lazy("Users and roles"), "users", ("settings_person",)),
    Entry("settings_accountant", lazy("Accountant"), "calculator", ("settings_engagement",)),
    Entry(
        "settings_approval",
        lazy("Approval"),
        "check",
        ("settings_route", "settings_substitute", "settings_who"),
    ),
    Entry("settings_numbering", lazy("Numbering"), "hashtag"),
    Entry("extensions", lazy("Extensions"), "bolt", ("extension", "export_resend")),
    Entry("settings_sending", lazy("Sending"), "paper-airplane", ("settings_sending",)),
    Entry("settings_intake", lazy("Ways in"), "inbox", ("settings_inbound", "settings_mail")),
    Entry("mail_choices", lazy("Your e-mail"), "envelope"),
    Entry("history", lazy("History"), "clock"),
)


def settings_nav(request, slug: str, counts: dict[str, int] | None = None) -> list[dict]:
    """The groups of `shell.settings_nav` for the space with this slug; `counts` by the names of pages."""
    here = request.resolver_match.url_name or ""
    items = [_item(entry, slug, here) | {"count": (counts or {}).get(entry.name)} for entry in SETTINGS_NAV]
    return [{"label": _("Space settings"), "items": items}]


def _item(entry: Entry, slug: str, here: str) -> dict:
    return {
        "label": entry.label,
        "url": reverse(f"business:{entry.name}", args=[slug]),
        "icon": entry.icon,
        "current": here == entry.name or bool(entry.below) and here.startswith(entry.below),
    }

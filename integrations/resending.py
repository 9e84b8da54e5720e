"""What a page says before a document is sent again: which destinations, chosen or not, and what may happen there."""

from django.utils.translation import gettext as _

from . import registry


def choice(place, asked: set[str] | None = None) -> dict:
    """One destination (`banqup.exports.whereabouts.Place`) with its checkbox; what failed or is missing is chosen.

    `asked`, ids as text, chooses those instead.
    """
    checked = str(place.integration.pk) in asked if asked else place.wants_sending
    again = _("Sending again updates the same document.") if place.has_it and _updates(place) else ""
    return {
        "place": place,
        "check": {
            "name": "integration",
            "value": place.integration.pk,
            "checked": checked and place.may_receive,
            "disabled": not place.may_receive,
        },
        "warning": _second_copy(place) if place.has_it else "",
        "words": " · ".join(filter(None, [place.words, again])),
    }


def _connector(place):
    try:
        return registry.get(place.integration.connector)
    except registry.UnknownConnector:
        return None


def _updates(place) -> bool:
    connector = _connector(place)
    return connector is not None and connector.can_update


def _second_copy(place) -> str:
    """The warning of a destination that can't tell a second copy from a new document."""
    connector = _connector(place)
    if connector is None or connector.can_update:
        return ""
    return str(connector.resend_warning) or _("May create a second copy in %s.") % place.name


def sent_words(exports) -> str:
    """After the sending: where to."""
    names = ", ".join(export.integration.name for export in exports)
    again = any(export.sequence > 1 for export in exports)
    words = _("Sent again to %s.") if again else _("Being sent to %s.")
    return words % names + " " + _("Status and bookkeeping do not change.")

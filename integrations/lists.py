"""What a destination offers to choose from: asked for when a person wants it, then kept with its time."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.exports.models import DestinationLists, Integration

from . import delivery, registry, setup
from .base import DeliveryError
from .booking import KEPT_AS, Choice, Lists, Mapping


@dataclass(frozen=True)
class Offered:
    """`fetched_at` is None as long as nobody asked."""

    administrations: tuple[Choice, ...] = ()
    booking: Lists = Lists()
    fetched_at: datetime | None = None


def offered(integration: Integration) -> Offered:
    """What the destination offered when it was last asked."""
    kept = DestinationLists.objects.filter(integration=integration).first()
    if kept is None:
        return Offered()
    return Offered(tuple(Choice(*one) for one in kept.administrations), Lists.from_json(kept.booking), kept.fetched_at)


def fetch(*, integration: Integration, by) -> Offered:
    """Ask the destination for its lists and keep them. Raises SetupRefused with what it said instead.

    No transaction is open meanwhile. Journals and accounts belong to an administration: they are
    asked for once one is chosen.
    """
    setup.require(integration, by)
    try:
        connector = delivery.configured(integration)
        administrations = connector.administrations() if connector.administration_field else ()
        chosen = not connector.administration_field or integration.config.get(connector.administration_field)
        booking = connector.lists() if connector.can_book and chosen else Lists()
    except DeliveryError as error:
        raise setup.SetupRefused(error.message) from error
    found = Offered(administrations, booking, timezone.now())
    DestinationLists.objects.update_or_create(
        integration=integration,
        defaults={
            "administrations": [[one.code, one.label, one.direction] for one in administrations],
            "booking": booking.as_json(),
            "fetched_at": found.fetched_at,
        },
    )
    return found


def refresh(*, integration: Integration, by) -> str:
    """Ask again after what may have changed them (a consent, a passed test); what went wrong in words, or nothing."""
    try:
        connector = registry.get(integration.connector)
    except registry.UnknownConnector:
        return ""
    if not (connector.administration_field or connector.can_book):
        return ""
    try:
        fetch(integration=Integration.objects.get(pk=integration.pk), by=by)
    except setup.SetupRefused as error:
        return _("Its lists could not be fetched: %s") % error.message
    return ""


def can_book(integration: Integration) -> bool:
    """Does its connector book, so that somebody maps journals, accounts and VAT codes?"""
    try:
        return registry.get(integration.connector).can_book
    except registry.UnknownConnector:
        return False


def keep_mapping(*, integration: Integration, mapping: Mapping, by) -> Integration:
    """Keep what a person chose; from the next document on it is booked that way. The test stays passed."""
    with setup.locked(integration, by) as locked:
        if not can_book(locked):
            raise setup.SetupRefused(_("%s does not book.") % locked.name)
        locked.config = {**locked.config, KEPT_AS: mapping.as_json()}
        locked.save(update_fields=["config"])
    return locked

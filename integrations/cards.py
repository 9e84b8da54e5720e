"""What pages show of an integration: its card, and the documents that it missed."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from banqup.exports import health
from banqup.exports.models import PENDING, Export, ExportState, Integration, IntegrationState
from banqup.invoices.models import Invoice

from . import registry


@dataclass(frozen=True)
class Card:
    """Everything a card shows. `repair` is empty when all is well."""

    integration: Integration
    label: str
    initials: str
    description: str
    summary: str
    state: IntegrationState
    repair: str
    can_update: bool
    resend_warning: str
    last_delivered_at: datetime | None
    delivered_in_30_days: int
    waiting: int
    failed: int
    failing_since: datetime | None
    needs_person: bool


def card(integration: Integration, of: health.Health | None = None) -> Card:
    """The card of one integration: one query, or none with its health. A connector that is gone still has one."""
    known = _known(integration)
    of = of or health.of([integration])[integration.pk]
    return Card(
        integration=integration,
        label=str(known.label) if known else integration.connector,
        initials=known.initials if known else "?",
        description=str(known.description) if known else "",
        summary=known(config=integration.config, secrets={}).summary(integration.config) if known else "",
        state=integration.state,
        repair=repair(integration),
        can_update=bool(known and known.can_update),
        resend_warning=str(known.resend_warning) if known else "",
        last_delivered_at=of.last_success,
        delivered_in_30_days=of.delivered_recently,
        waiting=of.waiting,
        failed=of.failed,
        failing_since=of.failing_since,
        needs_person=of.needs_person,
    )


def _known(integration: Integration):
    try:
        return registry.get(integration.connector)
    except registry.UnknownConnector:
        return None


def repair(integration: Integration) -> str:
    """What a person should do, in one line; empty when all is well."""
    if _known(integration) is None:
        return (
            _("The connector “%s” is not installed any more. Install it again, or switch this integration off.")
            % integration.connector
        )
    if integration.test_passed is False:
        failed = next((step for step in integration.test_steps if not step.get("ok")), {})
        return _("The last test failed: %s") % failed.get("message", "")
    if integration.test_passed is None:
        return (
            _("Test the integration; documents wait until it has passed.")
            if integration.is_active
            else _("Test the integration, then activate it.")
        )
    return integration.attention if integration.is_active else ""


def missed(integration: Integration):
    """`(count, documents)`: approved documents of its business that never went there and are not on their way.

    What the banner *approved before activation* offers to send. The count stops at the list's cap.
    """
    there = Export.objects.filter(integration=integration, invoice=OuterRef("pk")).filter(
        Q(state=ExportState.DELIVERED) | Q(state__in=PENDING)
    )
    documents = Invoice.objects.of_business(integration.space).present().filter(released_at__isnull=False)
    documents = documents.filter(~Exists(there)).order_by("released_at", "pk")
    return documents.capped_count(), documents

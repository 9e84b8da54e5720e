"""The exports of the accountant's side (C15: never the client's own): of a page of documents, and of all clients."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.exports.ledger import latest
from banqup.exports.models import PENDING, Export, ExportState, Integration
from banqup.exports.whereabouts import NOT_SENT
from banqup.invoices.queries import COUNT_CAP
from banqup.spaces.models import Engagement

# The worst first: what the column shows when the integrations differ.
_WORST = (
    ExportState.FAILED.value,
    ExportState.WAITING.value,
    NOT_SENT,
    ExportState.SENDING.value,
    ExportState.QUEUED.value,
)
_ENGAGED = Engagement.Status.ACTIVE


def integrations(partner):
    """The office's integrations for its clients of now."""
    return Integration.objects.filter(engagement__partner=partner, engagement__status=_ENGAGED)


def sendings(partner):
    """The latest sending of each document to each of the office's integrations."""
    ours = Export.objects.filter(integration__engagement__partner=partner, integration__engagement__status=_ENGAGED)
    return latest(ours)


def stopped(partner):
    """Those that wait for a person."""
    return sendings(partner).filter(state=ExportState.FAILED)


def stopped_count(partner) -> int:
    return stopped(partner).order_by()[:COUNT_CAP].count()


@dataclass
class Exports:
    """The office's integrations for one document: name → state, and the ids of those that miss it."""

    states: dict[str, str] = field(default_factory=dict)
    wanted: list[int] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The worst one; empty when the office has no integration for this client."""
        states = set(self.states.values())
        return next((state for state in _WORST if state in states), ExportState.DELIVERED.value if states else "")

    @property
    def is_trouble(self) -> bool:
        return self.state == ExportState.FAILED

    @property
    def text(self) -> str:
        """Who has it when all have; else how many failed, when there are several."""
        if self.state == ExportState.DELIVERED:
            return ", ".join(self.states)
        number = list(self.states.values()).count(self.state)
        return ngettext("%d failed", "%d failed", number) % number if self.is_trouble and number > 1 else ""

    @property
    def send_label(self) -> str:
        return _("Resend") if self.is_trouble else _("Send")


def exports_of(invoices, partner) -> dict[int, Exports]:
    """Invoice id → its exports to the office, for a whole page in two queries."""
    ours = list(
        integrations(partner).filter(space__in={invoice.space_id for invoice in invoices}).order_by("name", "id")
    )
    rows = Export.objects.filter(invoice__in=[invoice.pk for invoice in invoices], integration__in=ours)
    latest = {
        (invoice, integration): state
        for invoice, integration, state in rows.order_by("sequence").values_list(
            "invoice_id", "integration_id", "state"
        )
    }
    return {invoice.pk: _exports(invoice, ours, latest) for invoice in invoices}


def _exports(invoice, ours, latest) -> Exports:
    made = Exports()
    if not invoice.is_released:
        return made
    for integration in ours:
        if integration.space_id != invoice.space_id:
            continue
        state = latest.get((invoice.pk, integration.pk), NOT_SENT)
        # Called off before it left: as good as never sent.
        state = NOT_SENT if state == ExportState.CANCELLED else state
        if not integration.is_active and state != ExportState.DELIVERED:
            continue  # switched off: nothing is missing there
        made.states[integration.name] = state
        if state != ExportState.DELIVERED and state not in PENDING:
            made.wanted.append(integration.pk)
    return made

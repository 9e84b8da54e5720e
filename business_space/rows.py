"""What a row of a list says beside the status: the qualifier, and the worst of its integrations."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import PAYABLE, DeliveryStatus, DocumentStatus, Kind

# The worst first: what an integrations column shows when they differ.
_WORST = (ExportState.FAILED, ExportState.WAITING, ExportState.SENDING, ExportState.QUEUED)


@dataclass(frozen=True)
class Qualifier:
    """Plain words after a status badge; `tone` is red, amber or nothing."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class ExportSummary:
    """The integrations of one document in a few words."""

    state: str
    text: str

    @property
    def is_trouble(self) -> bool:
        return self.state == ExportState.FAILED


def qualifier(invoice, today) -> Qualifier | None:
    """The one thing to know besides the general status (LIFECYCLE §2), worst first."""
    if invoice.has_open_data:
        return _before_approval(invoice)
    if invoice.delivery_status == DeliveryStatus.DELIVERY_FAILED:
        return Qualifier(_("delivery failed"), "red")
    if invoice.delivery_status in (DeliveryStatus.READY_TO_SEND, DeliveryStatus.SENDING):
        return Qualifier(_("sending"))
    if invoice.payment_announced_at and invoice.general_status in PAYABLE:
        return Qualifier(_("payment announced"))
    if invoice.is_overdue:
        days = (today - invoice.due_date).days
        return Qualifier(ngettext("overdue %(days)d day", "overdue %(days)d days", days) % {"days": days}, "red")
    if invoice.due_date and invoice.open_amount and invoice.open_amount > 0:
        ahead = (invoice.due_date - today).days
        if ahead in (0, 1):
            return Qualifier(_("due tomorrow") if ahead else _("due today"))
    return None


def _before_approval(invoice) -> Qualifier:
    if invoice.being_read:
        return Qualifier(_("reading"))
    if invoice.error_count:
        return Qualifier(_("needs your input (%d)") % invoice.error_count, "amber")
    complete = invoice.kind == Kind.SALES and invoice.payable is not None
    if invoice.document_status == DocumentStatus.VALIDATED or complete:
        return Qualifier(_("waiting for approval"))
    return Qualifier(_("needs your input"), "amber")


def approvable(invoices) -> set[int]:
    """Those of a page that wait for nothing but an approval; one query, which does not read their data."""
    open_ones = [invoice.pk for invoice in invoices if invoice.has_open_data and not invoice.error_count]
    return set(Invoice.objects.filter(pk__in=open_ones).exclude(data={}).values_list("pk", flat=True))


def export_summaries(invoices) -> dict[int, ExportSummary]:
    """Invoice id → summary of its latest exports, for a whole page in one query."""
    rows = Export.objects.filter(invoice__in=[invoice.pk for invoice in invoices]).order_by("sequence")
    latest: dict[int, dict[int, str]] = {}
    for invoice, integration, state in rows.values_list("invoice_id", "integration_id", "state"):
        latest.setdefault(invoice, {})[integration] = state
    return {invoice: _summary(list(states.values())) for invoice, states in latest.items()}


def _summary(states: list[str]) -> ExportSummary:
    for state in _WORST:
        number = states.count(state)
        if number and state == ExportState.FAILED:
            return ExportSummary(state.value, ngettext("%d failed", "%d failed", number) % number)
        if number:
            return ExportSummary(state.value, str(state.label))
    delivered = states.count(ExportState.DELIVERED)
    if not delivered:
        return ExportSummary(ExportState.CANCELLED.value, str(ExportState.CANCELLED.label))
    return ExportSummary(
        ExportState.DELIVERED.value, _("%(done)d of %(all)d") % {"done": delivered, "all": len(states)}
    )

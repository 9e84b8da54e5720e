"""Which integrations miss which documents: what a sending of many asks."""

from django.db.models import Q

from .models import PENDING, Export, ExportState, Integration


def missing(invoices, *, partner=None) -> dict[int, list[Integration]]:
    """Invoice id → the active integrations where it neither is nor is on its way; two queries.

    Both sides' integrations count, or with `partner`, an accountant's space, that office's only (C15).
    What is not released is missed by nobody.
    """
    released = [invoice for invoice in invoices if invoice.is_released]
    engaged = Q(engagement__status="active")
    side = engaged & Q(engagement__partner=partner) if partner else engaged | Q(engagement=None)
    spaces = {invoice.space_id for invoice in released}
    integrations: dict[int, list[Integration]] = {}
    for integration in Integration.objects.filter(side, space__in=spaces, is_active=True).order_by("name", "id"):
        integrations.setdefault(integration.space_id, []).append(integration)
    sent = Export.objects.filter(invoice__in=[invoice.pk for invoice in released]).order_by("sequence")
    latest = {(row[0], row[1]): row[2] for row in sent.values_list("invoice_id", "integration_id", "state")}
    has_it = {key for key, state in latest.items() if state in PENDING or state == ExportState.DELIVERED}
    return {
        invoice.pk: [one for one in integrations.get(invoice.space_id, ()) if (invoice.pk, one.pk) not in has_it]
        for invoice in released
    }

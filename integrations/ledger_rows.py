"""What the pages of the export ledger show: rows, cells with their one repair, gaps, and lines of the CSV."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from banqup.actions.backfill import SENDABLE
from banqup.exports import ledger
from banqup.exports.models import ExportState, IntegrationState
from banqup.exports.whereabouts import REPAIR, SEND, SEND_AGAIN
from banqup.invoices import statuses
from banqup.invoices.queries import COUNT_CAP

CSV_COLUMNS = (
    *("document", "number", "kind", "party", "issued", "approved", "amount", "currency"),
    *("integration", "side", "state", "since", "tries", "reason", "where", "link"),
)
_CHUNK = 500


def shown_count(number: int) -> str:
    """1284 → 1,284; at the cap 10,000+."""
    return number_format(number, force_grouping=True) + ("+" if number >= COUNT_CAP else "")


class Refusals:
    """Why this person may not send a document; asked once for each of the two lists."""

    def __init__(self, place):
        self._place, self._known = place, {}

    def of(self, invoice) -> str:
        listed = invoice.kind in statuses.SALES_LIST
        if listed not in self._known:
            self._known[listed] = self._place.resend_refusal_of(invoice)
        return self._known[listed]


def rows(place, invoices, integrations, here: str) -> list[dict]:
    """One row a document. `here`: where a button leads back to."""
    made, refusals = ledger.cells(invoices, integrations), Refusals(place)
    shown = []
    for invoice in invoices:
        invoice.space = place.space
        url = place.document_url(invoice)
        cells = [_cell(place, cell, refusals.of(invoice), here) for cell in made[invoice.pk]]
        shown.append({"invoice": invoice, "url": url, "where": f"{url}#where", "cells": cells})
    return shown


def _cell(place, cell, refusal: str, here: str) -> dict:
    return {
        "integration": cell.place.integration,
        "state": cell.state,
        "words": cell.words if cell.state else "",
        "again": cell.again,
        "action": _repair(place, cell, refusal, here),
    }


def _repair(place, cell, refusal: str, here: str) -> dict | None:
    """The one button that helps: to the integration that is broken, or to sending."""
    invoice, integration, repair = cell.place.invoice, cell.place.integration, cell.place.repair
    if repair in (SEND, SEND_AGAIN):
        return {
            "name": f"send-{invoice.pk}-{integration.pk}",
            "label": _("Send") if repair == SEND else _("Send again"),
            "url": place.url("ledger_send", invoice.pk, integration.pk),
            "fields": {"next": here},
            "enabled": not refusal,
            "reason": refusal,
        }
    if repair == REPAIR and _is_ours(place, integration):
        return _to_set_up(place, integration, invoice.pk)
    return None


def gaps(place, integrations, ledger_url, here: str) -> list[dict]:
    """What each receiving integration lacks: numbers that lead to the list, each with its one repair."""
    made = []
    for gap in ledger.gaps(place.space, integrations):
        numbers = {ledger.NEVER: gap.never, "waiting": gap.waiting, "failed": gap.failed, "cancelled": gap.cancelled}
        counts = [
            {
                "number": shown_count(number),
                "url": ledger_url(state=state, integration=gap.integration.pk) if number else "",
                "action": _repair_all(place, gap.integration, state, here) if number else None,
            }
            for state, number in numbers.items()
        ]
        is_well = gap.integration.state == IntegrationState.ACTIVE
        made.append({"integration": gap.integration, "is_well": is_well, "total": gap.total, "counts": counts})
    return made


def _repair_all(place, integration, state: str, here: str) -> dict | None:
    if integration.state in (IntegrationState.NEEDS_ATTENTION, IntegrationState.NOT_TESTED):
        # What waits goes by itself when it is repaired, and nothing else would arrive before.
        return _to_set_up(place, integration, state) if _is_ours(place, integration) else None
    if state not in SENDABLE:
        return None
    return {
        "name": f"send-{state}-{integration.pk}",
        "label": _("Send all again") if state == ExportState.FAILED else _("Send all"),
        "url": place.url("ledger_send_missing", integration.pk),
        "fields": {"state": state, "next": here},
        "enabled": not place.resend_refusal,
        "reason": place.resend_refusal,
    }


def _is_ours(place, integration) -> bool:
    return integration.engagement_id == (place.engagement.pk if place.engagement else None)


def _to_set_up(place, integration, what) -> dict:
    return {
        "name": f"repair-{what}-{integration.pk}",
        "label": _("Repair"),
        "url": place.url("extension", integration.pk),
        "method": "get",
    }


def lines(place, documents, integrations, state: str):
    """Rows of the CSV: one a document and integration that the filter asks for; 500 documents at a time."""
    last = None
    while True:
        found = ledger.page(documents if last is None else documents.filter(pk__lt=last), _CHUNK)
        made = ledger.cells(found, integrations)
        for invoice in found:
            yield from (_line(place, cell) for cell in made[invoice.pk] if cell.state and cell.is_in(state))
        if len(found) < _CHUNK:
            return
        last = found[-1].pk


def _line(place, cell) -> tuple:
    invoice, integration, export = cell.place.invoice, cell.place.integration, cell.place.export
    foreign = integration.is_partner_side and place.engagement is None
    return (
        *(invoice.pk, invoice.number, _kind(invoice), invoice.counterparty_name, invoice.issue_date or ""),
        *(_time(invoice.released_at), invoice.payable, invoice.currency),
        *(integration.name, "accountant" if integration.is_partner_side else "business", cell.state),
        *(_time(cell.since), export.attempt_count if export else 0, export.reason if export else cell.words),
        *(export.remote_label if export else "", export.remote_url if export and not foreign else ""),
    )


def _kind(invoice) -> str:
    return f"{'credit note' if invoice.is_credit_note else 'invoice'}, {invoice.kind}"


def _time(moment) -> str:
    """In UTC, so that a reader in another zone can't be wrong."""
    return moment.isoformat(timespec="seconds") if moment else ""

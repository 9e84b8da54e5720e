"""The export ledger: every document on its way to the office's software, for all clients."""

from django.contrib import messages
from django.db.models import Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import exports as sending
from banqup.actions.refusals import NotPossible
from banqup.actions.rights import may_resend
from banqup.common.htmx import back, render_part
from banqup.exports.models import PENDING, ExportState
from banqup.exports.whereabouts import when
from banqup.invoices.queries import COUNT_CAP
from partner_space import ledger
from partner_space.clients import shown_count
from partner_space.space import here, lacks, sees_documents

PAGE_SIZE = 50
LATEST = 20
SHOWS = {
    "": (lazy("All"), Q()),
    "failed": (lazy("Failed"), Q(state=ExportState.FAILED)),
    "waiting": (lazy("Waiting"), Q(state__in=PENDING)),
    "delivered": (lazy("Delivered"), Q(state=ExportState.DELIVERED)),
}


@sees_documents
@require_safe
def exports(request):
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    client = request.clients.chosen(request.GET.get("client", ""))
    everything = ledger.sendings(request.space)
    if client:
        everything = everything.filter(integration__space=client)
    rows = everything.filter(SHOWS[show][1]).select_related("invoice__space", "integration", "after").order_by("-id")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.defer("invoice__data", "invoice__report", "invoice__search_text")[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    context = {
        "page_title": _("Export ledger"),
        "space": request.space,
        "client": client,
        "rows": [_row(request, export) for export in found],
        "tabs": [
            {
                "label": label,
                "url": _url(request, key, client),
                "count": shown_count(everything.filter(condition).order_by()[:COUNT_CAP].count()),
                "current": key == show,
            }
            for key, (label, condition) in SHOWS.items()
        ],
        "client_ledger_url": here(request, "client_ledger", client.pk) if client else "",
        "all_url": _url(request, show, None),
        "newest_url": _url(request, show, client) if before else "",
        "older_url": _url(request, show, client, before=found[-1].pk) if more else "",
    }
    return render_part(request, "partner_space/exports.html", context, part="results")


def latest(request, engagement) -> list[dict]:
    """The last documents of one client on their way to the office."""
    rows = ledger.sendings(request.space).filter(integration__engagement=engagement)
    rows = rows.select_related("invoice__space", "integration", "after").order_by("-id")
    rows = rows.defer("invoice__data", "invoice__report", "invoice__search_text")
    return [_row(request, export) for export in rows[:LATEST]]


def _url(request, show, client, before="") -> str:
    query = QueryDict(mutable=True)
    for name, value in (("show", show), ("client", client.pk if client else ""), ("before", before)):
        if value:
            query[name] = str(value)
    return here(request, "exports") + (f"?{query.urlencode()}" if query else "")


def _row(request, export) -> dict:
    integration, row = export.integration, {"export": export, "reason": export.reason}
    row |= {
        "invoice": export.invoice,
        "client": export.invoice.space,
        "integration": integration,
        "url": here(request, "document", export.invoice_id),
        "integration_url": here(request, "client_extension", integration.space_id, integration.pk),
    }
    if export.state == ExportState.DELIVERED:
        # A path is long, and its end says enough; the whole of it is there on hover.
        row |= {"reason": export.remote_label, "short": export.remote_label.rpartition("/")[2]}
    elif export.state == ExportState.WAITING and not export.is_queued_behind:
        row["reason"] = " · ".join(filter(None, [export.reason, _("next try at %s") % when(export.next_try_at)]))
    if export.state in (ExportState.FAILED, ExportState.CANCELLED):
        off = "" if integration.is_active else _("Activate %s first.") % integration.name
        reason = lacks(request, may_resend(export.invoice)) or off
        row["resend"] = {
            "name": f"resend-{export.pk}",
            "label": _("Resend") if export.state == ExportState.FAILED else _("Send"),
            "url": here(request, "export_resend", export.pk),
            "fields": {"next": request.get_full_path()},
            "enabled": not reason,
            "reason": reason,
        }
    return row


@sees_documents
@require_POST
def resend(request, pk):
    """Send the document of one line of the ledger again, to the same integration."""
    row = get_object_or_404(ledger.sendings(request.space).select_related("invoice__space", "integration"), pk=pk)
    url, asked = here(request, "exports"), request.POST.get("next", "")
    client_url = here(request, "client_extensions", row.integration.space_id)
    if asked.partition("?")[0] in (url, client_url):
        url = asked
    try:
        sending.resend(invoice=row.invoice, integrations=[row.integration_id], by=request.user)
    except NotPossible as error:
        return back(request, url, str(error), messages.WARNING)
    words = _("%(document)s is being sent to %(name)s. Status and bookkeeping do not change.")
    return back(request, url, words % {"document": row.invoice.title, "name": row.integration.name})

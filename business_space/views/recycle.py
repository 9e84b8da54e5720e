"""The recycle bin of a business: what was deleted before approval, and the way back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import recycle
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.event import Verb
from business_space import buttons
from business_space.sides import side_of
from business_space.space import address, find_invoice, in_space, require

PAGE_SIZE = 50


@in_space
@require_safe
def recycle_bin(request):
    """Deleted documents, the latest first."""
    deleted = Invoice.objects.of_business(request.space).exclude(deleted_at=None)
    deleted = deleted.order_by("-deleted_at", "-id").defer("data", "report", "search_text")
    page = Paginator(deleted, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_title": _("Recycle bin"),
        "space": request.space,
        "page": page,
        "rows": _rows(request, list(page)),
    }
    return render_part(request, "business_space/recycle/bin.html", context)


@in_space
@require_POST
def restore(request, side, pk):
    """Out of the bin, as it was."""
    invoice = find_invoice(request, pk, side)
    require(request, recycle.may_delete(invoice))
    try:
        restored = recycle.restore(invoice=invoice, by=request.user)
    except NotPossible as refusal:
        url = address("recycle_bin", request.space.slug) if invoice.deleted_at else invoice.get_absolute_url()
        return back(request, url, str(refusal), level=messages.ERROR)
    return back(request, restored.get_absolute_url(), _("%s is restored.") % restored.title)


def _rows(request, invoices) -> list[dict]:
    events = Event.objects.filter(invoice__in=invoices, verb=Verb.DELETED).select_related("actor").order_by("id")
    deleted_by = {event.invoice_id: str(event.actor or "") for event in events}
    offers: dict[str, dict] = {}
    rows = []
    for invoice in invoices:
        invoice.space = request.space
        # The same for every document of a kind; only the address differs.
        if invoice.kind not in offers:
            offers[invoice.kind] = buttons.offers(request, invoice)["restore"]
        url = side_of(invoice).url("restore", request.space, invoice.pk)
        rows.append(
            {
                "invoice": invoice,
                "url": invoice.get_absolute_url(),
                "side": side_of(invoice),
                "who": deleted_by.get(invoice.pk, ""),
                "restore": offers[invoice.kind] | {"url": url, "style": "default"},
            }
        )
    return rows

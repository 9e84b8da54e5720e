"""The export ledger of one business, the same for itself and for its accountant: see `pages` for `Place`.

The business sees both sides' integrations, the accountant its own. Two views: every released document,
and *Not delivered*, the gap report. Names asked of `url`: ledger, ledger_send (invoice pk, integration
pk), ledger_send_missing (integration pk), extension (pk).
"""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import backfill, exports
from banqup.actions.refusals import NotPossible
from banqup.bulk import queue
from banqup.common.htmx import back, render_part
from banqup.common.spreadsheet import streamed
from banqup.exports import ledger
from banqup.invoices.keyset import Order

from . import ledger_rows
from .ledger_filter import LedgerFilter
from .place import Place

__all__ = ["PAGES"]

PAGE_SIZE = 50
_NEWEST = Order("", ("-id",))


@require_safe
def ledger_page(request, place: Place):
    """One page of documents, newest first, paged by key; with `format=csv` all that the filter finds."""
    place.require_documents()
    columns = ledger.columns(place.space, place.engagement)
    form = LedgerFilter(request.GET, space=place.space, columns=columns)
    documents, shown = form.documents(), form.shown
    if request.GET.get("format") == "csv" and form.is_valid():
        rows = ledger_rows.lines(place, documents, shown, form.asked_state)
        return streamed(f"exports-{place.space.slug}.csv", ledger_rows.CSV_COLUMNS, rows)
    found, older, newer = _page(documents, request.GET)
    here, is_gap = request.get_full_path(), form.asked_state == ledger.MISSING

    def url(**query):
        made = QueryDict(mutable=True)
        made.update(query)
        return place.url("ledger") + (f"?{made.urlencode()}" if query else "")

    return render_part(
        request,
        "integrations/ledger.html",
        {
            "place": place,
            **place.context,
            "form": form,
            "filtered": any(request.GET.get(name) for name in form.fields),
            "columns": shown,
            "has_columns": bool(columns),
            "rows": ledger_rows.rows(place, found, shown, here),
            "gaps": ledger_rows.gaps(place, shown, url, here) if is_gap and form.is_valid() else [],
            "is_gap": is_gap,
            "tabs": [
                {"label": _("All documents"), "url": url(), "count": None, "current": not is_gap},
                {
                    "label": _("Not delivered"),
                    "url": url(state=ledger.MISSING),
                    "count": None,
                    "current": is_gap,
                },
            ],
            "clear_url": url(),
            "older": older,
            "newer": newer,
        },
        part="results",
    )


def _page(documents, query):
    """(the rows, the key of what comes after them, the key of what came before)"""
    after, before = query.get("after", ""), query.get("before", "")
    values = _NEWEST.read(after or before) if after or before else None
    backwards = values is not None and not after
    if values is not None:
        documents = documents.filter(_NEWEST.beyond(values, backwards=backwards))
    if backwards:
        documents = documents.order_by("id")
    found = ledger.page(documents, PAGE_SIZE + 1)
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    has_older, has_newer = (True, more) if backwards else (more, values is not None)
    return (
        found,
        _NEWEST.write(found[-1]) if found and has_older else "",
        _NEWEST.write(found[0]) if found and has_newer else "",
    )


def _column(place: Place, pk: int):
    """The integration of the ledger with this id; anything else is not found."""
    for one in ledger.columns(place.space, place.engagement):
        if one.pk == pk:
            return one
    raise Http404


def _back_to(request, place: Place) -> str:
    """Where a button was pressed: the ledger with its filter, and nowhere else."""
    url, asked = place.url("ledger"), request.POST.get("next", "")
    return asked if asked.partition("?")[0] == url else url


@require_POST
def send(request, place: Place, invoice: int, integration: int):
    """Send one document to one integration."""
    place.require_documents()
    to = _column(place, integration)
    document = get_object_or_404(ledger.documents(place.space).select_related("space"), pk=invoice)
    if refusal := place.resend_refusal_of(document):
        raise PermissionDenied(refusal)
    url = _back_to(request, place)
    try:
        exports.resend(invoice=document, integrations=[to.pk], by=request.user)
    except NotPossible as refusal:
        return back(request, url, str(refusal), messages.WARNING)
    words = _("%(document)s is being sent to %(name)s. Status and bookkeeping do not change.")
    return back(request, url, words % {"document": document.title, "name": to.name})


@require_POST
def send_missing(request, place: Place, integration: int):
    """Send everything that one integration lacks for one reason; a long run is followed on its own page."""
    place.require_documents()
    to, url = _column(place, integration), _back_to(request, place)
    if place.resend_refusal:
        raise PermissionDenied(place.resend_refusal)
    state = request.POST.get("state", ledger.NEVER)
    try:
        run = backfill.send_missing(space=place.asked_in, integration=to, state=state, by=request.user, list_url=url)
    except NotPossible as refusal:
        return back(request, url, str(refusal), messages.WARNING)
    counts = queue.counts(run)
    if counts.done < counts.total:
        return back(request, place.run_url(run))
    words = ngettext(
        "%(n)d document is being sent to %(name)s.", "%(n)d documents are being sent to %(name)s.", run.total
    )
    return back(request, url, words % {"n": run.total, "name": to.name})


# (address below the ledger, name, page)
PAGES = (
    ("", "ledger", ledger_page),
    ("<int:invoice>/<int:integration>/send/", "ledger_send", send),
    ("missing/<int:integration>/send/", "ledger_send_missing", send_missing),
)

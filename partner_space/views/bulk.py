"""Mark all of a list as processed, or send all of it: the review window, the run, and a person's runs."""

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import bulk, bulk_window
from banqup.actions.bulk_window import Window, read
from banqup.actions.refusals import NotPossible
from banqup.actions.rights import RESEND
from banqup.bulk import pages, queue, words
from banqup.bulk.models import Task
from banqup.common.htmx import back, render_part
from banqup.invoices.statuses import AccountingStatus
from banqup.spaces.roles import Capability
from partner_space.clients import shown_count
from partner_space.listing import HEAVY, Listing
from partner_space.space import here, lacks, sees_documents, visible

from .documents import query_of


@sees_documents
def process(request):
    return _review_or_start(request, Task.PROCESS)


@sees_documents
def send(request):
    return _review_or_start(request, Task.RESEND)


def _review_or_start(request, task):
    """GET, and POST of a page number: what will happen. POST: do it."""
    list_url = here(request, "documents") + query_of(request)
    if request.method == "POST" and "page" not in request.POST:
        return _start(request, task, list_url)
    found = _window(request, task)
    context = {
        "page_title": found.title,
        "window": found,
        "what": _what(found),
        "processed": AccountingStatus.PROCESSED,
        "found": shown_count(found.found),
        "paged": request.method == "POST",
        "run_url": request.path + query_of(request),
        "back_url": list_url,
    }
    return render_part(request, "bulk/review.html", context, part="dialog")


def _start(request, task, list_url):
    seen = read(request.POST.getlist("ids"))
    try:
        run = bulk.start(space=request.space, task=task, seen=seen, by=request.user, list_url=list_url)
    except NotPossible as refusal:
        return back(request, list_url, str(refusal), messages.WARNING)
    counts = queue.counts(run)
    if counts.done == counts.total:
        return back(request, list_url, words.said(run, counts))
    return back(request, here(request, "run", run.pk))


def _window(request, task) -> Window:
    invoices, seen, found = _chosen(request)
    for invoice in invoices:
        invoice.space = request.clients.spaces[invoice.space_id]
    lacking = lacks(request, Capability.PROCESS) if task == Task.PROCESS else _may_not_send(request)
    rows = bulk_window.rows(task, invoices, space=request.space, seen=seen, lacking=lacking)
    page = request.POST.get("page") or "1"
    return Window(task, rows, found=found, page=int(page) if page.isdecimal() and len(page) < 6 else 1)


def _may_not_send(request) -> str:
    """The office has one right for both lists of its clients."""
    return "" if RESEND & request.membership.capabilities else lacks(request, Capability.RESEND_PURCHASE)


def _chosen(request):
    """(documents, versions seen before or None, how many the filter finds)"""
    if request.method == "POST":
        seen = read([*request.POST.getlist("left_out"), *request.POST.getlist("ids")])
        found = visible(request).defer(*HEAVY).in_bulk(list(seen)[: bulk.AT_MOST])
        return [found[pk] for pk in seen if pk in found], seen, len(found)
    if "again" in request.GET:
        raw = request.GET["again"]
        run = pages.find(request, int(raw) if raw.isdecimal() and len(raw) < 16 else 0)
        rows = visible(request).filter(pk__in=bulk_window.again(run)).defer(*HEAVY)
    else:
        rows = Listing(request.clients, request.GET).everything()
    chosen = list(rows.order_by("sort_date", "id")[: bulk.AT_MOST])
    return chosen, None, len(chosen) if len(chosen) < bulk.AT_MOST else rows.capped_count()


def _what(found: Window) -> str:
    """3 clients. EUR 18,402.77. Only you see this; …"""
    if not found.ready:
        return ""
    number = len({row.invoice.space_id for row in found.ready})
    clients = ngettext("%d client", "%d clients", number) % number
    if found.task == Task.PROCESS:
        after = _("They leave To check; each can be taken back with Undo processed.")
    else:
        after = _(
            "Each goes to those of your active integrations that miss it. Statuses and bookkeeping do not change."
        )
    return f"{clients}, {found.sums}. {after}"


@sees_documents
@require_safe
def run(request, pk):
    found = pages.find(request, pk)
    page = "bulk_process" if found.task == Task.PROCESS else "bulk_send"
    return pages.run_page(
        request,
        found,
        url_of=lambda invoice: here(request, "document", invoice.pk),
        stop_url=here(request, "run_stop", pk),
        again_url=f"{here(request, page)}?again={pk}",
        runs_url=here(request, "runs"),
    )


@sees_documents
@require_POST
def stop(request, pk):
    """Leave out the rest of one's own run."""
    found = pages.find(request, pk)
    bulk.stop(run=found, by=request.user)
    return back(request, here(request, "run", pk))


@sees_documents
@require_safe
def runs(request):
    return pages.runs_page(
        request, run_url=lambda found: here(request, "run", found.pk), home_url=here(request, "documents")
    )

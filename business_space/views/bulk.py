"""Do one thing to many of a list: the review window, the run, and a person's runs."""

from urllib.parse import urlencode

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import bulk as verbs
from banqup.actions.bulk_window import read
from banqup.actions.refusals import NotPossible
from banqup.bulk import pages, queue, words
from banqup.bulk.models import Task
from banqup.common.htmx import back, render_part
from business_space import bulk
from business_space.forms.delivery import BEST, ELSEWHERE, BulkWayForm
from business_space.sides import PURCHASE, SALES
from business_space.space import in_space, shown_count


@in_space
def approve(request, side):
    return _review_or_start(request, side, Task.APPROVE)


@in_space
def resend(request, side):
    return _review_or_start(request, side, Task.RESEND)


def _review_or_start(request, side, task):
    """GET, and POST of a page number: what will happen. POST: do it."""
    list_url = side.url("list", request.space) + _query(request)
    if request.method == "POST" and "page" not in request.POST:
        return _start(request, side, task, list_url)
    found = bulk.window(request, side, task)
    integrations, accountant = bulk.receivers(request.space, found)
    context = {
        "page_title": found.title,
        "window": found,
        "what": bulk.what(found, integrations, accountant),
        "way_form": _way_form(request) if _asks_for_a_way(side, task) and found.ready else None,
        "integrations": integrations,
        "found": shown_count(found.found),
        "linked": True,
        "paged": request.method == "POST",
        "run_url": request.path + _query(request),
        "back_url": list_url,
    }
    return render_part(request, "bulk/review.html", context, part="dialog")


def _start(request, side, task, list_url):
    seen = read(request.POST.getlist("ids"))
    mine = verbs.documents(request.space).filter(is_sales=side.is_sales, pk__in=list(seen)[: verbs.AT_MOST])
    known = set(mine.values_list("pk", flat=True))
    way = _way_form(request)
    if _asks_for_a_way(side, task) and not way.is_valid():
        refusal = _("Choose how they go to their customers. Nothing was approved.")
        return back(request, list_url, refusal, messages.WARNING)
    elsewhere = _asks_for_a_way(side, task) and way.cleaned_data["way"] == ELSEWHERE
    seen = {pk: version for pk, version in seen.items() if pk in known}
    try:
        run = verbs.start(
            space=request.space,
            task=task,
            seen=seen,
            by=request.user,
            list_url=list_url,
            delivered_elsewhere=elsewhere,
        )
    except NotPossible as refusal:
        return back(request, list_url, str(refusal), messages.WARNING)
    counts = queue.counts(run)
    if counts.done == counts.total:
        return back(request, list_url, words.said(run, counts))
    return back(request, _run_url(request, run))


def _asks_for_a_way(side, task) -> bool:
    return side.is_sales and task == Task.APPROVE


def _way_form(request) -> BulkWayForm:
    """As it was chosen on this page or an earlier one, or for the run that is tried again; else the best way."""
    if "way" in request.POST:
        return BulkWayForm(request.POST)
    raw = request.GET.get("again", "")
    again = pages.find(request, int(raw)) if raw.isdecimal() and len(raw) < 16 else None
    return BulkWayForm({"way": ELSEWHERE if hasattr(again, "elsewhere") else BEST})


def _query(request) -> str:
    query = bulk.kept(request.GET)
    return f"?{urlencode(query)}" if query else ""


def _at(request, name, *args) -> str:
    return reverse(f"business:{name}", args=[request.space.slug, *args])


def _run_url(request, run) -> str:
    return _at(request, "run", run.pk)


@in_space
@require_safe
def run(request, pk):
    found = pages.find(request, pk)
    first = found.rows.select_related("invoice").defer("invoice__data", "invoice__report").first()
    side = SALES if first.invoice.is_sales else PURCHASE
    page = "bulk_approve" if found.task == Task.APPROVE else "bulk_resend"

    def address(invoice):
        invoice.space = request.space
        return invoice.get_absolute_url()

    return pages.run_page(
        request,
        found,
        url_of=address,
        stop_url=_at(request, "run_stop", pk),
        again_url=f"{side.url(page, request.space)}?again={pk}",
        runs_url=_at(request, "runs"),
    )


@in_space
@require_POST
def stop(request, pk):
    """Leave out the rest of one's own run."""
    found = pages.find(request, pk)
    verbs.stop(run=found, by=request.user)
    return back(request, _run_url(request, found))


@in_space
@require_safe
def runs(request):
    return pages.runs_page(request, run_url=lambda found: _run_url(request, found), home_url=_at(request, "home"))

"""The pages of runs, the same in both spaces: one run with its progress and result, and a person's runs."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.common.htmx import render_part, wants_part

from . import queue, words
from .models import BulkRun, Outcome

PAGE_SIZE = 50
LATEST = 50


def own(request):
    """The runs that this person started in this space; those of others do not exist here."""
    runs = BulkRun.objects.filter(space=request.space, started_by=request.user)
    return runs.select_related("target__integration")


def _doing(run: BulkRun) -> str:
    target = getattr(run, "target", None)
    return words.doing(run.task, run.total, target.integration.name if target else "")


def find(request, pk: int) -> BulkRun:
    return get_object_or_404(own(request), pk=pk)


def banner(request, url) -> dict | None:
    """What a list says while a run of this person goes on; `url(run)` leads to it. One query."""
    run = own(request).filter(finished_at=None).first()
    if run is None:
        return None
    look = {"name": "look", "label": _("See how far it is"), "url": url(run), "method": "get", "enabled": True}
    return {"title": _doing(run), "text": _("It goes on while you work."), "action": look}


def run_page(request, run: BulkRun, *, url_of, stop_url: str, again_url: str, runs_url: str):
    """Progress while it runs, then the result. HTMX asks for the progress alone, and at the end for the page.

    `url_of(invoice)`: its address in this space. `again_url`: the review window over what can be tried again.
    """
    counts = queue.counts(run)
    if wants_part(request) and run.finished_at is not None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    finished = run.finished_at is not None
    shown, tabs = _tabs(request, counts)
    page = _page(request, run, shown) if finished else None
    again = finished and run.rows.filter(outcome=Outcome.NOT_DONE, may_help=True).count()
    context = {
        "page_title": words.said(run, counts) if finished else _doing(run),
        "run": run,
        "counts": counts,
        "finished": finished,
        "trouble_so_far": _so_far(counts),
        "tabs": tabs if finished and len(tabs) > 1 else [],
        "page": page,
        "rows": [_row(row, url_of) for row in page] if page else [],
        "list_url": run.list_url,
        "runs_url": runs_url,
        "stop": {
            "name": "stop",
            "label": _("Stop the rest"),
            "url": stop_url,
            "icon": "stop",
            "enabled": run.stopped_at is None,
            "reason": _("It is stopped; what was begun is finished."),
        },
        "again": {
            "name": "again",
            "label": ngettext("Try this one again", "Try these %d again", again) % again
            if again > 1
            else _("Try this one again"),
            "url": again_url,
            "method": "get",
            "dialog": True,
            "icon": "arrow-path",
            "style": "primary",
            "enabled": True,
        }
        if again
        else None,
    }
    return render_part(request, "bulk/run.html", context, part="progress")


def _so_far(counts) -> str:
    if not counts.not_done:
        return ""
    return ngettext("%d could not be done so far.", "%d could not be done so far.", counts.not_done) % counts.not_done


def _tabs(request, counts) -> tuple[str, list[dict]]:
    """(the outcome that is shown, the tabs): what was not done comes first."""
    numbers = {
        Outcome.NOT_DONE: counts.not_done,
        Outcome.STOPPED: counts.stopped,
        Outcome.DONE: counts.done,
    }
    there = [outcome for outcome, number in numbers.items() if number] or [Outcome.DONE]
    asked = request.GET.get("show", "")
    shown = asked if asked in there else there[0]
    tabs = [
        {
            "label": outcome.label,
            "url": f"{request.path}?show={outcome.value}",
            "count": numbers[outcome],
            "current": outcome == shown,
        }
        for outcome in there
    ]
    return shown, tabs


def _page(request, run, outcome):
    rows = run.rows.filter(outcome=outcome).select_related("invoice__space")
    rows = rows.defer("invoice__data", "invoice__report", "invoice__search_text")
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def _row(row, url_of) -> dict:
    reason = capfirst(row.words)
    return {
        "invoice": row.invoice,
        "url": url_of(row.invoice),
        "trouble": row.outcome == Outcome.NOT_DONE,
        "done": row.outcome == Outcome.DONE,
        "words": reason + "." if reason and not reason.endswith(".") else reason,
    }


def runs_page(request, *, run_url, home_url: str):
    """A person's latest runs in this space."""
    rows = []
    for run in own(request)[:LATEST]:
        counts = queue.counts(run)
        result = (
            words.said(run, counts)
            if run.finished_at
            else _("%(done)d of %(all)d so far")
            % {
                "done": counts.handled,
                "all": run.total,
            }
        )
        rows.append({"run": run, "url": run_url(run), "what": _doing(run), "result": result})
    context = {"page_title": _("Your runs"), "rows": rows, "home_url": home_url, "space": request.space}
    return render_part(request, "bulk/runs.html", context)

"""Approve many from a list: the review window, the run, and its result."""

from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from banqup.common.htmx import SeeOther, render_part, wants_part
from business_space import bulk
from business_space.space import in_space, shown_count

TEMPLATE = "business_space/invoices/bulk_approve.html"
SESSION_KEY = "bulk_approval"


@in_space
def approve(request, side):
    """GET: what will happen. POST: do it; with HTMX in slices, each answered with how far it is."""
    if request.method == "POST":
        return _run(request, side)
    window = bulk.window(request, side)
    title = ngettext("Approve %(ready)d of %(all)d invoice", "Approve %(ready)d of %(all)d invoices", window.shown)
    if not window.blocked:
        title = ngettext("Approve %(ready)d invoice", "Approve %(ready)d invoices", window.shown)
    context = {
        "title": title % {"ready": len(window.ready), "all": window.shown} if window.shown else _("Nothing to approve"),
        "step": "review",
        "window": window,
        "what": _what(side, window),
        "found": shown_count(window.total),
        "at_most": bulk.AT_MOST,
    }
    return _answer(request, side, context)


def _what(side, window) -> str:
    """EUR 18,402.77. Each becomes an e-invoice, is released to Delvaux Accountants and sent to 3 integrations."""
    if not window.ready:
        return ""
    sent = ngettext("sent to %d integration", "sent to %d integrations", window.integrations) % window.integrations
    if not window.integrations:
        sent = _("sent nowhere, because no integration is active")
    words = _("Each becomes an e-invoice and is %s.") % sent
    if window.accountant:
        values = {"accountant": window.accountant, "sent": sent}
        words = _("Each becomes an e-invoice, is released to %(accountant)s and %(sent)s.") % values
    if side.is_sales:
        words += " " + _("Each counts as delivered elsewhere: the customers receive nothing from here.")
    return f"{window.sums}. {words}"


def _run(request, side):
    seen = bulk.read(request.POST.getlist("ids"))
    known = set(
        bulk.documents(request, side).filter(pk__in=list(seen)[: 2 * bulk.AT_MOST]).values_list("pk", flat=True)
    )
    seen = {pk: version for pk, version in seen.items() if pk in known}
    seen = dict(list(seen.items())[: bulk.AT_MOST])
    so_far = bulk.resumed(request, side, request.POST.get("so_far", "")) or bulk.Run(total=len(seen))
    now = list(seen.items())[: bulk.SLICE] if wants_part(request) else list(seen.items())
    bulk.run(request, side, dict(now), so_far)
    left = list(seen.items())[len(now) :]
    if not wants_part(request):
        request.session[SESSION_KEY] = so_far.as_text(request, side)
        return SeeOther(side.url("bulk_result", request.space) + _query(request))
    if left:
        context = {
            "title": ngettext("Approving %d invoice", "Approving %d invoices", so_far.total) % so_far.total,
            "step": "progress",
            "run": so_far,
            "so_far": so_far.as_text(request, side),
            "left": [f"{pk}-{version}" for pk, version in left],
            "is_first": "so_far" not in request.POST,
        }
        return _answer(request, side, context)
    return _result(request, side, so_far)


@in_space
@require_safe
def result(request, side):
    """What became of the last run without script."""
    found = bulk.resumed(request, side, request.session.get(SESSION_KEY, ""))
    if found is None:
        return SeeOther(side.url("list", request.space) + _query(request))
    return _result(request, side, found)


def _result(request, side, so_far):
    rows = bulk.failures(request, side, so_far)
    again = [one["row"].value for one in rows if one["again"]]
    waiting = side.documents(bulk.documents(request, side)).awaiting_validation().capped_count()
    context = {
        "title": so_far.said(),
        "step": "result",
        "run": so_far,
        "failures": rows,
        "again": again,
        "again_label": _("Try this one again") if len(again) == 1 else _("Try these again"),
        "waiting": shown_count(waiting) if waiting else "",
        "nav_key": side.name[0],
    }
    response = _answer(request, side, context)
    response["HX-Trigger"] = "documents-changed"
    return response


def _query(request) -> str:
    query = bulk.kept(request.GET)
    return f"?{urlencode(query)}" if query else ""


def _answer(request, side, context):
    query = _query(request)
    context |= {
        "page_title": context["title"],
        "side": side,
        "space": request.space,
        "run_url": side.url("bulk_approve", request.space) + query,
        "back_url": side.url("list", request.space) + query,
    }
    return render_part(request, TEMPLATE, context, part="dialog")

"""Which documents of a list go into a run, and what the review window says of them all."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.actions import bulk_window
from banqup.actions.bulk import AT_MOST, documents
from banqup.actions.bulk_window import Window, signed
from banqup.bulk import pages
from banqup.bulk.models import Task
from banqup.exports.outbox import integrations_for
from banqup.invoices.statuses import GeneralStatus

from .listing import Listing
from .space import lacks

__all__ = ["kept", "signed", "window"]

_KEPT = ("tab", "q", "sort")


def kept(query) -> dict:
    """What of a list's address leads back to it."""
    return {name: query[name] for name in _KEPT if query.get(name)}


def window(request, side, task: Task) -> Window:
    """The documents of the address: those named by `ids`, with `all` those its filter finds, with `again`
    those that a run did not do; and of the form of an earlier page, those that it carries."""
    invoices, seen, found = _chosen(request, side, task)
    for invoice in invoices:
        invoice.space = request.space
    page = request.POST.get("page") or "1"
    rows = bulk_window.rows(
        task,
        invoices,
        space=request.space,
        standing=request.standing,
        seen=seen,
        lacking=_lacking(request, side, task, invoices),
    )
    return Window(task, rows, found=found, page=int(page) if page.isdecimal() and len(page) < 6 else 1)


def _lacking(request, side, task, invoices) -> str:
    """Why this person may not do it to any of them: said once for all."""
    if not invoices:
        return ""
    return lacks(request, side.may_approve if task == Task.APPROVE else side.may_resend)


def _chosen(request, side, task):
    """(documents, versions seen before or None, how many the filter finds)"""
    mine = documents(request.space).filter(is_sales=side.is_sales)
    if request.method == "POST":
        seen = bulk_window.read([*request.POST.getlist("left_out"), *request.POST.getlist("ids")])
        found = _light(mine.filter(pk__in=list(seen)[:AT_MOST])).in_bulk()
        return [found[pk] for pk in seen if pk in found], seen, len(found)
    if "again" in request.GET:
        raw = request.GET["again"]
        run = pages.find(request, int(raw) if raw.isdecimal() and len(raw) < 16 else 0)
        rows = mine.filter(pk__in=bulk_window.again(run))
    elif "all" in request.GET:
        rows = _of_filter(request, side, task)
    else:
        rows = mine.present().filter(pk__in=list(bulk_window.read(request.GET.getlist("ids")))[:AT_MOST])
    # What can be done comes first, so that a run always gets on.
    easy = {"error_count": 0, "payable__isnull": False} if task == Task.APPROVE else {"released_at__isnull": False}
    ready = list(_due(rows.filter(**easy))[:AT_MOST])
    rest = AT_MOST - len(ready)
    others = list(_due(rows.exclude(**easy))[:rest]) if rest else []
    total = len(ready) + len(others)
    return ready + others, None, total if total < AT_MOST else rows.capped_count()


def _of_filter(request, side, task):
    listing = Listing(side, request.space, request.GET)
    rows = listing.found.filter(general_status=listing.tab) if listing.tab else listing.found
    if task == Task.APPROVE:
        return rows.awaiting_validation()
    return rows.exclude(general_status=GeneralStatus.AWAITING_VALIDATION)


def _light(rows):
    return rows.defer("report", "search_text")


def _due(rows):
    return _light(rows.order_by("sort_date", "id"))


def what(found: Window, integrations: int, accountant: str) -> str:
    """EUR 18,402.77. Each becomes an e-invoice, is released to Delvaux Accountants and sent to 3 integrations."""
    if not found.ready:
        return ""
    if found.task == Task.RESEND:
        words = _("Each goes to the active integrations that miss it. Status and bookkeeping do not change.")
        return f"{found.sums}. {words}"
    sent = ngettext("sent to %d integration", "sent to %d integrations", integrations) % integrations
    if not integrations:
        sent = _("sent nowhere, because no integration is active")
    words = _("Each becomes an e-invoice and is %s.") % sent
    if accountant:
        words = _("Each becomes an e-invoice, is released to %(accountant)s and %(sent)s.") % {
            "accountant": accountant,
            "sent": sent,
        }
    return f"{found.sums}. {words}"


def receivers(space, found: Window) -> tuple[int, str]:
    """(how many integrations receive what is approved, the accountant's name)"""
    if not found.ready or found.task != Task.APPROVE:
        return 0, ""
    engagement = space.active_engagement()
    return integrations_for(found.ready[0].invoice).count(), engagement.partner.name if engagement else ""

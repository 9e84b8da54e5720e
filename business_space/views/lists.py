"""Purchase and sales invoices: what waits, what is open, what is done."""

from urllib.parse import urlencode

from django.utils.translation import gettext as _

from banqup.bulk import pages as runs
from banqup.common.htmx import render_part
from banqup.conversations import panel, threads
from banqup.invoices.models import Receipt
from banqup.invoices.statuses import GeneralStatus
from banqup.spaces.roles import Capability
from business_space import setup
from business_space.bulk import kept, signed
from business_space.listing import ORDERS, Listing
from business_space.rows import approvable, export_summaries, qualifier
from business_space.space import address, in_space, lacks, shown_count

from .creator import drafts_of


@in_space
def invoice_list(request, side):
    listing = Listing(side, request.space, request.GET)
    counts = listing.counts()
    page = listing.page(total=counts[listing.tab])
    judging = Receipt.objects.filter(space=request.space, direction=side.name, outcome=Receipt.Outcome.WAITING).count()
    context = {
        "page_title": str(side.title),
        "side": side,
        "space": request.space,
        "q": listing.q,
        "tabs": _tabs(request, side, listing, counts),
        "page": page,
        "talk_words": panel.asked_words(request.membership),
        "rows": _rows(request, page.rows),
        "orders": [
            {"name": name, "label": order.label, "current": name == listing.sort} for name, order in ORDERS.items()
        ],
        "order": ORDERS[listing.sort],
        "sort": listing.sort,
        "tab": listing.tab,
        "is_first_run": not (counts[None] or listing.q or judging),
        "total": shown_count(counts[listing.tab]),
        "list_url": side.url("list", request.space),
        "import_action": {
            "name": "import",
            "label": _("Import"),
            "url": side.url("upload", request.space),
            "method": "get",
            "icon": "arrow-up-tray",
            "key": "i",
            "style": "primary",
            "enabled": not lacks(request, side.may_import),
            "reason": lacks(request, side.may_import),
        },
        "creating": _creating(request) if side.is_sales else None,
        "still_judging": judging,
        "run": runs.banner(request, lambda run: address("run", request.space.slug, run.pk)),
        "bulk": _bulk(request, side, listing, counts, page.rows),
    }
    if context["is_first_run"]:
        context |= {"upload_url": side.url("upload", request.space), **setup.context(request.space, address)}
    return render_part(request, "business_space/invoices/list.html", context, part="results")


def _creating(request) -> dict:
    """The button that begins an invoice, and the way to the drafts that wait."""
    reason, slug = lacks(request, Capability.EDIT_SALES), request.space.slug
    waiting = drafts_of(request.space).capped_count()
    new = {
        "name": "new",
        "label": _("New invoice"),
        "url": address("creator_new", slug),
        "icon": "plus",
        "key": "n",
        "enabled": not reason,
        "reason": reason,
    }
    return {"new": new, "url": address("creator", slug), "drafts": shown_count(waiting) if waiting else ""}


def _rows(request, invoices) -> list[dict]:
    summaries, today, ready = export_summaries(invoices), request.space.today(), approvable(invoices)
    talk, rows = threads.marks(request.membership, [invoice.pk for invoice in invoices]), []
    for invoice in invoices:
        invoice.space = request.space  # overdue asks for its time zone
        row = {"invoice": invoice, "url": invoice.get_absolute_url(), "exports": summaries.get(invoice.pk)}
        # Plain digits for the script that adds up what is selected.
        row |= {"amount": str(signed(invoice)), "can": _can(invoice, ready)}
        rows.append(row | {"qualifier": qualifier(invoice, today), "talk": talk.get(invoice.pk)})
    return rows


def _can(invoice, ready) -> str:
    """Which button of the selection bar counts the row."""
    if invoice.pk in ready:
        return "approve"
    return "resend" if invoice.is_released else ""


def _bulk(request, side, listing, counts, invoices) -> dict:
    """What can be done with several rows. *All* carries the query of the list, never its ids."""
    approving, currencies = _approving(request, side), {invoice.currency for invoice in invoices}
    actions = [approving, _resending(request, side)]
    if listing.tab not in (None, GeneralStatus.AWAITING_VALIDATION):
        actions.reverse()
        actions[0]["style"] = "primary"
        actions = actions[:1]
    return {
        "url": approving["url"],
        "actions": actions,
        "all_link": _every(request, side, listing, counts),
        "currency": currencies.pop() if len(currencies) == 1 else "",
        "kept": kept(request.GET),
    }


def _approving(request, side) -> dict:
    lacking = lacks(request, side.may_approve)
    return {
        "name": "approve",
        "label": _("Approve"),
        "url": side.url("bulk_approve", request.space),
        "form": "list",
        "icon": "check",
        "key": "a",
        "style": "primary",
        "count_for": "" if lacking else "approve",
        "enabled": not lacking,
        "reason": lacking,
    }


def _resending(request, side) -> dict:
    lacking = lacks(request, side.may_resend)
    return {
        "name": "resend",
        "label": _("Resend to integrations"),
        "url": side.url("bulk_resend", request.space),
        "form": "list",
        "icon": "arrow-path",
        "count_for": "" if lacking else "resend",
        "enabled": not lacking,
        "reason": lacking,
    }


def _every(request, side, listing, counts) -> dict | None:
    """The link that takes every row of the filter, across its pages."""
    waits = GeneralStatus.AWAITING_VALIDATION
    tab = listing.tab or waits
    if not counts[tab]:
        return None
    query = {"all": 1, "tab": tab.value.lower()} | ({"q": listing.q} if listing.q else {})
    shown = shown_count(counts[tab])
    if tab == waits:
        url, label = side.url("bulk_approve", request.space), _("select all %s awaiting validation") % shown
    else:
        url, label = side.url("bulk_resend", request.space), _("select all %s") % shown
    return {"label": label, "url": f"{url}?{urlencode(query)}", "dialog": True}


def _tabs(request, side, listing, counts) -> list[dict]:
    def tab(label, status):
        query = request.GET.copy()
        for name in ("after", "before", "at", "tab"):
            query.pop(name, None)
        if status:
            query["tab"] = status.value.lower()
        url = side.url("list", request.space) + (f"?{query.urlencode()}" if query else "")
        return {"label": label, "url": url, "count": shown_count(counts[status]), "current": listing.tab == status}

    return [tab(_("All"), None), *(tab(status.label, status) for status in side.tabs)]

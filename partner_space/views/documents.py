"""*Client documents*: what the office has to check, what waits for clients, what is done."""

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from banqup.bulk import pages as runs
from banqup.common.htmx import SeeOther, render_part
from banqup.conversations import panel, threads
from banqup.conversations.models import Asks
from banqup.spaces.roles import Capability
from partner_space.clients import CLIENT_CAP, shown_count
from partner_space.ledger import exports_of
from partner_space.listing import ALL, CLIENT_ACTION, PROCESSED, TABS, TO_CHECK, Listing
from partner_space.rows import given_up, objection, vat_rates, waits_for
from partner_space.space import button, here, lacks, sees_documents

TEMPLATE = "partner_space/documents/list.html"
FORM = "list"
# What of the address makes the list; the rest is where in it one stands.
_FILTERS = ("tab", "client", "q", "asked")


@sees_documents
@require_safe
def documents(request):
    return render_list(request)


@sees_documents
@require_safe
def search(request):
    """The jump box: every document of every client that matches."""
    query = QueryDict(mutable=True)
    query.update({"tab": ALL.name, "q": request.GET.get("q", "")})
    return SeeOther(f"{here(request, 'documents')}?{query.urlencode()}")


def render_list(request):
    """The list that the query of this request asks for: the page, or its results for HTMX."""
    listing = Listing(request.clients, request.GET)
    return render_part(request, TEMPLATE, _context(request, listing), part="results")


def _context(request, listing) -> dict:
    counts, page = listing.counts(), listing.page()
    invite = {"method": "get", "dialog": True, "icon": "plus", "style": "primary"}
    return {
        "page_title": _("Client documents"),
        "space": request.space,
        "tab": listing.tab,
        "shows_accounting": listing.tab is ALL,
        "shows_waiting": listing.tab is CLIENT_ACTION,
        "is_default": listing.tab is TO_CHECK,
        "q": listing.q,
        "client": listing.client,
        "tabs": [
            {
                "label": tab.label,
                "url": list_url(request, tab=tab.name),
                "count": shown_count(counts[tab.name]),
                "current": tab is listing.tab,
            }
            for tab in TABS
        ],
        "rail": _rail(request, listing),
        "talk_words": panel.asked_words(request.membership),
        "asked": _asked(request, listing),
        "groups": groups(request, listing, page.rows),
        "currency": _only(invoice.currency for invoice in page.rows),
        "next_url": list_url(request, after=page.after) if page.after else "",
        "previous_url": list_url(request, before=page.before) if page.before else "",
        "list_url": here(request, "documents"),
        "all_url": list_url(request, client=""),
        "clear_url": list_url(request, q=""),
        "act_url": here(request, "documents_act") + query_of(request),
        "actions": _actions(request, listing.tab),
        "all_link": _every(request, listing.tab, counts),
        "more": _send_every(request, listing.tab, counts),
        "run": _run_banner(request),
        "has_clients": bool(len(request.clients)),
        # After an action the focus goes to the row that is first now.
        "acted": request.method == "POST",
        "left": shown_count(request.clients.to_check),
        "empty": _empty(listing, counts),
        "invite": button(
            request, "invite", _("Invite a client"), "client_invite", capability=Capability.MANAGE_CLIENTS, **invite
        ),
    }


def query_of(request) -> str:
    """What of the query survives an action: tab, client and search, and where in the list."""
    kept = QueryDict(mutable=True)
    for name in (*_FILTERS, "after", "before"):
        if request.GET.get(name):
            kept[name] = request.GET[name]
    return f"?{kept.urlencode()}" if kept else ""


def list_url(request, **changes) -> str:
    """The list with these filters changed; what is not named stays, and the list begins at its top."""
    query = QueryDict(mutable=True)
    for name in (*_FILTERS, "after", "before"):
        value = changes.get(name, request.GET.get(name, "") if name in _FILTERS else "")
        if value and not (name == "tab" and value == TO_CHECK.name):
            query[name] = value
    return here(request, "documents") + (f"?{query.urlencode()}" if query else "")


def _asked(request, listing) -> list[dict]:
    """The filters by open question, each with its number of documents; the one that is on can be taken off."""
    words = panel.asked_words(request.membership)
    waiting = {Asks.CLIENT: threads.waiting_for_client, Asks.ACCOUNTANT: threads.asked_of_accountant}
    labels = {Asks.CLIENT: words["client_words"], Asks.ACCOUNTANT: words["accountant_words"]}
    chips = []
    for asks, label in labels.items():
        number, on = threads.documents_of(waiting[asks](request.space)), listing.asked == asks
        if number or on:
            url = list_url(request, asked="") if on else list_url(request, tab=ALL.name, asked=asks.value)
            chips.append({"label": label, "number": shown_count(number), "url": url, "on": on})
    return chips


def _only(values) -> str:
    """The one value that all have; empty when they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def _rail(request, listing) -> dict:
    rows = [
        {
            "client": space,
            "url": list_url(request, client=str(pk)),
            "check": listing.rail[pk]["check"],
            "check_label": shown_count(listing.rail[pk]["check"], CLIENT_CAP),
            "waiting": listing.rail[pk]["client"],
            "waiting_label": shown_count(listing.rail[pk]["client"], CLIENT_CAP),
            "current": listing.client is not None and listing.client.pk == pk,
        }
        for pk, space in listing.clients.spaces.items()
        if pk in listing.rail
    ]
    return {"rows": rows, "check": _total(rows, "check"), "waiting": _total(rows, "waiting")}


def _total(rows, name) -> str:
    """The sum over the clients, with a + when one of them was not counted to its end."""
    total = shown_count(sum(row[name] for row in rows))
    capped = any(row[name] >= CLIENT_CAP for row in rows)
    return total + "+" if capped and not total.endswith("+") else total


def groups(request, listing, invoices) -> list[dict]:
    """The rows of the page under the names of their clients."""
    exports, vat = exports_of(invoices, request.space), vat_rates(invoices)
    talk = threads.marks(request.membership, [invoice.pk for invoice in invoices])
    query = query_of(request)
    made = []
    for invoice in invoices:
        if not made or made[-1]["client"].pk != invoice.space_id:
            made.append({"client": invoice.space, "number": _number(listing, invoice.space_id), "rows": []})
        sent = exports[invoice.pk]
        made[-1]["rows"].append(
            {
                "invoice": invoice,
                "url": here(request, "document", invoice.pk) + query,
                # The status stands in the value: what was refused since it was shown is not booked unseen.
                "value": f"{invoice.pk}-{invoice.document_status}",
                "vat": vat.get(invoice.pk, ""),
                "exports": sent,
                "objection": objection(invoice),
                "given_up": given_up(invoice),
                "talk": talk.get(invoice.pk),
                "waits_for": waits_for(invoice),
                "can": " ".join(_can(invoice, sent)),
            }
        )
    return made


def _can(invoice, sent):
    """Which actions of the selection bar count this row."""
    if invoice.is_released:
        yield "process" if invoice.processed_at is None else "undo"
    if sent.wanted:
        yield "send"


def _number(listing, client_id) -> str:
    number, shown = listing.number_here(client_id), listing.shown_number_here(client_id)
    words = {
        TO_CHECK.name: ngettext("%s to check", "%s to check", number),
        CLIENT_ACTION.name: ngettext("%s waits for the client", "%s wait for the client", number),
        PROCESSED.name: ngettext("%s processed", "%s processed", number),
    }.get(listing.tab.name, ngettext("%s document", "%s documents", number))
    return words % shown


def _actions(request, tab) -> list[dict]:
    """The selection bar; what waits for clients has none."""
    if tab is CLIENT_ACTION:
        return []
    process, send = lacks(request, Capability.PROCESS), lacks(request, Capability.RESEND_PURCHASE)
    mark = {
        "name": "mark_as_processed",
        "label": _("Mark as processed"),
        "icon": "check",
        "style": "primary",
        "count_for": "process",
    }
    undo = {"name": "undo_processed", "label": _("Undo processed"), "icon": "arrow-uturn-left", "count_for": "undo"}
    chosen = undo if tab is PROCESSED else mark
    to_send = {"name": "send", "label": _("Send to integrations"), "icon": "paper-airplane", "count_for": "send"}
    return [
        {**chosen, "key": "e", "form": FORM, "enabled": not process, "reason": process},
        {**to_send, "form": FORM, "enabled": not send, "reason": send},
    ]


def _every(request, tab, counts) -> dict | None:
    """The link that takes every document to check of the filter, across its pages."""
    if tab is not TO_CHECK or not counts[tab.name] or lacks(request, Capability.PROCESS):
        return None
    label = _("mark all %s as processed") % shown_count(counts[tab.name])
    return {"label": label, "url": here(request, "bulk_process") + query_of(request), "dialog": True}


def _send_every(request, tab, counts) -> list[dict]:
    """Send all of the filter: under the menu of the selection bar."""
    if tab in (CLIENT_ACTION, ALL) or not counts[tab.name]:
        return []
    reason = lacks(request, Capability.RESEND_PURCHASE)
    return [
        {
            "name": "send-all",
            "label": _("Send all %s to integrations") % shown_count(counts[tab.name]),
            "url": here(request, "bulk_send") + query_of(request),
            "method": "get",
            "dialog": True,
            "icon": "paper-airplane",
            "enabled": not reason,
            "reason": reason,
        }
    ]


def _run_banner(request) -> dict | None:
    """A run of this person that goes on."""
    return runs.banner(request, lambda run: here(request, "run", run.pk))


def _empty(listing, counts) -> dict:
    """What an empty tab says: that nothing is left, and where the rest is."""
    if listing.tab is TO_CHECK:
        name, waiting = listing.client.name if listing.client else "", counts[CLIENT_ACTION.name]
        title = _("Nothing to check for %s") % name if name else _("Nothing to check")
        words = ngettext("%s document waits for its client.", "%s documents wait for clients.", waiting)
        return {"title": title, "text": words % shown_count(waiting) if waiting else "", "icon": "check-circle"}
    if listing.tab is CLIENT_ACTION:
        return {"title": _("Nothing waits for a client"), "text": "", "icon": "check-circle"}
    if listing.tab is PROCESSED:
        return {"title": _("Nothing is processed yet"), "text": "", "icon": "list-bullet"}
    words = _("They appear here as soon as a client receives or imports them.")
    return {"title": _("No documents yet"), "text": words, "icon": "inbox"}

"""One document of a client: its picture and data, its accounting status, and where the office has it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import exports as sending
from banqup.actions.refusals import NotPossible
from banqup.actions.rights import may_resend
from banqup.common.htmx import back, render_part
from banqup.exports import whereabouts
from banqup.exports.models import Export
from banqup.invoices import serving
from banqup.invoices.files import DamagedFile
from banqup.invoices.history import timeline
from banqup.invoices.papers import CANNOT_DRAW, NoPaper
from banqup.invoices.viewer import viewer
from banqup.spaces.roles import Capability
from integrations.resending import choice, sent_words
from partner_space import buttons, ledger, queue
from partner_space.rows import given_up, objection
from partner_space.space import find_invoice, here, lacks, require, sees_documents
from partner_space.status import explanation

from .act import mark, unmark
from .conversations import beside
from .documents import list_url, query_of

PANES = ("data", "document", "comments", "history")


@sees_documents
@require_safe
def document(request, pk):
    invoice = find_invoice(request, pk)
    found, attachments = places(request, invoice), list(invoice.attachments.all())
    offers = buttons.offers(request, invoice)
    pane, url = request.GET.get("pane"), here(request, "document", pk)
    stands = queue.position(request.clients, invoice, only_client=bool(request.GET.get("client")))
    context = _head(request, invoice) | {
        "viewer": viewer(
            request,
            invoice,
            attachments,
            page_url=lambda number: here(request, "document_page", pk, number),
            file_url=lambda file: here(request, "document_file", pk, file.pk),
            base=url + query_of(request),
        ),
        "position": stands,
        "previous_url": here(request, "document", stands.previous) + query_of(request) if stands.previous else "",
        "next_url": here(request, "document", stands.following) + query_of(request) if stands.following else "",
        "objection": objection(invoice),
        "given_up": given_up(invoice),
        "explanation": explanation(invoice),
        "found": found,
        "places": [_place(request, invoice, place, offers) for place in found.places],
        "integrations_url": here(request, "client_extensions", invoice.space_id),
        "may_set_up": not lacks(request, Capability.MANAGE_INTEGRATIONS),
        "primary": offers.get("approve") or offers.get("mark_as_processed") or offers.get("undo_processed"),
        "resend": offers["resend"] | {"style": "default"},
        "more": buttons.more(request, invoice, offers, attachments),
        "other": invoice.document.buyer if invoice.is_sales else invoice.document.seller,
        "means": next(iter(invoice.document.payment_means), None),
        "document": invoice.document,
        "events": timeline(invoice, destinations={place.name for place in found.places}),
        "pane": pane if pane in PANES else "data",
        **beside(request, invoice, is_open=pane == "comments"),
        "panes": [
            {"name": name, "label": label}
            for name, label in zip(PANES, (_("Data"), _("Document"), _("Comments"), _("History")), strict=True)
        ],
    }
    return render_part(request, "partner_space/documents/document.html", context)


def _head(request, invoice) -> dict:
    return {
        "page_title": invoice.title,
        "invoice": invoice,
        "client": invoice.space,
        "space": request.space,
        "list_url": list_url(request),
        "client_url": here(request, "client", invoice.space_id),
        "back_url": here(request, "document", invoice.pk) + query_of(request),
        "why_url": here(request, "document_why", invoice.pk) + query_of(request),
    }


def places(request, invoice) -> whereabouts.Whereabouts:
    """The office's own destinations of the document; the client's are theirs (C15), an earlier accountant's too."""
    every = whereabouts.whereabouts(invoice).accountant
    ours = tuple(place for place in every if place.integration.engagement.partner_id == request.space.pk)
    return whereabouts.Whereabouts(invoice, ours)


def _place(request, invoice, place, offers) -> dict:
    attempts = f"{here(request, 'document_attempts', invoice.pk)}{query_of(request)}#integration-{place.integration.pk}"
    early = not invoice.is_released
    return {
        "place": place,
        "words": _("Not before the client approves it.") if early else place.words,
        "repair": None if early else buttons.repair(request, invoice, place, offers),
        "link": {"url": attempts, "label": _("Attempts")} if place.attempts else None,
    }


@sees_documents
@require_POST
def process(request, pk):
    """Mark as processed and go on to the next to check; or take the mark back and stay."""
    invoice = find_invoice(request, pk)
    only_client = bool(request.GET.get("client"))
    stay = here(request, "document", pk) + query_of(request)
    if request.POST.get("undo"):
        unmark(request, [(invoice, "")])
        return back(request, stay)
    done = mark(request, [(invoice, request.POST.get("seen", ""))], opened=True)
    if not done:
        return back(request, stay)
    following = queue.after(request.clients, invoice, only_client=only_client)
    return back(request, here(request, "document", following) + query_of(request) if following else list_url(request))


@sees_documents
def resend(request, pk):
    """Choose where it goes again, on the office's side only; what failed or is missing is chosen already."""
    invoice = find_invoice(request, pk)
    require(request, may_resend(invoice))
    url, status, error = here(request, "document", pk) + query_of(request), 200, ""
    found = places(request, invoice)
    if request.method == "POST":
        # Whoever also works for the business reaches its own integrations there, not at this address (C15).
        ours = {str(place.integration.pk): place.integration for place in found.places}
        chosen = [ours[value] for value in request.POST.getlist("integration") if value in ours]
        try:
            sent = sending.resend(invoice=invoice, integrations=chosen, by=request.user)
        except NotPossible as refusal:
            status, error = 422, str(refusal)
        else:
            return back(request, url, sent_words(sent))
    asked = {request.GET["to"]} if request.GET.get("to") else None
    action = buttons.offers(request, invoice).get("resend", {})
    context = _head(request, invoice) | {
        "rows": [choice(place, asked) for place in found.places],
        "reason": action.get("reason", ""),
        "error": error,
    }
    return render_part(request, "partner_space/documents/resend.html", context, part="dialog", status=status)


@sees_documents
@require_safe
def attempts(request, pk):
    """Every try at every destination of the office, the latest sending first."""
    invoice = find_invoice(request, pk)
    rows = Export.objects.filter(invoice=invoice, integration__in=ledger.integrations(request.space))
    rows = rows.select_related("integration", "created_by").prefetch_related("attempts")
    context = _head(request, invoice) | {
        "page_title": _("Attempts"),
        "exports": list(rows.order_by("integration__name", "integration_id", "-sequence")),
    }
    return render_part(request, "partner_space/documents/attempts.html", context)


@sees_documents
@require_safe
def file(request, pk, file):
    attachment = get_object_or_404(find_invoice(request, pk).attachments, pk=file)
    try:
        return serving.download(attachment)
    except (FileNotFoundError, DamagedFile):
        return _lost(request, pk, attachment.filename)


@sees_documents
@require_safe
def page(request, pk, number):
    """One page as PNG, drawn from the file in a process of its own."""
    invoice = find_invoice(request, pk)
    try:
        return serving.page(list(invoice.attachments.all()), number)
    except (FileNotFoundError, DamagedFile):
        return _lost(request, pk, invoice.filename)


@sees_documents
@require_safe
def paper(request, pk):
    """The released e-invoice, drawn from its data, as a PDF with the data inside."""
    try:
        return serving.paper(find_invoice(request, pk), get_language())
    except NoPaper:
        return back(request, here(request, "document", pk), CANNOT_DRAW, messages.ERROR)


def _lost(request, pk, name):
    context = {"page_title": _("The file can't be read"), "name": name, "back_url": here(request, "document", pk)}
    return render(request, "partner_space/documents/lost_file.html", context, status=410)

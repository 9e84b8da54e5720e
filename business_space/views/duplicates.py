"""Two documents that look like one, beside each other; a person decides, and may take it back."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.actions import duplicates
from banqup.actions.refusals import ChangedMeanwhile, NotPossible
from banqup.common.htmx import back, render_part
from banqup.invoices import pictures
from banqup.invoices.models import DuplicateDecision, Invoice
from business_space import buttons, comparison, queue
from business_space.sides import side_of
from business_space.space import find_invoice, in_space

_VERBS = {"mark_as_duplicate": duplicates.mark_as_duplicate, "mark_as_another": duplicates.mark_as_another}


@in_space
def duplicate(request, side, pk):
    """GET: the two and what differs. POST: the decision, about the two that the person looked at."""
    invoice = find_invoice(request, pk, side)
    if request.method == "POST":
        return _decide(request, side, invoice)
    decisions = [_decided(request, side, invoice, one) for one in duplicates.standing_decisions(invoice)]
    if invoice.possible_duplicate_of_id is None and not decisions:
        return back(request, invoice.get_absolute_url(), _("No other document looks like %s.") % invoice.title)
    twin = _twin(request, invoice.possible_duplicate_of_id or decisions[0]["twin"].pk)
    open_question = invoice.possible_duplicate_of_id is not None
    context = {
        "page_title": _("Is it a duplicate?") if open_question else _("Decided about duplicates"),
        "invoice": invoice,
        "twin": twin,
        "side": side,
        "space": request.space,
        "list_url": side.url("list", request.space),
        "sheets": [_sheet(invoice, _("This document")), _sheet(twin, _("The other document"))],
        "content": comparison.content(invoice, twin),
        "arrival": comparison.arrival(invoice, twin),
        "choices": _choices(request, side, invoice, twin) if open_question else [],
        "restore": buttons.offers(request, twin).get("restore") if twin.deleted_at else None,
        "decisions": decisions,
    }
    context["differing"] = sum(row.differs for row in context["content"])
    return render_part(request, "business_space/invoices/duplicate.html", context)


@in_space
@require_POST
def undo(request, side, pk, decision):
    invoice = find_invoice(request, pk, side)
    about = DuplicateDecision.objects.filter(Q(first=invoice) | Q(second=invoice))
    found = get_object_or_404(about.select_related("first__space", "second__space", "copy__space"), pk=decision)
    try:
        duplicates.undo(decision=found, by=request.user)
    except NotPossible as refusal:
        return back(request, invoice.get_absolute_url(), str(refusal), level=messages.ERROR)
    asked = found.copy or found.second
    words = _("The decision is undone: %s is a possible duplicate again.") % asked.title
    return back(request, side_of(asked).url("duplicate", request.space, asked.pk), words)


def _twin(request, pk) -> Invoice:
    twin = get_object_or_404(Invoice.objects.of_business(request.space), pk=pk)
    twin.space = request.space
    return twin


def _decide(request, side, invoice):
    decision, version = request.POST.get("decision", ""), request.POST.get("version", "")
    given = request.POST.get("twin", "")
    twin = _twin(request, int(given) if given.isdecimal() and len(given) < 18 else 0)
    if decision not in _VERBS:
        raise Http404
    try:
        seen = int(version) if version.isdecimal() and len(version) < 10 else -1
        decided = _VERBS[decision](invoice=invoice, twin=twin, by=request.user, version=seen)
    except (ChangedMeanwhile, NotPossible) as refusal:
        return back(request, invoice.get_absolute_url(), str(refusal), level=messages.ERROR)
    names = {"title": invoice.title, "twin": twin.title}
    way_back = {
        "undo_url": side.url("duplicate_undo", request.space, invoice.pk, decided.pk),
        "undo_label": _("Undo"),
    }
    if decided.copy_id is None:
        words = _("%(title)s and %(twin)s are two documents. Nobody is asked about them again.") % names
        return back(request, invoice.get_absolute_url(), words, **way_back)
    words = _("%(title)s is a duplicate of %(twin)s: it is in the recycle bin.") % names
    return back(request, queue.after(invoice, request.space, side), words, **way_back)


def _choices(request, side, invoice, twin) -> list[dict]:
    """The decisions, and *Refuse* where a document has to be kept."""
    offered = buttons.offers(request, invoice)
    fields = {"twin": twin.pk, "version": invoice.version}
    choices = [
        offered[name] | {"url": side.url("duplicate", request.space, invoice.pk), "method": "post", "dialog": False}
        | {"fields": fields | {"decision": name}}
        for name in ("mark_as_another", "mark_as_duplicate")
        if name in offered
    ]  # fmt: skip
    if duplicates.in_the_way(invoice) and "refuse" in offered:
        refuse = offered["refuse"]
        choices.append(refuse | {"label": _("Refuse as duplicate"), "url": f"{refuse['url']}?reason=duplicate"})
    return choices


def _sheet(invoice, label) -> dict:
    """The first page of a document as a picture, where it has one."""
    attachments = list(invoice.attachments.all())
    picture = pictures.picture_of(attachments)
    side = side_of(invoice)
    return {
        "invoice": invoice,
        "label": label,
        "url": invoice.get_absolute_url(),
        "document_url": side.url("document", invoice.space, invoice.pk),
        "picture": side.url("page", invoice.space, invoice.pk, 1) if picture and pictures.pages(picture) else "",
    }


def _decided(request, side, invoice, decision) -> dict:
    twin = _twin(request, decision.second_id if decision.first_id == invoice.pk else decision.first_id)
    if decision.copy_id is None:
        words = _("Another document than %s")
    else:
        words = _("A duplicate of %s") if decision.copy_id == invoice.pk else _("%s is a duplicate of it")
    undo_decision = {
        "name": f"undo-{decision.pk}",
        "label": _("Undo"),
        "icon": "arrow-uturn-left",
        "url": side.url("duplicate_undo", request.space, invoice.pk, decision.pk),
    }
    return {"decision": decision, "twin": twin, "words": words % twin.title, "undo": undo_decision}

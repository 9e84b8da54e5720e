"""Split one PDF into several documents: its pages side by side, and on which of them a document begins."""

from django.contrib import messages
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from banqup.actions import recycle, splitting
from banqup.actions.refusals import ChangedMeanwhile, NotPossible
from banqup.common.htmx import back
from business_space.space import find_invoice, in_space, require


@in_space
def split(request, side, pk):
    """The pages with a tick on each first one, as it was found; a POST makes the documents."""
    invoice = find_invoice(request, pk, side)
    require(request, recycle.may_delete(invoice))
    if reason := splitting.in_the_way(invoice):
        return back(request, invoice.get_absolute_url(), reason, level=messages.ERROR)
    if request.method != "POST":
        return _page(request, side, invoice, splitting.proposed(invoice))
    starts = [int(page) for page in request.POST.getlist("starts") if page.isdecimal() and len(page) < 5]
    version = request.POST.get("version", "")
    try:
        receipts = splitting.split(
            invoice=invoice,
            starts=starts,
            by=request.user,
            version=int(version) if version.isdecimal() and len(version) < 12 else -1,
        )
    except (NotPossible, ChangedMeanwhile) as refusal:
        return _page(request, side, invoice, starts, trouble=str(refusal), status=409)
    words = ngettext(
        "Split into %d document, which is read now.", "Split into %d documents, which are read now.", len(receipts)
    )
    return back(
        request,
        side.url("list", request.space),
        words % len(receipts),
        undo_url=side.url("split_undo", request.space, invoice.pk),
        undo_label=_("Undo"),
    )


@in_space
@require_POST
def undo(request, side, pk):
    """Back to the one file, while nobody has worked on what came of it."""
    invoice = find_invoice(request, pk, side)
    try:
        restored = splitting.undo_split(invoice=invoice, by=request.user)
    except NotPossible as refusal:
        return back(request, side.url("list", request.space), str(refusal), level=messages.ERROR)
    return back(request, restored.get_absolute_url(), _("The splitting was taken back."))


def _page(request, side, invoice, starts, *, trouble="", status=200):
    original = splitting.original_of(invoice)
    context = {
        "page_title": _("Split into documents"),
        "invoice": invoice,
        "side": side,
        "space": request.space,
        "back_url": invoice.get_absolute_url(),
        "trouble": trouble,
        "pages": [
            {
                "number": number,
                "url": side.url("page", request.space, invoice.pk, number),
                "begins": number in starts or number == 1,
            }
            for number in range(1, original.pages + 1)
        ],
    }
    return render(request, "business_space/invoices/split.html", context, status=status)

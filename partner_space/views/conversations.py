"""Comments of one document of a client, and everything that waits for an answer or was not read."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.actions import conversations
from banqup.actions.allowed import commenting
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part, wants_part
from banqup.conversations import overview, panel
from partner_space.space import find_invoice, here, sees_documents, standing

from .documents import list_url, query_of

TEMPLATE = "conversations/comments.html"


@sees_documents
def comments(request, pk):
    """The comments alone: what HTMX puts into the document's page, and what works without it."""
    invoice = find_invoice(request, pk)
    typed, status, words = None, 200, ""
    if request.method == "POST":
        try:
            words = conversations.carry_out(
                invoice=invoice, posted=request.POST, by=request.user, side=panel.side_of(request.membership)
            )
        except NotPossible as refusal:
            typed, status = panel.refused(request.POST, str(refusal)), 422
        else:
            if not wants_part(request):
                return back(request, f"{here(request, 'document', pk)}?pane=comments#comments", words)
    context = {
        "page_title": _("Comments"),
        "space": request.space,
        "invoice": invoice,
        "list_url": list_url(request),
        "list_label": _("Client documents"),
        "back_url": here(request, "document", pk) + query_of(request),
        "panel": shown(request, invoice, typed=typed) | {"posted": bool(words)},
    }
    return render_part(request, TEMPLATE, context, part="panel", status=status)


def shown(request, invoice, *, typed=None) -> dict:
    """The panel of comments for this person; they count as read from now on."""
    refusal = commenting(invoice, standing(request, invoice.space), partner=True).reason
    opened = panel.opened(request.membership, invoice, refusal=refusal, typed=typed)
    return opened | {"url": here(request, "document_comments", invoice.pk)}


def beside(request, invoice, *, is_open: bool) -> dict:
    """What the page of the document says about its comments; with the panel itself where it `is_open`."""
    url = here(request, "document_comments", invoice.pk)
    if is_open:
        made = shown(request, invoice)
        return {"talk": made | {"url": url}, "panel": made}
    return {"talk": panel.summary(request.membership, invoice) | {"url": url}}


@sees_documents
@require_safe
def all_comments(request):
    context = {"page_title": _("Comments"), "space": request.space}
    return render_part(request, "conversations/overview.html", context | overview.of(request.membership))

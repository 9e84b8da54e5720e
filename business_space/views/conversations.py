"""Comments of one document, and everything that waits for an answer or was not read."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.actions import conversations
from banqup.actions.allowed import commenting
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part, wants_part
from banqup.conversations import overview, panel
from banqup.spaces.roles import Capability
from business_space.space import find_invoice, in_space, require

TEMPLATE = "conversations/comments.html"


@in_space
def comments(request, side, pk):
    """The comments alone: what HTMX puts into the document's page, and what works without it."""
    require(request, Capability.VIEW_DOCUMENTS)
    invoice = find_invoice(request, pk, side)
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
                return back(request, f"{invoice.get_absolute_url()}?pane=comments#comments", words)
    context = {
        "page_title": _("Comments"),
        "space": request.space,
        "invoice": invoice,
        "list_url": side.url("list", request.space),
        "list_label": side.title,
        "back_url": invoice.get_absolute_url(),
        "panel": shown(request, side, invoice, typed=typed) | {"posted": bool(words)},
    }
    return render_part(request, TEMPLATE, context, part="panel", status=status)


def shown(request, side, invoice, *, typed=None) -> dict:
    """The panel of comments for this person; they count as read from now on."""
    refusal = commenting(invoice, request.standing).reason
    opened = panel.opened(request.membership, invoice, refusal=refusal, typed=typed)
    return opened | {"url": side.url("comments", request.space, invoice.pk)}


def beside(request, side, invoice, *, is_open: bool) -> dict:
    """What a page of the document says about its comments; with the panel itself where it `is_open`."""
    url = side.url("comments", request.space, invoice.pk)
    if is_open:
        made = shown(request, side, invoice)
        return {"talk": made | {"url": url}, "panel": made}
    return {"talk": panel.summary(request.membership, invoice) | {"url": url}}


@in_space
@require_safe
def all_comments(request):
    require(request, Capability.VIEW_DOCUMENTS)
    context = {"page_title": _("Comments"), "space": request.space}
    return render_part(request, "conversations/overview.html", context | overview.of(request.membership))

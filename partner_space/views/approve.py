"""Approve for the client, where it delegated that to this office (LIFECYCLE C12)."""

from django.contrib import messages
from django.utils.translation import gettext as _

from banqup.actions import approval
from banqup.actions.allowed import allowed_to_partner, find
from banqup.actions.refusals import ChangedMeanwhile, NotCompliant, NotPossible, TryLater
from banqup.approvals.rules import plan_of
from banqup.approvals.words import next_up
from banqup.common.htmx import back, render_part
from banqup.exports.outbox import integrations_for
from banqup.invoices.statuses import ISSUED_BY_US, AccountingStatus
from banqup.sending import routing
from partner_space.space import find_invoice, here, sees_documents, standing

from .documents import query_of


@sees_documents
def approve(request, pk):
    """GET says what it means and for whom; POST approves on behalf of the client."""
    invoice = find_invoice(request, pk)
    url = here(request, "document", pk) + query_of(request)
    trouble, status = "", 200
    issued = invoice.kind in ISSUED_BY_US
    # What the client issues for a supplier goes there by the best way; without any, the client sees to it.
    way = routing.best(invoice) if issued else None
    if request.method == "POST":
        seen = request.POST.get("version", "")
        try:
            approved = approval.approve(
                invoice=invoice,
                by=request.user,
                version=int(seen) if seen.isdecimal() and len(seen) < 12 else -1,
                delivered_elsewhere=issued and way is None,
                through=request.space,
            )
        except (ChangedMeanwhile, NotCompliant, NotPossible, TryLater) as refused:
            trouble, status = str(refused), 409
        else:
            return back(request, url, _said(approved))
    action = find(allowed_to_partner(invoice, standing(request, invoice.space)), "approve")
    if action is None and not trouble:
        return back(request, url, _("Only %s approves this document.") % invoice.space.name, messages.INFO)
    context = {
        "page_title": _("Approve for %s") % invoice.space.name,
        "invoice": invoice,
        "client": invoice.space,
        "space": request.space,
        "trouble": trouble,
        "reason": "" if trouble or action is None else action.reason,
        "next_up": next_up(plan_of(invoice)) if action else "",
        "releases": action is not None and plan_of(invoice).is_last,
        "becomes": AccountingStatus.READY_TO_PROCESS,
        "integrations": [one.name for one in integrations_for(invoice) if one.engagement_id],
        "issued": issued,
        "way": f"{way.way.label}, {way.words}" if way else "",
        "back_url": url,
    }
    return render_part(request, "partner_space/documents/approve.html", context, part="dialog", status=status)


def _said(invoice) -> str:
    told = {"title": invoice.title, "client": invoice.space.name}
    if invoice.is_released:
        return _("You approved %(title)s on behalf of %(client)s.") % told
    return _("You approved your step of %(title)s on behalf of %(client)s. Others have to approve it too.") % told

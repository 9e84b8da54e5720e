"""Send or resend to integrations, and every attempt that was made."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.actions import exports
from banqup.actions.allowed import allowed, find
from banqup.actions.refusals import NotPossible
from banqup.actions.rights import may_resend
from banqup.common.htmx import back, render_part
from banqup.exports.models import Export
from banqup.exports.whereabouts import whereabouts
from business_space.space import find_invoice, in_space, require
from integrations import resending


@in_space
def resend(request, side, pk):
    """Choose where it goes again: what failed or is missing is chosen already."""
    invoice = find_invoice(request, pk, side)
    status, error = 200, ""
    if request.method == "POST":
        require(request, may_resend(invoice))
        chosen = [int(value) for value in request.POST.getlist("integration") if value.isdecimal() and len(value) < 18]
        try:
            sent = exports.resend(invoice=invoice, integrations=chosen, by=request.user)
        except NotPossible as refusal:
            status, error = 422, str(refusal)
        else:
            return back(request, invoice.get_absolute_url(), resending.sent_words(sent))
    found = whereabouts(invoice)
    asked = {request.GET.get("to")} if request.GET.get("to") else None
    rows = [resending.choice(place, asked) for place in found.places]
    action = find(allowed(invoice, request.standing), "resend")
    context = {
        "page_title": _("Resend to integrations"),
        "invoice": invoice,
        "bands": [
            band
            for band in (
                {"title": _("Accountant’s software"), "rows": [row for row in rows if row["place"].is_partner_side]},
                {"title": _("Your own tools"), "rows": [row for row in rows if not row["place"].is_partner_side]},
            )
            if band["rows"]
        ],
        "reason": action.reason if action else "",
        "error": error,
        "back_url": invoice.get_absolute_url(),
    }
    return render_part(request, "business_space/invoices/resend.html", context, part="dialog", status=status)


@in_space
@require_safe
def attempts(request, side, pk):
    """Every try at every destination, newest first, with what each answered."""
    invoice = find_invoice(request, pk, side)
    rows = (
        Export.objects.filter(invoice=invoice)
        .select_related("integration__engagement", "created_by")
        .prefetch_related("attempts")
    )
    context = {
        "page_title": _("Attempts"),
        "invoice": invoice,
        "side": side,
        "space": request.space,
        "exports": list(rows.order_by("integration__name", "integration_id", "-sequence")),
        "list_url": side.url("list", request.space),
        "back_url": invoice.get_absolute_url(),
    }
    return render_part(request, "business_space/invoices/attempts.html", context)

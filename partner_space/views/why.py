"""Why a client's document has its accounting status, and what can be done next by whom."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.actions.allowed import allowed_to_partner
from banqup.common.htmx import render_part
from banqup.exports.whereabouts import when
from banqup.invoices import why as reasons
from partner_space.rows import objection
from partner_space.space import find_invoice, here, sees_documents, standing
from partner_space.status import explanation

from .document import places
from .documents import query_of


@sees_documents
@require_safe
def why(request, pk):
    invoice = find_invoice(request, pk)
    ours = {place.name for place in places(request, invoice).places}
    context = {
        "page_title": _("Why this status?"),
        "invoice": invoice,
        "badge": _badge(invoice),
        "rules": reasons.accounting(invoice),
        "rule_kind": "accounting",
        "facts": _facts(invoice),
        "events": reasons.events_of_the_books(invoice, ours),
        "next": explanation(invoice).next,
        "actions": allowed_to_partner(invoice, standing(request, invoice.space)),
        "back_url": here(request, "document", pk) + query_of(request),
        "space": request.space,
    }
    return render_part(request, "partner_space/documents/why.html", context, part="dialog")


def _badge(invoice) -> dict:
    objected = objection(invoice)
    if objected:
        return {"status": objected, "kind": "after_release"}
    return {"status": invoice.accounting_status, "kind": "accounting"}


def _facts(invoice) -> list[tuple[str, str]]:
    return [
        (_("Approved by the client"), when(invoice.released_at) if invoice.released_at else _("no")),
        (_("Processed"), when(invoice.processed_at) if invoice.processed_at else _("no")),
        (_("Document status"), invoice.get_document_status_display()),
        (_("In the client's recycle bin"), _("yes") if invoice.deleted_at else _("no")),
    ]

"""Why a document has its status: the rule, the facts, the events, and what can be done next by whom."""

from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from banqup.actions.allowed import allowed
from banqup.common.htmx import render_part
from banqup.common.templatetags.format import day, money_with_currency
from banqup.exports.whereabouts import when
from banqup.invoices import why as reasons
from business_space.rows import qualifier
from business_space.space import find_invoice, in_space
from business_space.status import explanation


@in_space
@require_safe
def why(request, side, pk):
    invoice = find_invoice(request, pk, side)
    today = request.space.today()
    context = {
        "page_title": _("Why this status?"),
        "invoice": invoice,
        "badge": {"status": invoice.general_status, "kind": "general", "credit_note": invoice.is_credit_note},
        "qualifier": qualifier(invoice, today),
        "rules": reasons.general(invoice),
        "rule_kind": "general",
        "facts": _facts(invoice),
        "events": reasons.events(invoice),
        "next": explanation(invoice, today).next,
        "actions": [action for action in allowed(invoice, request.standing) if action.name != "save"],
        "back_url": invoice.get_absolute_url(),
        "space": request.space,
    }
    return render_part(request, "business_space/invoices/why.html", context, part="dialog")


def _facts(invoice) -> list[tuple[str, str]]:
    """What the rules look at, as it stands."""

    def money(amount):
        return money_with_currency(amount, invoice.currency)

    facts = [(_("Document status"), invoice.get_document_status_display())]
    if invoice.has_open_data:
        facts.append((_("To fix before approval"), str(invoice.error_count)))
    facts += [
        (_("To pay"), money(invoice.payable)),
        (_("Paid"), money(invoice.paid)),
        (_("Settled with credit notes"), money(invoice.credited)),
        (_("Open"), money(invoice.open_amount)),
        (_("Payment status"), invoice.get_payment_status_display()),
    ]
    if invoice.is_sales:
        facts.append((_("Delivery"), invoice.get_delivery_status_display()))
    facts += [
        (_("Approved and released"), when(invoice.released_at) if invoice.released_at else _("no")),
        (_("Due"), day(invoice.due_date, invoice.space)),
        (_("Accounting status"), invoice.get_accounting_status_display()),
    ]
    return facts

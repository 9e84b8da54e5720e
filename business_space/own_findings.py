"""What helps against our own findings on the review desk: compare, name the invoice, enter an agreement."""

from django.urls import reverse
from django.utils.translation import gettext as _

from banqup.actions import own
from banqup.actions.rights import may_edit
from banqup.invoices.models import Invoice

from .buttons import REVIEW_FORM
from .sides import side_of
from .space import lacks

# The names of the two buttons, which save what was typed as well.
STANDS_ALONE, NAMES_ONE = "stands_alone", "names_one"
AT_MOST = 50


def fixes(invoice) -> dict[str, dict]:
    """Rule → link or button beside the finding."""
    side = side_of(invoice)
    helps = {
        own.DUPLICATE: {"label": _("Compare"), "url": side.url("duplicate", invoice.space, invoice.pk)},
        own.REFERENCE: {"label": _("It stands alone"), "name": "action", "value": STANDS_ALONE},
    }
    if invoice.counterparty_id is not None:
        party = reverse("business:party", args=[invoice.space.slug, invoice.counterparty_id])
        helps[own.MANDATE] = {"label": _("Open the supplier"), "url": f"{party}#self-billing"}
    return helps


def could_be_credited(invoice) -> list[Invoice]:
    """The invoices of the same party, the newest first: what the field of the reference proposes."""
    if not invoice.is_credit_note or invoice.counterparty_id is None:
        return []
    rows = Invoice.objects.of_business(invoice.space).present()
    rows = rows.filter(counterparty=invoice.counterparty_id, is_sales=int(invoice.list_is_sales), is_credit_note=False)
    rows = rows.exclude(number="").defer("data", "report", "search_text")
    return list(rows.order_by("-sort_date", "-id")[:AT_MOST])


def lookalike(invoice) -> dict | None:
    """The banner of a decided document that looks like another one, about which nobody has said anything."""
    twin = invoice.possible_duplicate_of
    if twin is None:
        return None
    action = {
        "name": "compare",
        "label": _("Compare"),
        "icon": "document-duplicate",
        "url": side_of(invoice).url("duplicate", invoice.space, invoice.pk),
        "method": "get",
    }
    return {"title": _("It looks like %s.") % twin.title, "action": action}


def stands_alone(request, invoice) -> dict | None:
    """The banner of a credit note that belongs to no invoice, with the way back."""
    if not invoice.stands_alone:
        return None
    reason = lacks(request, may_edit(invoice))
    action = {
        "name": NAMES_ONE,
        "label": _("It names an invoice"),
        "icon": "arrow-uturn-left",
        "form": REVIEW_FORM,
        "url": side_of(invoice).url("save", invoice.space, invoice.pk),
        "enabled": not reason,
        "reason": reason,
    }
    return {"title": _("A stand-alone credit note: it belongs to no invoice."), "action": action}

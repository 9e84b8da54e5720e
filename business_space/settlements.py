"""What credit notes settle: the rows of a document's page, and the banner of one that stopped and is settled."""

from django.db.models import Q
from django.utils.translation import gettext as _

from banqup.actions import crediting
from banqup.actions.rights import may_pay
from banqup.common.templatetags.format import money_with_currency
from banqup.invoices.statuses import UNDER_OBJECTION
from banqup.payments.models import Allocation

from . import buttons
from .sides import side_of
from .space import lacks


def settlements(request, invoice) -> list[dict]:
    """The links that count now, oldest first. One query."""
    rows = (
        Allocation.objects.filter(Q(invoice=invoice) | Q(credit_note=invoice), removed_at=None)
        .exclude(credit_note=None)
        .select_related("invoice", "credit_note", "created_by")
        .order_by("pk")
    )
    reason, side = lacks(request, may_pay(invoice)), side_of(invoice)
    return [_row(row, side, invoice, reason) for row in rows]


def _row(allocation, side, invoice, reason) -> dict:
    other = allocation.invoice if invoice.is_credit_note else allocation.credit_note
    other.space = invoice.space  # links are made within one space
    unlink = {
        "name": "unlink",
        "label": _("Unlink"),
        "icon": "arrow-uturn-left",
        "style": "quiet",
        "url": side.url("credit_unlink", invoice.space, invoice.pk, allocation.pk),
        "enabled": not reason,
        "reason": reason,
    }
    if invoice.has_open_data:
        unlink["form"] = buttons.REVIEW_FORM  # the desk is one form, and forms don't nest
    return {"allocation": allocation, "other": other, "url": other.get_absolute_url(), "unlink": unlink}


def suggestion(invoice, offers) -> dict | None:
    """One of two open documents names the other: they are linked with one click, not silently (LIFECYCLE §7)."""
    link = offers.get("link_credit_note")
    other = crediting.suggested(invoice) if link else None
    if other is None:
        return None
    names = {"other": other.number or other.title}
    title = _("It names %(other)s, which is open.") if invoice.is_credit_note else _("%(other)s names it and is open.")
    amount = money_with_currency(min(invoice.open_amount, other.open_amount), invoice.currency)
    label = _("Settle %(amount)s") % {"amount": amount}
    action = link | {"name": "suggested", "label": label, "method": "post", "dialog": False, "style": "default"}
    return {"title": title % names, "action": action | {"fields": {"other": other.pk, "amount": ""}}}


def banner(invoice, rows, offers) -> dict | None:
    """A disputed or refused invoice that a credit note settles: nobody resolves it by itself (LIFECYCLE §7)."""
    if invoice.is_credit_note or not rows or invoice.document_status not in UNDER_OBJECTION:
        return None
    names = {"notes": ", ".join(dict.fromkeys(row["other"].number or row["other"].title for row in rows))}
    resolve = offers.get("resolve") or offers.get("mark_resolved")
    if invoice.open_amount > 0:
        title = _("Partly settled by %(notes)s.") % names
        text = _("%s is still open.") % money_with_currency(invoice.open_amount, invoice.currency)
    else:
        title, text = _("Settled by %(notes)s.") % names, ""
    if resolve:
        title += " " + _("Resolve?")
        resolve = resolve | {"style": "default", "key": ""}
    return {"title": title, "text": text, "action": resolve}

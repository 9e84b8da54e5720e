"""What a row of *Client documents* says beside its columns."""

from decimal import Decimal, InvalidOperation

from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import UNDER_OBJECTION, DocumentStatus, PaymentStatus

# A sale is not ours to pay: its dispute has words of its own.
DISPUTED_SALE = "DISPUTED_SALE"


def objection(invoice) -> str:
    """The badge of a released document that was objected to (LIFECYCLE §3); else nothing."""
    if not invoice.is_released or invoice.document_status not in UNDER_OBJECTION or given_up(invoice):
        return ""
    if invoice.is_sales and invoice.document_status == DocumentStatus.DISPUTED:
        return DISPUTED_SALE
    return invoice.document_status


def given_up(invoice) -> str:
    """The badge of a sale that won't be paid: bad debt, or refused (LIFECYCLE §5); else nothing."""
    return invoice.payment_status if invoice.payment_status == PaymentStatus.WONT_BE_PAID else ""


def waits_for(invoice) -> str:
    """What the client still has to do before the office gets the document; empty when it is released."""
    if invoice.is_released:
        return ""
    if invoice.document_status == DocumentStatus.DISPUTED:
        return _("the end of the dispute")
    if invoice.error_count:
        return ngettext("its input (%d)", "its input (%d)", invoice.error_count) % invoice.error_count
    return _("its approval") if invoice.payable is not None else _("its input")


def vat_rates(invoices) -> dict[int, str]:
    """Invoice id → "6 · 21 %", read from the content of these documents only. One query."""
    ids = [invoice.pk for invoice in invoices]
    rows = Invoice.objects.filter(pk__in=ids).values_list("pk", KeyTransform("vat_breakdown", "data"))
    return {pk: _rates(breakdown) for pk, breakdown in rows}


def _rates(breakdown) -> str:
    try:
        rates = {Decimal(item["rate"]) for item in breakdown or () if item.get("rate") is not None}
    except (TypeError, AttributeError, InvalidOperation):
        return ""
    if not rates:
        return ""
    return " · ".join(format(rate.normalize() + 0, "f") for rate in sorted(rates)) + "\u00a0%"

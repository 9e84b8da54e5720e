"""Why a document has the status it has, and what comes next, in a sentence each."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from banqup.invoices.statuses import PAYABLE, GeneralStatus, PaymentStatus


@dataclass(frozen=True)
class Explanation:
    document: str
    payment: str
    next: str


_MONEY = {
    PaymentStatus.UNPAID: lazy("no payment is linked"),
    PaymentStatus.PARTIALLY_PAID: lazy("a part is paid"),
    PaymentStatus.FULLY_PAID: lazy("nothing is open"),
    PaymentStatus.WONT_BE_PAID: lazy("it was closed without payment"),
}


_OF_A_CREDIT_NOTE = {
    PaymentStatus.UNPAID: lazy("it settles nothing yet"),
    PaymentStatus.PARTIALLY_PAID: lazy("a part is settled"),
    PaymentStatus.FULLY_PAID: lazy("nothing is open"),
}


def explanation(invoice, today) -> Explanation:
    return Explanation(
        document=invoice.get_document_status_display(),
        payment=_money(invoice),
        next=_next(invoice, today),
    )


def _money(invoice) -> str:
    status = PaymentStatus(invoice.payment_status)
    if invoice.is_credit_note:
        return str(_OF_A_CREDIT_NOTE.get(status, _MONEY[status]))
    if status == PaymentStatus.PARTIALLY_PAID and not invoice.paid:
        return _("a credit note settles a part")
    return str(_MONEY[status])


def _next(invoice, today) -> str:
    if invoice.general_status in PAYABLE and invoice.is_credit_note:
        return _("settle an invoice with it, or refund it") if invoice.is_sales else _("settle an invoice with it")
    if invoice.general_status in PAYABLE:
        if invoice.due_date is None:
            return _("receive the payment") if invoice.is_sales else _("pay it")
        day = date_format(invoice.due_date, "j M Y")
        late = (today - invoice.due_date).days
        if late > 0:
            words = ngettext("%(late)d day", "%(late)d days", late) % {"late": late}
            return _("overdue since %(day)s, %(late)s") % {"day": day, "late": words}
        return _("payment expected by %s") % day if invoice.is_sales else _("pay before %s") % day
    if invoice.deleted_at is not None:
        return _("restore it, or leave it in the recycle bin")
    if invoice.general_status == GeneralStatus.DISPUTED:
        return _("settle the dispute")
    if invoice.general_status == GeneralStatus.REFUSED:
        return (
            _("credit it, close it, or resolve it") if invoice.is_sales else _("wait for a credit note, or resolve it")
        )
    return ""

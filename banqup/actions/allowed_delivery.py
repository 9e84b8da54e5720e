"""What may this person do so that a document of ours reaches its customer, and is paid."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django_fsm import can_proceed

from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus, Kind
from banqup.sending import routing
from banqup.sending.routing import Option
from banqup.spaces.roles import Capability

from . import letters, reissuing, reminding, transmitting
from .rights import may_approve, may_edit


def offers(invoice: Invoice, needs) -> list[tuple]:
    """(name, label, icon, style, reason, key) of each; `needs(capability)` says what somebody lacks for it."""
    if invoice.kind not in statuses.ISSUED_BY_US or not invoice.is_released:
        return []
    found, deciding = [], needs(may_approve(invoice))
    if invoice.delivery_status in (DeliveryStatus.DELIVERY_FAILED, DeliveryStatus.SENT):
        reason = deciding or why_not_again(invoice)
        found.append(("resend_customer", resend_words(invoice), "paper-airplane", "default", reason, ""))
    if is_on_its_way(invoice):
        found.append(("mark_received", _("Mark as received"), "inbox-arrow-down", "default", deciding, ""))
    if _may_be_reminded(invoice):
        reason = needs(Capability.PAY_SALES) or reminding.why_not(invoice)
        found.append(("remind", _("Remind"), "bell-alert", "default", reason, ""))
    if reissuing.can_be_issued_again(invoice):
        label = _("Credit and issue again")
        found.append(("reissue", label, "arrow-uturn-right", "default", needs(may_edit(invoice)), ""))
    reason = needs(may_edit(invoice)) or letters.why_no_copy(invoice)
    found.append(("send_copy", _("Send a copy by e-mail"), "envelope", "default", reason, ""))
    return found


def resend_words(invoice: Invoice) -> str:
    return _("Resend to supplier") if invoice.kind == Kind.SELF_BILLED_OUT else _("Resend to customer")


def is_on_its_way(invoice: Invoice) -> bool:
    """Nobody has said yet that it arrived."""
    known = invoice.delivery_status == DeliveryStatus.RECEIVED
    return not known and can_proceed(invoice.proved_to_have_arrived)


def ways_again(invoice: Invoice) -> list[Option]:
    """Every way by which it could be sent once more; of one that can't be used the option says why."""
    found = []
    for option in routing.options(invoice):
        reason = option.reason or transmitting.why_not_again(invoice, option.way)
        found.append(replace(option, reason=reason))
    return found


def why_not_again(invoice: Invoice) -> str:
    """Why it can't be sent to the customer once more, by no way; empty when one is left."""
    if reason := transmitting.why_not_again(invoice):
        return reason
    ways = ways_again(invoice)
    if any(option.usable for option in ways):
        return ""
    return _("There is no way to send it. %s") % " ".join(dict.fromkeys(option.reason for option in ways))


def _may_be_reminded(invoice: Invoice) -> bool:
    payable = invoice.general_status in statuses.PAYABLE and not invoice.is_credit_note
    return invoice.kind == Kind.SALES and payable and invoice.delivery_status in statuses.HAS_LEFT

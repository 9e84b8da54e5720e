"""What will happen when you approve: said before the click, from the same facts the approval uses."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from banqup.actions import answers
from banqup.exports.models import IntegrationState
from banqup.exports.outbox import integrations_for
from banqup.invoices.models import Attachment
from banqup.invoices.reasons import Answer
from banqup.invoices.statuses import ISSUED_BY_US, AccountingStatus, PaymentStatus


@dataclass(frozen=True)
class Preview:
    becomes: PaymentStatus
    due: object
    open_amount: object
    currency: str
    accountant: str
    accountant_sees: AccountingStatus
    original: str
    sent_to: list[str]
    waits: list[str]
    may_withdraw: bool
    # What the supplier is told over the network; empty where nothing is.
    tells: str


def preview(invoice) -> Preview:
    """Three queries. `invoice.space` is loaded."""
    engagement = invoice.space.active_engagement()
    sent_to, waits = [], []
    for integration in integrations_for(invoice).select_related("engagement"):
        if integration.state == IntegrationState.ACTIVE:
            sent_to.append(integration.name)
        else:
            reason = integration.attention or _("not tested since it was changed")
            waits.append(_("%(name)s waits: %(reason)s") % {"name": integration.name, "reason": reason})
    original = invoice.attachment(Attachment.Role.ORIGINAL)
    return Preview(
        becomes=becomes(invoice),
        due=invoice.due_date,
        open_amount=invoice.open_amount,
        currency=invoice.currency,
        accountant=engagement.partner.name if engagement else "",
        accountant_sees=AccountingStatus.READY_TO_PROCESS,
        original=original.filename if original else "",
        sent_to=sent_to,
        waits=waits,
        may_withdraw=invoice.kind not in ISSUED_BY_US and not answers.tells_at_once(invoice),
        tells=answers.before_the_click(invoice, Answer.ACCEPTED),
    )


def becomes(invoice) -> PaymentStatus:
    """The payment status that approval uncovers: money may have come before it."""
    if invoice.payable is None:
        return PaymentStatus.UNPAID
    return PaymentStatus(invoice.payment_status)

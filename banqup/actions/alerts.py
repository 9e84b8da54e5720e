"""Who has to know when something happens to a document after a decision about it."""

from decimal import Decimal

from banqup.conversations import notices
from banqup.conversations.topics import Topic
from banqup.invoices.models import Invoice
from banqup.spaces.roles import Capability

from .approval import may_approve
from .rights import may_pay


def refused_after_processing(invoice: Invoice, *, by) -> None:
    """The accountant booked it: the booking has to be undone (LIFECYCLE C8). In the refusal's transaction."""
    engagement = invoice.space.active_engagement()
    if engagement is not None:
        told = notices.members_with(engagement.partner, Capability.PROCESS)
        topic = Topic.REFUSED_AFTER_PROCESSING
        notices.notify(users=told, topic=topic, invoice=invoice, space=engagement.partner, by=by)


def paid_while_refused(invoice: Invoice, *, amount: Decimal, by) -> None:
    """Money landed on a refused document (LIFECYCLE C20). In the payment's transaction."""
    told = notices.members_with(invoice.space, may_pay(invoice), may_approve(invoice))
    words = f"{invoice.currency} {amount}"
    topic = Topic.PAID_WHILE_REFUSED
    notices.notify(users=told, topic=topic, invoice=invoice, space=invoice.space, by=by, amount=words)

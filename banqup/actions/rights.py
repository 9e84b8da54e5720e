"""Which right a verb takes: each of the two lists has its own (LIFECYCLE §4, §5, §8)."""

from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.spaces.roles import Capability

# Whoever has one of these may send something; which documents, `may_resend` says.
RESEND = frozenset({Capability.RESEND_PURCHASE, Capability.RESEND_SALES})


def may_edit(invoice: Invoice) -> Capability:
    return Capability.EDIT_SALES if invoice.kind in statuses.SALES_LIST else Capability.EDIT_PURCHASE


def may_pay(invoice: Invoice) -> Capability:
    """For payments and for links of credit notes."""
    return Capability.PAY_SALES if invoice.kind in statuses.SALES_LIST else Capability.PAY_PURCHASE


def may_resend(invoice: Invoice) -> Capability:
    return Capability.RESEND_SALES if invoice.kind in statuses.SALES_LIST else Capability.RESEND_PURCHASE

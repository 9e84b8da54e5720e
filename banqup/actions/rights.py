"""Which right a verb takes, each of the two lists has its own (LIFECYCLE §4, §5, §8); and how a verb begins."""

import copy

from django.utils.translation import gettext as _

from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.spaces.access import standing
from banqup.spaces.roles import Capability

from .refusals import ChangedMeanwhile, NotAllowed

# Whoever has one of these may send something; which documents, `may_resend` says.
RESEND = frozenset({Capability.RESEND_PURCHASE, Capability.RESEND_SALES})


def may_edit(invoice: Invoice) -> Capability:
    return Capability.EDIT_SALES if invoice.kind in statuses.SALES_LIST else Capability.EDIT_PURCHASE


def may_pay(invoice: Invoice) -> Capability:
    """For payments and for links of credit notes."""
    return Capability.PAY_SALES if invoice.kind in statuses.SALES_LIST else Capability.PAY_PURCHASE


def may_resend(invoice: Invoice) -> Capability:
    return Capability.RESEND_SALES if invoice.kind in statuses.SALES_LIST else Capability.RESEND_PURCHASE


def may_approve(invoice: Invoice) -> Capability:
    return Capability.APPROVE_SALES if invoice.kind in statuses.SALES_LIST else Capability.APPROVE_PURCHASE


def require(by, invoice: Invoice, capability: Capability) -> None:
    """Raises NotAllowed unless `by` carries `capability` in the invoice's own space."""
    if capability not in standing(by, invoice.space).business:
        raise NotAllowed(lacking(capability))


def lacking(capability: Capability) -> str:
    """What whoever lacks `capability` is told."""
    return _("You may not %s here.") % capability.label


def locked(invoice: Invoice, version: int | None) -> Invoice:
    """The invoice with its row locked, as it stands. Raises ChangedMeanwhile when it is not the `version` seen.

    Every change raises the version, so a copy in memory of the row's own version is the row.
    """
    standing_version = Invoice.objects.select_for_update().values_list("version", flat=True).get(pk=invoice.pk)
    if standing_version == invoice.version:
        fresh = copy.copy(invoice)
    else:
        fresh = Invoice.objects.get(pk=invoice.pk)
        fresh.space = invoice.space
    if version is not None and standing_version != version:
        raise ChangedMeanwhile(fresh)
    return fresh

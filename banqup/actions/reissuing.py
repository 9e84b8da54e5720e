"""Credit an invoice that was refused or not delivered and issue it anew, in one step: two drafts, which a person completes and sends."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus, DocumentStatus, Kind

from . import chain, drafts
from .refusals import NotPossible
from .rights import locked, may_edit, require


@dataclass(frozen=True)
class Reissue:
    """Both are drafts. There is no credit note where others have credited the invoice in full already."""

    credit_note: Invoice | None
    invoice: Invoice


def reissue(*, invoice: Invoice, by) -> Reissue:
    """A draft of a credit note for all of a refused or undelivered `invoice`, and one of a new invoice with its content.

    Nothing is sent, and the status of `invoice` stays (LIFECYCLE §7). Raises NotAllowed, NotPossible.
    """
    require(by, invoice, may_edit(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)  # who clicks twice makes one pair
        if not can_be_issued_again(invoice):
            words = _("Only a sales invoice that the customer refused or did not receive is credited and issued again.")
            raise NotPossible(words)
        for link in chain.of(invoice):
            if link.relation == chain.Relation.COPIED_AS and link.invoice.is_draft:
                told = _("A new invoice is being made of it already: open the draft of %s.")
                raise NotPossible(told % f"{link.invoice.created_at:%d/%m/%Y %H:%M}")
        credited = invoice.open_amount is not None and invoice.open_amount <= 0
        if credited or _is_being_credited(invoice):
            return Reissue(None, drafts.start(space=invoice.space, by=by, like=invoice))
        note = drafts.credit(invoice=invoice, by=by)
        return Reissue(note, drafts.start(space=invoice.space, by=by, like=invoice))


def can_be_issued_again(invoice: Invoice) -> bool:
    """A sales invoice that the customer refused, or that could not be brought to it."""
    refused = invoice.document_status == DocumentStatus.REFUSED
    undelivered = invoice.is_released and invoice.delivery_status == DeliveryStatus.DELIVERY_FAILED
    return invoice.kind == Kind.SALES and not invoice.is_credit_note and (refused or undelivered)


def _is_being_credited(invoice: Invoice) -> bool:
    """A draft of its credit note is there: a second one would credit it twice."""
    links = (link for link in chain.of(invoice) if link.relation == chain.Relation.CREDITED_BY)
    return any(link.invoice.is_draft for link in links)

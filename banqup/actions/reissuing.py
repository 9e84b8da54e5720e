"""Credit a refused invoice and issue it anew, in one step: two drafts, which a person completes and sends."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus, Kind

from . import chain, drafts
from .refusals import NotPossible
from .rights import locked, may_edit, require


@dataclass(frozen=True)
class Reissue:
    """Both are drafts. There is no credit note where others have credited the invoice in full already."""

    credit_note: Invoice | None
    invoice: Invoice


def reissue(*, invoice: Invoice, by) -> Reissue:
    """A draft of a credit note for all of a refused `invoice`, and one of a new invoice with its content.

    Nothing is sent, and the refusal stays (LIFECYCLE §7). Raises NotAllowed, NotPossible.
    """
    require(by, invoice, may_edit(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)  # who clicks twice makes one pair
        refused = invoice.document_status == DocumentStatus.REFUSED
        if invoice.kind != Kind.SALES or invoice.is_credit_note or not refused:
            raise NotPossible(_("Only a sales invoice that the customer refused is credited and issued again."))
        for link in chain.of(invoice):
            if link.relation == chain.Relation.COPIED_AS and link.invoice.is_draft:
                told = _("A new invoice is being made of it already: open the draft of %s.")
                raise NotPossible(told % f"{link.invoice.created_at:%d/%m/%Y %H:%M}")
        credited = invoice.open_amount is not None and invoice.open_amount <= 0
        if credited or _is_being_credited(invoice):
            return Reissue(None, drafts.start(space=invoice.space, by=by, like=invoice))
        note = drafts.credit(invoice=invoice, by=by)
        return Reissue(note, drafts.start(space=invoice.space, by=by, like=invoice))


def _is_being_credited(invoice: Invoice) -> bool:
    """A draft of its credit note is there: a second one would credit it twice."""
    links = (link for link in chain.of(invoice) if link.relation == chain.Relation.CREDITED_BY)
    return any(link.invoice.is_draft for link in links)

"""The recycle bin: delete what was never approved, restore it (LIFECYCLE P11, S14)."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.invoices import statuses
from banqup.invoices.models import DuplicateDecision, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.models.receipt import Channel
from banqup.spaces.roles import Capability

from .approval import locked, may_approve, require
from .disputes import keep
from .refusals import NotPossible
from .rights import may_edit

# A sender was told that we have it; it is refused, not deleted.
NETWORK_CHANNELS = frozenset({Channel.INBOUND, Channel.PEPPOL})


def may_delete(invoice: Invoice) -> Capability:
    if invoice.is_draft:
        return may_edit(invoice)  # nobody has been told of it
    return Capability.EDIT_SALES if invoice.kind in statuses.SALES_LIST else may_approve(invoice)


def in_the_way(invoice: Invoice) -> str:
    """Why it can't be deleted; empty when it can."""
    if invoice.is_released or not (invoice.is_draft or invoice.document_status in statuses.OPEN_FOR_EDITING):
        return _("Only what was never approved, disputed or refused can be deleted.")
    if invoice.channel in NETWORK_CHANNELS:
        return _("It came over a network, and its sender knows that you have it. Refuse it instead.")
    if invoice.paid or invoice.credited:
        return _("A payment stands on it. Undo the payment first.")
    return ""


def delete(*, invoice: Invoice, by) -> Invoice:
    """To the recycle bin; its file stays for the time of retention. Raises NotAllowed, NotPossible."""
    require(by, invoice, may_delete(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if invoice.deleted_at is not None:
            raise NotPossible(_("%s is in the recycle bin already.") % invoice.title)
        if reason := in_the_way(invoice):
            raise NotPossible(reason)
        invoice.deleted_at = timezone.now()
        keep(invoice, Verb.DELETED, by)
    return invoice.reread()


def restore(*, invoice: Invoice, by) -> Invoice:
    """Out of the recycle bin, as it was. Raises NotAllowed, NotPossible (the same file came in again)."""
    require(by, invoice, may_delete(invoice))
    try:
        with transaction.atomic():
            invoice = locked(invoice, None)
            if invoice.deleted_at is None:
                raise NotPossible(_("%s is not in the recycle bin.") % invoice.title)
            invoice.deleted_at = None
            # Whoever restores a duplicate takes the decision about it back.
            DuplicateDecision.objects.filter(copy=invoice, undone_at=None).update(
                undone_at=timezone.now(), undone_by=by
            )
            keep(invoice, Verb.RESTORED, by)
    except IntegrityError as error:
        raise NotPossible(
            _("The same file came in again meanwhile: %s can't be restored beside it.") % invoice.title
        ) from error
    return invoice.reread()

"""Undo an approval while nobody has seen it (LIFECYCLE §4, P13)."""

from django.db import transaction
from django.utils.translation import gettext as _

from banqup.exports import outbox
from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer

from . import answers
from .approval import locked, may_approve, require
from .disputes import keep, move
from .refusals import NotPossible

# What an integration has, or may have at this moment.
_LEFT = (ExportState.DELIVERED, ExportState.SENDING)


def in_the_way(invoice: Invoice) -> str:
    """Why the approval can't be withdrawn; empty when it can. Two queries at most."""
    gone = invoice.exports.filter(state__in=_LEFT) | invoice.exports.filter(attempts__isnull=False)
    export = gone.select_related("integration").first()
    if export is not None:
        return _("%s already has it, or may have it. Dispute or refuse instead.") % export.integration.name
    if invoice.processed_at is not None:
        return _("The accountant has processed it. Dispute or refuse instead.")
    if invoice.paid or invoice.credited:
        return _("A payment stands on it. Undo the payment first.")
    if (told := answers.told_for_good(invoice)) is not None:
        words = _("%(who)s was told that it is %(answer)s, or may know it. Dispute or refuse instead.")
        who = invoice.counterparty_name or _("The supplier")
        return words % {"who": who, "answer": told.get_code_display()}
    return ""


def withdraw_approval(*, invoice: Invoice, by, version: int | None = None) -> Invoice:
    """Back to *waiting for approval*: waiting exports are cancelled, the generated e-invoice is put aside.

    The bytes stay in storage, and their hash in the history. Raises NotAllowed, NotPossible,
    ChangedMeanwhile. Returns the invoice re-read.
    """
    require(by, invoice, may_approve(invoice))
    with transaction.atomic():
        invoice = locked(invoice, version)
        # The rows are locked against a worker that would claim one at this moment.
        list(Export.objects.select_for_update().filter(invoice=invoice).values_list("pk"))
        if reason := in_the_way(invoice):
            raise NotPossible(reason)
        withdrawn = invoice.content_sha256
        move(invoice, invoice.withdraw_approval, _("The approval of %s can't be withdrawn any more."))
        invoice.content_sha256, invoice.approved_by = "", None
        outbox.cancel(Export.objects.filter(invoice=invoice), reason=_("The approval was withdrawn."))
        Attachment.objects.filter(invoice=invoice, role=Attachment.Role.E_INVOICE).delete()
        told = answers.take_back(invoice, Answer.ACCEPTED)
        keep(invoice, Verb.WITHDRAWN, by, content_sha256=withdrawn, **told)
    return invoice.reread()

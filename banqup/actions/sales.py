"""After a sale: what the customer says, and when we give up (LIFECYCLE §5, S7–S11)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer, CustomerAnswer, WontBePaidReason
from banqup.invoices.statuses import Kind
from banqup.sending import ranks
from banqup.spaces.roles import Capability

from . import transmitting
from .approval import locked, require
from .disputes import checked_reason, keep, move
from .hearing import customer_said
from .refusals import NotPossible


def record_answer(*, invoice: Invoice, answer: str, reason: str = "", note: str = "", by) -> Invoice:
    """Record by hand what the customer said; any answer proves arrival. Money moves only in the ledger.

    A question or a refusal needs a reason. Raises NotAllowed, NotPossible. Returns it re-read.
    """
    require(by, invoice, Capability.APPROVE_SALES)
    if answer not in CustomerAnswer.values:
        raise NotPossible(_("Choose what the customer said."))
    objection = None if answer == CustomerAnswer.ACCEPTED else checked_reason(reason, note)
    with transaction.atomic():
        invoice = locked(invoice, None)
        if answer == CustomerAnswer.ACCEPTED and not ranks.follows(customer_said(invoice), Answer.ACCEPTED):
            raise NotPossible(
                _("The customer refused %s, which is final. Mark it as resolved first, or record a payment.")
                % invoice.title
            )
        transition = {
            CustomerAnswer.ACCEPTED: invoice.customer_accepts,
            CustomerAnswer.QUERIED: invoice.customer_queries,
            CustomerAnswer.REFUSED: invoice.customer_refuses,
        }[CustomerAnswer(answer)]
        words = _("This answer does not fit the present state of %s.")
        transmitting.arrived(invoice, by=by)
        move(invoice, transition, words)
        keep(invoice, Verb.CUSTOMER_ANSWERED, by, reason=objection, note=note, answer=answer)
    return invoice.reread()


def mark_wont_be_paid(*, invoice: Invoice, reason: str, note: str = "", by) -> Invoice:
    """Close a sale that will not be paid (S10). Raises NotAllowed, NotPossible. Returns it re-read."""
    require(by, invoice, Capability.CLOSE_SALES)
    if reason not in WontBePaidReason.values:
        raise NotPossible(_("Choose a reason."))
    if reason == WontBePaidReason.OTHER and not note.strip():
        raise NotPossible(_("Say in the note why."))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if invoice.kind not in statuses.SALES_LIST or invoice.is_credit_note or not invoice.is_released:
            raise NotPossible(_("Only a released sales invoice can be marked as won't be paid."))
        if invoice.wont_be_paid_at is not None or invoice.open_amount is None or invoice.open_amount <= 0:
            raise NotPossible(_("Nothing is open on %s.") % invoice.title)
        _close(invoice, WontBePaidReason(reason))
        invoice.wont_be_paid_at = timezone.now()
        keep(invoice, Verb.WONT_BE_PAID, by, note=note, reason_to_close=reason)
    return invoice.reread()


def _close(invoice: Invoice, reason: WontBePaidReason) -> None:
    disputed = invoice.document_status == statuses.DocumentStatus.DISPUTED
    refused = invoice.document_status == statuses.DocumentStatus.REFUSED
    if refused or not (disputed or reason == WontBePaidReason.REFUSED):
        return
    if invoice.kind == Kind.SALES:
        move(invoice, invoice.close_as_refused, _("%s has not reached the customer, who can't have refused it."))
    else:
        move(invoice, invoice.refuse, _("%s can't be closed in its present state."))


def mark_as_resolved(*, invoice: Invoice, note: str, by) -> Invoice:
    """The matter is settled after all: back to what the ledger says, *Unpaid* as a rule (S11).

    Raises NotAllowed, NotPossible. Returns it re-read.
    """
    require(by, invoice, Capability.APPROVE_SALES)
    if not note.strip():
        raise NotPossible(_("Say in the note how it was settled."))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if invoice.kind not in statuses.SALES_LIST:
            raise NotPossible(_("%s is not a sale.") % invoice.title)
        ways = [invoice.resolve_accepted_sale, invoice.resolve_sale]
        if invoice.wont_be_paid_at is not None:
            # What a customer issues in our name: an objection alone ends with `resolve`, giving up ends here.
            ways.append(invoice.resolve_released)
        way = next((way for way in ways if can_proceed(way)), None)
        if way is None and invoice.wont_be_paid_at is None:
            raise NotPossible(_("There is nothing to resolve on %s.") % invoice.title)
        if way is not None:
            way()
        invoice.wont_be_paid_at = None
        keep(invoice, Verb.MARKED_RESOLVED, by, note=note)
    return invoice.reread()

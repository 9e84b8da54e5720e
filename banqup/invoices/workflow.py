"""The status fields of an invoice and every transition between their values, on one screen.

A transition sets only its own columns. It checks neither permission nor version, saves nothing and
writes no history: the verbs in `banqup.actions` do that, in one transaction. The predicate that
guards a transition stands directly above it and reads only the invoice's own columns. The rows are
LIFECYCLE §4–§7; `tests/invoices/test_workflow.py` holds them as a table, and both change together.
"""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from . import statuses
from .statuses import DeliveryStatus as L
from .statuses import DocumentStatus as D
from .statuses import Kind


def not_released(invoice) -> bool:
    return invoice.released_at is None and invoice.deleted_at is None


def has_no_errors(invoice) -> bool:
    return not_released(invoice) and invoice.error_count == 0


def we_received_it(invoice) -> bool:
    """Purchase invoices, and what a customer issues in our name: our approval is the last word."""
    return has_no_errors(invoice) and invoice.kind not in statuses.ISSUED_BY_US


def we_issue_for_the_supplier(invoice) -> bool:
    return has_no_errors(invoice) and invoice.kind == Kind.SELF_BILLED_OUT


def we_sell(invoice) -> bool:
    return has_no_errors(invoice) and invoice.kind == Kind.SALES


def may_wait_validated(invoice) -> bool:
    """A sales document is Validated only by being approved; the others wait there for approval."""
    return has_no_errors(invoice) and invoice.kind != Kind.SALES


def received_and_present(invoice) -> bool:
    """What others issued: we may object to it."""
    return invoice.kind != Kind.SALES and invoice.deleted_at is None


def not_fully_paid(invoice) -> bool:
    """What is paid in full is disputed, not refused (P8, C19)."""
    return received_and_present(invoice) and (invoice.open_amount is None or invoice.open_amount > 0)


def released_to_us(invoice) -> bool:
    return received_and_present(invoice) and invoice.released_at is not None


def never_released(invoice) -> bool:
    return received_and_present(invoice) and invoice.released_at is None


def nothing_has_left(invoice) -> bool:
    """As far as its own columns tell; the verb asks the outbox and the ledger (P13)."""
    return (
        invoice.released_at is not None
        and invoice.processed_at is None
        and invoice.wont_be_paid_at is None
        and invoice.delivery_status == L.NONE
        and invoice.paid == 0
        and invoice.credited == 0
    )


def we_sold(invoice) -> bool:
    return invoice.kind == Kind.SALES and invoice.released_at is not None


def we_issued(invoice) -> bool:
    """Sales, and what we issue for suppliers: we deliver it."""
    return invoice.kind in statuses.ISSUED_BY_US and invoice.released_at is not None


def customer_has_not_spoken(invoice) -> bool:
    """Once the customer answered, or the seller closed it, nothing is sent again and a late failure changes nothing (§6)."""
    waits = D.VALIDATED if invoice.kind == Kind.SALES else D.FULLY_APPROVED
    return we_issued(invoice) and invoice.document_status == waits


def customer_has_it(invoice) -> bool:
    return we_sold(invoice) and invoice.delivery_status in statuses.HAS_LEFT


def customer_had_accepted(invoice) -> bool:
    return we_sold(invoice) and invoice.accepted_at is not None


def customer_had_not_accepted(invoice) -> bool:
    return we_sold(invoice) and invoice.accepted_at is None


class Workflow(models.Model):
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    document_status = FSMField(
        _("document status"), default=D.AWAITING_VALIDATION, choices=D, protected=True, max_length=20
    )
    delivery_status = FSMField(_("delivery status"), default=L.NONE, choices=L, protected=True, max_length=16)
    error_count = models.PositiveSmallIntegerField(default=0, editable=False)
    released_at = models.DateTimeField(_("released"), null=True, blank=True, editable=False)
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True, editable=False)
    wont_be_paid_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Our customer's acceptance, by network or by hand: where *Mark as resolved* goes back to.
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    # --- before approval ------------------------------------------------------------------------
    @transition(
        field=document_status,
        source=[D.AWAITING_VALIDATION, D.VALIDATED],
        target=D.AWAITING_VALIDATION,
        conditions=[not_released],
    )
    def keep_waiting(self):
        """Saved with findings, or a sales document saved: a person must still act (P4, S5)."""

    @transition(
        field=document_status,
        source=[D.AWAITING_VALIDATION, D.VALIDATED],
        target=D.VALIDATED,
        conditions=[may_wait_validated],
    )
    def wait_for_approval(self):
        """Saved without errors: complete, not approved, nothing leaves (P2, P4)."""

    # --- approval -------------------------------------------------------------------------------
    @transition(
        field=document_status,
        source=[D.AWAITING_VALIDATION, D.VALIDATED, D.DISPUTED],
        target=D.FULLY_APPROVED,
        conditions=[we_received_it],
    )
    def approve_received(self):
        """The last approval of what others issued; it settles a dispute from before the release (P1, P6, C18)."""
        self.released_at = timezone.now()

    @transition(
        field=document_status,
        source=[D.AWAITING_VALIDATION, D.VALIDATED, D.DISPUTED],
        target=D.FULLY_APPROVED,
        conditions=[we_issue_for_the_supplier],
    )
    def approve_self_billed(self):
        """Approval of an invoice that we issue for a supplier: as our own approval, then delivery (§7d)."""
        self.released_at = timezone.now()

    @transition(
        field=document_status,
        source=D.AWAITING_VALIDATION,
        target=D.VALIDATED,
        conditions=[we_sell],
    )
    def approve_sales(self):
        """Approval of an imported sales document; the customer's answer may follow (S6)."""
        self.released_at = timezone.now()

    @transition(field=document_status, source=D.DRAFT, target=D.VALIDATED, conditions=[we_sell])
    def issue_sales(self):
        """*Send* in the Document Creator: number, release, delivery (S2)."""
        self.released_at = timezone.now()

    @transition(field=document_status, source=D.DRAFT, target=D.FULLY_APPROVED, conditions=[we_issue_for_the_supplier])
    def issue_self_billed(self):
        """*Send* of what we issue for a supplier: our own approval as well (§7d)."""
        self.released_at = timezone.now()

    # --- objections to what we received -----------------------------------------------------------
    @transition(
        field=document_status,
        source=[D.AWAITING_VALIDATION, D.VALIDATED, D.FULLY_APPROVED],
        target=D.DISPUTED,
        conditions=[received_and_present],
    )
    def dispute(self):
        """We object and expect an answer; no payment meanwhile (P7)."""
        self.wont_be_paid_at = None

    @transition(
        field=document_status,
        source=[D.AWAITING_VALIDATION, D.VALIDATED, D.FULLY_APPROVED, D.DISPUTED],
        target=D.REFUSED,
        conditions=[not_fully_paid],
    )
    def refuse(self):
        """We will not accept it (P8). A booking that was made must be undone: back to *To check* (C8)."""
        self.processed_at = None

    @transition(
        field=document_status,
        source=[D.DISPUTED, D.REFUSED],
        target=D.FULLY_APPROVED,
        conditions=[released_to_us],
    )
    def resolve_released(self):
        """The objection is settled; it stands as approved as before. Never exports again (P9)."""

    @transition(
        field=document_status,
        source=[D.DISPUTED, D.REFUSED],
        target=D.AWAITING_VALIDATION,
        conditions=[never_released],
    )
    def reopen(self):
        """The objection to an unapproved document is settled: a person looks at it again (P9)."""
        self.wont_be_paid_at = None

    @transition(field=document_status, source=D.FULLY_APPROVED, target=D.VALIDATED, conditions=[nothing_has_left])
    def withdraw_approval(self):
        """Undo of an approval that nobody has seen yet (P13)."""
        self.released_at = None

    # --- what our customer says -------------------------------------------------------------------
    @transition(
        field=document_status,
        source=[D.VALIDATED, D.DISPUTED],
        target=D.FULLY_APPROVED,
        conditions=[we_sold],
    )
    def customer_accepts(self):
        """Any answer proves that it arrived (S7); the payment status does not move."""
        self.accepted_at = timezone.now()

    @transition(
        field=document_status,
        source=[D.VALIDATED, D.FULLY_APPROVED],
        target=D.DISPUTED,
        conditions=[we_sold],
    )
    def customer_queries(self):
        """The customer has questions (S8)."""
        self.wont_be_paid_at = None

    @transition(
        field=document_status,
        source=[D.VALIDATED, D.FULLY_APPROVED, D.DISPUTED],
        target=D.REFUSED,
        conditions=[we_sold],
    )
    def customer_refuses(self):
        """The customer will not pay it as it is (S9); what was booked must be undone (C8)."""
        self.processed_at = None

    @transition(
        field=document_status,
        source=[D.VALIDATED, D.FULLY_APPROVED, D.DISPUTED],
        target=D.REFUSED,
        conditions=[customer_has_it],
    )
    def close_as_refused(self):
        """We give up on it because it is refused, or because the dispute leads nowhere (S10)."""
        self.processed_at = None

    @transition(
        field=document_status,
        source=[D.DISPUTED, D.REFUSED],
        target=D.FULLY_APPROVED,
        conditions=[customer_had_accepted],
    )
    def resolve_accepted_sale(self):
        """Settled with a customer who had accepted it (S11)."""
        self.wont_be_paid_at = None

    @transition(
        field=document_status,
        source=[D.DISPUTED, D.REFUSED],
        target=D.VALIDATED,
        conditions=[customer_had_not_accepted],
    )
    def resolve_sale(self):
        """Settled with a customer who has not accepted it yet (S11)."""
        self.wont_be_paid_at = None

    # --- delivery -------------------------------------------------------------------------------
    @transition(field=delivery_status, source=L.NONE, target=L.SENT)
    def delivered_elsewhere(self):
        """The business says that the customer already has it (S6)."""

    @transition(
        field=delivery_status,
        source=[L.NONE, L.SENDING, L.DELIVERY_FAILED, L.SENT],
        target=L.READY_TO_SEND,
        conditions=[customer_has_not_spoken],
    )
    def wait_for_sending(self):
        """Released, to be tried again, or sent again by a person (§6, §8)."""

    @transition(field=delivery_status, source=L.READY_TO_SEND, target=L.SENDING, conditions=[we_issued])
    def begin_sending(self):
        """A worker has taken it (§6)."""

    @transition(field=delivery_status, source=L.SENDING, target=L.SENT, conditions=[we_issued])
    def transport_accepted(self):
        """The transport took it; that is no proof of arrival (§6)."""

    @transition(
        field=delivery_status,
        source=[L.READY_TO_SEND, L.SENDING, L.SENT],
        target=L.DELIVERY_FAILED,
        conditions=[customer_has_not_spoken],
    )
    def delivery_fails(self):
        """For good, perhaps long after it was sent (§6)."""

    @transition(
        field=delivery_status,
        source=[L.READY_TO_SEND, L.SENDING, L.SENT, L.DELIVERY_FAILED, L.RECEIVED],
        target=L.RECEIVED,
        conditions=[we_issued],
    )
    def proved_to_have_arrived(self):
        """By the transport, by any answer, or by hand (§6). Received never goes back."""

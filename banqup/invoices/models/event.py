"""Append-only history: what happened to an invoice, who did it, and when."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.spaces.models import Space, User


class Verb(models.TextChoices):
    RECEIVED = "received", _("Received")
    RECEIVED_AGAIN = "received_again", _("The same file came again")
    CHECKED = "checked", _("Checked")
    READ = "read", _("Read")
    ATTACHED = "attached", _("File attached")
    DETACHED = "detached", _("File removed")
    SPLIT = "split", _("Split into documents")
    SPLIT_UNDONE = "split_undone", _("Split undone")
    CREATED = "created", _("Draft made")
    SAVED = "saved", _("Saved")
    APPROVED_STEP = "approved_step", _("Approved a step")
    APPROVED = "approved", _("Approved")
    APPROVED_AUTOMATICALLY = "approved_automatically", _("Approved automatically")
    PROCESSED = "processed", _("Marked as processed")
    UNPROCESSED = "unprocessed", _("Mark as processed undone")
    PAYMENT_RECORDED = "payment_recorded", _("Payment recorded")
    PAYMENT_UNDONE = "payment_undone", _("Payment undone")
    CREDITED = "credited", _("Credit note linked")
    UNCREDITED = "uncredited", _("Credit note unlinked")
    MARKED_UNPAID = "marked_unpaid", _("Marked as unpaid")
    STANDS_ALONE = "stands_alone", _("Stand-alone credit note")
    DUPLICATE_DECIDED = "duplicate_decided", _("Decided about a possible duplicate")
    DUPLICATE_UNDONE = "duplicate_undone", _("Decision about a duplicate undone")
    EXPORT_DELIVERED = "export_delivered", _("Delivered")
    EXPORT_FAILED = "export_failed", _("Not delivered")
    EXPORT_CANCELLED = "export_cancelled", _("Delivery cancelled")
    EXPORT_REQUESTED = "export_requested", _("Sent to integrations")
    ASSIGNED = "assigned", _("Approver chosen")
    DISPUTED = "disputed", _("Disputed")
    REFUSED = "refused", _("Refused")
    RESOLVED = "resolved", _("Resolved")
    WITHDRAWN = "withdrawn", _("Approval withdrawn")
    DELETED = "deleted", _("Moved to the recycle bin")
    RESTORED = "restored", _("Restored")
    CUSTOMER_ANSWERED = "customer_answered", _("Customer answered")
    # What the network says of a sale without a decision in it: received, in process.
    CUSTOMER_TOLD = "customer_told", _("Customer said")
    ANSWER_IGNORED = "answer_ignored", _("Answer kept, changed nothing")
    TRANSMISSION_QUEUED = "transmission_queued", _("Ready to send")
    TRANSMITTED = "transmitted", _("Sent to the customer")
    ARRIVED = "arrived", _("Received by the customer")
    TRANSMISSION_FAILED = "transmission_failed", _("Delivery failed")
    TRANSMISSION_CANCELLED = "transmission_cancelled", _("Sending cancelled")
    COPY_SENT = "copy_sent", _("Copy sent")
    REMINDED = "reminded", _("Reminder sent")
    ANSWER_SENT = "answer_sent", _("Supplier told")
    ANSWER_NOT_SENT = "answer_not_sent", _("Supplier could not be told")
    WONT_BE_PAID = "wont_be_paid", _("Marked as won't be paid")
    MARKED_RESOLVED = "marked_resolved", _("Marked as resolved")
    COMMENTED = "commented", _("Comment")
    # A note for one side only: never told to the other.
    NOTED = "noted", _("Note for one side")
    ASKED = "asked", _("Question")
    ANSWERED = "answered", _("Answer")
    QUESTION_CLOSED = "question_closed", _("Question closed without an answer")


class Event(models.Model):
    """Written by `banqup.invoices.journal` in the transaction of the change it tells of; never changed or deleted."""

    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="events")
    # The invoice's, so that a space's own history starts from the space.
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    # Without choices: a new verb changes no table.
    verb = models.CharField(max_length=30)
    at = models.DateTimeField(default=timezone.now)
    # No actor: the system did it, by a rule that `data` names.
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # The accountant's space through which the actor acted on behalf of the business.
    through = models.ForeignKey(Space, null=True, on_delete=models.PROTECT, related_name="+")
    # The absent approver in whose place the actor acted.
    substitute_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    # The link in the document's hash chain.
    position = models.PositiveIntegerField(editable=False)
    digest = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("event")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="event_position_once")]
        indexes = [
            models.Index(fields=["invoice", "-id"], name="event_history"),
            models.Index(fields=["space", "-id"], name="event_of_space"),
        ]

    def __str__(self):
        return f"{self.get_verb_display()} {self.at:%Y-%m-%d %H:%M}"

    def get_verb_display(self) -> str:
        return str(Verb(self.verb).label) if self.verb in Verb.values else self.verb

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise TypeError("History is append-only: an event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("History is append-only: an event is never deleted.")

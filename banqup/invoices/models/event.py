"""Append-only history: what happened to an invoice, who did it, and when."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.spaces.models import User


class Verb(models.TextChoices):
    RECEIVED = "received", _("Received")
    RECEIVED_AGAIN = "received_again", _("The same file came again")
    CHECKED = "checked", _("Checked")
    SAVED = "saved", _("Saved")
    APPROVED = "approved", _("Approved")
    APPROVED_AUTOMATICALLY = "approved_automatically", _("Approved automatically")
    PROCESSED = "processed", _("Marked as processed")
    UNPROCESSED = "unprocessed", _("Mark as processed undone")
    PAYMENT_RECORDED = "payment_recorded", _("Payment recorded")
    PAYMENT_UNDONE = "payment_undone", _("Payment undone")
    CREDITED = "credited", _("Credit note linked")
    UNCREDITED = "uncredited", _("Credit note unlinked")
    EXPORT_DELIVERED = "export_delivered", _("Delivered")
    EXPORT_FAILED = "export_failed", _("Not delivered")
    EXPORT_CANCELLED = "export_cancelled", _("Delivery cancelled")
    EXPORT_REQUESTED = "export_requested", _("Sent to integrations")
    DISPUTED = "disputed", _("Disputed")
    REFUSED = "refused", _("Refused")
    RESOLVED = "resolved", _("Resolved")
    WITHDRAWN = "withdrawn", _("Approval withdrawn")
    DELETED = "deleted", _("Moved to the recycle bin")
    RESTORED = "restored", _("Restored")
    CUSTOMER_ANSWERED = "customer_answered", _("Customer answered")
    WONT_BE_PAID = "wont_be_paid", _("Marked as won't be paid")
    MARKED_RESOLVED = "marked_resolved", _("Marked as resolved")


class Event(models.Model):
    """Written in the transaction of the change it tells of; never changed or deleted."""

    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(max_length=30, choices=Verb)
    at = models.DateTimeField(default=timezone.now)
    # No actor: the system did it, by a rule that `data` names.
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("event")
        ordering = ["-id"]
        indexes = [models.Index(fields=["invoice", "-id"], name="event_history")]

    def __str__(self):
        return f"{self.get_verb_display()} {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise TypeError("History is append-only: an event is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("History is append-only: an event is never deleted.")

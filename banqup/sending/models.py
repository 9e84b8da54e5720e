"""What is owed to the other side over the network: written with the decision, sent later."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.invoices.models import Event, Invoice
from banqup.invoices.reasons import Answer
from banqup.spaces.models import User


class OwedAnswer(models.Model):
    """An Invoice Response to a supplier (Peppol BIS 63) that a decision of ours calls for."""

    class State(models.TextChoices):
        DUE = "due", _("To be sent")
        SUPERSEDED = "superseded", _("Not needed any more")
        # The rank rule forbids it: a person has to tell the supplier in another way.
        NOT_SENDABLE = "not_sendable", _("Can't be sent over the network")

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="answers")
    # The decision that it tells of.
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="answers")
    code = models.CharField(_("answer"), max_length=3, choices=Answer)
    # OPStatusReason and OPStatusAction; empty where the code needs none.
    reason = models.CharField(max_length=3, blank=True)
    action = models.CharField(max_length=3, blank=True)
    note = models.TextField(_("note"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DUE)
    # For one that can't be sent: the answer that stands in its way.
    after = models.CharField(max_length=3, choices=Answer, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("answer to a supplier")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["event", "code"], name="answer_once_an_event"),
            models.CheckConstraint(
                condition=Q(state="not_sendable") & ~Q(after="") | ~Q(state="not_sendable") & Q(after=""),
                name="answer_not_sendable_says_why",
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(state="due"), name="answer_due")]

    def __str__(self):
        return f"{self.code} {self.invoice_id}"

"""A sales document on its way to a customer, and each try."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.invoices.models import Invoice
from banqup.spaces.models import Space, User

from .access_point import AccessPoint


class Way(models.TextChoices):
    """How a document gets to the customer, the best first (LIFECYCLE §6)."""

    PLATFORM = "platform", _("To their space on this server")
    PEPPOL = "peppol", _("Peppol")
    EMAIL = "email", _("E-mail")
    BY_HAND = "by_hand", _("By hand")


class TransmissionState(models.TextChoices):
    QUEUED = "queued", _("Ready to send")
    SENDING = "sending", _("Sending")
    WAITING = "waiting", _("Tried, tried again later")
    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    FAILED = "failed", _("Delivery failed")
    CANCELLED = "cancelled", _("Cancelled")


# The worker may take it when its time has come.
CLAIMABLE = frozenset({TransmissionState.QUEUED, TransmissionState.WAITING})
# Not over yet: there is one of these at most for each document.
PENDING = CLAIMABLE | {TransmissionState.SENDING}


class Transmission(models.Model):
    """One sending of a document to its customer. Retries keep message id and bytes; *Resend* is a new row."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="transmissions")
    # 1 for the first sending, 2… for each resend.
    sequence = models.PositiveSmallIntegerField(default=1)
    way = models.CharField(_("way"), max_length=10, choices=Way)
    access_point = models.ForeignKey(AccessPoint, null=True, on_delete=models.PROTECT, related_name="transmissions")
    # Whom it goes to, by its way: a Peppol id `0208:0123456789`, an e-mail address, or the space on this server.
    recipient = models.CharField(_("recipient"), max_length=320, blank=True)
    recipient_space = models.ForeignKey(Space, null=True, on_delete=models.PROTECT, related_name="+")
    # The Peppol id on the customer's page when it was queued; null: not noted. Later another one: it was corrected.
    known_peppol_id = models.CharField(max_length=110, null=True, blank=True, editable=False)
    language = models.CharField(max_length=5, blank=True)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content_sha256 = models.CharField(max_length=64, help_text="Hash of the released e-invoice.")
    state = models.CharField(max_length=10, choices=TransmissionState, default=TransmissionState.QUEUED)
    # Why it waits, failed or was cancelled, in plain words.
    reason = models.CharField(max_length=500, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    # What the transport calls it: answers and late failures name this.
    remote_id = models.CharField(max_length=255, blank=True)
    # Ids of finished steps, written as each is done; kept for ever.
    remote = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    # When the transport is asked again what became of it; empty: it is not asked.
    ask_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("transmission")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "sequence"], name="transmission_once"),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(state__in=["queued", "waiting", "sending"]),
                name="transmission_one_under_way",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state__in=["queued", "waiting"]), name="transmission_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="transmission_leased"),
            models.Index(fields=["remote_id"], condition=~Q(remote_id=""), name="transmission_remote"),
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="transmission_to_ask"),
        ]

    def __str__(self):
        return f"{self.invoice} → {self.recipient or self.get_way_display()}"


class ElsewhereRun(models.Model):
    """A bulk approval of documents that their customers have already: none is sent. Without a row: by the best way."""

    run = models.OneToOneField("bulk.BulkRun", on_delete=models.CASCADE, related_name="elsewhere")

    class Meta:
        verbose_name = _("bulk run that sends nothing to customers")

    def __str__(self):
        return str(self.run_id)


class TransmissionAttempt(models.Model):
    """One try: when, how long, what the other side said (redacted)."""

    transmission = models.ForeignKey(Transmission, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    duration_ms = models.PositiveIntegerField(null=True)
    # The error family (integrations.base), or "sent"; empty while it runs or when the worker died.
    outcome = models.CharField(max_length=30, blank=True)
    message = models.CharField(max_length=500, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_excerpt = models.TextField(blank=True)

    class Meta:
        verbose_name = _("try to send")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["transmission", "number"], name="transmission_attempt_numbered")]

    def __str__(self):
        return f"{self.transmission} #{self.number}"

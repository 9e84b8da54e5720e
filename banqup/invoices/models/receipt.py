"""Bytes that came in, stored and hashed before anything looks at them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.spaces.models import Space, User

from .. import files


class Direction(models.TextChoices):
    PURCHASE = "purchase", _("Purchase")
    SALES = "sales", _("Sales")


class Channel(models.TextChoices):
    """How a document came in: the list's *Came by*."""

    BROWSER = "browser", _("Upload")
    COMMAND = "command", _("Command line")
    INBOUND = "inbound", _("E-invoice")
    PEPPOL = "peppol", _("Peppol")
    PLATFORM = "platform", _("Another space here")
    MAIL = "mail", _("E-mail")
    FOLDER = "folder", _("Watched folder")
    CREATOR = "creator", _("Document Creator")


class Receipt(models.Model):
    """One arrival. *Received = documents + duplicates + still to be judged*, at every moment.

    `outcome` says which of the three it is; the database ties it to the invoice it points to.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Still to be judged")
        DOCUMENT = "document", _("Became a document")
        DUPLICATE = "duplicate", _("Same as an earlier document")

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="receipts")
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    channel = models.CharField(_("came by"), max_length=12, choices=Channel)
    message_id = models.CharField(max_length=255, blank=True, help_text="The transport's own id, if it has one.")
    filename = models.CharField(_("file name"), max_length=255, blank=True)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    received_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    invoice = models.ForeignKey("invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="receipts")
    # Made by splitting a file that came in: of which document, and which of its pages.
    split_from = models.ForeignKey("invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="pieces")
    split_pages = models.CharField(max_length=20, blank=True)
    judged_at = models.DateTimeField(null=True)
    # What keeps a waiting receipt waiting: a validator that is down, a full disk.
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("receipt")
        constraints = [
            models.UniqueConstraint(
                fields=["space", "channel", "message_id"], condition=~Q(message_id=""), name="receipt_message_once"
            ),
            models.CheckConstraint(
                condition=Q(outcome="waiting", invoice=None, judged_at=None)
                | (~Q(outcome="waiting") & Q(invoice__isnull=False, judged_at__isnull=False)),
                name="receipt_outcome_has_its_document",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(outcome="waiting"), name="receipt_waiting"),
            models.Index(fields=["space", "sha256"], name="receipt_hash"),
        ]

    def __str__(self):
        return self.filename or self.sha256[:12]

    def load(self) -> bytes:
        return files.load(self.space_id, self.sha256)

"""Mailboxes that a space has read for documents, and the mails that were found in them."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.common import secrets
from banqup.invoices.models import Receipt
from banqup.invoices.models.receipt import Direction
from banqup.spaces.models import Space, User


class Mailbox(models.Model):
    """A folder of a mailbox at somebody's mail server. What lies in it becomes documents of `space`."""

    class Security(models.TextChoices):
        TLS = "tls", _("TLS from the start")
        STARTTLS = "starttls", _("STARTTLS")

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="mailboxes")
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("encryption"), max_length=10, choices=Security, default=Security.TLS)
    user = models.CharField(_("user name"), max_length=200)
    folder = models.CharField(_("folder that is read"), max_length=200, default="INBOX")
    done_folder = models.CharField(_("folder for mails that were taken in"), max_length=200)
    refused_folder = models.CharField(_("folder for mails that were not taken in"), max_length=200)
    direction = models.CharField(_("its documents are"), max_length=10, choices=Direction, default=Direction.PURCHASE)
    # Stands inside the sealed secrets, so that a blob opens only where it belongs.
    identity = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed_secrets = models.TextField(blank=True, editable=False)
    secrets_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    secrets_set_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    is_active = models.BooleanField(_("active"), default=False)
    activated_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    # None: not tested since the settings last changed.
    test_passed = models.BooleanField(null=True, blank=True)
    test_steps = models.JSONField(default=list, blank=True, help_text=_("What each step of the last test said."))
    # Why it can't be read although it is active; empty when all is well.
    attention = models.CharField(_("needs attention because"), max_length=500, blank=True)
    # Looks in a row that failed: each makes the next one wait longer.
    failures = models.PositiveSmallIntegerField(default=0)
    poll_at = models.DateTimeField(default=timezone.now, editable=False)
    # A worker looks into it until then; nobody else does meanwhile.
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    polled_at = models.DateTimeField(_("last look"), null=True, blank=True)
    last_mail_at = models.DateTimeField(_("last mail"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(activated_at__isnull=False), name="mailbox_active_has_a_time"
            ),
        ]
        indexes = [models.Index(fields=["poll_at"], condition=Q(is_active=True), name="mailbox_due")]

    def __str__(self):
        return f"{self.name} ({self.space})"

    @property
    def name(self) -> str:
        """What people call it: the address that one signs in with, else user and server."""
        return self.user if "@" in self.user else f"{self.user} @ {self.host}"

    def read_secrets(self) -> dict:
        return secrets.open_(str(self.identity), self.sealed_secrets)

    def keep_secrets(self, values: dict, *, by: User | None) -> None:
        """Seal `values` (unsaved). Never read back into a form."""
        self.sealed_secrets = secrets.seal(str(self.identity), values) if values else ""
        self.secrets_set_at = timezone.now() if values else None
        self.secrets_set_by = by if values else None


class ArrivedMail(models.Model):
    """One mail that was found in a mailbox, and what became of it. Written together with its receipts."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("Taken in")
        REFUSED = "refused", _("Not taken in")
        BOUNCE = "bounce", _("A mail of yours that came back")
        IGNORED = "ignored", _("Not a document")

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="arrived_mails")
    # Empty once the mailbox was forgotten.
    mailbox = models.ForeignKey(Mailbox, null=True, blank=True, on_delete=models.SET_NULL, related_name="mails")
    # SHA-256 of its bytes: the same mail found again is this row.
    sha256 = models.CharField(max_length=64)
    message_id = models.CharField(max_length=255, blank=True, help_text="As its sender numbered it.")
    sender = models.CharField(_("from"), max_length=320, blank=True)
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, help_text="What the mail says of itself.")
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    size = models.PositiveIntegerField(_("size in bytes"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    # Why it, or some of it, was not taken in; empty when all of it was.
    reason = models.TextField(blank=True)
    receipts = models.ManyToManyField(Receipt, related_name="mails", blank=True)

    class Meta:
        verbose_name = _("mail that arrived")
        verbose_name_plural = _("mails that arrived")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "sha256"], name="arrived_mail_once_a_mailbox"),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="arrived_mail_refused_has_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["space", "-id"], name="arrived_mail_of_space")]

    def __str__(self):
        return self.subject or self.message_id or self.sha256[:12]

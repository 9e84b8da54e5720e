"""Answers over the network: those we owe to suppliers, and those that came back about what we sent."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.invoices.models import Event, Invoice
from banqup.invoices.reasons import Answer
from banqup.spaces.models import Space, User

from .access_point import AccessPoint
from .transmission import Transmission


class OwedAnswer(models.Model):
    """An Invoice Response to a supplier (Peppol BIS 63) that a decision of ours calls for."""

    class State(models.TextChoices):
        DUE = "due", _("To be sent")
        SENT = "sent", _("Sent")
        # A person has to tell the supplier in another way; `words` says why.
        FAILED = "failed", _("Not sent")
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
    # On its way over the network: the same message id at every try.
    message_id = models.UUIDField(default=uuid.uuid4, editable=False)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    # What the last try said; why it was not sent.
    words = models.CharField(max_length=500, blank=True)
    remote_id = models.CharField(max_length=255, blank=True)
    # Ids of finished steps, written as each is done, so that a retry goes on after them.
    remote = models.JSONField(default=dict, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # The account that took it, and when it is asked again what became of it; empty: it is not asked.
    access_point = models.ForeignKey(
        AccessPoint, null=True, blank=True, on_delete=models.PROTECT, related_name="answers", editable=False
    )
    ask_at = models.DateTimeField(null=True, blank=True)
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
        indexes = [
            models.Index(fields=["id"], condition=Q(state="due"), name="answer_due"),
            models.Index(fields=["next_try_at"], condition=Q(state="due"), name="answer_to_send"),
            models.Index(fields=["ask_at"], condition=Q(ask_at__isnull=False), name="answer_to_ask"),
        ]

    def __str__(self):
        return f"{self.code} {self.invoice_id}"


class NetworkAnswer(models.Model):
    """What came back about a document that we sent: a customer's answer, or how its delivery went.

    Stored once for each message, whatever becomes of it: applied, ignored by the rank rule (with the
    words why), or kept for a person because nothing here has that number.
    """

    class Source(models.TextChoices):
        PEPPOL = "peppol", _("Peppol")
        PLATFORM = "platform", _("Their space on this server")
        PAGE = "page", _("Answer page")
        MAIL = "mail", _("E-mail")

    class Subject(models.TextChoices):
        ANSWER = "answer", _("Answer of the customer")
        DELIVERY = "delivery", _("Report of the delivery")

    class Delivery(models.TextChoices):
        ACCEPTED = "accepted", _("Taken by the transport")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Not delivered")
        # “Already received” is proof of arrival, not a failure (LIFECYCLE §6).
        DUPLICATE = "duplicate", _("Was there already")

    class Outcome(models.TextChoices):
        APPLIED = "applied", _("Applied")
        IGNORED = "ignored", _("Kept, changed nothing")
        UNMATCHED = "unmatched", _("Belongs to no document here")
        SET_ASIDE = "set_aside", _("Set aside by a person")

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="network_answers")
    source = models.CharField(max_length=10, choices=Source)
    # The transport's own id of the message: the same one is heard once.
    message_id = models.CharField(max_length=255)
    subject = models.CharField(max_length=10, choices=Subject)
    # An `Answer` (AB … PD) or a `Delivery`, by its subject.
    code = models.CharField(max_length=10)
    # OPStatusReason and OPStatusAction: [{"list": …, "code": …, "text": …, "conditions": [[term, value]]}].
    clarifications = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    # What it refers to, as it says.
    number = models.CharField(max_length=200, blank=True)
    issue_date = models.DateField(null=True, blank=True)
    sender = models.CharField(max_length=320, blank=True)
    reference = models.CharField(max_length=255, blank=True, help_text="The message that it answers.")
    # The bytes as they came; empty where it was no message.
    sha256 = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="network_answers")
    transmission = models.ForeignKey(Transmission, null=True, on_delete=models.PROTECT, related_name="network_answers")
    outcome = models.CharField(max_length=10, choices=Outcome)
    # Why it changed nothing, in plain words.
    words = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("answer from outside")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["space", "source", "message_id"], name="network_answer_once"),
            models.CheckConstraint(
                condition=Q(outcome="unmatched", invoice=None) | ~Q(outcome="unmatched"),
                name="network_answer_unmatched_has_no_document",
            ),
        ]
        indexes = [
            models.Index(fields=["space", "-id"], condition=Q(outcome="unmatched"), name="network_answer_unmatched")
        ]

    def __str__(self):
        return f"{self.code} {self.number}"

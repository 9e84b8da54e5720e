"""Mail to customers about what we sent them: copies, reminders and statements; and when reminders go out."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.common.fields import MoneyField
from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.spaces.models import Space, User


def usual_days() -> list[int]:
    return [3, 14, 30]


class ReminderPlan(models.Model):
    """When a space reminds its customers by itself: so many days after the due date, step by step."""

    space = models.OneToOneField(Space, on_delete=models.CASCADE, related_name="reminder_plan")
    is_active = models.BooleanField(_("send reminders by itself"), default=False)
    # Whole days after the due date, one for each step, rising.
    days = models.JSONField(_("days after the due date"), default=usual_days)
    # The last day on the wall of the space for which letters were written.
    last_run_on = models.DateField(null=True, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("plan of reminders")

    def __str__(self):
        return f"{self.space}: {self.days}"


class ReminderText(models.Model):
    """The words of a step in one language, where the space does not use ours."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="reminder_texts")
    step = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=5)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"))
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("text of a reminder")
        constraints = [
            models.UniqueConstraint(fields=["space", "step", "language"], name="reminder_text_once"),
        ]

    def __str__(self):
        return f"{self.step} {self.language}"


class Pause(models.Model):
    """No reminders of the schedule for a customer, or for one document; without a last day until it is ended."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="reminder_pauses")
    contact = models.OneToOneField(Contact, null=True, on_delete=models.CASCADE, related_name="reminder_pause")
    invoice = models.OneToOneField(Invoice, null=True, on_delete=models.CASCADE, related_name="reminder_pause")
    until = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day without reminders."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("pause of reminders")
        constraints = [
            models.CheckConstraint(
                condition=Q(contact__isnull=True, invoice__isnull=False)
                | Q(contact__isnull=False, invoice__isnull=True),
                name="pause_of_one_thing",
            ),
        ]

    def __str__(self):
        return f"{self.contact or self.invoice}"


class LetterState(models.TextChoices):
    QUEUED = "queued", _("Waits to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not sent")
    # Nothing was left to say: it was paid, disputed or closed before it left.
    DROPPED = "dropped", _("Not needed any more")


class Letter(models.Model):
    """One mail to one customer. Written down first and sent by a worker; the same message id at every try."""

    class Kind(models.TextChoices):
        COPY = "copy", _("Copy")
        REMINDER = "reminder", _("Reminder")
        STATEMENT = "statement", _("Statement of account")

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=10, choices=Kind)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="letters")
    # Of a copy.
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="letters")
    # Of a statement: its first and its last day.
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    recipient = models.EmailField(_("to"), max_length=320)
    language = models.CharField(max_length=5)
    # What was said, once it was sent.
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=10, choices=LetterState, default=LetterState.QUEUED)
    # Why it waits or was not sent, in plain words.
    reason = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # Nobody: by the schedule.
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("letter to a customer")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="copy", invoice__isnull=False)
                | Q(kind="statement", since__isnull=False, until__isnull=False)
                | Q(kind="reminder"),
                name="letter_says_of_what",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="letter_due"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="letter_leased"),
            models.Index(fields=["space", "-id"], name="letter_of_space"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} → {self.recipient}"


class Reminder(models.Model):
    """A document that a letter reminds of. A step of the schedule is said once of a document, ever."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="reminders")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="reminders")
    # Nothing: by hand, after the last step.
    step = models.PositiveSmallIntegerField(null=True)
    # What was open when it was sent.
    open_amount = MoneyField(null=True)
    day = models.DateField(help_text="On the wall of the space.")

    class Meta:
        verbose_name = _("reminder")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "invoice"], name="reminder_once_a_letter"),
            models.UniqueConstraint(
                fields=["invoice", "step"], condition=Q(step__isnull=False), name="reminder_step_once"
            ),
        ]

    def __str__(self):
        return f"{self.invoice} {self.step or ''}"

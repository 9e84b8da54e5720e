"""What people say about a document, what each of them is told, and the mail that carries it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.invoices.models import Invoice
from banqup.spaces.models import Space, User

from .topics import Topic

LONGEST_COMMENT = 4000


class Side(models.TextChoices):
    """Who speaks: the business whose document it is, or its accountant."""

    BUSINESS = "business", _("Business")
    PARTNER = "partner", _("Accountant")


class Audience(models.TextChoices):
    SHARED = "shared", _("Both sides")
    OWN = "own", _("Own side only")


class Asks(models.TextChoices):
    NOTHING = "", _("Nothing")
    CLIENT = "client", _("The client")
    ACCOUNTANT = "accountant", _("The accountant")


class Comment(models.Model):
    """One thing said about a document, as plain text. Never changed or deleted: only a question is closed.

    `partner` is the accountant's office that was engaged when it was said: an own-side note of one
    office stays hidden from the next.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="comments")
    # The invoice's own space, for counting over many documents.
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(_("side"), max_length=10, choices=Side)
    partner = models.ForeignKey(Space, null=True, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField(_("for"), max_length=10, choices=Audience, default=Audience.SHARED)
    text = models.TextField(_("comment"), max_length=LONGEST_COMMENT)
    at = models.DateTimeField(default=timezone.now)
    asks = models.CharField(_("asks"), max_length=10, choices=Asks, default=Asks.NOTHING, blank=True)
    # The question that this comment answers.
    answers = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replies")
    # A question is closed by its answer, by a person without one, or with the engagement.
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("comment")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(asks="") | Q(closed_at=None, closed_by=None), name="comment_only_questions_close"
            ),
            models.CheckConstraint(condition=Q(asks="") | Q(audience="shared"), name="comment_questions_are_shared"),
            models.CheckConstraint(
                condition=~Q(side="partner") | Q(partner__isnull=False), name="comment_accountant_has_an_office"
            ),
        ]
        indexes = [
            models.Index(fields=["space", "id"], name="comment_of_space"),
            models.Index(
                fields=["space", "asks", "invoice"],
                condition=Q(closed_at=None) & ~Q(asks=""),
                name="comment_open_question",
            ),
        ]

    def __str__(self):
        return f"{self.author} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """A question that waits for its answer."""
        return self.asks != Asks.NOTHING and self.closed_at is None

    def save(self, *args, **kwargs):
        if self.pk is not None:
            raise TypeError("A comment is part of the history: it is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A comment is part of the history: it is never deleted.")


class ReadMarker(models.Model):
    """How far a person has read the comments of one document."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="+")
    last_comment_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("read marker")
        constraints = [models.UniqueConstraint(fields=["user", "invoice"], name="read_marker_once")]

    def __str__(self):
        return f"{self.user}: {self.invoice_id} up to {self.last_comment_id}"


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    DROPPED = "dropped", _("Not needed any more")


class Mail(models.Model):
    """One mail to one person about one space, with the notifications that wait for it.

    The Message-ID is fixed when the row is made, so a mail that is sent twice (a worker died between
    the server's yes and ours) is one mail to whoever receives it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=MailState, default=MailState.WAITING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(_("settled"), null=True)

    class Meta:
        verbose_name = _("mail")
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=Q(state__in=["waiting", "sending"]), name="mail_still_to_send"
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.space} · {self.get_state_display()}"


class Notification(models.Model):
    """Something a person is told in one of their spaces. The words are made from `topic` and `data`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="+")
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(_("topic"), max_length=40, choices=Topic)
    data = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    # When it is due by mail; never when empty. Once gathered, `mail` is the mail that carries it.
    mail_at = models.DateTimeField(null=True)
    mail = models.ForeignKey(Mail, null=True, on_delete=models.PROTECT, related_name="notifications")

    class Meta:
        verbose_name = _("notification")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "space", "-id"], name="notification_of_person"),
            models.Index(fields=["user", "space"], condition=Q(read_at=None), name="notification_unread"),
            models.Index(
                fields=["mail_at"], condition=Q(mail=None, mail_at__isnull=False), name="notification_to_mail"
            ),
        ]

    def __str__(self):
        return f"{self.get_topic_display()} → {self.user}"


class MailTime(models.TextChoices):
    AT_ONCE = "at_once", _("At once")
    DAILY = "daily", _("Once a day, at 7 in the morning")
    NEVER = "never", _("Never")


class MailChoice(models.Model):
    """When a person wants mail about one space; without a row the defaults here count."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="+")
    asked = models.CharField(_("what is asked of you"), max_length=10, choices=MailTime, default=MailTime.AT_ONCE)
    other = models.CharField(_("everything else"), max_length=10, choices=MailTime, default=MailTime.DAILY)
    # Only for who manages integrations.
    weekly = models.BooleanField(_("the week of the integrations, on Mondays"), default=True)

    class Meta:
        verbose_name = _("choice of mail")
        constraints = [models.UniqueConstraint(fields=["user", "space"], name="mail_choice_once")]

    def __str__(self):
        return f"{self.user} · {self.space}"

    def time_of(self, topic: str) -> str:
        if Topic(topic).is_weekly:
            return MailTime.AT_ONCE if self.weekly else MailTime.NEVER
        return self.asked if Topic(topic).is_asked_of_you else self.other


class WeekTold(models.Model):
    """The people of a space have had their summary of the week that ended on this Monday, or had none to get."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="+")
    monday = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("week told")
        constraints = [models.UniqueConstraint(fields=["space", "monday"], name="week_told_once")]

    def __str__(self):
        return f"{self.space} {self.monday}"

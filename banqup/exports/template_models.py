"""One set-up for many clients: an office's template, what was made from it, and the runs that apply it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.common import secrets
from banqup.spaces.models import Engagement, Space, User


class IntegrationTemplate(models.Model):
    """The configuration of one connector without what every client has of its own (`integrations.office_templates`)."""

    office = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="integration_templates")
    connector = models.CharField(_("connector"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    config = models.JSONField(_("configuration"), default=dict, blank=True)
    # Stands inside the sealed secrets, so that a blob opens only where it belongs.
    identity = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed_secrets = models.TextField(blank=True, editable=False)
    secrets_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    secrets_set_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    # Raised by every change: a run applies what its person saw.
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("integration template")
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["office", "name"], name="template_name_once")]

    def __str__(self):
        return self.name

    def read_secrets(self) -> dict:
        return secrets.open_(str(self.identity), self.sealed_secrets)

    def keep_secrets(self, values: dict, *, by: User | None) -> None:
        """Seal `values` (unsaved). Never read back into a form."""
        self.sealed_secrets = secrets.seal(str(self.identity), values)
        self.secrets_set_at, self.secrets_set_by = timezone.now(), by


class TemplateUse(models.Model):
    """That an integration was made from a template, and what it got from it: whatever differs now was changed by hand."""

    integration = models.OneToOneField("exports.Integration", on_delete=models.CASCADE, related_name="template_use")
    template = models.ForeignKey(IntegrationTemplate, on_delete=models.CASCADE, related_name="uses")
    version = models.PositiveIntegerField()
    # The shared fields as the integration had them afterwards.
    config = models.JSONField(default=dict)
    secrets_set_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("use of a template")

    def __str__(self):
        return f"{self.template} → {self.integration}"


class ApplyOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    # Set up, and it works once a person has connected it.
    CONNECT = "connect", _("To connect")
    NOT_DONE = "not_done", _("Not done")
    STOPPED = "stopped", _("Stopped before it")


class TemplateRun(models.Model):
    """A template on its way to many clients. The rows are the truth: a run goes on after any worker has died."""

    template = models.ForeignKey(IntegrationTemplate, on_delete=models.CASCADE, related_name="runs")
    # The template as the person saw it.
    version = models.PositiveIntegerField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # Whether what passes its test is switched on.
    activate = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("run of a template")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["template"], condition=Q(finished_at=None), name="template_run_one_open")
        ]

    def __str__(self):
        return f"{self.template} {self.pk}"


class TemplateRow(models.Model):
    """One client of a run. `lease_until` says how long a worker has it for itself."""

    run = models.ForeignKey(TemplateRun, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="+")
    # What the client has of its own, such as its administration; never a secret.
    values = models.JSONField(default=dict)
    # What the person was told would happen (`integrations.template_plans.Kind`).
    announced = models.CharField(max_length=10)
    integration = models.ForeignKey("exports.Integration", null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=10, choices=ApplyOutcome, default=ApplyOutcome.WAITING)
    # What became of it, in words for the person who started it.
    words = models.CharField(max_length=500, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("client of a run")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "engagement"], name="template_row_once"),
            models.CheckConstraint(
                condition=Q(outcome="waiting", settled_at=None) | (~Q(outcome="waiting") & Q(settled_at__isnull=False)),
                name="template_row_settled_has_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.run_id}: {self.engagement_id} {self.outcome}"

"""One thing done to many documents: what was asked for, and what became of each."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.invoices.models import Invoice
from banqup.spaces.models import Space, User


class Task(models.TextChoices):
    """What is done to each document."""

    APPROVE = "approve", _("Approve")
    PROCESS = "process", _("Mark as processed")
    RESEND = "resend", _("Send to integrations")


class Outcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    NOT_DONE = "not_done", _("Not done")
    STOPPED = "stopped", _("Stopped before it")


class BulkRun(models.Model):
    """A run that a person started in a space, over documents as that person saw them.

    The rows are the truth: workers claim them one by one, so a run goes on after any of them has died.
    """

    # Where it was started: a business, or an accountant's office.
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="bulk_runs")
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bulk_runs")
    task = models.CharField(_("task"), max_length=10, choices=Task)
    # The list it was chosen from, filter included: an address of ours, without the host.
    list_url = models.CharField(max_length=1000)
    total = models.PositiveIntegerField()
    # SHA-256 of the task and its documents: the same asked twice at once is one run.
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("bulk run")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["space", "started_by", "fingerprint"], condition=Q(finished_at=None), name="bulk_run_once"
            )
        ]
        indexes = [
            models.Index(fields=["space", "started_by", "-id"], name="bulk_runs_of_person"),
            models.Index(fields=["id"], condition=Q(finished_at=None), name="bulk_run_open"),
        ]

    def __str__(self):
        return f"{self.get_task_display()} {self.total}"


class BulkRow(models.Model):
    """One document of a run. `lease_until` says how long a worker has it for itself."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    # The version that the person saw.
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    # Why not, in words for the person who started it.
    words = models.CharField(max_length=500, blank=True)
    # Nothing in the document has to be put right before another try.
    may_help = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, help_text="First claimed by a worker.")
    lease_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("row of a bulk run")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "invoice"], name="bulk_row_once"),
            models.CheckConstraint(
                condition=Q(outcome="waiting", settled_at=None) | (~Q(outcome="waiting") & Q(settled_at__isnull=False)),
                name="bulk_row_settled_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "outcome", "position"], name="bulk_row_work"),
        ]

    def __str__(self):
        return f"{self.run_id}: {self.invoice_id} {self.outcome}"

"""What was read out of a document's picture: values with their places, and the words they were chosen from."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Reading(models.Model):
    """One PDF or scan that is, or was, read by the worker. Text takes a moment, a scan seconds a page.

    `values` and `offered`: business term → `[value, page, x, y, w, h, confidence, text]` (a list of those
    in `offered`, for a field that stays empty); places in percent of the page, page 0 for no place.
    `words`: `[text, page, x, y, w, h, sure]`, what corrections are learned from.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Being read")
        DONE = "done", _("Read")
        NO_ENGINE = "no_engine", _("This machine can't read scans")
        FAILED = "failed", _("Could not be read")

    invoice = models.OneToOneField("invoices.Invoice", on_delete=models.CASCADE, related_name="reading")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    engine = models.CharField(max_length=20, blank=True, help_text="text, or the engine that read the scan")
    pages_done = models.PositiveSmallIntegerField(default=0)
    pages_total = models.PositiveSmallIntegerField(default=0)
    values = models.JSONField(default=dict)
    offered = models.JSONField(default=dict)
    words = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("reading")
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="reading_waiting")]

    def __str__(self):
        return f"{self.get_state_display()} {self.invoice_id}"

"""What a person decided about two documents that look like one."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.spaces.models import User


class DuplicateDecision(models.Model):
    """About a pair, the older document first. While it is not undone nobody is asked about the pair again."""

    first = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="+")
    # The one that went to the recycle bin; none: they are two documents.
    copy = models.ForeignKey("invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)
    undone_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("decision about a duplicate")
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], condition=Q(undone_at=None), name="duplicate_decided_once"
            ),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_older_first"),
            models.CheckConstraint(
                condition=Q(copy=None) | Q(copy=F("first")) | Q(copy=F("second")), name="duplicate_copy_is_of_the_pair"
            ),
        ]

    def __str__(self):
        return f"{self.first_id} / {self.second_id}"

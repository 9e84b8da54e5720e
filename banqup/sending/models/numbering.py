"""Numbers of the documents that a space issues: given when one is sent, without gaps, once."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.spaces.models import Space

from ..patterns import PatternError, parse


def validate_pattern(value):
    try:
        parse(value)
    except PatternError as error:
        raise ValidationError(str(error)) from error


class NumberSeries(models.Model):
    """A pattern such as `V{YYYY}-{####}` and where it starts. A pattern with a year starts again every year."""

    class Purpose(models.TextChoices):
        INVOICE = "invoice", _("Invoices")
        CREDIT_NOTE = "credit_note", _("Credit notes")
        SELF_BILLED = "self_billed", _("Self-billed invoices")
        SELF_BILLED_CREDIT_NOTE = "self_billed_credit_note", _("Self-billed credit notes")

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="number_series")
    purpose = models.CharField(_("for"), max_length=24, choices=Purpose)
    # The supplier in whose name we issue: each has a series of its own (LIFECYCLE §7d).
    supplier = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pattern = models.CharField(_("pattern"), max_length=40, validators=[validate_pattern])
    starts_at = models.PositiveIntegerField(
        _("first number"), default=1, help_text=_("Of the first period only; every later year starts at 1.")
    )

    class Meta:
        verbose_name = _("number series")
        verbose_name_plural = _("number series")
        constraints = [
            models.UniqueConstraint(
                fields=["space", "purpose"], condition=Q(supplier=None), name="series_one_for_each_purpose"
            ),
            models.UniqueConstraint(
                fields=["space", "purpose", "supplier"],
                condition=Q(supplier__isnull=False),
                name="series_one_for_each_supplier",
            ),
            models.CheckConstraint(condition=Q(starts_at__gte=1), name="series_starts_at_one_or_later"),
        ]

    def __str__(self):
        return self.pattern


class IssuedNumber(models.Model):
    """A number that a document got. Never changed, never deleted: the rows of a period are its proof of no gaps."""

    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="issued")
    # The year, for a pattern that names it.
    period = models.CharField(max_length=4, blank=True)
    value = models.PositiveIntegerField()
    number = models.CharField(max_length=200)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="issued_number")

    class Meta:
        verbose_name = _("issued number")
        ordering = ["series", "period", "value"]
        constraints = [
            models.UniqueConstraint(fields=["series", "period", "value"], name="issued_value_once"),
            models.UniqueConstraint(fields=["series", "number"], name="issued_number_once"),
        ]

    def __str__(self):
        return self.number

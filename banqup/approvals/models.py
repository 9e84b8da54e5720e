"""Who has to approve what: routes with steps, substitutes, and the signatures that were given.

Routes are for the purchase list only. `banqup.approvals.rules` reads all of this and decides.
"""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.common.fields import MoneyField
from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.spaces.models import Space, User
from banqup.spaces.roles import BUSINESS_ROLES


class Sort(models.TextChoices):
    """The documents of the purchase list, as a route chooses among them."""

    INVOICE = "invoice", _("Purchase invoices")
    CREDIT_NOTE = "credit_note", _("Credit notes received")
    SELF_BILLED = "self_billed", _("Self-billed documents that you issue")


class Route(models.Model):
    """Which documents need which approvals; of a space's active routes the first that matches counts.

    The limits, both included, are compared with the amount to pay as the document states it, in the
    document's own currency: nothing is converted.
    """

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="routes")
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    sorts = models.JSONField(_("documents"), default=list, blank=True, help_text="Codes of Sort; empty: all.")
    minimum = MoneyField(_("from"), null=True, blank=True)
    maximum = MoneyField(_("up to"), null=True, blank=True)
    suppliers = models.ManyToManyField(Contact, blank=True, related_name="+", verbose_name=_("suppliers"))
    four_eyes = models.BooleanField(_("four eyes"), default=True)
    # Raised with every change of what it asks: signatures of an earlier revision don't count.
    revision = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("approval route")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["space", "name"], name="route_name_once")]

    def __str__(self):
        return self.name


class Step(models.Model):
    """One signature of a route: any one of the named people, or of those with the role."""

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    # A document below this amount does not need the step.
    from_amount = MoneyField(_("only from"), null=True, blank=True)
    approvers = models.ManyToManyField(User, blank=True, related_name="+")
    role = models.CharField(
        _("role"), max_length=3, blank=True, choices=[(role.value, role.label) for role in BUSINESS_ROLES]
    )

    class Meta:
        verbose_name = _("step")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["route", "number"], name="step_number_once")]

    def __str__(self):
        return f"{self.route} {self.number}"


class Substitute(models.Model):
    """`substitute` approves in the place of `absent`, both days included, on the calendar of the space."""

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="substitutes")
    absent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    substitute = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    added_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("substitute")
        ordering = ["first_day", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="substitute_days_in_order"),
            models.CheckConstraint(condition=~Q(absent=F("substitute")), name="substitute_is_another"),
        ]

    def __str__(self):
        return f"{self.substitute} – {self.absent}"


class Assignment(models.Model):
    """The person whom somebody chose for one document: who has to approve it last, whatever the route says."""

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="assignment")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("assigned approver")

    def __str__(self):
        return f"{self.approver} – {self.invoice_id}"


class Signature(models.Model):
    """An approval that was given. It is never changed or deleted; the rules say whether it still counts.

    It counts while the document has the same data, the route and its revision are the ones that apply,
    and no objection or withdrawal came between (`round`: how many of those there were before it).
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="signatures")
    route = models.ForeignKey(Route, null=True, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    step = models.PositiveSmallIntegerField()
    steps = models.PositiveSmallIntegerField(help_text="Of how many.")
    round = models.PositiveIntegerField(default=0)
    data_sha256 = models.CharField(max_length=64)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)
    substitute_for = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # The accountant's space through which the signer acted on behalf of the business.
    through = models.ForeignKey(Space, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("signature")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "route", "revision", "step", "round", "data_sha256"], name="signature_once"
            )
        ]

    def __str__(self):
        return f"{self.signed_by} {self.step}/{self.steps}"

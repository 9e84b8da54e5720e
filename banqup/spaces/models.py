"""Who: people, the spaces they work in, their roles, and the tie between an accountant and a client."""

import hashlib
import secrets
import zoneinfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .roles import BUSINESS_ROLES, PARTNER_ROLES, Capability, Role, capabilities


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, email, password=None, **extra):
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **extra):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("user")

    def __str__(self):
        return self.name or self.email

    def get_full_name(self):
        return self.name or self.email


def initials(name: str) -> str:
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


class Address(models.Model):
    """Identity and postal address of a legal party (EN 16931 BG-4/BG-5, BG-7/BG-8)."""

    name = models.CharField(_("name"), max_length=200)
    vat_id = models.CharField(_("VAT number"), max_length=20, blank=True, help_text="BT-31 / BT-48")
    company_id = models.CharField(_("enterprise number"), max_length=50, blank=True, help_text="BT-30 / BT-47")
    company_scheme = models.CharField(max_length=4, blank=True, help_text="ICD, e.g. 0208")
    endpoint_id = models.CharField(_("Peppol id"), max_length=100, blank=True, help_text="BT-34 / BT-49")
    endpoint_scheme = models.CharField(max_length=4, blank=True, help_text="EAS, e.g. 0208")
    street = models.CharField(_("street"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        abstract = True


def validate_time_zone(value):
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(value)s is not a time zone; use a name like Europe/Brussels."), params={"value": value}
        )


class Space(Address):
    """A business, or an accountant's office. Every document belongs to exactly one business space."""

    class Kind(models.TextChoices):
        BUSINESS = "business", _("Business space")
        PARTNER = "partner", _("Partner space")

    class AutoApprove(models.TextChoices):
        ALL = "all", _("Every correct e-invoice")
        TRUSTED = "trusted", _("Correct e-invoices of trusted suppliers")
        NEVER = "never", _("Never")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    slug = models.SlugField(_("address"), unique=True, help_text=_("Stands in the address of every page of the space."))
    time_zone = models.CharField(
        _("time zone"), max_length=60, default="Europe/Brussels", validators=[validate_time_zone]
    )
    language = models.CharField(_("language"), max_length=5, default="en")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    iban = models.CharField("IBAN", max_length=34, blank=True)
    auto_approve = models.CharField(
        _("approve on arrival"), max_length=10, choices=AutoApprove, default=AutoApprove.ALL
    )
    tells_when_paid = models.BooleanField(
        _("tell suppliers over Peppol when their invoice is paid"),
        default=False,
        help_text=_("Only for invoices that came over Peppol, and not for credit notes."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    members = models.ManyToManyField(User, through="Membership", related_name="spaces")

    class Meta:
        verbose_name = _("space")
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def is_partner(self):
        return self.kind == self.Kind.PARTNER

    @property
    def initials(self):
        return initials(self.name)

    @property
    def tz(self):
        return zoneinfo.ZoneInfo(self.time_zone)

    def today(self):
        """The date on the wall of this space: what *due* and *overdue* mean here."""
        return timezone.localdate(timezone=self.tz)

    def get_absolute_url(self):
        return reverse("partner:home" if self.is_partner else "business:home", args=[self.slug])

    def active_engagement(self):
        """The one active tie of this business to an accountant, or None."""
        return self.engagements_as_business.filter(status=Engagement.Status.ACTIVE).select_related("partner").first()


class Membership(models.Model):
    """A person in a space, with roles."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="memberships")
    roles = models.JSONField(_("roles"), default=list, help_text=_("Codes, e.g. ADM, PR, ACC."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        constraints = [models.UniqueConstraint(fields=["user", "space"], name="membership_once")]

    def __str__(self):
        return f"{self.user} @ {self.space}"

    def clean(self):
        offered = PARTNER_ROLES if self.space.is_partner else BUSINESS_ROLES
        wrong = [role for role in self.roles if role not in offered]
        if wrong:
            raise ValidationError({"roles": _("These roles do not exist in this kind of space: %s") % ", ".join(wrong)})

    @property
    def capabilities(self) -> frozenset[Capability]:
        return capabilities(self.roles, partner=self.space.is_partner)

    @property
    def role_labels(self):
        return [Role(role).label for role in self.roles]


class Engagement(models.Model):
    """Ties a client business to its accountant's Partner Space: invited, accepted, ended."""

    class Status(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        DECLINED = "declined", _("Declined")
        ENDED = "ended", _("Ended")

    class Side(models.TextChoices):
        BUSINESS = "business", _("the business")
        PARTNER = "partner", _("the accountant")

    business = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="engagements_as_business")
    partner = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="engagements_as_partner")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.INVITED)
    invited_side = models.CharField(_("invited by"), max_length=10, choices=Side)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    # Opt-in of the business (C12): the office's accountants may approve its purchase documents.
    delegates_approval = models.BooleanField(_("approves for the business"), default=False)
    delegation_changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    delegation_changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("engagement")
        constraints = [
            models.CheckConstraint(
                condition=Q(delegates_approval=False) | Q(status="active"), name="engagement_delegates_while_active"
            ),
            # "Processed" is one fact of a document, so one accountant at a time.
            models.UniqueConstraint(
                fields=["business"], condition=Q(status="active"), name="engagement_one_active_per_business"
            ),
            models.UniqueConstraint(
                fields=["business", "partner"], condition=Q(status="invited"), name="engagement_invited_once"
            ),
            models.CheckConstraint(
                condition=Q(status="ended", ended_at__isnull=False) | (~Q(status="ended") & Q(ended_at__isnull=True)),
                name="engagement_ended_has_a_time",
            ),
        ]

    def __str__(self):
        return f"{self.partner} – {self.business} ({self.get_status_display()})"


class InboundAddress(models.Model):
    """A secret address (`/inbound/<token>/`) at which a space receives e-invoices over HTTP.

    Only the hash of the token is stored; the address is shown once, when it is made.
    """

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="inbound_addresses")
    name = models.CharField(_("name"), max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("inbound address")
        verbose_name_plural = _("inbound addresses")

    def __str__(self):
        return f"{self.name} ({self.space})"

    @classmethod
    def issue(cls, *, space: Space, name: str, by: User | None) -> tuple["InboundAddress", str]:
        """A new address and its token; the token can't be read again."""
        token = secrets.token_urlsafe(32)
        return cls.objects.create(space=space, name=name, created_by=by, token_sha256=cls.digest(token)), token

    @staticmethod
    def digest(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def find(cls, token: str) -> "InboundAddress | None":
        return cls.objects.filter(token_sha256=cls.digest(token), revoked_at=None).select_related("space").first()

"""The outbox: where approved documents go, and what became of each."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.common import secrets
from banqup.invoices.models import Invoice
from banqup.spaces.models import Engagement, Space, User

from .template_models import ApplyOutcome, IntegrationTemplate, TemplateRow, TemplateRun, TemplateUse

__all__ = [
    "CLAIMABLE",
    "PENDING",
    "ApplyOutcome",
    "ConnectorSettings",
    "DestinationLists",
    "DestinationUse",
    "Export",
    "ExportAttempt",
    "ExportState",
    "Grant",
    "Integration",
    "IntegrationState",
    "IntegrationTemplate",
    "OAuthApp",
    "TemplateRow",
    "TemplateRun",
    "TemplateUse",
]


class IntegrationState(models.TextChoices):
    """What an integration's card shows."""

    INACTIVE = "inactive", _("Inactive")
    NOT_TESTED = "not_tested", _("Not tested")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")
    ACTIVE = "active", _("Active")


class ExportState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# Still to be pushed, now or later.
PENDING = frozenset({ExportState.QUEUED, ExportState.WAITING, ExportState.SENDING})
# The worker may take it when its time has come.
CLAIMABLE = frozenset({ExportState.QUEUED, ExportState.WAITING})


class Integration(models.Model):
    """An extension configured for the documents of one business.

    Without `engagement` it is the business's own; with one it is the accountant's, for that client.
    """

    space = models.ForeignKey(
        Space, on_delete=models.PROTECT, related_name="integrations", help_text=_("Whose documents it receives.")
    )
    engagement = models.ForeignKey(
        Engagement, null=True, blank=True, on_delete=models.PROTECT, related_name="integrations"
    )
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
    is_active = models.BooleanField(_("active"), default=False)
    activated_at = models.DateTimeField(null=True, blank=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    # None: not tested since the configuration last changed.
    test_passed = models.BooleanField(null=True, blank=True)
    test_steps = models.JSONField(default=list, blank=True, help_text=_("What each step of the last test said."))
    # Why documents wait although it is active; empty when all is well.
    attention = models.CharField(_("needs attention because"), max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("integration")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(activated_at__isnull=False), name="integration_active_has_a_time"
            )
        ]

    def __str__(self):
        return self.name

    @property
    def is_partner_side(self) -> bool:
        return self.engagement_id is not None

    @property
    def owner(self) -> Space:
        """The space that configures it."""
        return self.engagement.partner if self.is_partner_side else self.space

    @property
    def state(self) -> IntegrationState:
        if not self.is_active:
            return IntegrationState.INACTIVE if self.test_passed else IntegrationState.NOT_TESTED
        if not self.test_passed:
            return IntegrationState.NOT_TESTED
        return IntegrationState.NEEDS_ATTENTION if self.attention else IntegrationState.ACTIVE

    def read_secrets(self) -> dict:
        return secrets.open_(str(self.identity), self.sealed_secrets)

    def keep_secrets(self, values: dict, *, by: User | None) -> None:
        """Seal `values` (unsaved). Never read back into a form."""
        self.sealed_secrets = secrets.seal(str(self.identity), values)
        self.secrets_set_at = timezone.now()
        self.secrets_set_by = by


class Export(models.Model):
    """One document on its way to one integration. Retries keep the idempotency key, a *Resend* by a
    person is a new row with a new key."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="exports")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="exports")
    # 1 for the release, 2… for each resend.
    sequence = models.PositiveSmallIntegerField(default=1)
    idempotency_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    content_sha256 = models.CharField(max_length=64, help_text="Hash of the released e-invoice.")
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.QUEUED)
    # Why it waits, failed or was cancelled, in plain words.
    reason = models.CharField(max_length=500, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Ids of finished steps at the destination, written as each is done; kept for ever.
    remote = models.JSONField(default=dict, blank=True)
    remote_label = models.CharField(max_length=300, blank=True)
    remote_url = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    # The export of the invoice that this credit note let go first, see `outbox.queue_behind`.
    after = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followers", db_index=False
    )

    class Meta:
        verbose_name = _("export")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "integration", "sequence"], name="export_once"),
            models.CheckConstraint(
                condition=Q(state__in=["delivered", "failed", "cancelled"], settled_at__isnull=False)
                | Q(state__in=["queued", "waiting", "sending"], settled_at=None),
                name="export_settled_has_a_time",
            ),
        ]
        indexes = [
            # The oldest of each integration is found at once, however many wait for it. (By `settled_at`, because
            # SQLite takes an index with a condition only where the query says it without parameters.)
            models.Index(fields=["integration", "next_try_at"], condition=Q(settled_at=None), name="export_open"),
            models.Index(fields=["lease_until"], condition=Q(state="sending"), name="export_leased"),
            # What integrations did last, and what waits for them, is read in it alone.
            models.Index(fields=["integration", "state", "settled_at"], name="export_by_integration"),
            # One a pair of document and integration: what was ever asked for.
            models.Index(fields=["integration", "sequence"], condition=Q(sequence=1), name="export_asked"),
            models.Index(fields=["after"], condition=Q(after__isnull=False), name="export_followers"),
        ]

    def __str__(self):
        return f"{self.invoice} → {self.integration}"

    @property
    def is_queued_behind(self) -> bool:
        """It waits for the export of its invoice, not for a time."""
        return self.state == ExportState.WAITING and self.after_id is not None and self.after.state in PENDING

    @property
    def went_without(self) -> str:
        """The number of the invoice that it waited for and that did not get there; empty when there is none."""
        missed = self.after_id is not None and self.after.state in (ExportState.FAILED, ExportState.CANCELLED)
        return self.after.invoice.number if missed else ""


class ExportAttempt(models.Model):
    """One try: when, how long, what the destination said (redacted)."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    duration_ms = models.PositiveIntegerField(null=True)
    # The error family (integrations.base), or "delivered"; empty while it runs or when the worker died.
    outcome = models.CharField(max_length=30, blank=True)
    message = models.CharField(max_length=500, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_excerpt = models.TextField(blank=True)

    class Meta:
        verbose_name = _("export attempt")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="attempt_numbered")]

    def __str__(self):
        return f"{self.export} #{self.number}"


class RunTarget(models.Model):
    """The one integration that a bulk run of sendings is for; without a row: whatever misses a document."""

    run = models.OneToOneField("bulk.BulkRun", on_delete=models.CASCADE, related_name="target")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("target of a bulk run")

    def __str__(self):
        return f"{self.run_id} → {self.integration}"


class ConnectorSettings(models.Model):
    """What this installation allows of one connector; without a row: offered, with the usual limits."""

    key = models.CharField(_("connector"), max_length=40, unique=True)
    is_offered = models.BooleanField(
        _("offered"), default=True, help_text=_("Off: nobody can add it any more. Integrations in use go on.")
    )
    max_in_flight = models.PositiveSmallIntegerField(
        _("documents at a time"), default=2, help_text=_("For each integration; some destinations take only one.")
    )

    class Meta:
        verbose_name = _("connector")
        ordering = ["key"]
        constraints = [models.CheckConstraint(condition=Q(max_in_flight__gte=1), name="connector_sends_something")]

    def __str__(self):
        return self.key


class OAuthApp(models.Model):
    """The installation's registration at a destination that works by consent (OAuth 2.0); admins enter it."""

    name = models.CharField(
        _("name"), max_length=60, unique=True, help_text=_("As the connector calls it, e.g. dropbox or exact_online.be")
    )
    client_id = models.CharField(_("client id"), max_length=200)
    identity = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)

    class Meta:
        verbose_name = _("app registration")
        ordering = ["name"]

    def __str__(self):
        return self.name

    def read_secret(self) -> str:
        return secrets.open_(str(self.identity), self.sealed_secret).get("client_secret", "")

    def keep_secret(self, value: str) -> None:
        """Seal the client secret (unsaved). Never read back into a form."""
        self.sealed_secret = secrets.seal(str(self.identity), {"client_secret": value})


class Grant(models.Model):
    """The consent of one integration's account: its tokens, sealed. One writer at a time, see `integrations.oauth`."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="grant")
    account = models.CharField(_("account"), max_length=200, blank=True, help_text=_("Who gave the consent there."))
    sealed = models.TextField(editable=False)
    # Raised by every new pair of tokens: whoever read an older one reads again.
    version = models.PositiveIntegerField(default=1)
    obtained_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # A worker is asking for a new pair; when its time is over another may.
    refreshing_until = models.DateTimeField(null=True, blank=True)
    # The destination does not take the refresh token any more: only a person can connect again.
    is_dead = models.BooleanField(default=False)
    connected_at = models.DateTimeField(default=timezone.now)
    connected_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("consent")

    def __str__(self):
        return f"{self.integration} ({self.account})" if self.account else str(self.integration)

    def read(self) -> dict:
        """`access_token`, `refresh_token` and whatever else the destination gave."""
        return secrets.open_(str(self.integration.identity), self.sealed)

    def seal(self, tokens: dict) -> None:
        self.sealed = secrets.seal(str(self.integration.identity), tokens)


class DestinationLists(models.Model):
    """What a destination offered to choose from for one integration, and when it was asked (`integrations.lists`)."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="lists")
    administrations = models.JSONField(default=list)
    # Journals, accounts and VAT codes of the chosen administration (`integrations.booking.Lists`).
    booking = models.JSONField(default=dict)
    fetched_at = models.DateTimeField()

    class Meta:
        verbose_name = _("lists of a destination")

    def __str__(self):
        return str(self.integration)


class DestinationUse(models.Model):
    """How much of a destination's limits is used up, and who is working there (`integrations.pace`).

    One row for each thing that has limits there, such as one company of an accounting program: whoever
    delivers to it shares them.
    """

    key = models.CharField(max_length=200, unique=True)
    # What the destination said of its limits, and when it was last displeased.
    facts = models.JSONField(default=dict)
    holder = models.CharField(max_length=40, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("use of a destination")

    def __str__(self):
        return self.key

"""A space's account at a Peppol access point, and who can be reached over the network."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from banqup.common import secrets
from banqup.spaces.models import Space, User


class AccessPoint(models.Model):
    """An account at a service provider that sends to and receives from the Peppol network for a space."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="access_points")
    provider = models.CharField(_("access point"), max_length=40)
    config = models.JSONField(_("configuration"), default=dict, blank=True)
    # Stands inside the sealed secrets, so that a blob opens only where it belongs.
    identity = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed_secrets = models.TextField(blank=True, editable=False)
    secrets_set_at = models.DateTimeField(null=True, blank=True, editable=False)
    secrets_set_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )
    # The unguessable part of the address at which the provider calls us, hashed.
    called_at_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=False)
    activated_at = models.DateTimeField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    # None: not tested since the configuration last changed.
    test_passed = models.BooleanField(null=True, blank=True)
    test_steps = models.JSONField(default=list, blank=True, help_text=_("What each step of the last test said."))
    # Why documents wait although it is active; empty when all is well.
    attention = models.CharField(_("needs attention because"), max_length=500, blank=True)
    # Where polling of its inbox goes on, in the provider's own terms.
    cursor = models.JSONField(default=dict, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    # When its inbox is looked into next: every few minutes, at once when the provider calls.
    fetch_at = models.DateTimeField(default=timezone.now, editable=False)
    # A worker looks into it until then; nobody else does meanwhile.
    fetch_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        verbose_name = _("access point")
        ordering = ["id"]
        constraints = [
            # A participant is registered at one access point at a time.
            models.UniqueConstraint(fields=["space"], condition=Q(is_active=True), name="access_point_one_active"),
            models.UniqueConstraint(
                fields=["called_at_sha256"], condition=~Q(called_at_sha256=""), name="access_point_called_at_once"
            ),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(activated_at__isnull=False), name="access_point_active_has_a_time"
            ),
        ]

    def __str__(self):
        return f"{self.provider} ({self.space})"

    def read_secrets(self) -> dict:
        return secrets.open_(str(self.identity), self.sealed_secrets)

    def keep_secrets(self, values: dict, *, by: User | None) -> None:
        """Seal `values` (unsaved). Never read back into a form."""
        self.sealed_secrets = secrets.seal(str(self.identity), values)
        self.secrets_set_at = timezone.now()
        self.secrets_set_by = by


class Reach(models.Model):
    """What the network said of a participant: can it receive a kind of document? Kept for a while."""

    scheme = models.CharField(max_length=4, help_text="EAS, e.g. 0208")
    endpoint = models.CharField(max_length=100)
    # BT-24 of what it was asked for.
    customization = models.CharField(max_length=200)
    can_receive = models.BooleanField()
    words = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reach over Peppol")
        constraints = [
            models.UniqueConstraint(fields=["scheme", "endpoint", "customization"], name="reach_of_participant_once")
        ]

    def __str__(self):
        return f"{self.scheme}:{self.endpoint}"

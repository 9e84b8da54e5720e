"""Seal every stored secret with the newest key, so that older keys can be taken out of the configuration."""

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from banqup.common import secrets
from banqup.exports.models import Grant, Integration, IntegrationTemplate, OAuthApp
from banqup.mailboxes.models import Mailbox
from banqup.sending.models import AccessPoint

SEALED = (
    (Integration, "sealed_secrets"),
    (IntegrationTemplate, "sealed_secrets"),
    (OAuthApp, "sealed_secret"),
    (Grant, "sealed"),
    (AccessPoint, "sealed_secrets"),
    (Mailbox, "sealed_secrets"),
)


class Command(BaseCommand):
    help = (
        "Seals every stored secret with the first key of BANQUP_SECRET_KEYS. Put a new key in front, restart, run "
        "this, then take the old keys out. What no key opens stays as it is and is listed; the exit code is 1 then."
    )

    def handle(self, **options):
        done, unreadable = 0, []
        for model, field in SEALED:
            for pk in model.objects.exclude(**{field: ""}).order_by("pk").values_list("pk", flat=True):
                try:
                    done += self._rotate(model, field, pk)
                except secrets.SecretsUnreadable:
                    unreadable.append(f"{model._meta.verbose_name} {pk}")
        self.stdout.write(f"{done} secrets are sealed with the newest key.")
        if unreadable:
            raise CommandError(f"No configured key opens these; enter them again: {', '.join(unreadable)}.")

    @staticmethod
    def _rotate(model, field, pk) -> int:
        """Under the row's lock: a worker that renews a token meanwhile must not be undone."""
        with transaction.atomic():
            row = model.objects.select_for_update().filter(pk=pk).only(field).first()
            if row is None or not getattr(row, field):
                return 0
            return model.objects.filter(pk=pk).update(**{field: secrets.rotate(getattr(row, field))})

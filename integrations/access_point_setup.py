"""The verbs of an account at an access point: add, configure, test, activate, switch off, its webhook's address."""

import secrets
from time import monotonic

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.common.secrets import SecretsUnreadable
from banqup.sending.models import AccessPoint, Transmission, TransmissionState
from banqup.spaces.models import Space

from . import access_points, transmitting
from .base import DeliveryError, TestStep, as_kept
from .calls import digest
from .fetching import FETCH_TASK
from .setup import SetupRefused, require_owner

__all__ = ["SetupRefused", "activate", "add", "configure", "deactivate", "form", "new_address", "require_owner", "test"]


def _locked(account: AccessPoint, by) -> AccessPoint:
    # Not against transmissions that point to it.
    rows = AccessPoint.objects.select_for_update(of=("self",), no_key=True).select_related("space")
    found = rows.get(pk=account.pk)
    require_owner(found.space, by)
    return found


def _api(account: AccessPoint):
    try:
        return access_points.get(account.provider)
    except access_points.UnknownAccessPoint as error:
        raise SetupRefused(_("The access point “%s” is not installed any more.") % account.provider) from error


def add(*, space: Space, provider: str, by) -> AccessPoint:
    """A new account of `space`, not active yet. Raises SetupRefused."""
    require_owner(space, by)
    if space.is_partner:
        raise SetupRefused(_("Documents belong to a business; choose one."))
    if provider not in access_points.offered():
        raise SetupRefused(_("There is no such access point."))
    return AccessPoint.objects.create(space=space, provider=provider, created_by=by)


def form(account: AccessPoint, data=None):
    """The provider's form, filled with the configuration; secrets are never shown. Raises SetupRefused."""
    api = _api(account)
    filled = api.config_form(data, initial=account.config or None)
    kept = _readable_secrets(account)
    for name in api.secret_fields:
        field = filled.fields[name]
        field.required = field.required and not kept.get(name)
        if kept.get(name):
            field.widget.attrs["placeholder"] = _("Unchanged")
    return filled


def configure(*, account: AccessPoint, cleaned: dict, by) -> AccessPoint:
    """Keep what the provider's form cleaned; a secret field left empty keeps the old secret.

    A test that passed before counts no more, so documents wait until the next one. Raises SetupRefused.
    """
    with transaction.atomic():
        account = _locked(account, by)
        api = _api(account)
        entered = {name: cleaned[name] for name in api.secret_fields if cleaned.get(name)}
        if entered:
            account.keep_secrets({**_readable_secrets(account), **entered}, by=by)
        account.config = {name: value for name, value in cleaned.items() if name not in api.secret_fields}
        account.test_passed, account.tested_at, account.test_steps, account.cursor = None, None, [], {}
        account.save()
    return account


def _readable_secrets(account: AccessPoint) -> dict:
    try:
        return account.read_secrets()
    except SecretsUnreadable:
        return {}  # entered anew: that is the repair


def names_of_secrets(account: AccessPoint) -> set[str]:
    return set(_readable_secrets(account))


def test(*, account: AccessPoint, by) -> list[TestStep]:
    """Ask the real access point, harmlessly, and keep what each step said. No transaction is open meanwhile.

    A pass clears its attention, and whatever waits for it is due now. Raises SetupRefused.
    """
    require_owner(account.space, by)
    tried = AccessPoint.objects.select_related("space").get(pk=account.pk)
    began = monotonic()
    steps = _steps(tried)
    passed = bool(steps) and all(step.ok for step in steps)
    with transaction.atomic():
        account = _locked(account, by)
        if (account.config, account.sealed_secrets) != (tried.config, tried.sealed_secrets):
            raise SetupRefused(_("The settings changed during the test. Test again."))
        account.test_steps = as_kept(steps, began)
        account.tested_at, account.test_passed = timezone.now(), passed
        if passed:
            account.attention = ""
            account.fetch_at = timezone.now()
        account.save(update_fields=["test_steps", "tested_at", "test_passed", "attention", "fetch_at"])
        if passed:
            _wake(account)
    return steps


test.__test__ = False  # the verb's name is the product's, not a test case


def _steps(account: AccessPoint) -> list[TestStep]:
    try:
        return access_points.configured(account).check()
    except DeliveryError as error:
        return [TestStep(_("Read the settings"), False, error.message)]
    except Exception:
        transmitting.logger.exception("The test of %s broke", account)
        words = _("Something broke on our side; the log of the server has the details.")
        return [TestStep(_("Run the test"), False, words)]


def activate(*, account: AccessPoint, by) -> AccessPoint:
    """From now on documents go out and come in over it. Raises SetupRefused."""
    with transaction.atomic():
        account = _locked(account, by)
        if account.test_passed is not True:
            raise SetupRefused(_("Test it first; it can be activated once the test has passed."))
        # The lock of the space's row lets two activations follow each other.
        Space.objects.select_for_update().get(pk=account.space_id)
        other = AccessPoint.objects.filter(space=account.space_id, is_active=True).exclude(pk=account.pk).first()
        if other is not None:
            words = _("A Peppol id is registered at one access point at a time. Switch off %s first.")
            raise SetupRefused(words % access_points.label(other.provider))
        if not account.is_active:
            account.is_active, account.activated_at, account.fetch_at = True, timezone.now(), timezone.now()
            account.save(update_fields=["is_active", "activated_at", "fetch_at"])
            _wake(account)
            nudge(FETCH_TASK, account.pk)
    return account


def deactivate(*, account: AccessPoint, by) -> int:
    """Nothing goes out or comes in over it any more; returns how many documents wait for another way."""
    with transaction.atomic():
        account = _locked(account, by)
        if account.is_active:
            account.is_active, account.attention = False, ""
            account.save(update_fields=["is_active", "attention"])
    return waiting(account).count()


def new_address(*, account: AccessPoint, by) -> str:
    """The address at which the provider calls us, shown once; an earlier one ends. Raises SetupRefused."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        account = _locked(account, by)
        account.called_at_sha256 = digest(token)
        account.save(update_fields=["called_at_sha256"])
    return reverse("integrations:access_point_called", args=[token])


def waiting(account: AccessPoint):
    """What is on its way over `account` and has not left yet."""
    return Transmission.objects.filter(
        access_point=account, state__in=[TransmissionState.QUEUED, TransmissionState.WAITING]
    )


def _wake(account: AccessPoint) -> None:
    """What waits for it need not wait for its next look."""
    waiting(account).filter(next_try_at__gt=timezone.now()).update(next_try_at=timezone.now())

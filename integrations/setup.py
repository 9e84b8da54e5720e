"""The verbs of an integration: add, configure, rename, test, activate, deactivate. Used by both spaces and the admin."""

from contextlib import contextmanager
from time import monotonic

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.exports import outbox
from banqup.exports.models import DestinationLists, Grant, Integration
from banqup.spaces.access import membership
from banqup.spaces.models import Engagement, Space
from banqup.spaces.roles import Capability

from . import delivery, oauth, registry
from .base import DeliveryError, TestStep, as_kept
from .booking import KEPT_AS
from .cards import card, missed

__all__ = [
    "SetupRefused",
    "activate",
    "add",
    "card",
    "configure",
    "connected",
    "deactivate",
    "form",
    "free",
    "locked",
    "may_manage",
    "missed",
    "rename",
    "require",
    "require_owner",
    "test",
]


class SetupRefused(Exception):
    """The verb did nothing; `message` says why and what can be done instead."""

    def __init__(self, message: str):
        super().__init__(message)
        self.message = str(message)


def may_manage(owner: Space, by) -> bool:
    """Whoever manages integrations in the space that owns them, and the installation's admins."""
    if by is None or not by.is_active:
        return False
    if by.is_superuser or (by.is_staff and by.has_perm("exports.change_integration")):
        return True
    own = membership(by, owner)
    return own is not None and Capability.MANAGE_INTEGRATIONS in own.capabilities


def require_owner(owner: Space, by) -> None:
    """Raises SetupRefused unless `by` may manage the integrations that `owner` configures."""
    if not may_manage(owner, by):
        raise SetupRefused(_("You may not manage integrations here. Ask an administrator of %s.") % owner)


def _locked(integration: Integration, by) -> Integration:
    # Not against new exports that point to it: whoever sends a document has that locked, and waits for nothing more.
    locked = Integration.objects.select_for_update(of=("self",), no_key=True)
    rows = locked.select_related("space", "engagement__partner")
    integration = rows.get(pk=integration.pk)
    require_owner(integration.owner, by)
    return integration


def require(integration: Integration, by) -> None:
    """Raises SetupRefused unless `by` may manage the integrations of the space that owns this one."""
    require_owner(integration.owner, by)


@contextmanager
def locked(integration: Integration, by):
    """Inside, a transaction holds the integration's row, read anew. Raises SetupRefused as `require`."""
    with transaction.atomic():
        yield _locked(integration, by)


def add(*, space: Space, engagement: Engagement | None = None, connector: str, name: str, by) -> Integration:
    """A new, inactive integration for the documents of `space`; with an engagement it is the accountant's."""
    require_owner(engagement.partner if engagement else space, by)
    if space.is_partner:
        raise SetupRefused(_("Documents belong to a business; choose one."))
    if engagement and (engagement.business_id != space.pk or engagement.status != Engagement.Status.ACTIVE):
        raise SetupRefused(_("%s is not a client at the moment.") % space)
    try:
        label = registry.get(connector).label
    except registry.UnknownConnector as error:
        raise SetupRefused(_("There is no such integration.")) from error
    if connector not in registry.offered():
        raise SetupRefused(_("%s is not offered here. Ask the administrator of this installation.") % label)
    return Integration.objects.create(
        space=space, engagement=engagement, connector=connector, name=(name.strip() or str(label))[:80], created_by=by
    )


def form(integration: Integration, data=None):
    """The connector's form, filled with the configuration; secrets are never shown. Raises SetupRefused."""
    connector = _connector(integration)
    # Bound to nothing yet configured, the form's own initial values count.
    filled = connector.config_form(data, initial=integration.config or None)
    kept = _readable_secrets(integration)
    for name in connector.secret_fields:
        # A secret that was never there can't stay as it is. Whatever signs in there at all need not be entered anew.
        filled.fields[name].required = filled.fields[name].required and not kept
        if kept.get(name):
            filled.fields[name].widget.attrs["placeholder"] = _("Unchanged")
    if connector.administration_field:
        name = connector.administration_field
        _offer_administrations(integration, filled.fields[name], str(integration.config.get(name) or ""))
    return filled


def _offer_administrations(integration: Integration, field, chosen: str) -> None:
    """Choose one from the destination's own list, once it was asked for; till then it is typed."""
    kept = DestinationLists.objects.filter(integration=integration).first()
    if kept is None or not kept.administrations:
        return
    choices = [(code, label) for code, label, _direction in kept.administrations]
    if chosen and chosen not in dict(choices):
        choices.insert(0, (chosen, chosen))
    field.widget = forms.Select(choices=[("", _("Choose…")), *choices])


def configure(*, integration: Integration, cleaned: dict, by) -> dict[str, str]:
    """Keep what the connector's form cleaned; a secret field left empty keeps the old secret.

    Returns secrets that were generated here, to be shown once. Side effects: seals the secrets; a
    test that passed before counts no more, so documents wait until the next one.
    """
    with transaction.atomic():
        integration = _locked(integration, by)
        connector = _connector(integration)
        config = {name: value for name, value in cleaned.items() if name not in connector.secret_fields}
        entered = {name: cleaned[name] for name in connector.secret_fields if cleaned.get(name)}
        for name in connector.own_fields:
            config[name] = free(connector, name, config.get(name), owner=integration.owner)
        moved = any(integration.config.get(name) != config.get(name) for name in connector.secrets_are_for)
        kept, generated = connector.renew_secrets({} if moved else _readable_secrets(integration), entered)
        if moved or kept and (entered or generated):
            integration.keep_secrets(kept, by=by)
        _end_consent_of_another_place(integration, connector, config)
        integration.config = config | {
            name: integration.config[name] for name in [KEPT_AS] if name in integration.config
        }
        integration.test_passed, integration.tested_at, integration.test_steps = None, None, []
        integration.save()
    return generated


def _end_consent_of_another_place(integration: Integration, connector, config: dict) -> None:
    """A consent belongs to where it was given: another host must never see its tokens."""
    if not connector.needs_consent:
        return
    before, after = connector.provider(integration.config), connector.provider(config)
    if (before.app, before.token_url) != (after.app, after.token_url):
        Grant.objects.filter(integration=integration).delete()


def _readable_secrets(integration: Integration) -> dict:
    try:
        return integration.read_secrets()
    except delivery.SecretsUnreadable:
        return {}  # entered anew: that is the repair


def free(connector, name: str, value: str | None, *, owner: Space) -> str:
    """`value` for one of the connector's `own_fields`, or the owner's slug; SetupRefused when another space has it or could get it."""
    value = value or owner.slug
    others = Integration.objects.filter(**{"connector": connector.key, f"config__{name}": value})
    ours = Q(engagement__partner=owner) if owner.is_partner else Q(space=owner, engagement=None)
    if others.exclude(ours).exists() or Space.objects.filter(slug=value).exclude(pk=owner.pk).exists():
        raise SetupRefused(_("“%s” is used by another space. Choose another name.") % value)
    return value


def rename(*, integration: Integration, name: str, by) -> Integration:
    """From now on every page and the history call it `name`; what it does and its test stay as they are."""
    name = name.strip()
    if not name:
        raise SetupRefused(_("Enter a name."))
    with transaction.atomic():
        integration = _locked(integration, by)
        integration.name = name[:80]
        integration.save(update_fields=["name"])
    return integration


def _connector(integration: Integration):
    try:
        return registry.get(integration.connector)
    except registry.UnknownConnector as error:
        raise SetupRefused(_("The connector “%s” is not installed.") % integration.connector) from error


def provider(integration: Integration):
    """Where the consent for `integration` is given. Raises SetupRefused."""
    connector = _connector(integration)
    if not connector.asks_consent(integration.config):
        raise SetupRefused(_("%s needs no consent.") % connector.label)
    return connector.provider(integration.config)


def connected(*, integration: Integration, code: str, verifier: str, by):
    """Keep the consent that `by` has just given there; it is tested before it is used. Raises DeliveryError."""
    require_owner(integration.owner, by)
    return oauth.finish(provider(integration), integration, code=code, verifier=verifier, by=by)


def test(*, integration: Integration, by) -> list[TestStep]:
    """Try the destination for real, and keep what each step said. No transaction is open meanwhile.

    Side effects of a pass: the integration needs no more attention, and whatever waits for it is due now.
    """
    require_owner(integration.owner, by)
    tried = Integration.objects.get(pk=integration.pk)
    began = monotonic()
    steps = _steps(tried)
    passed = bool(steps) and all(step.ok for step in steps)
    with transaction.atomic():
        integration = _locked(integration, by)
        if (integration.config, integration.sealed_secrets) != (tried.config, tried.sealed_secrets):
            raise SetupRefused(_("The configuration changed during the test. Test again."))
        integration.test_steps = as_kept(steps, began)
        integration.tested_at, integration.test_passed = timezone.now(), passed
        if passed:
            integration.attention = ""
        integration.save(update_fields=["test_steps", "tested_at", "test_passed", "attention"])
        if passed and integration.is_active:
            outbox.wake(integration)
    return steps


test.__test__ = False  # the verb's name is the product's, not a test case


def _steps(integration: Integration) -> list[TestStep]:
    try:
        return delivery.configured(integration).check()
    except DeliveryError as error:
        return [TestStep(_("Read the configuration"), False, error.message)]
    except Exception:
        delivery.logger.exception("The test of %s broke", integration)
        return [
            TestStep(_("Run the test"), False, _("Something broke on our side; the log of the server has the details."))
        ]


def activate(*, integration: Integration, by) -> Integration:
    """From now on every approved document goes there; earlier ones only when somebody sends them."""
    with transaction.atomic():
        integration = _locked(integration, by)
        if integration.test_passed is not True:
            raise SetupRefused(_("Test the integration first; it can be activated once the test has passed."))
        if integration.is_partner_side and integration.engagement.status != Engagement.Status.ACTIVE:
            raise SetupRefused(_("%s is not a client any more.") % integration.space)
        if not integration.is_active:
            integration.is_active, integration.activated_at, integration.deactivated_at = True, timezone.now(), None
            integration.save(update_fields=["is_active", "activated_at", "deactivated_at"])
    return integration


def deactivate(*, integration: Integration, by) -> int:
    """No more documents go there. What waits is cancelled visibly, what is under way finishes; returns how many were cancelled."""
    with transaction.atomic():
        integration = _locked(integration, by)
        if integration.is_active:
            integration.is_active, integration.deactivated_at = False, timezone.now()
            integration.save(update_fields=["is_active", "deactivated_at"])
        return outbox.cancel(integration.exports.all(), reason=_("The integration was switched off."))

"""The verbs of an office's templates: one configuration of a connector for many clients.

A template holds what all clients share. What each has of its own (`per_client_fields`) is left out, and so is
a consent: its tokens belong to one integration, and a refresh token that rotates works in one place only.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.secrets import SecretsUnreadable
from banqup.exports.models import Integration, IntegrationTemplate, TemplateUse
from banqup.spaces.models import Engagement, Space

from . import registry, setup
from .booking import KEPT_AS
from .setup import SetupRefused


def connector_of(template: IntegrationTemplate):
    """Its connector. Raises SetupRefused when that is not installed any more."""
    try:
        return registry.get(template.connector)
    except registry.UnknownConnector as error:
        raise SetupRefused(_("The connector “%s” is not installed.") % template.connector) from error


def readable_secrets(template: IntegrationTemplate) -> dict:
    """What it keeps sealed; nothing where no key opens it: entering it anew is the repair."""
    try:
        return template.read_secrets()
    except SecretsUnreadable:
        return {}


def form(connector, template: IntegrationTemplate | None = None, data=None):
    """The connector's form without what each client has of its own; secrets are never shown.

    No secret has to be entered: where clients have one each, it stays empty here.
    """
    kept = readable_secrets(template) if template else {}
    filled = connector.config_form(data, initial=template.config if template else None)
    for name in connector.secret_fields:
        filled.fields[name].required = False
        if kept.get(name):
            filled.fields[name].widget.attrs["placeholder"] = _("Unchanged")
    filled.full_clean()
    for name in connector.per_client_fields:
        # Only now: the form's own rules may speak of fields that are not shown here.
        filled.errors.pop(name, None)
        filled.cleaned_data.pop(name, None) if filled.is_bound else None
        del filled.fields[name]
    return filled


def make(*, office: Space, connector: str, name: str, cleaned: dict, by) -> tuple[IntegrationTemplate, dict]:
    """A template from what its form cleaned, and the secrets that were generated, to be shown once."""
    _require(office, by)
    known = _offered(connector)
    template = IntegrationTemplate(office=office, connector=connector, created_by=by)
    generated = _fill(template, known, name, cleaned, by)
    return _save(template), generated


def make_from(*, integration: Integration, name: str, by) -> IntegrationTemplate:
    """A template that holds what `integration`, the office's own, is set up with. It counts as made from it.

    Its secrets are sealed anew for the template; a consent is not taken along.
    """
    with setup.locked(integration, by) as integration:
        if not integration.is_partner_side or integration.engagement.status != Engagement.Status.ACTIVE:
            raise SetupRefused(_("Only an integration of yours for a present client can become a template."))
        known = _offered(integration.connector)
        if TemplateUse.objects.filter(integration=integration).exists():
            raise SetupRefused(_("It was made from a template already. Change that one."))
        template = IntegrationTemplate(
            office=integration.engagement.partner,
            connector=integration.connector,
            config=shared(known, integration.config),
            name=_name(name or integration.name),
            created_by=by,
        )
        try:
            kept = integration.read_secrets()
        except SecretsUnreadable as error:
            raise SetupRefused(str(error)) from error
        if kept:
            template.keep_secrets(kept, by=by)
        _save(template)
        note_use(template, integration)
    return template


def change(*, template: IntegrationTemplate, name: str, cleaned: dict, by) -> tuple[IntegrationTemplate, dict]:
    """Keep what its form cleaned; a secret field left empty keeps the old one. What was made from it stays as it is."""
    with transaction.atomic():
        template = _locked(template, by)
        generated = _fill(template, connector_of(template), name, cleaned, by)
        template.version, template.changed_at = template.version + 1, timezone.now()
        _save(template)
    return template, generated


def remove(*, template: IntegrationTemplate, by) -> None:
    """The template goes, with its secrets and its runs; what was made from it stays and works on."""
    with transaction.atomic():
        template = _locked(template, by)
        if template.runs.filter(finished_at=None).exists():
            raise SetupRefused(_("It is being applied at the moment. Stop that first, or wait for it."))
        template.delete()


def shared(connector, config: dict) -> dict:
    """What of a configuration all clients of an office may have in common."""
    return {name: value for name, value in config.items() if name not in (*connector.per_client_fields, KEPT_AS)}


def note_use(template: IntegrationTemplate, integration: Integration) -> None:
    """From now on `integration` counts as made from this version of the template."""
    TemplateUse.objects.update_or_create(
        integration=integration,
        defaults={
            "template": template,
            "version": template.version,
            "config": shared(registry.get(template.connector), integration.config),
            "secrets_set_at": integration.secrets_set_at,
            "applied_at": timezone.now(),
        },
    )


def _fill(template, connector, name: str, cleaned: dict, by) -> dict:
    config = shared(connector, {key: value for key, value in cleaned.items() if key not in connector.secret_fields})
    entered = {key: cleaned[key] for key in connector.secret_fields if cleaned.get(key)}
    for key in connector.own_fields:
        if key in config:
            config[key] = setup.free(connector, key, config[key], owner=template.office)
    moved = any(template.config.get(key) != config.get(key) for key in connector.secrets_are_for)
    old = {} if moved else readable_secrets(template)
    kept, generated = connector.renew_secrets(old, entered)
    if moved or kept and (entered or generated):
        template.keep_secrets(kept, by=by)
    template.name, template.config = _name(name), config
    return generated


def _name(name: str) -> str:
    if not name.strip():
        raise SetupRefused(_("Enter a name."))
    return name.strip()[:80]


def _save(template: IntegrationTemplate) -> IntegrationTemplate:
    try:
        with transaction.atomic():
            template.save()
    except IntegrityError as error:
        raise SetupRefused(_("Another template is called “%s” already.") % template.name) from error
    return template


def _offered(connector: str):
    if connector not in registry.offered():
        raise SetupRefused(_("%s is not offered here. Ask the administrator of this installation.") % connector)
    return registry.get(connector)


def _require(office: Space, by) -> None:
    if not office.is_partner:
        raise SetupRefused(_("Only an accountant's office has templates."))
    setup.require_owner(office, by)


def _locked(template: IntegrationTemplate, by) -> IntegrationTemplate:
    rows = IntegrationTemplate.objects.select_for_update(of=("self",), no_key=True).select_related("office")
    template = rows.filter(pk=template.pk).first()
    if template is None:
        raise SetupRefused(_("The template was removed meanwhile."))
    _require(template.office, by)
    return template

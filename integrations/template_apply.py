"""What a worker does for one client of a run: set it up as the template says, test it, switch it on."""

from django.db import transaction
from django.utils.translation import gettext as _

from banqup.exports.models import ApplyOutcome, Grant, Integration, IntegrationTemplate, TemplateRow
from banqup.spaces.models import Engagement

from . import lists, office_templates, registry, setup
from .office_templates import connector_of, readable_secrets
from .setup import SetupRefused
from .template_plans import Kind, labels_of, plans

VALUE_AT_MOST = 300


def present(template: IntegrationTemplate, ids):
    """Those of these engagements that are the office's at this moment."""
    return Engagement.objects.filter(partner=template.office, status=Engagement.Status.ACTIVE, pk__in=ids)


def own_values(template: IntegrationTemplate, entered: dict) -> dict:
    """What of `entered` a client may have of its own with this template."""
    names = connector_of(template).per_client_fields
    return {name: str(entered.get(name) or "").strip()[:VALUE_AT_MOST] for name in names}


def trouble(template: IntegrationTemplate, values: dict) -> str:
    """Why a client can't be set up with these values of its own, naming the field; empty when it can."""
    return _words(_form(template, values))


def apply(row: TemplateRow) -> tuple[ApplyOutcome, str]:
    """Set up the client of `row`, test it for real, and switch it on where that is wanted. Raises SetupRefused."""
    run, by = row.run, row.run.started_by
    setup.require_owner(run.template.office, by)
    integration = _configured(row, by)
    connector = connector_of(run.template)
    consents = Grant.objects.filter(integration=integration, is_dead=False)
    if connector.asks_consent(integration.config) and not consents.exists():
        words = _("Set up. Connect it: a consent is given for each client by itself. Then try again here.")
        return ApplyOutcome.CONNECT, words
    failed = _failed_step(integration, by)
    if failed and _took_its_only_administration(integration, by):
        failed = _failed_step(integration, by)
    if failed:
        return ApplyOutcome.NOT_DONE, _("Set up, but its test has not passed. %s") % failed.message
    lists.refresh(integration=integration, by=by)
    if integration.is_active:
        return ApplyOutcome.DONE, _("Tested, and active.")
    if integration.deactivated_at:
        return ApplyOutcome.DONE, _("Tested. It was switched off before, and stays off.")
    if not run.activate:
        return ApplyOutcome.DONE, _("Tested. It is not active yet.")
    setup.activate(integration=integration, by=by)
    return ApplyOutcome.DONE, _("Tested, and active from now on.")


def _configured(row: TemplateRow, by) -> Integration:
    """The client's integration, set up as the template says; whatever is not as announced is left alone."""
    with transaction.atomic():
        template = IntegrationTemplate.objects.select_for_update(no_key=True).get(pk=row.run.template_id)
        if template.version != row.run.version:
            raise SetupRefused(_("The template changed meanwhile. Look at what would happen now."))
        engagement = present(template, [row.engagement_id]).select_related("business", "partner").first()
        if engagement is None:
            raise SetupRefused(_("%s is not a client any more.") % row.engagement.business)
        [plan] = plans(template, [engagement])
        # Made by a worker of this run that died afterwards: only the test is missing.
        if row.integration is None and plan.kind != row.announced:
            raise SetupRefused(_("Not as it was when you looked: %s") % plan.words)
        integration = plan.integration
        if plan.kind == Kind.AS_IT_IS and row.values == plan.values:
            TemplateRow.objects.filter(pk=row.pk).update(integration=integration)
            return integration
        form = _form(template, row.values)
        if why := _words(form):
            raise SetupRefused(why)
        if integration is None:
            integration = setup.add(
                space=engagement.business,
                engagement=engagement,
                connector=template.connector,
                name=template.name,
                by=by,
            )
        setup.configure(integration=integration, cleaned=form.cleaned_data, by=by)
        integration = Integration.objects.select_related("space", "engagement__partner").get(pk=integration.pk)
        office_templates.note_use(template, integration)
        TemplateRow.objects.filter(pk=row.pk).update(integration=integration)
        return integration


def _form(template: IntegrationTemplate, values: dict):
    """The connector's whole form for one client, bound to the template, its secrets and the client's own values."""
    connector, secrets = connector_of(template), readable_secrets(template)
    opened = {name: secrets[name] for name in connector.secret_fields if secrets.get(name)}
    data = {**template.config, **own_values(template, values), **opened}
    form = connector.config_form({name: value for name, value in data.items() if value not in (None, False)})
    for name in connector.secret_fields:
        # Not in the template: each client has its own, and keeps it.
        form.fields[name].required = form.fields[name].required and name in opened
    return form


def _words(form) -> str:
    """What is wrong, each with the name of its field; never a value."""
    labels = labels_of(form)
    return " ".join(
        f"{labels[name]}: {error}" if name in labels else error
        for name, errors in form.errors.items()
        for error in errors
    )


def _failed_step(integration: Integration, by):
    """The step at which a real test stops; None when it passes."""
    return next((step for step in setup.test(integration=integration, by=by) if not step.ok), None)


def _took_its_only_administration(integration: Integration, by) -> bool:
    """Where an account has one administration, that is the client's; with several a person chooses."""
    name = registry.get(integration.connector).administration_field
    if not name or integration.config.get(name):
        return False
    lists.refresh(integration=integration, by=by)
    offered = lists.offered(integration).administrations
    if len(offered) != 1:
        return False
    setup.configure(integration=integration, cleaned={**integration.config, name: offered[0].code}, by=by)
    integration.refresh_from_db()
    return True

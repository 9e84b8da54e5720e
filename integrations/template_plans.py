"""What applying a template would do, client by client: the preview, and what a worker checks again."""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from banqup.exports.models import Integration, IntegrationTemplate, TemplateUse
from banqup.spaces.models import Engagement

from .office_templates import connector_of, readable_secrets, shared


class Kind(StrEnum):
    MAKE = "make"
    # The client has one of this connector that was set up by itself: documents would go there twice.
    ANOTHER = "another"
    UPDATE = "update"
    # Changed by hand since: applying takes that back.
    OVERRIDE = "override"
    AS_IT_IS = "as_it_is"


@dataclass(frozen=True)
class Plan:
    """What happens to one client, and the integration that it happens to (None: a new one)."""

    engagement: Engagement
    kind: Kind
    words: str
    integration: Integration | None = None
    # The values of its own, as they are now.
    values: dict = field(default_factory=dict)

    @property
    def is_suggested(self) -> bool:
        """Chosen unless the person says otherwise: nothing is taken back and nothing doubled."""
        return self.kind in (Kind.MAKE, Kind.UPDATE)


def plans(template: IntegrationTemplate, engagements) -> list[Plan]:
    """A plan for each of these engagements of the office, in their order. Two queries. Raises SetupRefused."""
    connector = connector_of(template)
    rows = Integration.objects.filter(engagement__in=engagements, connector=template.connector).order_by("pk")
    by_client: dict[int, list[Integration]] = {}
    for integration in rows:
        by_client.setdefault(integration.engagement_id, []).append(integration)
    uses = {use.integration_id: use for use in TemplateUse.objects.filter(template=template)}
    labels = labels_of(connector.config_form)
    secrets = bool(readable_secrets(template))
    return [_plan(template, connector, one, by_client.get(one.pk, []), uses, labels, secrets) for one in engagements]


def labels_of(form) -> dict[str, str]:
    """What a form calls each field."""
    return {name: str(one.label or name) for name, one in form.base_fields.items()}


def _plan(template, connector, engagement, there, uses, labels, has_secrets) -> Plan:
    made = next((one for one in there if one.pk in uses), None)
    if made is None and there:
        words = _("Has “%s” already, not made from this template. Another one is made, and each document goes to both.")
        return Plan(engagement, Kind.ANOTHER, words % there[0].name)
    if made is None:
        return Plan(engagement, Kind.MAKE, _("A new integration is made."))
    use, off = uses[made.pk], _switched_off(made)
    values = {name: made.config.get(name) or "" for name in connector.per_client_fields}
    by_hand = _differing(shared(connector, made.config), use.config, labels)
    if has_secrets and made.secrets_set_at != use.secrets_set_at:
        by_hand.append(_("secrets"))
    if by_hand:
        words = _("Changed by hand since: %s. That is taken back.") % ", ".join(by_hand)
        return Plan(engagement, Kind.OVERRIDE, f"{words} {off}".strip(), made, values)
    changes = _differing(template.config, use.config, labels)
    if has_secrets and template.secrets_set_at and template.secrets_set_at > use.applied_at:
        changes.append(_("secrets"))
    if changes:
        return Plan(engagement, Kind.UPDATE, f"{_('Changes: %s.') % ', '.join(changes)} {off}".strip(), made, values)
    words = _("Is as the template says. It is tested again.")
    return Plan(engagement, Kind.AS_IT_IS, f"{words} {off}".strip(), made, values)


def _differing(one: dict, other: dict, labels) -> list[str]:
    names = [*one, *(name for name in other if name not in one)]
    return [labels.get(name, name) for name in names if (one.get(name) or "") != (other.get(name) or "")]


def _switched_off(integration: Integration) -> str:
    if integration.is_active or integration.deactivated_at is None:
        return ""
    at = date_format(localtime(integration.deactivated_at), "j M Y")
    return _("Switched off on %s; it stays off.") % at

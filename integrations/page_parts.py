"""The pieces of the set-up pages: cards, steps, fields, the log, and what was missed."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from banqup.common.secrets import SecretsUnreadable
from banqup.exports import health
from banqup.exports.models import Export, ExportState, Grant, Integration, IntegrationState

from . import cards, registry

SHOWN_AT_MOST = 200
State = IntegrationState


class NameForm(forms.Form):
    name = forms.CharField(
        label=lazy("Name"), max_length=80, help_text=lazy("How it is called in the history of every document.")
    )


# --- cards ------------------------------------------------------------------------------------------


def overview(place, current: int | None = None) -> dict:
    """Cards of what is in use, and the connectors that can be added."""
    integrations = list(place.integrations)
    healths = health.of(integrations)
    used = [card(place, integration, healths[integration.pk]) for integration in integrations]
    offered = []
    for key, connector in registry.offered().items():
        set_up = {
            "name": f"set-up-{key}",
            "label": _("Set up"),
            "url": place.url("extension_add", key),
            "method": "get",
            "enabled": not place.refusal,
            "reason": place.refusal,
        }
        used_already = any(one["integration"].connector == key for one in used)
        offered.append({**about(connector), "action": set_up, "again": used_already})
    gaps = [one["gap"] for one in used if one["gap"] and current in (None, one["integration"].pk)]
    return {"used": used, "offered": offered, "gaps": gaps, "current": current}


def about(connector) -> dict:
    """What a page says of a connector; the class itself would be called by a template."""
    return {
        "key": connector.key,
        "label": connector.label,
        "initials": connector.initials,
        "description": connector.description,
    }


def card(place, integration: Integration, of: health.Health | None = None) -> dict:
    """What a card says of an integration, and its one repair; its health is read where it is not given."""
    facts = cards.card(integration, of)
    return {
        "integration": integration,
        "facts": facts,
        "state": str(facts.state),
        "sentence": _sentence(facts),
        "waiting": _waiting(facts) if facts.waiting else "",
        "failed": _failed(facts) if facts.failed else "",
        "failing_since": facts.failing_since if integration.is_active else None,
        "repair": _repair(place, facts),
        # What is new is not in trouble: its stepper says what comes next.
        "trouble": facts.repair if integration.is_active or integration.test_passed is False else "",
        "gap": _gap(place, integration),
        "url": place.url("extension", integration.pk),
        "activate": activate_action(place, integration),
        "test": test_action(place, integration),
    }


def _sentence(facts) -> str:
    integration = facts.integration
    if facts.state == State.ACTIVE:
        delivered = ngettext("%d delivered in 30 days.", "%d delivered in 30 days.", facts.delivered_in_30_days)
        return delivered % facts.delivered_in_30_days
    if facts.state == State.NEEDS_ATTENTION or integration.is_active:
        return facts.repair
    if integration.deactivated_at:
        return ""  # the template says when
    if facts.state == State.INACTIVE:
        return _("Tested. Nothing is sent until it is activated.")
    return (
        facts.repair
        if integration.test_passed is False
        else _("Configured, but not tested. Nothing is sent until the test passes.")
    )


def _waiting(facts) -> str:
    return ngettext("%d document waits.", "%d documents wait.", facts.waiting) % facts.waiting


def _failed(facts) -> str:
    return ngettext("%d document failed.", "%d documents failed.", facts.failed) % facts.failed


def _repair(place, facts) -> dict | None:
    """The one button of a card that is not all right."""
    integration = facts.integration
    if facts.state == State.ACTIVE:
        return None
    if facts.state == State.INACTIVE:
        return {**activate_action(place, integration), "style": "default"}
    return {**test_action(place, integration), "style": "primary" if integration.is_active else "default"}


def test_action(place, integration) -> dict:
    return {
        "name": f"test-{integration.pk}",
        "label": _("Run the test") if integration.tested_at is None else _("Run again"),
        "icon": "arrow-path",
        "style": "default" if integration.test_passed else "primary",
        "url": place.url("extension_test", integration.pk),
        "enabled": not place.refusal,
        "reason": place.refusal,
    }


def consent(place, integration) -> dict | None:
    """Whose consent it works by, and the button that asks for one; None where none is needed."""
    try:
        connector = registry.get(integration.connector)
    except registry.UnknownConnector:
        return None
    if not connector.asks_consent(integration.config):
        return None
    grant = Grant.objects.filter(integration=integration).select_related("connected_by").first()
    standing = grant is not None and not grant.is_dead
    words = _("Connect again") if grant else _("Connect %s") % connector.label
    action = {
        "name": "connect",
        "label": words,
        "icon": "link",
        "style": "default" if standing else "primary",
        "url": place.url("extension_connect", integration.pk),
        "enabled": not place.refusal,
        "reason": place.refusal,
    }
    return {"grant": grant, "standing": standing, "action": action}


def activate_action(place, integration) -> dict:
    reason = place.refusal or ("" if integration.test_passed else _("after the test passes"))
    return {
        "name": f"activate-{integration.pk}",
        "label": _("Activate"),
        "url": place.url("extension_activate", integration.pk),
        "style": "primary",
        "enabled": not reason,
        "reason": reason,
    }


def deactivate_action(place, integration) -> dict:
    return {
        "name": "deactivate",
        "label": _("Switch off…"),
        "icon": "pause",
        "url": place.url("extension_deactivate", integration.pk),
        "method": "get",
        "dialog": True,
        "style": "danger",
        "enabled": not place.refusal,
        "reason": place.refusal,
    }


def rename_action(place, integration) -> dict:
    return {
        "name": "rename",
        "label": _("Rename…"),
        "icon": "pencil-square",
        "url": place.url("extension_rename", integration.pk),
        "method": "get",
        "dialog": True,
        "style": "quiet",
        "enabled": not place.refusal,
        "reason": place.refusal,
    }


def send_action(place, integration) -> dict:
    return {
        "name": "send",
        "label": _("Send the chosen to %s") % integration.name,
        "icon": "paper-airplane",
        "form": "missed",
        "style": "primary",
        "enabled": not place.resend_refusal,
        "reason": place.resend_refusal,
    }


# --- one integration --------------------------------------------------------------------------------


def steps(integration: Integration | None, *, connector=None, consent: dict | None = None) -> list[dict]:
    """Configure, Connect (where a person consents there), Test, Activate: where it stands.

    `consent`: what `consent()` gave for the integration. Before there is one, its `connector` says whether it asks.
    """
    if integration is None:
        states = ["now", "todo", "todo", "todo"]
    else:
        connected = consent is None or consent["standing"]
        tested = {None: "now" if connected else "todo", True: "done", False: "failed"}[integration.test_passed]
        activated = "done" if integration.is_active else "now" if integration.test_passed else "todo"
        states = ["done", "done" if connected else "failed" if consent["grant"] else "now", tested, activated]
    names = [
        (_("Configure"), "#configuration"),
        (_("Connect"), "#consent"),
        (_("Test"), "#test"),
        (_("Activate"), "#activation"),
    ]
    asks = consent is not None or connector is not None and connector.asks_consent({})
    return [
        {"label": label, "url": url if integration else "", "state": state}
        for (label, url), state in zip(names, states, strict=True)
        if asks or url != "#consent"
    ]


def fields(integration: Integration, form, *, replacing) -> list[dict]:
    """The form's fields in order; a secret that is there stays covered until it is replaced."""
    if form is None:
        return []
    secret_fields = registry.get(integration.connector).secret_fields
    kept = _names_of_secrets(integration)
    return [
        {
            "bound": bound,
            "covered": bound.name in secret_fields
            and bound.name in kept
            and bound.name not in replacing
            and not bound.errors,
        }
        for bound in form.visible_fields()
    ]


def _names_of_secrets(integration) -> set[str]:
    try:
        return set(integration.read_secrets())
    except SecretsUnreadable:
        return set()  # entered anew: that is the repair


# --- what was approved before activation --------------------------------------------------------------


def missed(integration: Integration):
    """`(count, documents)` that were approved before it was activated and that nobody tried to send there since."""
    if not integration.is_active:
        return 0, cards.missed(integration)[1].none()
    failed = Export.objects.filter(integration=integration, state=ExportState.FAILED)  # these stand in the log
    documents = cards.missed(integration)[1].filter(released_at__lt=integration.activated_at)
    documents = documents.exclude(pk__in=failed.values("invoice"))
    return documents.capped_count(), documents


def _gap(place, integration) -> dict | None:
    """The banner: documents that are not sent by themselves."""
    if place.documents_refusal:
        return None
    count, _documents = missed(integration)
    if not count:
        return None
    return {
        "integration": integration,
        "count": count,
        "action": {
            "name": f"missed-{integration.pk}",
            "label": _("Review and send %d") % count,
            "url": place.url("extension_missed", integration.pk),
            "method": "get",
        },
    }


def with_urls(place, documents) -> list[dict]:
    return [{"invoice": invoice, "url": place.document_url(invoice)} for invoice in documents]

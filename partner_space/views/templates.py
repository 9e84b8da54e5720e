"""Partner settings > Integration templates: one set-up of a connector for many clients."""

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from banqup.common.htmx import back, render_part
from banqup.exports.models import Integration, IntegrationTemplate, TemplateRun
from banqup.spaces.models import Engagement
from banqup.spaces.roles import Capability
from integrations import office_templates, page_parts, registry, shown_once, template_plans
from integrations.setup import SetupRefused
from partner_space.space import button, here, in_partner, lacks, require

MANAGE = Capability.MANAGE_INTEGRATIONS
RUNS_SHOWN = 10


def find(request, pk: int) -> IntegrationTemplate:
    """A template of this office, for who may manage integrations; another one is not found."""
    require(request, MANAGE)
    return get_object_or_404(IntegrationTemplate.objects.select_related("office"), office=request.space, pk=pk)


@in_partner
@require_safe
def list_page(request):
    context = {
        "page_title": _("Integration templates"),
        "refusal": lacks(request, MANAGE),
        "rows": [_row(request, template) for template in _counted(request)],
        "sources": _sources(request),
        "from_url": here(request, "template_from"),
        "offered": [
            {**page_parts.about(connector), "url": here(request, "template_add", key)}
            for key, connector in registry.offered().items()
        ],
    }
    return render_part(request, "partner_space/templates/list.html", context)


def _counted(request):
    present = Q(uses__integration__engagement__status=Engagement.Status.ACTIVE)
    rows = IntegrationTemplate.objects.filter(office=request.space)
    return rows.annotate(
        made=Count("uses", filter=present),
        earlier=Count("uses", filter=present & Q(uses__version__lt=F("version"))),
    )


def _row(request, template) -> dict:
    words = ngettext("%d client", "%d clients", template.made) % template.made if template.made else _("no client yet")
    if template.earlier:
        words += (
            ", "
            + ngettext("%d with an earlier version", "%d with an earlier version", template.earlier) % template.earlier
        )
    return {
        "template": template,
        **_about(template),
        "words": words,
        "url": here(request, "template", template.pk),
        "apply": _apply_button(request, template),
    }


def _about(template) -> dict:
    try:
        return page_parts.about(registry.get(template.connector))
    except registry.UnknownConnector:
        return {"label": template.connector, "initials": "?", "description": ""}


def _apply_button(request, template, **look) -> dict:
    name, label = f"apply-{template.pk}", _("Apply to clients")
    return button(request, name, label, "template_apply", template.pk, capability=MANAGE, method="get", **look)


def _sources(request) -> list[dict]:
    """What the office has set up for its clients by hand."""
    ours = Integration.objects.filter(engagement__in=request.clients.engagements, template_use=None)
    offered = registry.offered()
    rows = [
        {"pk": one.pk, "words": f"{request.clients.spaces[one.space_id]}: {one.name}"}
        for one in ours
        if one.connector in offered
    ]
    return sorted(rows, key=lambda row: row["words"].lower())


@never_cache
@in_partner
def add(request, connector):
    """A template made from nothing."""
    require(request, MANAGE)
    known = registry.offered().get(connector)
    if known is None:
        raise Http404
    return _edit(request, known, None)


@in_partner
@require_POST
def make_from(request):
    """A template made from what one client has."""
    require(request, MANAGE)
    raw = request.POST.get("integration", "")
    if not raw:
        return back(request, here(request, "templates"), _("Choose an integration of a client."), messages.WARNING)
    ours = Integration.objects.filter(engagement__in=request.clients.engagements)
    integration = get_object_or_404(ours, pk=int(raw) if raw.isdecimal() and len(raw) < 16 else 0)
    name = request.POST.get("name", "")
    try:
        template = office_templates.make_from(integration=integration, name=name, by=request.user)
    except SetupRefused as error:
        return back(request, here(request, "templates"), error.message, messages.ERROR)
    words = _("%s is a template now. Look at what it holds, then apply it to clients.")
    return back(request, here(request, "template", template.pk), words % template.name)


@never_cache
@in_partner
def template(request, pk):
    """What it holds, what was made from it, and its runs; POST keeps a changed configuration."""
    found = find(request, pk)
    try:
        known = office_templates.connector_of(found)
    except SetupRefused as error:
        return back(request, here(request, "templates"), error.message, messages.ERROR)
    return _edit(request, known, found)


def _edit(request, known, found):
    data = request.POST if request.method == "POST" else None
    form = office_templates.form(known, found, data)
    name = page_parts.NameForm(data, initial={"name": found.name if found else known.label}, prefix="template")
    name.fields["name"].help_text = _("Each integration made from it gets this name.")
    if data is not None and form.is_valid() and name.is_valid():
        kept = {"name": name.cleaned_data["name"], "cleaned": form.cleaned_data, "by": request.user}
        try:
            if found is None:
                saved, generated = office_templates.make(office=request.space, connector=known.key, **kept)
            else:
                saved, generated = office_templates.change(template=found, **kept)
        except SetupRefused as error:
            form.add_error(None, error.message)
        else:
            if generated:
                shown_once.keep(request, str(saved.identity), generated)
            return back(request, here(request, "template", saved.pk), _kept_words(saved))
    context = {
        "page_title": found.name if found else _("New template: %s") % known.label,
        "template": found,
        "connector": page_parts.about(known),
        "form": form,
        "name_form": name,
        "fields": _fields(known, found, form, replacing=request.GET.getlist("replace")),
        "own": _own(known),
        "consents": known.asks_consent(found.config if found else {}),
        "generated": shown_once.take(request, str(found.identity)) if found and data is None else {},
        "list_url": here(request, "templates"),
        **(_standing(request, found) if found else {}),
    }
    return render_part(request, "partner_space/templates/open.html", context, status=422 if data is not None else 200)


def _kept_words(saved) -> str:
    behind = saved.uses.filter(version__lt=saved.version).count()
    if not behind:
        return _("%s is kept.") % saved.name
    words = ngettext(
        "%(name)s is kept. %(n)d client has its earlier version until you apply it again.",
        "%(name)s is kept. %(n)d clients have its earlier version until you apply it again.",
        behind,
    )
    return words % {"name": saved.name, "n": behind}


def _fields(known, found, form, *, replacing) -> list[dict]:
    """The form's fields in order; a secret that is there stays covered until it is replaced."""
    kept = office_templates.readable_secrets(found) if found else {}
    return [
        {"bound": bound, "covered": bool(kept.get(bound.name)) and bound.name not in replacing and not bound.errors}
        if bound.name in known.secret_fields
        else {"bound": bound, "covered": False}
        for bound in form.visible_fields()
    ]


def _own(known) -> str:
    """What each client has of its own, as the form calls it."""
    labels = template_plans.labels_of(known.config_form)
    return ", ".join(labels[name] for name in known.per_client_fields)


def _standing(request, found) -> dict:
    """The clients that have it, and the latest runs."""
    engagements = request.clients.engagements
    made = [plan for plan in template_plans.plans(found, engagements) if _is_made(plan)]
    runs = TemplateRun.objects.filter(template=found).annotate(clients=Count("rows"))[:RUNS_SHOWN]
    return {
        "made": [
            {
                "client": plan.engagement.business,
                "state": plan.integration.state.value,
                "words": "" if plan.kind == template_plans.Kind.AS_IT_IS else _since(plan),
                "url": here(request, "client_extension", plan.engagement.business_id, plan.integration.pk),
            }
            for plan in made
        ],
        "runs": [{"run": run, "url": here(request, "template_run", run.pk)} for run in runs],
        "apply": _apply_button(request, found, style="primary", icon="users"),
        "more": [
            button(
                request,
                "remove",
                _("Remove the template…"),
                "template_remove",
                found.pk,
                capability=MANAGE,
                method="get",
                dialog=True,
                style="danger",
                icon="trash",
            )
        ],
    }


def _is_made(plan) -> bool:
    return plan.integration is not None


def _since(plan) -> str:
    return plan.words if plan.kind == template_plans.Kind.OVERRIDE else _("Has an earlier version. %s") % plan.words


@in_partner
def remove(request, pk):
    """GET says what it means, POST does it."""
    found = find(request, pk)
    if request.method == "POST":
        try:
            office_templates.remove(template=found, by=request.user)
        except SetupRefused as error:
            return back(request, here(request, "template", pk), error.message, messages.ERROR)
        return back(request, here(request, "templates"), _("The template %s was removed.") % found.name)
    context = {
        "page_title": _("Remove the template %s?") % found.name,
        "made": found.uses.count(),
        "cancel_url": here(request, "template", pk),
    }
    return render_part(request, "partner_space/templates/remove.html", context, "dialog")

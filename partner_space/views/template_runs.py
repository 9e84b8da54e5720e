"""Apply a template: choose clients and see what would happen to each, then watch the run."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from banqup.common.htmx import back, render_part, wants_part
from banqup.exports.models import ApplyOutcome, TemplateRun
from banqup.spaces.roles import Capability
from integrations import office_templates, page_parts, template_apply, template_plans, template_runs
from integrations.setup import SetupRefused
from integrations.template_plans import Kind
from integrations.template_runs import Chosen
from partner_space.space import here, in_partner, require

from .templates import find

# So many clients stand in one page; each brings fields of its own.
SHOWN_AT_MOST = 200

TONES = {
    ApplyOutcome.DONE: ("check-circle", "green"),
    ApplyOutcome.CONNECT: ("link", "amber"),
    ApplyOutcome.NOT_DONE: ("exclamation-triangle", "red"),
    ApplyOutcome.STOPPED: ("no-symbol", ""),
    ApplyOutcome.WAITING: ("clock", ""),
}


@never_cache
@in_partner
def apply_page(request, pk):
    """GET: the clients and what would happen to each. POST: start it for the chosen ones."""
    template = find(request, pk)
    url = here(request, "template", pk)
    running = template.runs.filter(finished_at=None).first()
    if running is not None:
        return back(request, here(request, "template_run", running.pk))
    try:
        connector = office_templates.connector_of(template)
        found = template_plans.plans(template, request.clients.engagements)
        page = _Choice(request, template, connector, found)
        if request.method == "POST" and page.is_right():
            run, _is_new = template_runs.start(
                template=template,
                version=page.version,
                chosen=page.chosen,
                activate="activate" in request.POST,
                by=request.user,
            )
            return back(request, here(request, "template_run", run.pk))
    except SetupRefused as error:
        return back(
            request, request.get_full_path() if request.method == "POST" else url, error.message, messages.ERROR
        )
    context = {
        "page_title": _("Apply %s") % template.name,
        "template": template,
        "connector": page_parts.about(connector),
        "consents": connector.asks_consent(template.config),
        "activate": request.method != "POST" or "activate" in request.POST,
        "template_url": url,
        "list_url": here(request, "templates"),
        **page.context(),
    }
    status = 422 if request.method == "POST" else 200
    return render_part(request, "partner_space/templates/apply.html", context, part="results", status=status)


class _Choice:
    """The clients that a person can choose from, with what was entered for each."""

    def __init__(self, request, template, connector, found):
        self.request, self.template, self.connector, self.plans = request, template, connector, found
        self.labels = template_plans.labels_of(connector.config_form)
        posted = request.POST if request.method == "POST" else None
        self.ticked = set(posted.getlist("client")) if posted is not None else None
        raw = posted.get("version", "") if posted is not None else ""
        self.version = int(raw) if raw.isdecimal() and len(raw) < 10 else 0
        self.errors = {}

    @property
    def chosen(self) -> list[Chosen]:
        posted = self.request.POST
        return [
            Chosen(plan.engagement, _announced(posted.get(f"kind-{plan.engagement.pk}")), self._values(plan))
            for plan in self.plans
            if str(plan.engagement.pk) in self.ticked
        ]

    def is_right(self) -> bool:
        """Whether every chosen client can be set up with its values; the reasons stand at their rows otherwise."""
        chosen = self.chosen
        if not chosen:
            raise SetupRefused(_("Choose at least one client."))
        for one in chosen:
            if why := template_apply.trouble(self.template, one.values):
                self.errors[one.engagement.pk] = why
        return not self.errors

    def _values(self, plan) -> dict:
        if self.ticked is None:
            return plan.values
        names = self.connector.per_client_fields
        entered = {name: self.request.POST.get(f"value-{plan.engagement.pk}-{name}", "") for name in names}
        return template_apply.own_values(self.template, entered)

    def context(self) -> dict:
        query = self.request.GET.get("q", "").strip()[:200]
        shows = {
            "": (_("All clients"), self.plans),
            "without": (_("Without %s") % self.connector.label, [p for p in self.plans if p.kind == Kind.MAKE]),
            "made": (_("Made from it"), [p for p in self.plans if p.integration]),
        }
        show = self.request.GET.get("show", "")
        show = show if show in shows else ""
        rows = [plan for plan in shows[show][1] if _matches(plan.engagement.business, query)]
        all_of_them = "all" in self.request.GET
        return {
            "q": query,
            "tabs": [
                {"label": label, "url": f"?show={key}", "count": len(plans), "current": key == show}
                for key, (label, plans) in shows.items()
            ],
            "show": show,
            "rows": [self._row(plan, all_of_them) for plan in rows[:SHOWN_AT_MOST]],
            "left_out": max(0, len(rows) - SHOWN_AT_MOST),
            "total": len(self.plans),
            "wrong": len(self.errors),
        }

    def _row(self, plan, all_of_them: bool) -> dict:
        pk, values = plan.engagement.pk, self._values(plan)
        if self.ticked is not None:
            ticked = str(pk) in self.ticked
        else:
            ticked = plan.kind == Kind.UPDATE or all_of_them and plan.is_suggested
        return {
            "pk": pk,
            "client": plan.engagement.business,
            "kind": plan.kind.value,
            "words": plan.words,
            "warns": plan.kind in (Kind.ANOTHER, Kind.OVERRIDE),
            "ticked": ticked,
            "error": self.errors.get(pk, ""),
            "fields": [
                {"name": f"value-{pk}-{name}", "label": self.labels[name], "value": values.get(name, "")}
                for name in self.connector.per_client_fields
            ],
        }


def _announced(raw) -> Kind:
    """What the page said would happen; the worker refuses whatever is not so any more."""
    return Kind(raw) if raw in list(Kind) else Kind.MAKE


def _matches(space, query: str) -> bool:
    text = f"{space.name} {space.city} {space.vat_id} {space.company_id}".lower()
    return all(word in text for word in query.lower().split())


def _run(request, pk) -> TemplateRun:
    require(request, Capability.MANAGE_INTEGRATIONS)
    rows = TemplateRun.objects.select_related("template__office", "started_by")
    return get_object_or_404(rows, template__office=request.space, pk=pk)


@in_partner
@require_safe
def run(request, pk):
    """Progress while it goes on, then what became of each client."""
    found = _run(request, pk)
    if wants_part(request) and found.finished_at is not None:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    numbers = template_runs.counts(found)
    total = sum(numbers.values())
    waiting = numbers.get(ApplyOutcome.WAITING, 0)
    left = total - waiting - numbers.get(ApplyOutcome.DONE, 0)
    rows = found.rows.select_related("engagement__business", "integration")
    context = {
        "page_title": _("%(template)s: %(words)s") % {"template": found.template.name, "words": _said(found, numbers)},
        "run": found,
        "done": total - waiting,
        "total": total,
        "rows": [_result(request, row) for row in rows],
        "list_url": here(request, "templates"),
        "template": found.template,
        "template_url": here(request, "template", found.template_id),
        "stop": {
            "name": "stop",
            "label": _("Stop the rest"),
            "url": here(request, "template_run_stop", pk),
            "icon": "stop",
            "enabled": found.stopped_at is None,
            "reason": _("It is stopped; what was begun is finished."),
        },
        "again": {
            "name": "again",
            "label": ngettext("Try %d again", "Try %d again", left) % left,
            "url": here(request, "template_run_again", pk),
            "icon": "arrow-path",
            "style": "primary",
        }
        if left and found.finished_at
        else None,
    }
    return render_part(request, "partner_space/templates/run.html", context, part="progress")


def _said(found, numbers) -> str:
    if found.finished_at is None:
        return _("being applied")
    words = {
        ApplyOutcome.DONE: ngettext("%d done", "%d done", numbers.get(ApplyOutcome.DONE, 0)),
        ApplyOutcome.CONNECT: ngettext("%d to connect", "%d to connect", numbers.get(ApplyOutcome.CONNECT, 0)),
        ApplyOutcome.NOT_DONE: ngettext("%d not", "%d not", numbers.get(ApplyOutcome.NOT_DONE, 0)),
        ApplyOutcome.STOPPED: ngettext("%d left out", "%d left out", numbers.get(ApplyOutcome.STOPPED, 0)),
    }
    return ", ".join(word % numbers[outcome] for outcome, word in words.items() if numbers.get(outcome))


def _result(request, row) -> dict:
    icon, tone = TONES[ApplyOutcome(row.outcome)]
    client = row.engagement.business
    present = row.engagement.business_id in request.clients.spaces
    url = here(request, "client_extension", client.pk, row.integration_id) if present and row.integration_id else ""
    return {
        "client": client,
        "icon": icon,
        "tone": tone,
        "words": row.words or ApplyOutcome(row.outcome).label,
        "url": url,
        "connect": row.outcome == ApplyOutcome.CONNECT,
    }


@in_partner
@require_POST
def stop(request, pk):
    """Leave out the rest."""
    found = _run(request, pk)
    try:
        template_runs.stop(run=found, by=request.user)
    except SetupRefused as error:
        return back(request, here(request, "template_run", pk), error.message, messages.ERROR)
    return back(request, here(request, "template_run", pk))


@in_partner
@require_POST
def again(request, pk):
    """Another run for those that are not done."""
    found = _run(request, pk)
    try:
        new, _is_new = template_runs.again(run=found, by=request.user)
    except SetupRefused as error:
        return back(request, here(request, "template_run", pk), error.message, messages.ERROR)
    return back(request, here(request, "template_run", new.pk))

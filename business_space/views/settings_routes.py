"""Approval routes in Space settings: in which order they are tried, their steps, substitutes, and who would have to approve."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import routes
from banqup.actions.refusals import NotPossible
from banqup.approvals import checks, rules, words
from banqup.approvals.models import Route, Sort, Substitute
from banqup.common.htmx import back, render_part
from banqup.common.templatetags.format import money, money_with_currency
from business_space.forms import routes as forms
from business_space.space import in_space

from .settings_base import button, here, refusal, require

DIALOG = {"method": "get", "dialog": True}


def panel(request) -> dict:
    """What the page *Approval* shows of routes and substitutes."""
    circle = rules.Circle(request.space)
    problems = checks.problems(circle)
    every = list(Route.objects.filter(space=request.space).prefetch_related("steps__approvers", "suppliers"))
    today = request.space.today()
    substitutes = Substitute.objects.filter(space=request.space, last_day__gte=today)
    found = list(substitutes.select_related("absent", "substitute"))
    for one in found:
        one.is_now = one.first_day <= today
        one.remove = button(request, f"substitute-{one.pk}", _("Remove"), "settings_substitute_remove", one.pk)
    new = {"method": "get", "icon": "plus"}
    return {
        "routes": [_shown(request, route, index, len(every), problems) for index, route in enumerate(every)],
        "add_route": button(request, "add-route", _("Add a route"), "settings_route_add", **new),
        "substitutes": found,
        "add_substitute": button(
            request, "add-substitute", _("Add a substitute"), "settings_substitute_add", **new, dialog=True
        ),
        "who_url": here(request, "settings_who"),
    }


def _shown(request, route, index, total, problems) -> dict:
    """One route in words, with what is wrong and what can be done."""
    pk = route.pk
    move = [
        ("up", _("Try it earlier"), "chevron-up", index > 0),
        ("down", _("Try it later"), "chevron-down", index < total - 1),
    ]
    actions = [
        button(request, f"{way}-{pk}", label, "settings_route_move", pk, icon=icon, fields={"way": way})
        for way, label, icon, there in move
        if there
    ]
    switch = _("Take it out of use") if route.is_active else _("Put it in use")
    state = {"icon": "pause" if route.is_active else "check", "fields": {"active": "" if route.is_active else "1"}}
    actions.append(button(request, f"switch-{pk}", switch, "settings_route_switch", pk, **state))
    edit = {"method": "get"}
    label = _("Look") if refusal(request) else _("Change")
    return {
        "route": route,
        "number": index + 1,
        "takes": takes(route),
        "steps": [_step(need) for need in rules.needs_of(route)],
        "problems": [problem for problem in problems if problem.route.pk == pk],
        "edit": {**button(request, f"route-{pk}", label, "settings_route", pk, **edit), "enabled": True},
        "actions": actions,
    }


def takes(route) -> str:
    """Purchase invoices · from 1,000.00 · Molens De Ster"""
    told = [str(Sort(sort).label) for sort in route.sorts] or [_("All purchase documents")]
    if route.minimum is not None:
        told.append(_("from %s") % money(route.minimum))
    if route.maximum is not None:
        told.append(_("up to %s") % money(route.maximum))
    suppliers = [supplier.name for supplier in route.suppliers.all()]
    return " · ".join([*told, *suppliers[:3], *([_("%d more") % (len(suppliers) - 3)] if len(suppliers) > 3 else [])])


def _step(need) -> str:
    told = words.asked(need)
    if need.only_from is not None:
        told += " " + _("(only from %s)") % money(need.only_from)
    return told


def broken(request) -> list[checks.Problem]:
    """Routes on which documents would get stuck: what the pages about people say."""
    return [problem for problem in checks.problems(rules.Circle(request.space)) if problem.is_error]


def _route(request, pk) -> Route:
    return get_object_or_404(Route.objects.select_related("space"), pk=pk, space=request.space)


@in_space
def add(request):
    require(request)
    return _edit(request, None)


@in_space
def edit(request, pk):
    return _edit(request, _route(request, pk))


def _edit(request, route):
    posted = request.method == "POST"
    asked = request.POST.get("action", ""), request.POST.get("remove_step", "")
    trouble = ""
    if posted:
        require(request)
    if asked[0] == "add_step" or asked[1]:
        remove = int(asked[1]) if asked[1].isdecimal() and len(asked[1]) < 3 else None
        form, steps = forms.rearranged(request.space, request.POST, remove=remove)
    else:
        form, steps = forms.route_forms(request.space, route, request.POST if posted else None)
        # Both are asked, so that every mistake is told at once.
        if posted and all([form.is_valid(), steps.is_valid()]):
            trouble = _save(request, route, form, steps)
            if trouble is None:
                return back(
                    request, here(request, "settings_approval"), _("“%s” is saved.") % form.cleaned_data["name"]
                )
    wrong = bool(form.errors or any(steps.errors) or steps.non_form_errors() or trouble)
    context = {
        "page_title": route.name if route else _("Add a route"),
        "route": route,
        "form": form,
        "steps": steps,
        "revision": request.POST.get("revision", "") if posted else (route.revision if route else ""),
        "may_add": len(steps.forms) < routes.MOST_STEPS,
        "trouble": trouble,
        "refusal": refusal(request),
        "problems": [one for one in checks.after_change(rules.Circle(request.space), route) if not posted]
        if route
        else [],
        "cancel_url": here(request, "settings_approval"),
    }
    status = 422 if wrong else 200
    return render_part(request, "business_space/settings/route.html", context, status=status)


def _save(request, route, form, steps) -> str | None:
    """None when it is saved; else what stands above the form, empty when the fields say it."""
    seen = request.POST.get("revision", "")
    revision = int(seen) if seen.isdecimal() and len(seen) < 9 else -1
    try:
        routes.save_route(
            space=request.space,
            wanted=forms.wanted(form, steps),
            by=request.user,
            route=route,
            revision=revision if route else None,
        )
    except routes.DeadEnd as refused:
        for problem in refused.problems:
            forms.blame(form, steps, problem.field, problem.text)
        return ""
    except NotPossible as refused:
        if not refused.field:
            return str(refused)
        forms.blame(form, steps, refused.field, str(refused))
        return ""
    return None


@require_POST
@in_space
def move(request, pk):
    route, url = _route(request, pk), here(request, "settings_approval")
    require(request)
    try:
        routes.move_route(route=route, up=request.POST.get("way") == "up", by=request.user)
    except NotPossible as refused:
        return back(request, url, str(refused), messages.ERROR)
    return back(request, url, _("The order is changed: the first route that matches counts."))


@require_POST
@in_space
def switch(request, pk):
    route, url = _route(request, pk), here(request, "settings_approval")
    require(request)
    active = bool(request.POST.get("active"))
    try:
        routes.switch_route(route=route, active=active, by=request.user)
    except NotPossible as refused:
        return back(request, url, str(refused), messages.ERROR)
    said = _("“%s” is in use.") if active else _("“%s” is not in use any more.")
    return back(request, url, said % route.name)


@in_space
def substitute_add(request):
    require(request)
    form = forms.SubstituteForm(request.POST or None, space=request.space)
    url = here(request, "settings_approval")
    if request.method == "POST" and form.is_valid():
        try:
            made = routes.add_substitute(space=request.space, by=request.user, **form.cleaned_data)
        except NotPossible as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            told = {"who": made.substitute, "absent": made.absent}
            return back(request, url, _("%(who)s approves in the place of %(absent)s on those days.") % told)
    context = {"page_title": _("Add a substitute"), "form": form, "cancel_url": url}
    status = 422 if form.errors else 200
    return render_part(request, "business_space/settings/substitute_add.html", context, "dialog", status=status)


@require_POST
@in_space
def substitute_remove(request, pk):
    substitute = get_object_or_404(Substitute.objects.select_related("space", "substitute"), pk=pk, space=request.space)
    require(request)
    routes.remove_substitute(substitute=substitute, by=request.user)
    words_said = _("%s does not approve for anybody else on those days any more.") % substitute.substitute
    return back(request, here(request, "settings_approval"), words_said)


@in_space
@require_safe
def who(request):
    """Who would have to approve a document like this? Answered by the rules that decide it."""
    form = forms.WhoForm(request.GET or None, space=request.space, initial={"currency": request.space.currency})
    answer = _answer(request, form.cleaned_data) if form.is_bound and form.is_valid() else None
    context = {
        "page_title": _("Who would have to approve?"),
        "form": form,
        "answer": answer,
        "approval_url": here(request, "settings_approval"),
    }
    status = 422 if form.errors else 200
    return render_part(request, "business_space/settings/who.html", context, "answer", status=status)


def _answer(request, asked) -> dict:
    circle = rules.Circle(request.space)
    supplier = asked["supplier"]
    case = rules.Case(
        sort=Sort(asked["sort"] or Sort.INVOICE),
        amount=asked["amount"],
        supplier_id=supplier.pk if supplier else None,
        submitter=asked["submitter"],
    )
    plan = rules.plan(circle, case)
    told = {"sum": money_with_currency(case.amount, asked["currency"].upper()), "who": supplier or _("anybody else")}
    return {
        "question": _("%(sum)s from %(who)s") % told,
        "plan": plan,
        "steps": [
            {"number": step.number, "asked": words.asked(step.need), "who": words.names(plan.signers(step), shown=50)}
            for step in plan.steps
        ],
        "skipped": [
            _step(need)
            for need in (rules.needs_of(plan.route) if plan.route else [])
            if need.only_from is not None and need.only_from > case.amount
        ],
        "on_arrival": request.space.auto_approve != request.space.AutoApprove.NEVER,
    }

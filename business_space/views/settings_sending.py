"""Sending: how documents get to customers, and the account at a Peppol access point."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from banqup.common.htmx import back, render_part
from banqup.sending.models import AccessPoint
from banqup.spaces.roles import Capability
from business_space.space import in_space
from integrations import access_point_pages as parts
from integrations import access_point_setup as setup
from integrations import access_points, shown_once

from .settings_base import button, here, refusal, require

MANAGE = Capability.MANAGE_INTEGRATIONS


@in_space
def sending(request):
    """The ways to customers in their order, the accounts of the space, and the access points there are."""
    accounts = parts.accounts(request.space)
    context = {
        "page_title": _("Sending"),
        "refusal": refusal(request, MANAGE),
        "accounts": [_card(request, account) for account in accounts],
        "active": next((account for account in accounts if account.is_active), None),
        "offered": [{**offer, "action": _add_action(request, offer["key"])} for offer in parts.offered()],
        "mail_works": parts.mail_works(),
        "participant": access_points.own_participant(request.space),
    }
    return render_part(request, "business_space/settings/sending.html", context)


def _card(request, account: AccessPoint) -> dict:
    return {
        "account": account,
        "label": access_points.label(account.provider),
        "initials": parts.initials(account.provider),
        "state": parts.state(account),
        "sentence": parts.sentence(account),
        "waiting": parts.waiting(account),
        "url": here(request, "settings_sending_account", account.pk),
    }


def _add_action(request, provider: str) -> dict:
    look = {"method": "get", "capability": MANAGE}
    return button(request, f"set-up-{provider}", _("Set up"), "settings_sending_add", provider, **look)


@never_cache
@in_space
def add(request, provider):
    """GET shows the form of a new account, POST keeps it and opens its page."""
    try:
        api = access_points.get(provider)
    except access_points.UnknownAccessPoint as error:
        raise Http404 from error
    require(request, MANAGE)
    form = api.config_form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                account = setup.add(space=request.space, provider=provider, by=request.user)
                setup.configure(account=account, cleaned=form.cleaned_data, by=request.user)
        except setup.SetupRefused as error:
            form.add_error(None, error.message)
        else:
            words = _("%s is set up. Test it now: nothing is sent before the test has passed.") % api.label
            return back(request, here(request, "settings_sending_account", account.pk), words)
    context = {
        "page_title": _("Set up %s") % api.label,
        "api": {"label": api.label, "description": api.description},
        "form": form,
        "steps": parts.steps(None),
        "close_url": here(request, "settings_sending"),
    }
    return render_part(request, "business_space/settings/sending_add.html", context, status=422 if form.errors else 200)


@never_cache
@in_space
def account(request, pk):
    """Settings, test, activation and webhook of one account; POST keeps the settings."""
    found = _find(request, pk)
    form = _form(found, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request, MANAGE)
        if form is not None and form.is_valid():
            try:
                setup.configure(account=found, cleaned=form.cleaned_data, by=request.user)
            except setup.SetupRefused as error:
                form.add_error(None, error.message)
            else:
                words = _("Saved. Test it now: documents wait until the test has passed.")
                return back(request, request.path, words)
    why_not = refusal(request, MANAGE)
    context = {
        **_card(request, found),
        "page_title": access_points.label(found.provider),
        "refusal": why_not,
        "integration": found,
        "place": {"space": request.space, "refusal": why_not},
        "card": {"test": _test_action(request, found)},
        "form": form,
        "fields": parts.fields(found, form, replacing=request.GET.getlist("replace")),
        "steps": parts.steps(found),
        "fresh": shown_once.take(request, f"access-point-{pk}") if "made" in request.GET else {},
        "activate": _activate_action(request, found),
        "deactivate": _deactivate_action(request, found),
        "address": _address_action(request, found),
        "close_url": here(request, "settings_sending"),
    }
    status = 422 if form is not None and form.errors else 200
    return render_part(request, "business_space/settings/sending_account.html", context, status=status)


def _find(request, pk) -> AccessPoint:
    rows = AccessPoint.objects.select_related("space", "secrets_set_by")
    return get_object_or_404(rows, pk=pk, space=request.space)


def _form(found, data):
    try:
        return setup.form(found, data)
    except setup.SetupRefused:
        return None


def _test_action(request, found) -> dict:
    label = _("Run the test") if found.tested_at is None else _("Run again")
    style = "default" if found.test_passed else "primary"
    look = {"icon": "arrow-path", "style": style, "capability": MANAGE}
    return button(request, "test", label, "settings_sending_test", found.pk, **look)


def _activate_action(request, found) -> dict:
    action = button(
        request, "activate", _("Activate"), "settings_sending_activate", found.pk, style="primary", capability=MANAGE
    )
    if action["enabled"] and found.test_passed is not True:
        action |= {"enabled": False, "reason": _("after the test passes")}
    return action


def _deactivate_action(request, found) -> dict:
    look = {"method": "get", "style": "danger", "dialog": True, "icon": "pause", "capability": MANAGE}
    return button(request, "deactivate", _("Switch off…"), "settings_sending_deactivate", found.pk, **look)


def _address_action(request, found) -> dict:
    label = _("Make a new address") if found.called_at_sha256 else _("Make the address")
    return button(request, "address", label, "settings_sending_address", found.pk, icon="key", capability=MANAGE)


def _verb(request, found, verb):
    """Run one verb of the set-up; a refusal becomes words in the page. Returns (worked, result)."""
    require(request, MANAGE)
    try:
        return True, verb(account=found, by=request.user)
    except setup.SetupRefused as error:
        messages.error(request, error.message)
        return False, None


@in_space
@require_POST
def test(request, pk):
    """Ask the real access point and keep what each step said."""
    found = _find(request, pk)
    url = here(request, "settings_sending_account", pk) + "#test"
    worked, steps = _verb(request, found, setup.test)
    if not worked:
        return back(request, url)
    name = access_points.label(found.provider)
    if all(step.ok for step in steps):
        return back(request, url, _("The test of %s has passed.") % name)
    failed = next(step for step in steps if not step.ok)
    words = _("The test of %(name)s has not passed: %(why)s") % {"name": name, "why": failed.message}
    return back(request, url, words, messages.WARNING)


test.__test__ = False  # the page's name is the product's, not a test case


@in_space
@require_POST
def activate(request, pk):
    """Only after a passed test."""
    found = _find(request, pk)
    url = here(request, "settings_sending_account", pk)
    worked, _account = _verb(request, found, setup.activate)
    if not worked:
        return back(request, url)
    return back(
        request, url, _("%s is active. You send and receive over Peppol.") % access_points.label(found.provider)
    )


@in_space
def deactivate(request, pk):
    """GET says what will happen, POST does it."""
    found = _find(request, pk)
    require(request, MANAGE)
    url = here(request, "settings_sending_account", pk)
    name = access_points.label(found.provider)
    if request.method == "POST":
        worked, _waiting = _verb(request, found, setup.deactivate)
        if not worked:
            return back(request, url)
        return back(request, url, _("%s is switched off.") % name)
    context = {
        "page_title": _("Switch off %s?") % name,
        "name": name,
        "waiting": parts.waiting(found),
        "cancel_url": url,
    }
    return render_part(request, "business_space/settings/sending_off.html", context, "dialog")


@in_space
@require_POST
def address(request, pk):
    """A new address for the provider's calls; the next page shows it, once."""
    found = _find(request, pk)
    url = here(request, "settings_sending_account", pk)
    worked, made = _verb(request, found, setup.new_address)
    if not worked:
        return back(request, url)
    shown_once.keep(request, f"access-point-{pk}", {"url": f"{settings.BANQUP_PUBLIC_URL}{made}"})
    return back(request, f"{url}?made=1#webhook")

"""Ways in > mailboxes: their set-up, and what became of their mails."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from banqup.common.htmx import back, render_part
from banqup.mailboxes.models import Mailbox
from banqup.spaces.roles import Capability
from business_space.space import in_space
from integrations import mailbox_forms as forms
from integrations import mailbox_pages as parts
from integrations import mailbox_setup as setup

from .settings_base import button, here, refusal, require

MANAGE = Capability.MANAGE_INTEGRATIONS


def cards(request) -> list[dict]:
    """The mailboxes of the space, for the page *Ways in*."""
    return [_card(request, mailbox) for mailbox in parts.mailboxes(request.space)]


def add_action(request) -> dict:
    look = {"method": "get", "icon": "plus", "capability": MANAGE}
    return button(request, "add-mailbox", _("Add a mailbox"), "settings_mailbox_add", **look)


def _card(request, mailbox: Mailbox) -> dict:
    return {
        "mailbox": mailbox,
        "state": parts.state(mailbox),
        "sentence": parts.sentence(mailbox),
        "url": here(request, "settings_mailbox", mailbox.pk),
    }


@never_cache
@in_space
def add(request):
    """GET shows the form of a new mailbox, filled for a known provider; POST keeps it and opens its page."""
    require(request, MANAGE)
    chosen = request.GET.get("preset", "")
    form = forms.MailboxForm(request.POST or None, initial=forms.initial(chosen))
    if request.method == "POST" and form.is_valid():
        try:
            made = setup.add(space=request.space, cleaned=form.cleaned_data, by=request.user)
        except setup.SetupRefused as error:
            form.add_error(None, error.message)
        else:
            words = _("%s is set up. Test it now: nothing is read before the test has passed.") % made.name
            return back(request, here(request, "settings_mailbox", made.pk), words)
    context = {
        "page_title": _("Add a mailbox"),
        "form": form,
        "presets": [
            {"key": key, "label": preset.label, "is_chosen": key == chosen} for key, preset in forms.PRESETS.items()
        ],
        "chosen": forms.preset(chosen),
        "steps": parts.steps(None),
        "close_url": here(request, "settings_intake"),
    }
    return render_part(request, "business_space/settings/mailbox_add.html", context, status=422 if form.errors else 200)


@never_cache
@in_space
def mailbox(request, pk):
    """Settings, test, activation and last mails of one mailbox; POST keeps the settings."""
    found = _find(request, pk)
    form = setup.form(found, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request, MANAGE)
        if form.is_valid():
            try:
                setup.configure(mailbox=found, cleaned=form.cleaned_data, by=request.user)
            except setup.SetupRefused as error:
                form.add_error("password" if isinstance(error, setup.PasswordNeeded) else None, error.message)
            else:
                words = _("Saved. Test it now: mails wait until the test has passed.")
                return back(request, request.path, words)
    why_not = refusal(request, MANAGE)
    last, _more = parts.mails(request.space, mailbox=found, at_most=10)
    context = {
        **_card(request, found),
        "page_title": found.name,
        "refusal": why_not,
        "integration": found,
        "place": {"space": request.space, "refusal": why_not},
        "card": {"test": _test_action(request, found)},
        "form": form,
        "fields": parts.fields(found, form, replacing=request.GET.getlist("replace")),
        "steps": parts.steps(found),
        "activate": _activate_action(request, found),
        "deactivate": _dialog(request, "deactivate", _("Switch off…"), found, icon="pause"),
        "forget": _dialog(request, "forget", _("Forget…"), found, icon="trash"),
        "mails": last,
        "mails_url": here(request, "settings_mails"),
        "close_url": here(request, "settings_intake"),
    }
    return render_part(request, "business_space/settings/mailbox.html", context, status=422 if form.errors else 200)


def _find(request, pk) -> Mailbox:
    return get_object_or_404(Mailbox.objects.select_related("space", "secrets_set_by"), pk=pk, space=request.space)


def _test_action(request, found) -> dict:
    label = _("Run the test") if found.tested_at is None else _("Run again")
    style = "default" if found.test_passed else "primary"
    look = {"icon": "arrow-path", "style": style, "capability": MANAGE}
    return button(request, "test", label, "settings_mailbox_test", found.pk, **look)


def _activate_action(request, found) -> dict:
    action = button(
        request, "activate", _("Activate"), "settings_mailbox_activate", found.pk, style="primary", capability=MANAGE
    )
    if action["enabled"] and found.test_passed is not True:
        action |= {"enabled": False, "reason": _("after the test passes")}
    return action


def _dialog(request, name, label, found, *, icon) -> dict:
    look = {"method": "get", "style": "danger", "dialog": True, "icon": icon, "capability": MANAGE}
    return button(request, name, label, f"settings_mailbox_{name}", found.pk, **look)


def _verb(request, found, verb):
    """Run one verb of the set-up; a refusal becomes words in the page. Returns (worked, result)."""
    require(request, MANAGE)
    try:
        return True, verb(mailbox=found, by=request.user)
    except setup.SetupRefused as error:
        messages.error(request, error.message)
        return False, None


@in_space
@require_POST
def test(request, pk):
    """Sign in for real, only looking, and keep what each step said."""
    found = _find(request, pk)
    url = here(request, "settings_mailbox", pk) + "#test"
    worked, steps = _verb(request, found, setup.test)
    if not worked:
        return back(request, url)
    if all(step.ok for step in steps):
        return back(request, url, _("The test of %s has passed.") % found.name)
    words = _("The test of %(name)s has not passed: %(why)s")
    why = next(step.message for step in steps if not step.ok)
    return back(request, url, words % {"name": found.name, "why": why}, messages.WARNING)


test.__test__ = False  # the page's name is the product's, not a test case


@in_space
@require_POST
def activate(request, pk):
    """Only after a passed test."""
    found = _find(request, pk)
    url = here(request, "settings_mailbox", pk)
    worked, _mailbox = _verb(request, found, setup.activate)
    if not worked:
        return back(request, url)
    return back(request, url, _("%s is active. Its mails are taken in from now on.") % found.name)


@in_space
def deactivate(request, pk):
    """GET says what will happen, POST does it."""
    return _ended(request, pk, setup.deactivate, _("Switch off %s?"), _("%s is switched off."), "mailbox_off")


@in_space
def forget(request, pk):
    """GET says what will happen, POST does it."""
    return _ended(request, pk, setup.forget, _("Forget %s?"), _("%s is forgotten."), "mailbox_forget")


def _ended(request, pk, verb, question, done, template):
    found = _find(request, pk)
    require(request, MANAGE)
    if request.method == "POST":
        worked, _result = _verb(request, found, verb)
        gone = worked and verb is setup.forget
        url = here(request, "settings_intake") if gone else here(request, "settings_mailbox", pk)
        return back(request, url, done % found.name) if worked else back(request, url)
    context = {
        "page_title": question % found.name,
        "mailbox": found,
        "cancel_url": here(request, "settings_mailbox", pk),
    }
    return render_part(request, f"business_space/settings/{template}.html", context, "dialog")


@in_space
@require_safe
def mails(request):
    """Every mail that was found, newest first, or those that were not taken in."""
    only_refused = request.GET.get("show") == "refused"
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found, more = parts.mails(request.space, only_refused=only_refused, before=number)
    context = {
        "page_title": _("Mails that came"),
        "mails": found,
        "only_refused": only_refused,
        "refused_count": parts.refused(request.space),
        "more": more,
        "close_url": here(request, "settings_intake"),
    }
    return render_part(request, "business_space/settings/mails.html", context)

"""Users and roles: who works in the space, and what each may do."""

from django.contrib import messages
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.actions import invitations, people
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.spaces.models import Membership, initials
from banqup.spaces.roles import Role
from business_space.forms.settings import ROLE_HINTS, PersonForm, RolesForm
from business_space.space import in_space

from .settings_base import button, here, refusal, require
from .settings_routes import broken


@in_space
def list_people(request):
    members = (
        Membership.objects.filter(space=request.space)
        .select_related("user", "space")
        .order_by(Lower("user__name"), "user__email")
    )
    new = {"method": "get", "icon": "plus", "style": "primary", "dialog": True}
    context = {
        "page_title": _("Users and roles"),
        "members": [_shown(request, member) for member in members],
        "refusal": refusal(request),
        "broken_routes": broken(request),
        "approval_url": here(request, "settings_approval"),
        "roles": [(Role(code).label, hint) for code, hint in ROLE_HINTS.items()],
        "add": button(request, "add", _("Add a user"), "settings_person_add", **new),
    }
    return render_part(request, "business_space/settings/people.html", context)


def _shown(request, member) -> dict:
    """One line of the list, with what can be done about it."""
    person, pk = member.user, member.pk
    waits = invitations.waits(person)
    dialog = {"method": "get", "dialog": True}
    change = button(request, f"roles-{pk}", _("Roles"), "settings_person", pk, **dialog)
    again = button(
        request, f"invite-{pk}", _("Send the invitation again"), "settings_person_invite", pk, icon="envelope"
    )
    remove = button(
        request,
        f"remove-{pk}",
        _("Remove from the space…"),
        "settings_person_remove",
        pk,
        icon="user-minus",
        style="danger",
        **dialog,
    )
    return {
        "pk": pk,
        "user": person,
        "initials": initials(str(person)),
        "role_labels": member.role_labels,
        "created_at": member.created_at,
        "waits": waits,
        "change": change,
        "actions": [again, None, remove] if waits else [remove],
    }


@in_space
def add(request):
    require(request)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            member, is_new = people.add(
                space=request.space, email=wanted["email"], name=wanted["name"], roles=wanted["roles"], by=request.user
            )
        except NotPossible as error:
            form.add_error("email", str(error))
        else:
            sent = invitations.send(member, by=request.user) if is_new else True
            return back(request, here(request, "settings_people"), *_added(member, is_new, sent))
    context = {
        "page_title": _("Add a user"),
        "form": form,
        "hints": ROLE_HINTS,
        "cancel_url": here(request, "settings_people"),
    }
    return render_part(
        request, "business_space/settings/person_add.html", context, "dialog", status=422 if form.errors else 200
    )


def _added(member, is_new, sent):
    if not is_new:
        return _("%s works in this space now.") % member.user, messages.SUCCESS
    if sent:
        return _("%s was added and got an e-mail to choose a password.") % member.user.email, messages.SUCCESS
    return _(
        "%s was added, but the e-mail could not be sent. Send the invitation again later."
    ) % member.user.email, messages.WARNING


def _member(request, pk) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user", "space"), pk=pk, space=request.space)


@in_space
def person(request, pk):
    member = _member(request, pk)
    require(request)
    form = RolesForm(request.POST or None, initial={"roles": member.roles})
    if request.method == "POST" and form.is_valid():
        try:
            people.change_roles(member=member, roles=form.cleaned_data["roles"], by=request.user)
        except NotPossible as error:
            form.add_error("roles", str(error))
        else:
            return back(request, here(request, "settings_people"), _("The roles of %s were changed.") % member.user)
    context = {
        "page_title": _("Roles of %s") % member.user,
        "member": member,
        "form": form,
        "hints": ROLE_HINTS,
        "cancel_url": here(request, "settings_people"),
    }
    return render_part(
        request, "business_space/settings/person.html", context, "dialog", status=422 if form.errors else 200
    )


@in_space
def remove(request, pk):
    """GET says what it means, POST does it."""
    member = _member(request, pk)
    require(request)
    if request.method == "POST":
        url = "/" if member.user_id == request.user.pk else here(request, "settings_people")
        try:
            people.remove(member=member, by=request.user)
        except NotPossible as error:
            return back(request, here(request, "settings_people"), str(error), messages.ERROR)
        return back(request, url, _("%s works in this space no longer.") % member.user)
    context = {
        "page_title": _("Remove %s from this space?") % member.user,
        "member": member,
        "is_self": member.user_id == request.user.pk,
        "cancel_url": here(request, "settings_people"),
    }
    return render_part(request, "business_space/settings/person_remove.html", context, "dialog")


@require_POST
@in_space
def invite_again(request, pk):
    member = _member(request, pk)
    require(request)
    url = here(request, "settings_people")
    if member.user.last_login or member.user.has_usable_password():
        return back(request, url, _("%s has a password already.") % member.user, messages.INFO)
    if not invitations.send(member, by=request.user):
        return back(request, url, _("The e-mail could not be sent. Try again later."), messages.ERROR)
    return back(request, url, _("The invitation was sent to %s again.") % member.user.email)

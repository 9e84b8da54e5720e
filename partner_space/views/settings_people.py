"""Users and roles of the office."""

from django.contrib import messages
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.actions import invitations, people
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.spaces.models import Membership, initials
from banqup.spaces.roles import Capability
from partner_space.forms.people import ROLE_HINTS, PersonForm, RolesForm
from partner_space.space import button, here, in_partner, lacks, require

PEOPLE = Capability.MANAGE_PEOPLE


@in_partner
def list_people(request):
    members = Membership.objects.filter(space=request.space).select_related("user", "space")
    dialog = {"method": "get", "dialog": True}
    context = {
        "page_title": _("Users and roles"),
        "members": [_shown(request, member) for member in members.order_by(Lower("user__name"), "user__email")],
        "refusal": lacks(request, PEOPLE),
        "roles": [(role.label, hint) for role, hint in ROLE_HINTS.items()],
        "add": _button(request, "add", _("Add a user"), "settings_person_add", icon="plus", style="primary", **dialog),
    }
    return render_part(request, "partner_space/settings/people.html", context)


def _button(request, name, label, page, *args, **look) -> dict:
    return button(request, name, label, page, *args, capability=PEOPLE, **look)


def _shown(request, member) -> dict:
    """One line of the list, with what can be done about it."""
    pk, waits, dialog = member.pk, invitations.waits(member.user), {"method": "get", "dialog": True}
    change = _button(request, f"roles-{pk}", _("Roles"), "settings_person", pk, **dialog)
    again = _button(
        request, f"invite-{pk}", _("Send the invitation again"), "settings_person_invite", pk, icon="envelope"
    )
    look = {"icon": "user-minus", "style": "danger", **dialog}
    remove = _button(request, f"remove-{pk}", _("Remove from the space…"), "settings_person_remove", pk, **look)
    return {
        "pk": pk,
        "user": member.user,
        "initials": initials(str(member.user)),
        "role_labels": member.role_labels,
        "created_at": member.created_at,
        "waits": waits,
        "change": change,
        "actions": [again, None, remove] if waits else [remove],
    }


def _dialog(request, page, form, **context):
    """A form of one person, as a page or in the dialog."""
    context |= {"form": form, "hints": ROLE_HINTS, "cancel_url": here(request, "settings_people")}
    status = 422 if form and form.errors else 200
    return render_part(request, f"partner_space/settings/{page}.html", context, "dialog", status=status)


@in_partner
def add(request):
    require(request, PEOPLE)
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            member, is_new = people.add(space=request.space, by=request.user, **wanted)
        except NotPossible as error:
            form.add_error("email", str(error))
        else:
            sent = invitations.send(member, by=request.user) if is_new else True
            return back(request, here(request, "settings_people"), *_added(member, is_new, sent))
    return _dialog(request, "person_add", form, page_title=_("Add a user"))


def _added(member, is_new, sent):
    if not is_new:
        return _("%s works in this space now.") % member.user, messages.SUCCESS
    if sent:
        return _("%s was added and got an e-mail to choose a password.") % member.user.email, messages.SUCCESS
    words = _("%s was added, but the e-mail could not be sent. Send the invitation again later.")
    return words % member.user.email, messages.WARNING


def _member(request, pk) -> Membership:
    return get_object_or_404(Membership.objects.select_related("user", "space"), pk=pk, space=request.space)


@in_partner
def person(request, pk):
    member = _member(request, pk)
    require(request, PEOPLE)
    form = RolesForm(request.POST or None, initial={"roles": member.roles})
    if request.method == "POST" and form.is_valid():
        try:
            people.change_roles(member=member, roles=form.cleaned_data["roles"], by=request.user)
        except NotPossible as error:
            form.add_error("roles", str(error))
        else:
            return back(request, here(request, "settings_people"), _("The roles of %s were changed.") % member.user)
    return _dialog(request, "person", form, page_title=_("Roles of %s") % member.user, member=member)


@in_partner
def remove(request, pk):
    """GET says what it means, POST does it."""
    member = _member(request, pk)
    require(request, PEOPLE)
    is_self = member.user_id == request.user.pk
    if request.method == "POST":
        try:
            people.remove(member=member, by=request.user)
        except NotPossible as error:
            return back(request, here(request, "settings_people"), str(error), messages.ERROR)
        url = "/" if is_self else here(request, "settings_people")
        return back(request, url, _("%s works in this space no longer.") % member.user)
    title = _("Remove %s from this space?") % member.user
    return _dialog(request, "person_remove", None, page_title=title, member=member, is_self=is_self)


@in_partner
@require_POST
def invite_again(request, pk):
    member = _member(request, pk)
    require(request, PEOPLE)
    url = here(request, "settings_people")
    if not invitations.waits(member.user):
        return back(request, url, _("%s has a password already.") % member.user, messages.INFO)
    if not invitations.send(member, by=request.user):
        return back(request, url, _("The e-mail could not be sent. Try again later."), messages.ERROR)
    return back(request, url, _("The invitation was sent to %s again.") % member.user.email)

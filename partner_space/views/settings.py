"""Partner settings: the office's own data; and a new office."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from banqup.common.htmx import back, render_part
from banqup.spaces.forms import SpaceForm
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability
from partner_space.forms.office import OfficeForm
from partner_space.space import here, in_partner, lacks, require


@in_partner
def index(request):
    return redirect(here(request, "settings_office"))


@in_partner
def office(request):
    """Every member may look; who manages the office may change."""
    form = OfficeForm(request.POST or None, instance=request.space)
    if request.method == "POST":
        require(request, Capability.MANAGE_PEOPLE)
        if form.is_valid():
            form.save()
            return back(request, here(request, "settings_office"), _("Office saved."))
        request.space.refresh_from_db()  # the frame shows what is kept, not what was refused
    refusal = lacks(request, Capability.MANAGE_PEOPLE)
    context = {"page_title": _("Office"), "form": form, "refusal": refusal}
    return render_part(request, "partner_space/settings/office.html", context, status=422 if form.errors else 200)


@login_required
def new(request):
    """A new office: its maker gets every role in it."""
    form = SpaceForm(request.POST or None, kind=Space.Kind.PARTNER)
    if request.method == "POST" and form.is_valid():
        space = form.save(by=request.user)
        words = _("%s is ready. You have every role in it. Invite your first client.")
        return back(request, space.get_absolute_url(), words % space.name)
    context = {"page_title": _("Add a Partner Space"), "form": form, "back_url": "/"}
    return render(request, "partner_space/settings/new.html", context, status=422 if form.errors else 200)

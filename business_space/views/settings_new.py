"""Add a business space: its maker gets every role in it."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils.translation import gettext as _

from banqup.common.htmx import back
from banqup.spaces.forms import SpaceForm
from banqup.spaces.models import Space


@login_required
def new_space(request):
    form = SpaceForm(request.POST or None, kind=Space.Kind.BUSINESS)
    if request.method == "POST" and form.is_valid():
        space = form.save(by=request.user)
        return back(request, space.get_absolute_url(), _("%s is ready. You have every role in it.") % space.name)
    context = {"page_title": _("Add a business space"), "form": form, "back_url": "/"}
    return render(request, "business_space/settings/new.html", context, status=422 if form.errors else 200)

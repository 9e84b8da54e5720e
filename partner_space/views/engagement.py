"""The tie with a client: invite, answer, withdraw, end."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.actions import engagements
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.exports.models import PENDING, Export, Integration
from banqup.spaces.models import Engagement
from banqup.spaces.roles import Capability
from partner_space.forms.invite import InviteClientForm
from partner_space.space import here, in_partner, require

Side, Status = Engagement.Side, Engagement.Status


@in_partner
def invite(request):
    """GET asks for whom, POST invites; the business answers in its Space settings."""
    require(request, Capability.MANAGE_CLIENTS)
    form = InviteClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            engagements.invite(business=form.business, partner=request.space, side=Side.PARTNER, by=request.user)
        except NotPossible as error:
            form.add_error("who", str(error))
        else:
            words = _("%s is invited. You see its documents once it accepts, in its Space settings > Accountant.")
            return back(request, here(request, "clients"), words % form.business.name)
    context = {"page_title": _("Invite a client"), "form": form, "cancel_url": here(request, "clients")}
    status = 422 if form.errors else 200
    return render_part(request, "partner_space/clients/invite.html", context, "dialog", status=status)


def _invitation(request, pk, side) -> Engagement:
    invitations = Engagement.objects.filter(partner=request.space, invited_side=side).select_related(
        "business", "partner"
    )
    return get_object_or_404(invitations, pk=pk)


@in_partner
@require_POST
def answer(request, pk):
    """Accept or decline a business that asks."""
    engagement = _invitation(request, pk, Side.BUSINESS)
    accept = request.POST.get("answer") == "accept"
    name = engagement.business.name
    try:
        engagements.answer(engagement=engagement, accept=accept, by=request.user)
    except NotPossible as error:
        return back(request, here(request, "clients"), str(error), messages.ERROR)
    if accept:
        words = _("%s is your client now. Set up where its approved documents go.")
        return back(request, here(request, "client", engagement.business_id), words % name)
    return back(request, here(request, "clients"), _("The invitation of %s was declined.") % name)


@in_partner
@require_POST
def withdraw(request, pk):
    """Take back an invitation that has not been answered."""
    require(request, Capability.MANAGE_CLIENTS)
    engagement = get_object_or_404(
        Engagement.objects.filter(partner=request.space, invited_side=Side.PARTNER, status=Status.INVITED)
        .select_related("business", "partner"),
        pk=pk,
    )  # fmt: skip
    try:
        engagements.end(engagement=engagement, by=request.user)
    except NotPossible as error:
        return back(request, here(request, "clients"), str(error), messages.ERROR)
    words = _("The invitation to %s was withdrawn.")
    return back(request, here(request, "clients"), words % engagement.business.name)


@in_partner
def end(request, pk):
    """GET says what ends and how many documents wait; POST ends it."""
    engagement = request.clients.find(pk)
    require(request, Capability.MANAGE_CLIENTS)
    if request.method == "POST":
        try:
            engagements.end(engagement=engagement, by=request.user)
        except NotPossible as error:
            return back(request, here(request, "clients"), str(error), messages.ERROR)
        words = _("The work for %s has ended. Nothing of it is shown here any more.")
        return back(request, here(request, "clients"), words % engagement.business.name)
    context = {
        "page_title": _("End the work for %s?") % engagement.business.name,
        "client": engagement.business,
        "integrations": Integration.objects.filter(engagement=engagement, is_active=True),
        "waiting": Export.objects.filter(integration__engagement=engagement, state__in=PENDING).count(),
        "to_check": engagement.business.invoices.present().to_check().capped_count(),
        "cancel_url": here(request, "client", pk),
    }
    return render_part(request, "partner_space/clients/end.html", context, "dialog")

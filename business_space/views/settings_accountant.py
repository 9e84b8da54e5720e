"""The accountant of the space: invitations both ways, the engagement and its end."""

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banqup.actions import engagements
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.exports.models import PENDING, Export, Integration
from banqup.spaces.models import Engagement, Membership
from banqup.spaces.roles import Capability
from business_space.forms.settings import InviteAccountantForm
from business_space.space import in_space

from .settings_base import button, here, refusal, require

Status, Side = Engagement.Status, Engagement.Side


def _engagements(request):
    related = Engagement.objects.select_related("partner", "business", "invited_by", "answered_by", "ended_by")
    return related.filter(business=request.space)


@in_space
def accountant(request):
    form = InviteAccountantForm(request.POST or None)
    if request.method == "POST":
        require(request)
        if form.is_valid():
            try:
                engagements.invite(business=request.space, partner=form.partner, side=Side.BUSINESS, by=request.user)
            except NotPossible as error:
                form.add_error("who", str(error))
            else:
                words = _("%s was invited. They see your documents once they accept.") % form.partner.name
                return back(request, here(request, "settings_accountant"), words)
    every = list(_engagements(request).order_by("-id"))
    current = next((one for one in every if one.status == Status.ACTIVE), None)
    sent, received = _open(request, every, current)
    theirs = Membership.objects.filter(space=current and current.partner, user__is_active=True)
    context = {
        "page_title": _("Accountant"),
        "form": form,
        "refusal": refusal(request),
        "current": current,
        "people": theirs.select_related("user", "space"),
        "integrations": Integration.objects.filter(engagement=current) if current else [],
        "end": current and _leave(request, current, _("End this…")),
        "delegate": current and _delegate(request, current),
        "sent": sent,
        "received": received,
        "earlier": [one for one in every if one.status in (Status.DECLINED, Status.ENDED)][:20],
    }
    return render_part(request, "business_space/settings/accountant.html", context, status=422 if form.errors else 200)


def _open(request, every, current) -> tuple[list, list]:
    """Invitations without an answer: those we sent, those we got."""
    sent = [one for one in every if one.status == Status.INVITED and one.invited_side == Side.BUSINESS]
    received = [one for one in every if one.status == Status.INVITED and one.invited_side == Side.PARTNER]
    for one in sent:
        one.withdraw = _leave(request, one, _("Withdraw…"))
    for one in received:
        one.actions = [_accept(request, one, current), _decline(request, one)]
    return sent, received


def _accept(request, engagement, current) -> dict:
    look = {"style": "primary", "fields": {"answer": "accept"}}
    if current and not refusal(request):
        look |= {"enabled": False, "reason": _("End the work with %s first.") % current.partner.name}
    return button(request, f"accept-{engagement.pk}", _("Accept"), "settings_engagement_answer", engagement.pk, **look)


def _decline(request, engagement) -> dict:
    look = {"fields": {"answer": "decline"}}
    return button(
        request, f"decline-{engagement.pk}", _("Decline"), "settings_engagement_answer", engagement.pk, **look
    )


def _leave(request, engagement, label) -> dict:
    look = {"method": "get", "style": "danger", "dialog": True}
    return button(request, f"end-{engagement.pk}", label, "settings_engagement_end", engagement.pk, **look)


def _delegate(request, engagement) -> dict:
    label = _("Stop this…") if engagement.delegates_approval else _("Let them approve…")
    look = {"method": "get", "dialog": True}
    return button(request, f"delegate-{engagement.pk}", label, "settings_engagement_approval", engagement.pk, **look)


@in_space
def delegation(request, pk):
    """GET says what it means that the accountant approves; POST begins or stops it (LIFECYCLE C12)."""
    engagement = get_object_or_404(_engagements(request), pk=pk)
    require(request)
    url = here(request, "settings_accountant")
    if request.method == "POST":
        wanted = request.POST.get("delegate") == "1"
        try:
            engagements.delegate_approval(engagement=engagement, delegate=wanted, by=request.user)
        except NotPossible as error:
            return back(request, url, str(error), messages.ERROR)
        words = _("%s may approve purchase documents for you now.")
        words = words if wanted else _("%s may not approve for you any more.")
        return back(request, url, words % engagement.partner.name)
    title = _("Stop the approval by %s?") if engagement.delegates_approval else _("Let %s approve for you?")
    context = {
        "page_title": title % engagement.partner.name,
        "engagement": engagement,
        "people": _accountants(engagement),
        "cancel_url": url,
    }
    return render_part(request, "business_space/settings/delegation.html", context, "dialog")


def _accountants(engagement) -> list:
    """Who in the office would approve: its accountants."""
    members = Membership.objects.filter(space=engagement.partner, user__is_active=True).select_related("user", "space")
    return [member.user for member in members if Capability.PROCESS in member.capabilities]


@require_POST
@in_space
def answer(request, pk):
    engagement = get_object_or_404(_engagements(request), pk=pk)
    url = here(request, "settings_accountant")
    accept = request.POST.get("answer") == "accept"
    try:
        engagements.answer(engagement=engagement, accept=accept, by=request.user)
    except NotPossible as error:
        return back(request, url, str(error), messages.ERROR)
    words = _("%s is your accountant now.") if accept else _("The invitation of %s was declined.")
    return back(request, url, words % engagement.partner.name)


@in_space
def end(request, pk):
    """GET says what ends and how many documents wait; POST ends the engagement, or withdraws an invitation."""
    engagement = get_object_or_404(_engagements(request), pk=pk)
    require(request)
    url = here(request, "settings_accountant")
    was_open = engagement.status == Status.INVITED
    if request.method == "POST":
        try:
            engagements.end(engagement=engagement, by=request.user)
        except NotPossible as error:
            return back(request, url, str(error), messages.ERROR)
        words = _("The invitation to %s was withdrawn.") if was_open else _("%s sees nothing of this space any more.")
        return back(request, url, words % engagement.partner.name)
    integrations = Integration.objects.filter(engagement=engagement, is_active=True)
    context = {
        "page_title": _("End the work with %s?") % engagement.partner.name,
        "engagement": engagement,
        "was_open": was_open,
        "integrations": integrations,
        "waiting": Export.objects.filter(integration__engagement=engagement, state__in=PENDING).count(),
        "cancel_url": url,
    }
    return render_part(request, "business_space/settings/engagement_end.html", context, "dialog")

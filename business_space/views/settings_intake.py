"""Ways in: how documents reach the space. Only what exists is said."""

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from banqup.actions import people
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.invoices.models.receipt import Direction
from banqup.spaces.models import InboundAddress
from business_space.forms.settings import AnswersForm, InboundForm
from business_space.space import in_space
from integrations import folder_intake, mailbox_pages, shown_once

from . import settings_mailboxes
from .settings_base import button, here, refusal, require


@never_cache
@in_space
def intake(request):
    """POST makes an inbound address; the next page shows it, once."""
    form = InboundForm(request.POST or None)
    fresh = None
    if request.method == "POST":
        require(request)
        if form.is_valid():
            wanted = form.cleaned_data["name"]
            made, token = people.open_inbound_address(space=request.space, name=wanted, by=request.user)
            shown_once.keep(request, f"inbound-{made.pk}", {"name": made.name, "url": _full(token)})
            return back(request, f"{here(request, 'settings_intake')}?made={made.pk}")
    elif "made" in request.GET:
        fresh = shown_once.take(request, f"inbound-{request.GET['made']}")
    addresses = InboundAddress.objects.filter(space=request.space).select_related("created_by")
    addresses = sorted(addresses, key=lambda address: (address.revoked_at is not None, -address.pk))
    for address in addresses:
        if address.revoked_at is None:
            address.revoke = _revoke_action(request, address)
    context = {
        "page_title": _("Ways in"),
        "form": form,
        "answers_form": AnswersForm(instance=request.space),
        "refusal": refusal(request),
        "fresh": fresh,
        "addresses": addresses,
        "open_count": sum(address.revoked_at is None for address in addresses),
        "limit": settings.BANQUP_MAX_UPLOAD_BYTES,
        "folders": _folders(request.space),
        **_mailboxes(request),
    }
    return render_part(request, "business_space/settings/intake.html", context, status=422 if form.errors else 200)


@in_space
@require_POST
def answers(request):
    """Whether suppliers are told over Peppol that their invoice is paid."""
    require(request)
    form = AnswersForm(request.POST, instance=request.space)
    form.save()
    return back(request, here(request, "settings_intake"), _("Saved. It counts for payments from now on."))


def _mailboxes(request) -> dict:
    cards = settings_mailboxes.cards(request)
    return {
        "mailboxes": cards,
        "mailboxes_in_use": sum(card["mailbox"].is_active for card in cards),
        "add_mailbox": settings_mailboxes.add_action(request),
        "mails_url": here(request, "settings_mails"),
        "refused_mails": mailbox_pages.refused(request.space),
    }


def _folders(space) -> list[dict]:
    """The folders for its documents; none where this server watches none."""
    if folder_intake.root() is None:
        return []
    return [
        {
            "label": direction.label,
            "path": folder_intake.path_of(space, direction),
            "is_there": folder_intake.is_there(space, direction),
        }
        for direction in Direction
    ]


def _full(token: str) -> str:
    return f"{settings.BANQUP_PUBLIC_URL}{reverse('integrations:inbound', args=[token])}"


def _revoke_action(request, address) -> dict:
    look = {"method": "get", "style": "danger", "dialog": True}
    return button(request, f"revoke-{address.pk}", _("Revoke…"), "settings_inbound_revoke", address.pk, **look)


@in_space
def revoke(request, pk):
    """GET says what it means, POST does it."""
    address = get_object_or_404(InboundAddress, pk=pk, space=request.space)
    require(request)
    url = here(request, "settings_intake")
    if request.method == "POST":
        try:
            people.revoke_inbound_address(address=address, by=request.user)
        except NotPossible as error:
            return back(request, url, str(error), messages.INFO)
        return back(request, url, _("%s was revoked. Nothing is received there any more.") % address.name)
    context = {"page_title": _("Revoke %s?") % address.name, "address": address, "cancel_url": url}
    return render_part(request, "business_space/settings/inbound_revoke.html", context, "dialog")

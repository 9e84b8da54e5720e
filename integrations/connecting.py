"""The two pages of giving consent: off to the destination, and back with its answer."""

import hmac
import time

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from banqup.common import secrets
from banqup.common.htmx import back
from banqup.exports.models import Integration

from . import lists, oauth, setup
from .base import DeliveryError
from .place import Place

_KEY = "consent"
# So long a person may take at the destination.
MINUTES = 20


@require_POST
def connect(request, place: Place, pk: int):
    """Remember who asks for what in this browser's session, and go to the destination."""
    place.require()
    integration = place.find(pk)
    url = place.url("extension", pk)
    try:
        address, kept = oauth.begin(setup.provider(integration))
    except (setup.SetupRefused, DeliveryError) as error:
        return back(request, url, str(error), messages.ERROR)
    kept |= {"integration": pk, "back": url, "until": time.time() + MINUTES * 60, "user": request.user.pk}
    request.session[_KEY] = secrets.seal(_KEY, kept)
    return back(request, address)


@never_cache
@login_required
@require_safe
def callback(request):
    """The destination sends the browser here. Works once, in the same browser, for the same person."""
    kept = _taken(request)
    if not hmac.compare_digest(kept["state"], request.GET.get("state", "")):
        raise Http404
    integration = Integration.objects.filter(pk=kept["integration"]).select_related("space", "engagement").first()
    if integration is None or kept["user"] != request.user.pk:
        raise Http404
    if not setup.may_manage(integration.owner, request.user):
        raise Http404
    if time.time() > kept["until"]:
        return back(request, kept["back"], _("That took too long. Connect again."), messages.ERROR)
    if request.GET.get("error") or not request.GET.get("code"):
        words = _("No consent was given there. Nothing changed; connect again when you want to.")
        return back(request, kept["back"], words, messages.WARNING)
    try:
        grant = setup.connected(
            integration=integration, code=request.GET["code"][:4000], verifier=kept["verifier"], by=request.user
        )
    except (setup.SetupRefused, DeliveryError) as error:
        return back(request, kept["back"], _("Not connected: %s") % error, messages.ERROR)
    who = _("Connected as %s. Test it now.") % grant.account if grant.account else _("Connected. Test it now.")
    trouble = lists.refresh(integration=integration, by=request.user)
    return back(request, kept["back"], f"{who} {trouble}".strip(), messages.WARNING if trouble else messages.SUCCESS)


def _taken(request) -> dict:
    """What `connect` left in this session; gone once read."""
    try:
        kept = secrets.open_(_KEY, request.session.pop(_KEY, ""))
    except secrets.SecretsUnreadable:
        kept = {}
    if not kept:
        raise Http404
    return kept

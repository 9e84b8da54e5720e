"""The door at which an access point calls: `POST /access-points/<token>/`.

A call is never believed: it only makes us look into the inbox, or ask what became of a message. So one
that is forged or played again does nothing that would not happen by itself a few minutes later.
"""

import hashlib
import logging

from django.http import HttpRequest, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from banqup.common.after_commit import nudge
from banqup.sending.models import AccessPoint

from . import access_points, asking, fetching
from .base import BrokenConfiguration

logger = logging.getLogger(__name__)

# What a call holds is small; more is not read.
READ_AT_MOST = 64 * 1024
ASK_TASK = "integrations.tasks.ask_about"


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@csrf_exempt
@require_POST
def called(request: HttpRequest, token: str) -> JsonResponse:
    """202 where it is an account's address; 404 for every other, 403 where the provider signs and this is not its signature."""
    account = AccessPoint.objects.select_related("space").filter(called_at_sha256=digest(token), is_active=True).first()
    if account is None:
        return JsonResponse({"error": "unknown-address"}, status=404)
    try:
        body = request.read(READ_AT_MOST)
        api = access_points.configured(account)
        announced = list(api.called({name.lower(): value for name, value in request.headers.items()}, body))
    except UnreadablePostError:
        announced = []
    except BrokenConfiguration as error:
        logger.warning("A call for %s can't be read: %s", account, error.message)
        announced = []
    except ValueError:
        return JsonResponse({"error": "signature"}, status=403)
    for pk in asking.soon(account, announced):
        nudge(ASK_TASK, pk)
    fetching.soon(account)
    return JsonResponse({"status": "thank you"}, status=202)

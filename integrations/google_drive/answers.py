"""What Google Drive's refusals mean.

Source: https://developers.google.com/workspace/drive/api/guides/handle-errors
"""

import json
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from .. import http
from ..base import BrokenConfiguration, DeliveryError, ReconnectNeeded, Refused, TryAgain, WaitUntil
from ..patience import retry_after

# Where a limit is reached and Google does not say for how long.
LIMIT_PAUSE = timedelta(minutes=1)
# [U] The day of a daily limit ends at midnight in California.
DAILY_PAUSE = timedelta(hours=12)
_TOO_FAST = frozenset({"userRateLimitExceeded", "rateLimitExceeded", "sharingRateLimitExceeded"})
_FULL = frozenset({"storageQuotaExceeded", "teamDriveFileLimitExceeded", "quotaExceeded"})
_API_IS_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_NO_SCOPE = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})


def json_of(answer: http.Response) -> dict:
    try:
        said = json.loads(answer.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def reason_of(answer: http.Response) -> str:
    """The first reason that the error names, such as storageQuotaExceeded."""
    error = json_of(answer).get("error")
    errors = error.get("errors") if isinstance(error, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("reason", "")) if isinstance(first, dict) else ""


def meaning(answer: http.Response, *, excerpt: str) -> DeliveryError:
    """The family of an answer that is no success."""
    told, reason, status = {"status": answer.status, "excerpt": excerpt}, reason_of(answer), answer.status
    at = retry_after(answer)
    if status == 401:
        return ReconnectNeeded(_("Google does not accept our access any more. Connect again."), **told)
    if status == 429 or reason in _TOO_FAST:
        words = _("Google Drive asks us to slow down.")
        return WaitUntil(words, at=at or timezone.now() + LIMIT_PAUSE, **told)
    if reason == "dailyLimitExceeded":
        words = _("Google Drive takes no more from this installation today.")
        return WaitUntil(words, at=at or timezone.now() + DAILY_PAUSE, **told)
    if status >= 500 or status == 408:
        again = _("Google Drive answered %d; it is tried again.") % status
        return WaitUntil(again, at=at, **told) if at else TryAgain(again, **told)
    if status in (200, 201):
        return TryAgain(_("Google Drive answered something that is no data; it is tried again."), **told)
    if status == 403:
        return _forbidden(reason, told)
    return Refused(
        _("Google Drive refused the request (%(status)d %(why)s).") % {"status": status, "why": reason}, **told
    )


def _forbidden(reason: str, told: dict) -> DeliveryError:
    if reason in _FULL:
        return BrokenConfiguration(_("The Google Drive is full. Make room there, then test again."), **told)
    if reason in _API_IS_OFF:
        return BrokenConfiguration(
            _("The Drive API is not switched on for this installation's app. An administrator does that at Google."),
            **told,
        )
    if reason in _NO_SCOPE:
        return ReconnectNeeded(
            _("The consent lacks the right to store files. Connect again, and leave that box ticked."), **told
        )
    if reason == "domainPolicy":
        return BrokenConfiguration(
            _("The administrator of your Google Workspace does not allow this app. Ask for it, then test again."),
            **told,
        )
    return BrokenConfiguration(
        _("Google Drive does not let us write there (%s). Give this account the right to add files, then test again.")
        % (reason or "403"),
        **told,
    )

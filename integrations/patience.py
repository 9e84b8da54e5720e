"""How long a destination asks us to wait."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

from . import http

LONGEST_PATIENCE = timedelta(hours=24)


def retry_after(answer: http.Response) -> datetime | None:
    """The moment a Retry-After header names, in seconds or as a date; never further than a day."""
    value = answer.headers.get("retry-after", "").strip()
    now = timezone.now()
    if value.isascii() and value.isdigit():
        return now + min(timedelta(seconds=int(value[:9])), LONGEST_PATIENCE)
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return min(max(at, now), now + LONGEST_PATIENCE)

"""Short-lived sessions at destinations, so that one sign-in serves many documents.

They stand sealed in the cache, which may lose them at any time: then somebody signs in again.
"""

import hashlib
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from banqup.common import secrets
from banqup.common.secrets import SecretsUnreadable


class Session:
    """The session that belongs to these `credentials` at `destination`; other credentials have another one."""

    def __init__(self, destination: str, *credentials: str, life: timedelta):
        digest = hashlib.sha256("\0".join([destination, *credentials]).encode()).hexdigest()
        self._owner, self._life = f"session/{digest}", life

    def read(self) -> str:
        """The token as long as it is good, else an empty text."""
        try:
            kept = secrets.open_(self._owner, cache.get(self._owner) or "")
        except SecretsUnreadable:
            return ""  # the keys were changed
        if not kept or datetime.fromisoformat(kept["until"]) <= timezone.now():
            return ""
        return kept["token"]

    def keep(self, token: str) -> str:
        until = (timezone.now() + self._life).isoformat()
        sealed = secrets.seal(self._owner, {"token": token, "until": until})
        cache.set(self._owner, sealed, timeout=self._life.total_seconds())
        return token

    def forget(self) -> None:
        cache.delete(self._owner)

"""The limits of a destination, kept to ahead of time by everybody who delivers to it.

A connector makes a `Pace` for the thing that has limits there (one company of an accounting program).
`before` each call refuses with `WaitUntil` what would break a limit; `after` it remembers what the
answer said. `alone` lets one push at a time work there, so that *look whether it is there, else make
it* can't be done by two at once.
"""

import contextlib
import time
import uuid
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.exports.models import DestinationUse

from .base import TryAgain, WaitUntil

# So long a holder may be silent: longer than one call takes at most (`http.TOTAL_SECONDS`).
HOLD = timedelta(seconds=60)
# So long, in seconds, a push waits for the one before it, looking that often.
PATIENCE, LOOK_AGAIN = 30, 0.05
# A destination's clock is not ours.
MARGIN = timedelta(seconds=1)


class Pace:
    """The limits of `key`, e.g. "exact_online.be/12345". `budget`: so many refusals an hour are allowed."""

    def __init__(self, key: str, *, budget: int = 0, budget_window: timedelta = timedelta(hours=1)):
        self.key, self.budget, self.budget_window = key[:200], budget, budget_window
        self._holder = ""

    @contextlib.contextmanager
    def alone(self):
        """One push at a time. Raises WaitUntil when the one before takes too long."""
        DestinationUse.objects.get_or_create(key=self.key)
        holder, until = uuid.uuid4().hex, time.monotonic() + PATIENCE
        while not self._rows(Q(held_until=None) | Q(held_until__lt=timezone.now())).update(
            holder=holder, held_until=timezone.now() + HOLD
        ):
            if time.monotonic() > until:
                raise WaitUntil(_("Another document is being delivered there."), at=timezone.now() + HOLD / 2)
            time.sleep(LOOK_AGAIN)
        self._holder = holder
        try:
            yield
        finally:
            self._holder = ""
            self._rows(Q(holder=holder)).update(holder="", held_until=None)

    def before(self) -> None:
        """Raises WaitUntil when the next call would break a limit, TryAgain when another push took over."""
        use = DestinationUse.objects.filter(key=self.key).first()
        now = timezone.now()
        for at in _limits_reached(use.facts if use else {}):
            if at + MARGIN > now:
                raise WaitUntil(_("The destination takes no more calls for now; its limit is used up."), at=at + MARGIN)
        refusals = self._refusals(use.facts if use else {}, now)
        if self.budget and len(refusals) >= self.budget:
            words = _(
                "The destination refused %d calls within an hour. It is left in peace, so that it does not block us."
            )
            raise WaitUntil(words % len(refusals), at=min(refusals) + self.budget_window)
        if self._holder and not self._rows(Q(holder=self._holder)).update(held_until=now + HOLD):
            raise TryAgain(_("It took so long that another worker took over."))

    def after(self, *, limits: dict[str, tuple[int, datetime]] | None = None, refused: bool = False) -> None:
        """Remember `limits` (name: calls left, until when) as the answer gave them, and whether it was a refusal."""
        if not limits and not refused:
            return
        with transaction.atomic():
            DestinationUse.objects.get_or_create(key=self.key)
            use = DestinationUse.objects.select_for_update().get(key=self.key)
            for name, (left, until) in (limits or {}).items():
                use.facts.setdefault("limits", {})[name] = [left, until.timestamp()]
            if refused:
                now = timezone.now()
                use.facts["refusals"] = [at.timestamp() for at in self._refusals(use.facts, now)] + [now.timestamp()]
            use.save(update_fields=["facts"])

    def _rows(self, condition: Q):
        return DestinationUse.objects.filter(condition, key=self.key)

    def _refusals(self, facts: dict, now: datetime) -> list[datetime]:
        """Those within the window; earlier ones are forgotten there, too."""
        moments = [datetime.fromtimestamp(at, UTC) for at in facts.get("refusals", [])]
        return [at for at in moments if at > now - self.budget_window]


def _limits_reached(facts: dict) -> list[datetime]:
    return [datetime.fromtimestamp(until, UTC) for left, until in facts.get("limits", {}).values() if left <= 0]

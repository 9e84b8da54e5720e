"""The summary on Mondays: how the integrations of a space did, for the people who manage them.

Nothing is told after a week in which nothing was sent and all is well. A space is told of each week once:
whoever is first to write its `WeekTold` row tells, in the same transaction. A scheduler that was down
on Monday morning makes up for it later in the week.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import ngettext

from banqup.conversations import notices
from banqup.conversations.models import WeekTold
from banqup.conversations.topics import WEEKLY_NUMBERS, Topic
from banqup.exports import health
from banqup.exports.models import Integration
from banqup.spaces.models import Engagement, Space
from banqup.spaces.roles import Capability

from . import cards

# So many stand in the mail; the page that it leads to has them all, those in trouble first.
LISTED_AT_MOST = 40


def tell_due() -> int:
    """Tell every space whose Monday morning has come and that was not told yet; returns how many were told."""
    now = timezone.now()
    done = set(WeekTold.objects.filter(monday__gte=now - timedelta(days=9)).values_list("space", "monday"))
    told = 0
    for space in Space.objects.filter(pk__in=_owners()).order_by("pk"):
        since, until = notices.last_week(space, now)
        if (space.pk, until.date()) not in done:
            told += _tell(space, since, until)
    return told


def _owners() -> set[int]:
    """The spaces that look after any integration."""
    pairs = Integration.objects.exclude(engagement__status=Engagement.Status.ENDED).order_by()
    return {partner or space for space, partner in pairs.values_list("space", "engagement__partner").distinct()}


def _tell(space: Space, since, until) -> bool:
    with transaction.atomic(), translation.override(space.language):
        if not notices.begin_week(space, until.date()):
            return False
        rows = [_row(week, space) for week in _weeks(space, since, until)]
        if not any(row["needs"] or any(row[name] for name in WEEKLY_NUMBERS) for row in rows):
            return False
        rows.sort(key=lambda row: (not row["needs"], row["client"], row["integration"]))
        notices.notify(
            users=notices.members_with(space, Capability.MANAGE_INTEGRATIONS),
            topic=Topic.INTEGRATIONS_WEEKLY,
            space=space,
            monday=until.date().isoformat(),
            needs=sum(row["needs"] for row in rows),
            rows=rows[:LISTED_AT_MOST],
            **{name: sum(row[name] for row in rows) for name in WEEKLY_NUMBERS},
        )
    return True


def _weeks(space: Space, since, until) -> list[health.Period]:
    """Those that were there in the week, without those that are off and did nothing."""
    ours = Integration.objects.filter(health.owned_by(space), created_at__lt=until)
    weeks = health.over(ours, since=since, until=until)
    return [week for week in weeks if week.integration.is_active or week.delivered or week.failed]


def _row(week: health.Period, owner: Space) -> dict:
    integration = week.integration
    return {
        "integration_id": integration.pk,
        "client_id": integration.space_id,
        "integration": integration.name,
        "client": integration.space.name if owner.is_partner else "",
        "delivered": week.delivered,
        "waiting": week.health.waiting,
        "failed": week.failed,
        "needs": week.health.needs_person,
        "advice": _advice(week),
    }


def _advice(week: health.Period) -> str:
    failed = week.health.failed if week.integration.is_active else 0
    again = ngettext(
        "%d failed document was not sent again: see why, repair it, then resend it.",
        "%d failed documents were not sent again: see why, repair them, then resend them.",
        failed,
    )
    return " ".join(filter(None, [cards.repair(week.integration), again % failed if failed else ""]))

"""How integrations do: what arrived last, what waits, what failed, since when. Only queries, each one for all of them.

An integration needs a person when it is on and its test has not passed, when it says itself why its
documents wait, or when a document failed there and nobody has sent it again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, DateTimeField, Exists, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from banqup.spaces.models import Engagement, Space

from .models import PENDING, Export, ExportAttempt, ExportState, Integration, IntegrationState

RECENTLY = timedelta(days=30)
# Outcomes of a try that are no failure: it runs (or its worker died), it arrived, or the destination asked for patience.
NO_FAILURE = ("", "delivered", "wait_until")
# A list's number needs no more digits.
COUNT_CAP = 100
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Health:
    """The numbers of one integration at this moment."""

    state: IntegrationState
    needs_person: bool
    last_success: datetime | None
    delivered_recently: int
    waiting: int
    # Failed, and not sent again since.
    failed: int
    # The first failed try after the last success, of what is still to arrive.
    failing_since: datetime | None


def owned_by(owner: Space) -> Q:
    """The integrations that `owner` looks after: its own, or as an accountant those for its clients of now."""
    if owner.is_partner:
        return Q(engagement__partner=owner, engagement__status=Engagement.Status.ACTIVE)
    return Q(space=owner, engagement=None)


def _of_this(**conditions):
    return Export.objects.filter(integration=OuterRef("pk"), **conditions).order_by()


def _stopped():
    """Failed, and nobody has sent the document there again."""
    again = Export.objects.filter(
        invoice=OuterRef("invoice"), integration=OuterRef("integration"), sequence__gt=OuterRef("sequence")
    )
    return _of_this(state=ExportState.FAILED).filter(~Exists(again))


def _number(exports) -> Coalesce:
    counted = exports.values("integration").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0, output_field=IntegerField())


def needs_person() -> Q:
    """Which integrations wait for somebody; those that are off wait for nobody."""
    engaged = Q(engagement=None) | Q(engagement__status=Engagement.Status.ACTIVE)
    untested = Q(test_passed=None) | Q(test_passed=False)
    return Q(is_active=True) & engaged & (untested | ~Q(attention="") | Q(Exists(_stopped())))


def needing(owner: Space) -> int:
    """How many integrations of `owner` need a person: the number in the navigation. One query."""
    return Integration.objects.filter(owned_by(owner)).filter(needs_person()).order_by()[:COUNT_CAP].count()


def annotated(integrations):
    """`integrations` with what `read` needs of each, in the same query."""
    arrived = _of_this(state=ExportState.DELIVERED)
    last = Subquery(arrived.order_by("-settled_at").values("settled_at")[:1], output_field=DateTimeField())
    since = Coalesce(OuterRef("last_success"), Value(_LONG_AGO), output_field=DateTimeField())
    tries = ExportAttempt.objects.filter(
        Q(export__settled_at=None) | Q(export__settled_at__gt=since),
        export__integration=OuterRef("pk"),
        export__state__in=[*PENDING, ExportState.FAILED],
        started_at__gt=since,
    ).exclude(outcome__in=NO_FAILURE)
    return integrations.annotate(
        last_success=last,
        delivered_recently=_number(arrived.filter(settled_at__gte=timezone.now() - RECENTLY)),
        waiting=_number(_of_this(state__in=PENDING)),
        failed=_number(_stopped()),
        failing_since=Subquery(tries.order_by("started_at").values("started_at")[:1], output_field=DateTimeField()),
    )


def read(integration: Integration) -> Health:
    """The numbers of an integration that came out of `annotated`."""
    state = integration.state
    engaged = not integration.is_partner_side or integration.engagement.status == Engagement.Status.ACTIVE
    trouble = state != IntegrationState.ACTIVE or integration.failed > 0
    return Health(
        state=state,
        needs_person=integration.is_active and engaged and trouble,
        last_success=integration.last_success,
        delivered_recently=integration.delivered_recently,
        waiting=integration.waiting,
        failed=integration.failed,
        failing_since=integration.failing_since,
    )


def of(integrations) -> dict[int, Health]:
    """Id → health of each of `integrations`; one query."""
    found = Integration.objects.filter(pk__in=[one.pk for one in integrations]).order_by()
    return {one.pk: read(one) for one in annotated(found.select_related("engagement"))}


@dataclass(frozen=True)
class Period:
    """What became of documents in one stretch of time at one integration."""

    integration: Integration
    health: Health
    delivered: int
    failed: int


def over(integrations, *, since: datetime, until: datetime) -> list[Period]:
    """What was delivered and what failed between two moments, and how each is now; one query."""
    within = {"settled_at__gte": since, "settled_at__lt": until}
    found = annotated(integrations).annotate(
        delivered_then=_number(_of_this(state=ExportState.DELIVERED, **within)),
        failed_then=_number(_of_this(state=ExportState.FAILED, **within)),
    )
    return [
        Period(integration=one, health=read(one), delivered=one.delivered_then, failed=one.failed_then)
        for one in found.select_related("space", "engagement__partner")
    ]

"""A template on its way to many clients: started by a person, worked off client by client, told in words.

A row is claimed by a conditional update and is its worker's until the lease ends. One client of a run at a time:
they often share one account at the destination, and its patience.
"""

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.exports.models import ApplyOutcome, IntegrationTemplate, TemplateRow, TemplateRun
from banqup.spaces.models import Engagement

from . import setup
from .setup import SetupRefused
from .template_apply import apply, present, trouble
from .template_plans import Kind, plans

logger = logging.getLogger(__name__)

WORK_TASK = "integrations.tasks.work_template_run"
# Longer than the slowest test of a destination.
LEASE = timedelta(minutes=5)
MAX_TRIES = 3
AT_MOST = 500


@dataclass(frozen=True)
class Chosen:
    """One client as its person saw it: what was announced, and the values of its own."""

    engagement: Engagement
    announced: Kind
    values: dict


def start(
    *, template: IntegrationTemplate, version: int, chosen: list[Chosen], activate: bool, by
) -> tuple[TemplateRun, bool]:
    """(the run, is it new?). While one goes on, that is the run. Raises SetupRefused; then nothing was begun."""
    setup.require_owner(template.office, by)
    if not chosen:
        raise SetupRefused(_("Choose at least one client."))
    if len(chosen) > AT_MOST:
        raise SetupRefused(_("Choose at most %d clients.") % AT_MOST)
    there = set(present(template, [one.engagement.pk for one in chosen]).values_list("pk", flat=True))
    for one in chosen:
        if one.engagement.pk not in there:
            raise SetupRefused(_("%s is not a client any more.") % one.engagement.business)
        if why := trouble(template, one.values):
            raise SetupRefused(f"{one.engagement.business}: {why}")
    with transaction.atomic():
        now = IntegrationTemplate.objects.select_for_update(no_key=True).filter(pk=template.pk).first()
        if now is None or now.version != version:
            raise SetupRefused(_("The template changed meanwhile. Look at what would happen now."))
        try:
            with transaction.atomic():
                run = TemplateRun.objects.create(template=now, version=version, started_by=by, activate=activate)
        except IntegrityError:
            return now.runs.get(finished_at=None), False
        TemplateRow.objects.bulk_create(
            TemplateRow(
                run=run, position=position, engagement=one.engagement, announced=one.announced, values=one.values
            )
            for position, one in enumerate(chosen, start=1)
        )
        nudge(WORK_TASK, run.pk)
    return run, True


def again(*, run: TemplateRun, by) -> tuple[TemplateRun, bool]:
    """The same for whoever is not done yet: after a consent was given, or something was put right."""
    left = list(
        run.rows.exclude(outcome__in=[ApplyOutcome.DONE, ApplyOutcome.WAITING]).select_related("engagement__business")
    )
    there = set(present(run.template, [row.engagement_id for row in left]).values_list("pk", flat=True))
    rows = [row for row in left if row.engagement_id in there]
    found = plans(run.template, [row.engagement for row in rows])
    chosen = []
    for row, plan in zip(rows, found, strict=True):
        # What somebody changed by hand since is not taken back without being announced; the worker says so.
        announced = Kind(row.announced) if plan.kind in (Kind.OVERRIDE, Kind.ANOTHER) else plan.kind
        chosen.append(Chosen(row.engagement, announced, plan.values or row.values))
    return start(template=run.template, version=run.template.version, chosen=chosen, activate=run.activate, by=by)


def stop(*, run: TemplateRun, by) -> int:
    """Leave out whatever no worker has begun; how many clients those are."""
    setup.require_owner(run.template.office, by)
    now = timezone.now()
    with transaction.atomic():
        TemplateRun.objects.filter(pk=run.pk, stopped_at=None).update(stopped_at=now)
        stopped = _due(run.pk, now).update(outcome=ApplyOutcome.STOPPED, settled_at=now)
    _finish(run.pk)
    return stopped


def counts(run: TemplateRun) -> dict[str, int]:
    """Outcome → how many clients. One query."""
    return dict(run.rows.order_by().values_list("outcome").annotate(Count("id")))


def left_behind() -> list[int]:
    """Ids of runs that are not finished: what the sweep wakes."""
    return list(TemplateRun.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def work(*, run_id: int, seconds: float | None = None) -> bool:
    """Work off the clients of a run until none is left to take; after `seconds` stop, and say that more is left."""
    ends = None if seconds is None else time.monotonic() + seconds
    while row := _claim(run_id):
        _work_off(row)
        if ends is not None and time.monotonic() >= ends:
            return True
    _finish(run_id)
    return False


# --- the rows -------------------------------------------------------------------------------------


def _due(run_id, now):
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return TemplateRow.objects.filter(free, run=run_id, outcome=ApplyOutcome.WAITING)


def _claim(run_id) -> TemplateRow | None:
    """The next client of the run, for this worker alone; None when none is left or another is at work on one."""
    while True:
        now = timezone.now()
        rows = TemplateRow.objects.filter(run=run_id, outcome=ApplyOutcome.WAITING)
        if rows.filter(lease_until__gte=now).exists():
            return None
        row = _due(run_id, now).order_by("position").values_list("pk", flat=True).first()
        if row is None:
            return None
        lease = now + LEASE
        if _due(run_id, now).filter(pk=row).update(lease_until=lease, tries=F("tries") + 1):
            return TemplateRow.objects.select_related(
                "run__template__office", "run__started_by", "engagement__business", "engagement__partner", "integration"
            ).get(pk=row)


def _settle(row: TemplateRow, outcome: ApplyOutcome, words: str) -> None:
    mine = TemplateRow.objects.filter(pk=row.pk, outcome=ApplyOutcome.WAITING, lease_until=row.lease_until)
    mine.update(outcome=outcome, words=words[:500], settled_at=timezone.now(), lease_until=None)


def _finish(run_id) -> None:
    if not TemplateRow.objects.filter(run=run_id, outcome=ApplyOutcome.WAITING).exists():
        TemplateRun.objects.filter(pk=run_id, finished_at=None).update(finished_at=timezone.now())


def _work_off(row: TemplateRow) -> None:
    if row.tries > MAX_TRIES:
        words = _("The server stopped %d times while it worked on this client. Set it up by hand.")
        _settle(row, ApplyOutcome.NOT_DONE, words % MAX_TRIES)
        return
    try:
        outcome, words = apply(row)
    except SetupRefused as refusal:
        outcome, words = ApplyOutcome.NOT_DONE, refusal.message
    except Exception:
        logger.exception("Run %s of a template: client %s", row.run_id, row.engagement_id)
        outcome, words = ApplyOutcome.NOT_DONE, _("Something broke on our side; the log of the server has the details.")
    _settle(row, outcome, words)

"""What came in over an access point: kept first, then acknowledged there; every few minutes, or when the provider calls.

A message that can't be kept is not acknowledged, so it is handed out again. One worker at a time looks
into an inbox; should two, every message is still taken in once (receipts and answers know their ids).
"""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.actions import intake
from banqup.common.after_commit import nudge
from banqup.einvoicing import sniff
from banqup.invoices.models.receipt import Channel, Direction
from banqup.sending.models import AccessPoint, NetworkAnswer

from . import access_points, answers_in, asking
from .access_point import AccessPointApi, Incoming
from .base import BrokenConfiguration, DeliveryError, Permanent, WaitUntil

logger = logging.getLogger(__name__)

# The one place that knows the worker's task by name.
FETCH_TASK = "integrations.tasks.fetch"
EVERY = timedelta(minutes=5)
# However often the provider (or somebody in its name) calls, the inbox is looked into no more often than this.
AT_LEAST_BETWEEN = timedelta(seconds=10)
LEASE = timedelta(minutes=10)
# One worker gives an inbox so many pages at a stretch; the rest is due at once.
PAGES_AT_MOST = 20


def due() -> list[int]:
    """Ids of the accounts whose inbox is to be looked into now."""
    return list(_waiting(timezone.now()).order_by("fetch_at").values_list("pk", flat=True))


def soon(account: AccessPoint) -> None:
    """Look into its inbox now, or as soon as the last look is long enough ago."""
    now = timezone.now()
    polled = AccessPoint.objects.values_list("polled_at", flat=True).get(pk=account.pk)
    at = max(now, polled + AT_LEAST_BETWEEN) if polled else now
    AccessPoint.objects.filter(pk=account.pk, fetch_at__gt=at).update(fetch_at=at)
    if at == now:
        nudge(FETCH_TASK, account.pk)


def fetch(account_id: int) -> int:
    """Take in what waits in the inbox of an account, if it is time; returns how many messages were taken."""
    now = timezone.now()
    mine = _waiting(now).filter(pk=account_id)
    # A call that comes in meanwhile makes it due again: the time is set before the look, not after it.
    if not mine.update(fetch_lease_until=now + LEASE, fetch_at=now + EVERY):
        return 0
    account = AccessPoint.objects.select_related("space").get(pk=account_id)
    changes = {"fetch_lease_until": None, "polled_at": timezone.now()}
    taken = 0
    try:
        taken, more = _take_all(account, access_points.configured(account))
        if more:
            changes["fetch_at"] = timezone.now()
    except WaitUntil as error:
        changes["fetch_at"] = error.at
    except BrokenConfiguration as error:
        access_points.mark(account, error.message)
    except DeliveryError as error:
        logger.info("The inbox of %s was not read: %s", account, error.message)
    finally:
        AccessPoint.objects.filter(pk=account_id).update(**changes)
    return taken


def _waiting(now):
    free = Q(fetch_lease_until=None) | Q(fetch_lease_until__lt=now)
    return AccessPoint.objects.filter(free, is_active=True, test_passed=True, fetch_at__lte=now)


def _take_all(account: AccessPoint, api: AccessPointApi) -> tuple[int, bool]:
    """(how many were taken, is there more?)"""
    taken, seen = 0, set()
    for _page in range(PAGES_AT_MOST):
        page = api.fetch(dict(account.cursor))
        new = [each for each in page.incoming if each.remote_id not in seen]
        seen.update(each.remote_id for each in new)
        taken += sum(_take(account, api, each) for each in new)
        for report in page.reports:
            asking.tell(account, report)
        if page.cursor != account.cursor:
            account.cursor = page.cursor
            AccessPoint.objects.filter(pk=account.pk).update(cursor=page.cursor)
        if not page.more or not new:
            return taken, False
    return taken, True


def _take(account: AccessPoint, api: AccessPointApi, incoming: Incoming) -> bool:
    """Keep one message, then acknowledge it. False when it stays there; raises what concerns the whole inbox."""
    try:
        _keep(account, incoming, incoming.load())
    except Permanent as error:
        return _stays(account, incoming, error.message)
    except intake.IntakeRefused as error:
        return _stays(account, incoming, error.message)
    except OSError as error:
        words = _("The server can't store files at the moment (%s).")
        return _stays(account, incoming, words % error.strerror)
    try:
        api.acknowledge(incoming.remote_id)
    except BrokenConfiguration:
        raise
    except DeliveryError as error:  # it is handed out again, recognised and acknowledged then
        logger.info("%s could not be acknowledged: %s", incoming.remote_id, error.message)
    return True


def _keep(account: AccessPoint, incoming: Incoming, data: bytes) -> None:
    """Committed when this returns."""
    message_id = f"{account.provider}:{incoming.remote_id}"[:255]
    if sniff(data) == "application-response":
        answers_in.take(space=account.space, source=NetworkAnswer.Source.PEPPOL, message_id=message_id, data=data)
        return
    intake.receive(
        space=account.space,
        data=data,
        filename=f"{incoming.remote_id}.xml",
        channel=Channel.PEPPOL,
        # Who sells and who buys, the document itself says; a self-billed one finds its own list.
        direction=Direction.PURCHASE,
        by=None,
        message_id=message_id,
    )


def _stays(account: AccessPoint, incoming: Incoming, why: str) -> bool:
    """It is not lost: it stays at the access point, and the page of the account says why."""
    words = _("A message that came in could not be taken over and stays at %(name)s (%(id)s): %(why)s")
    words %= {"name": access_points.label(account.provider), "id": incoming.remote_id, "why": why}
    logger.warning("%s", words)
    AccessPoint.objects.filter(pk=account.pk, attention="").update(attention=words[:500])
    return False

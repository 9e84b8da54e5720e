"""What became of what we sent: the transport is asked by and by, for a week, as long as there is no news.

A late failure changes the delivery status; a report that says what was known changes nothing and is not kept.
"""

import logging
from datetime import timedelta

from django.utils import timezone

from banqup.actions import hearing
from banqup.actions.hearing import Message
from banqup.sending.models import AccessPoint, NetworkAnswer, OwedAnswer, Transmission, TransmissionState, Way

from . import access_points
from .access_point import Delivery, Report
from .base import BrokenConfiguration, DeliveryError, WaitUntil

logger = logging.getLogger(__name__)

# After so long it is asked again; the last step is repeated until `ASKED_FOR` is over.
STEPS = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
    timedelta(days=1),
]
ASKED_FOR = timedelta(days=7)
SWEEP_AT_MOST = 200
# While it can't be asked (keys, patience), no sooner than this.
LATER = timedelta(hours=1)


def begin(row: Transmission) -> None:
    """A message that the network took is asked about from now on.

    Called before the row says *sent*: a worker that dies in between leaves nothing that nobody asks about.
    """
    Transmission.objects.filter(pk=row.pk, way=Way.PEPPOL).update(ask_at=timezone.now() + STEPS[0])


def begin_answer(row: OwedAnswer, account: AccessPoint) -> None:
    """The same for an answer to a supplier, which `account` took."""
    OwedAnswer.objects.filter(pk=row.pk).update(access_point=account, ask_at=timezone.now() + STEPS[0])


def due(limit: int = SWEEP_AT_MOST) -> list[int]:
    """Ids of the transmissions that are to be asked about now; what has news meanwhile is not asked any more."""
    return _due(Transmission, TransmissionState.SENT, limit)


def due_answers(limit: int = SWEEP_AT_MOST) -> list[int]:
    """The same of answers to suppliers."""
    return _due(OwedAnswer, OwedAnswer.State.SENT, limit)


def _due(model, sent: str, limit: int) -> list[int]:
    now = timezone.now()
    model.objects.filter(ask_at__lte=now).exclude(state=sent).update(ask_at=None)
    return list(model.objects.filter(ask_at__lte=now).order_by("ask_at").values_list("pk", flat=True)[:limit])


def soon(account: AccessPoint, remote_ids) -> list[int]:
    """The provider says that there is news of these: they are due. Returns the ids of the transmissions among them."""
    news = {"access_point": account, "remote_id__in": list(remote_ids)}
    OwedAnswer.objects.filter(**news, state=OwedAnswer.State.SENT).update(ask_at=timezone.now())
    known = Transmission.objects.filter(**news, state=TransmissionState.SENT)
    found = list(known.values_list("pk", flat=True))
    Transmission.objects.filter(pk__in=found).update(ask_at=timezone.now())
    return found


def ask(transmission_id: int) -> None:
    """Ask about one transmission if it is time; the row is put off first, so that two workers ask once."""
    _ask(Transmission.objects.filter(pk=transmission_id, state=TransmissionState.SENT))


def ask_about_answer(answer_id: int) -> None:
    """The same about an answer to a supplier."""
    _ask(OwedAnswer.objects.filter(pk=answer_id, state=OwedAnswer.State.SENT))


def _ask(sent) -> None:
    """About the one row that `sent` finds, if the network took it and it is time."""
    now = timezone.now()
    row = sent.select_related("access_point__space").first()
    if row is None or row.access_point is None or row.sent_at is None:
        return
    if not sent.filter(ask_at__lte=now).update(ask_at=_next(row, now)):
        return
    try:
        report = access_points.configured(row.access_point).report(row.remote_id)
    except DeliveryError as error:
        if isinstance(error, BrokenConfiguration | WaitUntil):
            sent.filter(ask_at__isnull=False).update(ask_at=now + LATER)
        logger.info("No word about %s %s: %s", row._meta.verbose_name, row.pk, error.message)
        return
    if report is not None:
        tell(row.access_point, report)


def tell(account: AccessPoint, report: Report) -> NetworkAnswer | None:
    """Hear what the transport reports; None when it only says what was known since it took the message."""
    if report.delivery == Delivery.ACCEPTED:
        return None
    told = Message(
        source=NetworkAnswer.Source.PEPPOL,
        message_id=f"{account.provider}:{report.id}"[:255],
        subject=NetworkAnswer.Subject.DELIVERY,
        code=report.delivery,
        reference=report.remote_id,
        note=report.words,
    )
    answer = hearing.hear(space=account.space, message=told)
    for model in (Transmission, OwedAnswer):
        model.objects.filter(access_point=account, remote_id=report.remote_id).update(ask_at=None)
    return answer


def _next(row: Transmission | OwedAnswer, now):
    """The first step that lies ahead, counted from its sending; None when it was asked for long enough."""
    if now - row.sent_at > ASKED_FOR:
        return None
    for step in STEPS:
        if row.sent_at + step > now:
            return row.sent_at + step
    return now + STEPS[-1]

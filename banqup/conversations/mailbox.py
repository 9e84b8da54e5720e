"""Gather, claim and settle mails. The table is the truth; no transaction is open while a mail is sent."""

import random
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Mail, MailState, Notification

# A sending that has not settled by then is taken to be dead with its worker.
LEASE = timedelta(minutes=5)

# Delay after the 1st, 2nd … failed try; ±20 % jitter. After the last one the mail is given up: the
# notification itself waits in the product.
RETRY_SCHEDULE = [
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
]


def gather() -> int:
    """Put every notification that is due into one mail a person and space; returns how many mails were made.

    What was read meanwhile needs no mail.
    """
    now = timezone.now()
    due = Notification.objects.filter(mail=None, mail_at__lte=now)
    due.exclude(read_at=None).update(mail_at=None)
    made = 0
    for user_id, space_id in due.order_by().values_list("user", "space").distinct():
        with transaction.atomic():
            mail = Mail.objects.create(user_id=user_id, space_id=space_id)
            # Conditional, so that of two workers only one carries them.
            if due.filter(user=user_id, space=space_id).update(mail=mail):
                made += 1
            else:
                mail.delete()
    return made


def due():
    """Mails whose time has come, and those whose worker died."""
    now = timezone.now()
    return Mail.objects.filter(
        Q(state=MailState.WAITING, next_try_at__lte=now) | Q(state=MailState.SENDING, lease_until__lt=now)
    ).order_by("next_try_at", "id")


def claim(mail_id: int) -> Mail | None:
    """Take one due mail for this worker, or None: not due, or taken."""
    lease = timezone.now() + LEASE
    if not due().filter(pk=mail_id).update(state=MailState.SENDING, lease_until=lease):
        return None
    return Mail.objects.select_related("user", "space").get(pk=mail_id)


def settle_sent(mail: Mail) -> None:
    _settle(mail, MailState.SENT, "")


def settle_dropped(mail: Mail) -> None:
    """Nobody needs it any more: all was read, or the person may not see it now."""
    _settle(mail, MailState.DROPPED, _("Read meanwhile, or no longer for this person."))


def settle_failed(mail: Mail, reason: str) -> None:
    """The server refuses it for good."""
    _settle(mail, MailState.FAILED, reason)


def settle_retry(mail: Mail, reason: str) -> None:
    """Try again by the schedule, or give up after its last step."""
    if mail.attempts >= len(RETRY_SCHEDULE):
        return settle_failed(mail, reason)
    wait = RETRY_SCHEDULE[mail.attempts] * random.uniform(0.8, 1.2)  # noqa: S311  (jitter, not a secret)
    _own(mail).update(
        state=MailState.WAITING,
        reason=reason[:300],
        attempts=mail.attempts + 1,
        next_try_at=timezone.now() + wait,
        lease_until=None,
    )


def _settle(mail: Mail, state: MailState, reason: str) -> None:
    _own(mail).update(
        state=state, reason=reason[:300], attempts=mail.attempts + 1, lease_until=None, settled_at=timezone.now()
    )


def _own(mail: Mail):
    """The row while this worker's lease is the row's: who lost it changes nothing."""
    return Mail.objects.filter(pk=mail.pk, state=MailState.SENDING, lease_until=mail.lease_until)

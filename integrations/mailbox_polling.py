"""Mailboxes that are read for a space: every mail is kept and committed first, then moved away.

A worker that dies in between finds the same mail again, knows it by its bytes, and only moves it. One
worker at a time reads a mailbox; one that lost its lease keeps nothing more. Mail approves nothing: what
comes out of it waits for a person (`intake`).
"""

import hashlib
import logging
import random
import re
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.actions import intake
from banqup.common.secrets import SecretsUnreadable
from banqup.conversations import notices
from banqup.conversations.topics import Topic
from banqup.exports.models import Export
from banqup.invoices.models.receipt import Channel
from banqup.mailboxes.models import ArrivedMail, Mailbox
from banqup.reminders.models import Letter as ReminderLetter
from banqup.sending.models import Transmission
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from . import bounces, imap, mail_parts
from .base import BrokenConfiguration, DeliveryError, TryAgain

logger = logging.getLogger(__name__)

# The one place that knows the worker's task by name.
READ_TASK = "integrations.tasks.read_mailbox"
EVERY = timedelta(minutes=5)
LEASE = timedelta(minutes=10)
# After failures in a row, the next look waits twice as long each time, up to this.
LONGEST_WAIT = timedelta(hours=1)
# So many failures of the server, and a person is told: it is no passing trouble.
TELL_AFTER = 6
# One worker gives a mailbox so many mails and seconds at a stretch; the rest is due at once.
MAILS_AT_MOST = 50
TURN_SECONDS = 120
_OUR_ID = re.compile(r"^<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.IGNORECASE)


def mail_at_most() -> int:
    """Bytes of a mail: room for two of the largest documents as mails write them."""
    return 3 * settings.BANQUP_MAX_UPLOAD_BYTES


def account(mailbox: Mailbox) -> imap.Account:
    """Raises BrokenConfiguration."""
    try:
        password = mailbox.read_secrets().get("password", "")
    except SecretsUnreadable as error:
        raise BrokenConfiguration(str(error)) from error
    if not password:
        raise BrokenConfiguration(_("The password is missing. Enter it, then test."))
    starttls = mailbox.security == Mailbox.Security.STARTTLS
    return imap.Account(mailbox.host, mailbox.port, mailbox.user, password, starttls)


def due() -> list[int]:
    """Ids of the mailboxes that are to be read now."""
    return list(_waiting(timezone.now()).order_by("poll_at").values_list("pk", flat=True))


def _waiting(now):
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    return Mailbox.objects.filter(free, is_active=True, test_passed=True, poll_at__lte=now)


def read(mailbox_id: int) -> int:
    """Take in what lies in a mailbox, if it is time; returns how many mails were dealt with."""
    now = timezone.now()
    lease = now + LEASE
    if not _waiting(now).filter(pk=mailbox_id).update(lease_until=lease, poll_at=now + _jittered(EVERY)):
        return 0
    mailbox = Mailbox.objects.select_related("space").get(pk=mailbox_id)
    look = _Look(mailbox)
    changes = {"lease_until": None, "polled_at": now}
    try:
        more = look.all()
        changes |= {"failures": 0, "attention": ""}
        if more:
            changes["poll_at"] = timezone.now()
    except _Lost:
        logger.info("Another worker reads %s now, or it was switched off", mailbox)
    except DeliveryError as error:
        changes |= _failed(mailbox, error)
    finally:
        Mailbox.objects.filter(pk=mailbox_id, lease_until=lease).update(**changes)
    return look.done


def _jittered(wait: timedelta) -> timedelta:
    return wait * random.uniform(0.8, 1.2)  # noqa: S311  (jitter, not a secret)


def _failed(mailbox: Mailbox, error: DeliveryError) -> dict:
    """Back off, and tell whoever can repair it. A wrong password is not tried often: servers close accounts for that."""
    failures = min(mailbox.failures + 1, 1000)
    is_broken = isinstance(error, BrokenConfiguration)
    logger.info("%s was not read: %s", mailbox, error.message)
    if is_broken or failures >= TELL_AFTER:
        mark(mailbox, error.message)
    wait = LONGEST_WAIT if is_broken else min(EVERY * 2 ** min(failures, 10), LONGEST_WAIT)
    return {"failures": failures, "poll_at": timezone.now() + _jittered(wait)}


def mark(mailbox: Mailbox, why: str) -> None:
    """A mailbox in use needs a person, until it can be read again; who may repair it is told the first time."""
    with transaction.atomic():
        told = Mailbox.objects.filter(pk=mailbox.pk, is_active=True)
        if not told.filter(attention="").update(attention=why[:500]):
            told.update(attention=why[:500])
            return
        notices.notify(
            users=notices.members_with(mailbox.space, Capability.MANAGE_INTEGRATIONS),
            topic=Topic.RECONNECT_NEEDED,
            space=mailbox.space,
            integration=mailbox.name,
            mailbox_id=mailbox.pk,
        )


class _Lost(Exception):
    """The mailbox is another worker's by now, or nobody's."""


@dataclass
class _Found:
    """A mail, understood; nothing of it is kept yet."""

    head: mail_parts.Head
    sha256: str
    size: int
    outcome: str = ArrivedMail.Outcome.TAKEN
    documents: tuple[mail_parts.Part, ...] = ()
    reasons: tuple[str, ...] = ()


class _Look:
    """One look into one mailbox."""

    def __init__(self, mailbox: Mailbox):
        self.mailbox, self.done = mailbox, 0
        self._lease = mailbox.lease_until
        self._ends = monotonic() + TURN_SECONDS

    def all(self) -> bool:
        """Every mail, or as many as a turn allows; are there more? Raises a DeliveryError, `_Lost`."""
        with imap.connected(account(self.mailbox)) as visit:
            visit.sign_in()
            visit.open(self.mailbox.folder)
            mails, more = visit.mails(MAILS_AT_MOST)
            for mail in mails:
                if monotonic() > self._ends:
                    return True
                self._one(visit, mail)
            return more

    def _one(self, visit: imap.Visit, mail: imap.Listed) -> None:
        found = self._fetched(visit, mail)
        if found is None:
            return
        outcome = self._known(found) or self._kept(found)
        # Committed: only now may it leave the folder.
        refused = outcome == ArrivedMail.Outcome.REFUSED
        visit.move(mail.uid, self.mailbox.refused_folder if refused else self.mailbox.done_folder)
        self.done += 1

    def _fetched(self, visit: imap.Visit, mail: imap.Listed) -> _Found | None:
        """None: somebody else has taken it out meanwhile."""
        limit = mail_at_most()
        try:
            if mail.size > limit:
                raise imap.TooLarge
            data = visit.fetch(mail.uid, at_most=limit)
        except imap.TooLarge:
            head = visit.head(mail.uid)
            if head is None:
                return None
            words = _("It is larger than %d MB. Ask for the documents in smaller mails, or upload them.")
            digest = hashlib.sha256(b"%d " % mail.size + head).hexdigest()
            return _refused(mail_parts.head(head), digest, mail.size, words % (limit // 2**20))
        return None if data is None else self._understood(data)

    def _understood(self, data: bytes) -> _Found:
        space, digest = self.mailbox.space, hashlib.sha256(data).hexdigest()
        head = mail_parts.head(data)
        if (said := _heard(space, data)) is not None:
            return _Found(head, digest, len(data), said[0], reasons=said[1])
        try:
            letter = mail_parts.read(data)
        except mail_parts.Unreadable:
            logger.exception("A mail to %s can't be read", self.mailbox)
            return _refused(head, digest, len(data), _("It can't be read as a mail. Ask for the documents again."))
        own = _own_ids(space, {letter.head.message_id, *(part.inside for part in letter.documents)})
        if letter.head.message_id in own:
            words = _("You have sent this mail yourself; it came back.")
            return _Found(head, digest, len(data), ArrivedMail.Outcome.IGNORED, reasons=(words,))
        documents = tuple(part for part in letter.documents if part.inside not in own)
        if documents or letter.problems:
            outcome = ArrivedMail.Outcome.REFUSED if letter.problems else ArrivedMail.Outcome.TAKEN
            return _Found(head, digest, len(data), outcome, documents, letter.problems)
        if letter.documents or letter.is_automatic:
            words = _("An automatic reply, or a report about a mail.")
            return _Found(head, digest, len(data), ArrivedMail.Outcome.IGNORED, reasons=(words,))
        return _refused(head, digest, len(data), _nothing_attached(letter))

    def _known(self, found: _Found) -> str:
        """What became of it when it was found before; a mail that was refused is tried anew: somebody put it back."""
        rows = ArrivedMail.objects.filter(mailbox=self.mailbox, sha256=found.sha256)
        return rows.exclude(outcome=ArrivedMail.Outcome.REFUSED).values_list("outcome", flat=True).first() or ""

    def _kept(self, found: _Found) -> str:
        """The mail with all of its documents, in one transaction; what became of it. Raises TryAgain, `_Lost`."""
        with transaction.atomic():
            self._hold()
            receipts, refused = [], list(found.reasons)
            for part in found.documents:
                try:
                    receipts.append(self._receive(part))
                except intake.IntakeRefused as error:
                    if error.code == "storage":  # that is no fault of the mail: the next look tries again
                        raise TryAgain(error.message) from error
                    refused.append(error.message)
            outcome = found.outcome
            if outcome == ArrivedMail.Outcome.TAKEN and refused:
                outcome = ArrivedMail.Outcome.REFUSED
            row, _is_new = ArrivedMail.objects.update_or_create(
                mailbox=self.mailbox,
                sha256=found.sha256,
                defaults={
                    "space": self.mailbox.space,
                    "message_id": found.head.message_id,
                    "sender": found.head.sender,
                    "subject": found.head.subject,
                    "sent_at": found.head.sent_at,
                    "found_at": timezone.now(),
                    "size": found.size,
                    "outcome": outcome,
                    "reason": "\n".join(refused),
                },
            )
            row.receipts.add(*receipts)
            Mailbox.objects.filter(pk=self.mailbox.pk).update(last_mail_at=timezone.now())
        return outcome

    def _hold(self) -> None:
        """Is it still this worker's? Its row is locked until the commit."""
        rows = Mailbox.objects.select_for_update(no_key=True).filter(pk=self.mailbox.pk, is_active=True)
        if rows.values_list("lease_until", flat=True).first() != self._lease:
            raise _Lost

    def _receive(self, part: mail_parts.Part):
        return intake.receive(
            space=self.mailbox.space,
            data=part.data,
            filename=part.name,
            channel=Channel.MAIL,
            direction=self.mailbox.direction,
            by=None,
            message_id=part.message_id(),
        )


def _refused(head, digest: str, size: int, *reasons: str) -> _Found:
    return _Found(head, digest, size, ArrivedMail.Outcome.REFUSED, reasons=reasons)


def _heard(space: Space, data: bytes) -> tuple[str, tuple[str, ...]] | None:
    """(outcome, words) of a mail of ours that came back; None for every other mail. Raises TryAgain."""
    try:
        bounce = bounces.read(data)
    except Exception:  # as any part of a mail, a report may be broken beyond reading
        logger.exception("A report can't be read")
        return None
    if bounce is None:
        return None
    try:
        taken = bounces.take(space=space, data=data)
    except OSError as error:
        words = _("The server can't store files at the moment (%s).")
        raise TryAgain(words % error.strerror) from error
    if taken is None:
        words = _("The mail server of %s goes on trying.") % (bounce.recipient or _("the customer"))
        return ArrivedMail.Outcome.IGNORED, (words,)
    return ArrivedMail.Outcome.BOUNCE, (bounces.words(bounce),)


def _own_ids(space: Space, message_ids: set[str]) -> set[str]:
    """Those of mails that this space has sent: documents, reminders, statements, and what its integrations mail."""
    by_uuid = {UUID(known.group(1)): each for each in message_ids if (known := _OUR_ID.match(each))}
    if not by_uuid:
        return set()
    ours = [
        *Transmission.objects.filter(message_id__in=by_uuid, invoice__space=space).values_list("message_id", flat=True),
        *ReminderLetter.objects.filter(message_id__in=by_uuid, space=space).values_list("message_id", flat=True),
        *Export.objects.filter(idempotency_key__in=by_uuid, invoice__space=space).values_list(
            "idempotency_key", flat=True
        ),
    ]
    return {by_uuid[each] for each in ours}


def _nothing_attached(letter: mail_parts.Letter) -> str:
    if letter.others:
        words = _("None of its attachments is a PDF, an e-invoice or a picture: %s. Ask for one of these.")
        return words % ", ".join(letter.others)[:500]
    return _("Nothing is attached to it. If it holds a link, open it, and upload what it leads to.")

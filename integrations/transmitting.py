"""One transmission from claim to settlement: what each family of failure does to its row.

| raised | settled as |
|---|---|
| nothing | sent |
| TryAgain, UnknownOutcome | retry by the schedule, the same message id; five documents in a row trip the breaker |
| the same while the breaker is tripped, the mail server is away | waits until one looks again, uses up no try |
| WaitUntil | retry not before that moment, uses up no try for two days |
| Refused | retry after an hour, then three; the third time failed |
| BrokenConfiguration, ReconnectNeeded | waits with the reason, uses up no try; the account is marked |
| Permanent, DestinationGone | failed |
| anything else | retry; the traceback goes to the log |

No transaction is open while it works.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.actions import intake, release, transmitting
from banqup.invoices import files
from banqup.invoices.models.receipt import Channel, Direction
from banqup.invoices.statuses import Kind
from banqup.sending import links, queue, routing
from banqup.sending.models import AccessPoint, Transmission, TransmissionAttempt, Way
from banqup.sending.queue import Told

from . import access_points, asking, peppol, reaching, sending_gate
from .base import BrokenConfiguration, DeliveryError, Permanent, Refused, TryAgain, UnknownOutcome, WaitUntil
from .email import customer, smtp

logger = logging.getLogger(__name__)

SENT, OUR_FAULT = "sent", sending_gate.OUR_FAULT
# How long a refusal may be the other side's own mistake: the waits between its three tries.
REFUSAL_WAITS = [timedelta(hours=1), timedelta(hours=3)]
# Only so long does asking for patience cost nothing.
PATIENCE = timedelta(days=2)
# An access point is looked through for an earlier try from so long before the document was to be sent, at most.
LOOKED_BACK = timedelta(days=2)
# A mail that no server took waits so long; other mails may tell sooner that it is back.
MAIL_RECHECK = timedelta(minutes=2)
# A document that kills its worker is not tried for ever.
DEAD_WORKERS_AT_MOST = 5


class OurFault(TryAgain):
    """Something here is unwell: it says nothing of the way."""

    family = OUR_FAULT


@dataclass(frozen=True)
class Taken:
    """The transport took it: in which words, and what it calls it."""

    words: str
    remote_id: str = ""
    status: int | None = None
    excerpt: str = ""
    # The customer has it, by the transport's own word.
    arrived: bool = False


def transmit(transmission_id: int) -> None:
    """Send one transmission if it is due; harmless to call twice, or for a row that is gone."""
    taken = transmitting.begin(transmission_id, sending_gate.may_go)
    if taken is not None:
        _work(*taken)
        sending_gate.hand_on(taken[0])


def _work(row: Transmission, attempt: TransmissionAttempt) -> None:
    try:
        done = _sent(row, attempt)
    except DeliveryError as error:
        _settle(row, attempt, error)
    except Exception:
        logger.exception("Sending transmission %s broke", row.pk)
        message = _("Something broke on our side. It is tried again; the log of the server has the details.")
        transmitting.tried(row, attempt, Told(OUR_FAULT, message))
    else:
        told = Told(SENT, done.words, status=done.status, excerpt=done.excerpt)
        if done.remote_id and not done.arrived:
            asking.begin(row)
        transmitting.sent(row, attempt, told, remote_id=done.remote_id, arrived_too=done.arrived)
        if row.access_point is not None:
            sending_gate.ended(row.access_point)


def _sent(row: Transmission, attempt: TransmissionAttempt) -> Taken:
    if row.attempts.filter(outcome="").exclude(pk=attempt.pk).count() >= DEAD_WORKERS_AT_MOST:
        words = _("Sending this document stopped the server's worker several times. Look at its files, then resend.")
        raise Permanent(words)
    way = {Way.PLATFORM: _to_a_space_here, Way.PEPPOL: _over_peppol, Way.EMAIL: _by_mail}.get(row.way)
    if way is None:
        raise Permanent(_("Nothing is sent by that way. Choose another one, then resend."))
    return way(row, _frozen(row))


def _frozen(row: Transmission) -> tuple[bytes, str]:
    """The bytes and file name that were released for this sending. Raises Permanent, TryAgain."""
    found = release.e_invoice(row.invoice)
    try:
        data = found.load() if found is not None else b""
    except FileNotFoundError as error:
        raise Permanent(
            _("The released e-invoice is missing in the storage. Tell whoever runs this server.")
        ) from error
    except files.DamagedFile as error:
        raise Permanent(_("The released e-invoice is damaged. Tell whoever runs this server.")) from error
    except OSError as error:
        raise OurFault(_("The server can't read its files at the moment; it is tried again.")) from error
    if not data or files.digest(data) != row.content_sha256:
        raise Permanent(_("The released e-invoice is not the one that was to be sent. Tell whoever runs this server."))
    return data, found.filename


# --- the ways -----------------------------------------------------------------------------------


def _to_a_space_here(row: Transmission, frozen: tuple[bytes, str]) -> Taken:
    """Into the customer's space, through the same intake as everything. That it arrived, their answer says."""
    data, filename = frozen
    space = row.recipient_space
    if space is None or space.is_partner:
        raise Permanent(_("The customer's space is not on this server any more. Send it another way."))
    # What we issue in a supplier's name is a sale of theirs.
    direction = Direction.SALES if row.invoice.kind == Kind.SELF_BILLED_OUT else Direction.PURCHASE
    try:
        intake.receive(
            space=space,
            data=data,
            filename=filename,
            channel=Channel.PLATFORM,
            direction=direction,
            by=None,
            message_id=str(row.message_id),
        )
    except intake.IntakeRefused as error:
        raise (TryAgain if error.code == "storage" else Permanent)(error.message) from error
    return Taken(_("Handed to %s on this server.") % space.name, remote_id=str(row.message_id))


def _by_mail(row: Transmission, frozen: tuple[bytes, str]) -> Taken:
    mail = customer.build(
        row.invoice,
        data=frozen[0],
        to=row.recipient,
        language=row.language,
        id=row.message_id,
        answer_url=links.answer_url(row),
    )
    try:
        smtp.send(mail)
    except smtp.RecipientRefused as error:
        words = _("%(address)s is refused (%(code)s). Correct the customer's e-mail address, or send it another way.")
        told = {"status": error.status, "excerpt": error.excerpt}
        raise Permanent(words % {"address": row.recipient, "code": error.status}, **told) from error
    except Permanent as error:
        if error.status not in smtp.TOO_LARGE:
            raise
        words = _(
            "The mail is too large for the other side (%d). Send it over Peppol or by hand, "
            "or make a new document with smaller attachments."
        )
        raise Permanent(words % error.status, status=error.status, excerpt=error.excerpt) from error
    return Taken(_("Mailed to %s.") % row.recipient, remote_id=customer.message_id(row.message_id))


def _over_peppol(row: Transmission, frozen: tuple[bytes, str]) -> Taken:
    account = _account(row)
    data, filename = frozen
    document = row.invoice.document
    other = routing.other_party(document, row.invoice.kind)
    own = document.buyer if other is document.seller else document.seller
    message = peppol.outgoing(
        data=data,
        message_id=str(row.message_id),
        sender=routing.participant(own),
        recipient=row.recipient,
        filename=filename,
        earlier=_known_there(row),
    )
    api = access_points.ready(account)
    if api.largest and len(data) > api.largest:
        words = _("It is larger than %(name)s takes (%(limit)d MB). Send it by e-mail, or leave out attachments.")
        raise Permanent(words % {"name": api.label, "limit": api.largest // 2**20})
    if "asked" not in row.remote:
        _not_known_to_be_away(row, api, message)
    done = api.send(message, remote=dict(row.remote), keep=partial(queue.keep_remote, row), hold=partial(_hold, row))
    return Taken(done.words, done.remote_id, done.status, done.excerpt, arrived=done.delivered)


def _known_there(row: Transmission):
    """Ids of messages that are known as other sendings, where an earlier try of this one is looked for."""
    if "asked" not in row.remote:
        return ()
    lately = Q(access_point=row.access_point_id, recipient=row.recipient, sent_at__gt=row.created_at - LOOKED_BACK)
    others = Transmission.objects.filter(Q(invoice=row.invoice_id) | lately).exclude(pk=row.pk).exclude(remote_id="")
    return others.values_list("remote_id", flat=True)


def _hold(row: Transmission) -> None:
    if not queue.hold(row):
        raise TryAgain(_("It took so long that another worker took over."))


def _account(row: Transmission) -> AccessPoint:
    """The account it goes over; one that took its place, as long as the first has not seen the document."""
    account = row.access_point
    if (account is None or not account.is_active) and "asked" not in row.remote:
        account = access_points.active(row.invoice.space) or account
        row.access_point = account
        Transmission.objects.filter(pk=row.pk).update(access_point=account)
    if account is None:
        raise BrokenConfiguration(_("No access point is set up. Connect one under Space settings > Sending."))
    account.space = row.invoice.space
    return account


def _not_known_to_be_away(row: Transmission, api, message) -> None:
    """Ask the network about a customer of whom nothing is known. Raises Permanent when it can't be reached."""
    try:
        known = reaching.ask(
            api, row.recipient, root=message.root, customization=message.customization, profile=message.profile
        )
    except BrokenConfiguration:
        raise
    except DeliveryError:
        return  # the sending itself will tell
    if not known.can_receive:
        words = _("%s Correct the customer's Peppol id, or send it another way.")
        raise Permanent(words % (known.words or _("The customer can't be reached over Peppol.")))


# --- settlement ---------------------------------------------------------------------------------


def _settle(row: Transmission, attempt: TransmissionAttempt, error: DeliveryError) -> None:
    told = Told(error.family, error.message, status=error.status, excerpt=error.excerpt)
    match error:
        case smtp.ServerAway():
            away = sending_gate.of_mail()
            recheck = sending_gate.next_look(away) - timezone.now() if away else MAIL_RECHECK
            told = Told(sending_gate.MAIL_AWAY, error.message, status=error.status, excerpt=error.excerpt)
            transmitting.stuck(row, attempt, told, recheck=recheck)
        case TryAgain() | UnknownOutcome():
            away = sending_gate.of(row.access_point) if row.access_point is not None else None
            if away is not None:  # it only looked, for all
                transmitting.tried(row, attempt, told, not_before=sending_gate.next_look(away), counts=False)
                return
            transmitting.tried(row, attempt, told)
            if row.access_point is not None:
                sending_gate.trip_if_failing(row.access_point)
        case WaitUntil():
            patient = row.created_at > timezone.now() - PATIENCE
            transmitting.tried(row, attempt, told, not_before=error.at, counts=not patient)
        case Refused():
            before = row.attempts.filter(outcome=Refused.family).count()
            if before >= len(REFUSAL_WAITS):
                transmitting.failed(row, attempt, told)
            else:
                transmitting.tried(row, attempt, told, not_before=timezone.now() + REFUSAL_WAITS[before])
        case BrokenConfiguration():
            transmitting.stuck(row, attempt, told)
            if row.access_point is not None:
                access_points.mark(row.access_point, error.message)
        case _:
            transmitting.failed(row, attempt, told)

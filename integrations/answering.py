"""An owed answer from the queue to the access point: written, judged, handed over, settled.

| raised | settled as |
|---|---|
| nothing | sent |
| no account, BrokenConfiguration, ReconnectNeeded | stays due with the words, uses up no try |
| TryAgain, UnknownOutcome, Refused, the rules can't be reached | tried again by the schedule |
| WaitUntil | tried again, not before that moment |
| Permanent, DestinationGone, the rules refuse it | failed: a person tells the supplier |

No transaction is open while the access point is asked.
"""

import logging
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup import einvoicing
from banqup.actions import telling
from banqup.einvoicing import Clarification, InvoiceResponse, Party
from banqup.einvoicing.response import ACTIONS, ACTIONS_LIST, REASONS, REASONS_LIST
from banqup.invoices.history import reason_of
from banqup.invoices.reasons import Answer
from banqup.sending import routing
from banqup.sending.models import AccessPoint, OwedAnswer
from banqup.sending.queue import Wait

from . import access_points, asking, peppol, sending_gate
from .base import BrokenConfiguration, DeliveryError, DestinationGone, Permanent, TryAgain, WaitUntil

logger = logging.getLogger(__name__)

RECHECK = timedelta(hours=1)
# While a document is to look whether the access point is back, an answer waits at least so long.
LEAST = timedelta(minutes=1)


def send(answer_id: int) -> None:
    """Send one owed answer if it is due; harmless to call twice, or for a row that is gone."""
    row = telling.begin(answer_id)
    if row is None:
        return
    account = access_points.active(row.invoice.space)
    if account is None:
        telling.waits(row, _("No access point is set up. Connect one under Space settings > Sending."))
        return
    if (wait := waits_for(account)) is not None:
        telling.waits(row, wait.reason, recheck=wait.until - timezone.now())
        return
    try:
        taken = _hand_over(row, account)
    except DeliveryError as error:
        _settle(row, error)
    except einvoicing.ValidatorUnavailable:
        telling.tried(row, _("The rules can't be reached at the moment."), counts=False)
    except Exception:
        logger.exception("Sending the answer %s broke", row.pk)
        telling.tried(row, _("Something broke on our side; the log of the server has the details."))
    else:
        asking.begin_answer(row, account)
        telling.sent(row, remote_id=taken.remote_id, via=access_points.label(account.provider))


def waits_for(account: AccessPoint) -> Wait | None:
    """Whether answers wait because the access point does not take documents either; and until when.

    They look themselves only where no document is left to do it: their tries are not kept, so nobody could
    tell that one has.
    """
    away = sending_gate.of(account)
    if away is None or not sending_gate.pending(account):
        return None
    return Wait(max(away.until, timezone.now() + LEAST), away.why)


def _hand_over(row: OwedAnswer, account: AccessPoint):
    api = access_points.ready(account)
    document = row.invoice.document
    recipient = routing.participant(document.seller)
    if not recipient:
        raise Permanent(_("The supplier's Peppol id is not known. Tell them by e-mail."))
    data = write(row)
    report = einvoicing.validate(data, socket_path=settings.BANQUP_VALIDATOR_SOCKET or None)
    if not report.valid:
        raise Permanent(_("The network does not take this answer: %s") % report.fatal[0].message)
    message = peppol.outgoing(
        data=data,
        message_id=str(row.message_id),
        sender=_own_id(row),
        recipient=recipient,
        filename=f"answer-{row.pk}.xml",
    )
    return api.send(message, remote=dict(row.remote), keep=partial(telling.keep_remote, row), hold=partial(_hold, row))


def _hold(row: OwedAnswer) -> None:
    if not telling.hold(row):
        raise TryAgain(_("It took so long that another worker took over."))


def _settle(row: OwedAnswer, error: DeliveryError) -> None:
    match error:
        case WaitUntil():
            telling.tried(row, error.message, not_before=error.at, counts=False)
        case BrokenConfiguration():
            telling.waits(row, error.message, recheck=RECHECK)
        case Permanent() | DestinationGone():
            telling.failed(row, error.message)
        case _:
            telling.tried(row, error.message)


def write(row: OwedAnswer) -> bytes:
    """The Invoice Response of an owed answer: the same bytes at every try."""
    invoice, at = row.invoice, row.created_at.astimezone(row.invoice.space.tz)
    document = invoice.document
    response = InvoiceResponse(
        code=Answer.PAID.value if row.code == Answer.PARTLY_PAID else row.code,
        number=str(row.message_id),
        issue_date=at.date(),
        issue_time=at.time().replace(microsecond=0),
        note=row.note or None,
        sender=_exchanging(document.buyer, _own_id(row)),
        receiver=_exchanging(document.seller, routing.participant(document.seller)),
        effective_date=at.date(),
        clarifications=tuple(_clarifications(row)),
        invoice_number=invoice.number,
        invoice_date=invoice.issue_date,
        invoice_type=document.type_code,
        issuer=Party(name=document.seller.name),
        recipient=Party(name=document.buyer.name),
    )
    return einvoicing.write_response(response)


def _own_id(row: OwedAnswer) -> str:
    """The participant that the document was addressed to; the space's own where it does not say."""
    return routing.participant(row.invoice.document.buyer) or access_points.own_participant(row.invoice.space)


def _exchanging(party: Party, participant: str) -> Party:
    scheme, _colon, endpoint = participant.partition(":")
    return Party(name=party.name, endpoint_id=endpoint or None, endpoint_scheme=scheme or None)


def _clarifications(row: OwedAnswer):
    if row.code == Answer.PARTLY_PAID:
        yield Clarification(Answer.PARTLY_PAID.value, REASONS_LIST, REASONS["PPD"])
    if row.reason:
        yield Clarification(row.reason, REASONS_LIST, reason_of(row.event.data) or REASONS[row.reason])
    if row.action:
        yield Clarification(row.action, ACTIONS_LIST, ACTIONS[row.action])

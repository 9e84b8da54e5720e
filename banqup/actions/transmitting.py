"""Bring what we issue to its customer, and keep the delivery status true (LIFECYCLE §6, §8).

`enqueue` is called in the transaction of the approval. The worker takes a row with `begin`, works
with no lock held, and ends with one of `sent`, `tried`, `stuck`, `failed`. What the transport says later
comes in through `hearing`. Rows are locked in one order: the document, then its transmissions.
"""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from banqup.common.after_commit import nudge
from banqup.conversations import notices
from banqup.conversations.topics import Topic
from banqup.invoices import journal, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import DeliveryStatus
from banqup.sending import queue, routing
from banqup.sending.models import Transmission, TransmissionAttempt, TransmissionState, Way
from banqup.sending.models.transmission import CLAIMABLE
from banqup.sending.queue import Told, Wait
from banqup.sending.routing import Option

from .refusals import NotPossible
from .rights import locked, may_approve, require

# A silent customer is sent the document again after so long, where the network does not know better (§8).
SILENCE = timedelta(days=1)


def way_for(invoice: Invoice, way: str = "") -> Option:
    """The way that `invoice` will take: the chosen one, or the best. Raises NotPossible with what is missing."""
    options = routing.options(invoice)
    if way:
        option = next((option for option in options if option.way == way), None)
        if option is None:
            raise NotPossible(_("Choose how it is sent."), field="way")
        if not option.usable:
            raise NotPossible(option.reason, field="way")
        return option
    option = next((option for option in options if option.usable), None)
    if option is None:
        told = " ".join(option.reason for option in options if option.way != Way.PLATFORM)
        words = _("There is no way to send it yet. %s Or say that it was delivered elsewhere already.")
        raise NotPossible(words % told, field="way")
    return option


def enqueue(invoice: Invoice, option: Option, *, by) -> Transmission:
    """A new transmission of the released `invoice`, whose row the caller holds and has set *Ready to send*."""
    last = invoice.transmissions.aggregate(last=Max("sequence"))["last"] or 0
    row = Transmission.objects.create(
        invoice=invoice,
        sequence=last + 1,
        way=option.way,
        access_point=option.access_point,
        recipient=option.recipient[:320],
        recipient_space=option.space,
        known_peppol_id=routing.participant(invoice.counterparty) if invoice.counterparty else None,
        language=_language(invoice),
        content_sha256=invoice.content_sha256,
        remote=_may_have_left(invoice, option),
        created_by=by,
    )
    journal.record(invoice, Verb.TRANSMISSION_QUEUED, by=by, way=row.way, recipient=option.words, sequence=row.sequence)
    nudge(queue.TRANSMIT_TASK, row.pk)
    return row


def _may_have_left(invoice: Invoice, option: Option) -> dict:
    """Since when it is looked for first: an earlier sending over this account may have left without our hearing of it."""
    if option.way != Way.PEPPOL:
        return {}
    rows = invoice.transmissions.filter(way=option.way, access_point=option.access_point, remote_id="")
    asked = rows.filter(recipient=option.recipient[:320], remote__has_key="asked").order_by("sequence").first()
    return {"asked": asked.remote["asked"]} if asked else {}


def _language(invoice: Invoice) -> str:
    return (invoice.counterparty.language if invoice.counterparty else "") or invoice.space.language


def resend(*, invoice: Invoice, way: str = "", by) -> Invoice:
    """Send the same frozen bytes again, as a new message (§8), by `way` or the best that may be used a second time.

    Raises NotAllowed, NotPossible. Returns it re-read.
    """
    require(by, invoice, may_approve(invoice))
    option = way_for(invoice, way) if way else _best_again(invoice)
    with transaction.atomic():
        invoice = locked(invoice, None)
        if reason := why_not_again(invoice, option.way):
            raise NotPossible(reason)
        invoice.wait_for_sending()
        _save(invoice)
        enqueue(invoice, option, by=by)
    return invoice.reread()


def _best_again(invoice: Invoice) -> Option:
    options = [option for option in routing.options(invoice) if option.usable]
    return next((option for option in options if not why_not_again(invoice, option.way)), None) or way_for(invoice)


def why_not_again(invoice: Invoice, way: str = "") -> str:
    """Why it can't be sent to the customer again; empty when it can. One query at most."""
    if invoice.kind not in statuses.ISSUED_BY_US or not invoice.is_released:
        return _("Only a document that was sent can be sent again.")
    if invoice.delivery_status == DeliveryStatus.DELIVERY_FAILED:
        return "" if can_proceed(invoice.wait_for_sending) else _("The customer has answered already.")
    if invoice.delivery_status == DeliveryStatus.RECEIVED:
        return _("The customer has received it. Send a copy by e-mail instead.")
    if invoice.delivery_status != DeliveryStatus.SENT:
        return _("It is being sent at the moment.")
    if not can_proceed(invoice.wait_for_sending):
        return _("The customer has answered already.")
    last = invoice.transmissions.order_by("-sequence").first()
    if way == Way.PEPPOL or (last is not None and last.way == Way.PEPPOL):
        return _("Peppol has taken it, and answers by itself. Send a copy by e-mail instead.")
    if last is not None and (last.sent_at or last.created_at) > timezone.now() - SILENCE:
        return _("It was sent less than a working day ago. Wait for an answer, or send a copy by e-mail.")
    return ""


def mark_received(*, invoice: Invoice, note: str = "", by) -> Invoice:
    """A person knows that it arrived; what still waits to be sent is not needed any more (§6).

    Raises NotAllowed, NotPossible. Returns it re-read.
    """
    require(by, invoice, may_approve(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if invoice.delivery_status == DeliveryStatus.RECEIVED or not can_proceed(invoice.proved_to_have_arrived):
            raise NotPossible(_("%s is not on its way.") % invoice.title)
        arrived(invoice, by=by, note=note)
        _save(invoice)
    return invoice.reread()


# --- the worker ---------------------------------------------------------------------------------
def begin(
    transmission_id: int, may_go: Callable[[Transmission], Wait | None] | None = None
) -> tuple[Transmission, TransmissionAttempt] | None:
    """Take one due transmission, or None: not due, taken, held back, or not needed any more (then it is cancelled).

    `may_go` says whether its way is open; asked with the document's row held, before the transmission's is.
    """
    with transaction.atomic():
        invoice = _of(transmission_id)
        if invoice is None:
            return None
        if may_go is not None and invoice.delivery_status in statuses.UNDER_WAY and _held_back(invoice, may_go):
            return None
        attempt = queue.take(transmission_id)
        if attempt is None:
            return None
        row = _row(transmission_id)
        if invoice.delivery_status not in statuses.UNDER_WAY:
            attempt.delete()
            _cancel(row, _("The customer has it already."))
            return None
        if can_proceed(invoice.begin_sending):
            invoice.begin_sending()
            _save(invoice)
    row.invoice = invoice
    return row, attempt


def _held_back(invoice: Invoice, may_go: Callable[[Transmission], Wait | None]) -> bool:
    row = queue.due().filter(invoice=invoice).select_related("access_point").first()
    if row is None:
        return True
    row.invoice = invoice
    wait = may_go(row)
    if wait is not None and wait.until is not None:
        queue.later(row, wait.reason, at=wait.until)
        _back_to_ready(invoice)
    return wait is not None


def sent(row: Transmission, attempt, told: Told, *, remote_id: str = "", arrived_too: bool = False) -> None:
    """The transport took it. `arrived_too`: and the customer has it, by the transport's own word."""
    with transaction.atomic():
        invoice = _of(row.pk)
        if not queue.end_attempt(row, attempt, told):
            return
        row.attempt_count += 1
        known = invoice.delivery_status == DeliveryStatus.RECEIVED  # its answer was faster than our note of it
        state = TransmissionState.RECEIVED if known else TransmissionState.SENT
        queue.close(row, state, remote_id=remote_id[:255], sent_at=timezone.now())
        if can_proceed(invoice.transport_accepted):
            invoice.transport_accepted()
        facts = {"way": row.way, "recipient": row.recipient, "said": told.message}
        journal.record(invoice, Verb.TRANSMITTED, **facts)
        if arrived_too:
            arrived(invoice)
        _save(invoice)


def tried(row: Transmission, attempt, told: Told, *, not_before=None, counts: bool = True) -> None:
    """It did not get through and is tried again, with the same message id; after the last try it has failed."""
    with transaction.atomic():
        invoice = _of(row.pk)
        if not queue.end_attempt(row, attempt, told):
            return
        row.attempt_count += 1 if counts else 0
        if row.attempt_count >= queue.MAX_ATTEMPTS:
            return _fail(invoice, row, told.message)
        queue.later(row, told.message, at=queue.next_try(row.attempt_count, not_before))
        _back_to_ready(invoice)


def stuck(row: Transmission, attempt, told: Told, *, recheck: timedelta = timedelta(hours=1)) -> None:
    """The way itself is broken (account, mail server): it waits with the reason, and uses up no try."""
    with transaction.atomic():
        invoice = _of(row.pk)
        if not queue.end_attempt(row, attempt, told):
            return
        queue.later(row, told.message, at=timezone.now() + recheck)
        _back_to_ready(invoice)


def failed(row: Transmission, attempt, told: Told) -> None:
    """Never again without a person."""
    with transaction.atomic():
        invoice = _of(row.pk)
        if not queue.end_attempt(row, attempt, told):
            return
        row.attempt_count += 1
        _fail(invoice, row, told.message)


# --- what becomes known later (called with the document's row held; the caller saves) ---------------
def arrived(invoice: Invoice, *, by=None, **told) -> bool:
    """Proof of arrival: *Received*, and nothing is sent any more. False when that was known."""
    if invoice.delivery_status == DeliveryStatus.RECEIVED or not can_proceed(invoice.proved_to_have_arrived):
        return False
    invoice.proved_to_have_arrived()
    last = invoice.transmissions.select_for_update().order_by("-sequence").first()
    if last is not None and last.state in CLAIMABLE:
        queue.close(last, TransmissionState.CANCELLED, _("The customer has it already."))
    elif last is not None and last.state != TransmissionState.SENDING:
        queue.close(last, TransmissionState.RECEIVED, "")
    journal.record(invoice, Verb.ARRIVED, by=by, **{name: value for name, value in told.items() if value})
    return True


def failed_late(invoice: Invoice, row: Transmission | None, reason: str) -> bool:
    """The transport takes its word back. False once the customer has spoken, or it has arrived (§6)."""
    if not can_proceed(invoice.delivery_fails):
        return False
    row = row or invoice.transmissions.order_by("-sequence").first()
    if row is not None:
        _close_failed(row, reason)
    _delivery_failed(invoice, reason)
    return True


# --- parts --------------------------------------------------------------------------------------
def _of(transmission_id: int) -> Invoice | None:
    """Its document with the row locked, as it stands."""
    pk = Transmission.objects.filter(pk=transmission_id).values_list("invoice", flat=True).first()
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("space", "counterparty")
    return None if pk is None else rows.get(pk=pk)


def _row(transmission_id: int) -> Transmission:
    return Transmission.objects.select_related("access_point", "recipient_space").get(pk=transmission_id)


def _save(invoice: Invoice) -> None:
    invoice.version += 1
    invoice.save()


def _back_to_ready(invoice: Invoice) -> None:
    if invoice.delivery_status == DeliveryStatus.SENDING and can_proceed(invoice.wait_for_sending):
        invoice.wait_for_sending()
        _save(invoice)


def _cancel(row: Transmission, reason: str) -> None:
    queue.close(row, TransmissionState.CANCELLED, reason)
    journal.record(row.invoice_id, Verb.TRANSMISSION_CANCELLED, reason=reason)


def _fail(invoice: Invoice, row: Transmission, reason: str) -> None:
    _close_failed(row, reason)
    if can_proceed(invoice.delivery_fails):
        _delivery_failed(invoice, reason)
        _save(invoice)


def _close_failed(row: Transmission, reason: str) -> None:
    queue.close(row, TransmissionState.FAILED, reason)


def _delivery_failed(invoice: Invoice, reason: str) -> None:
    invoice.delivery_fails()
    journal.record(invoice, Verb.TRANSMISSION_FAILED, reason=reason[:500])
    notices.notify(
        users=notices.members_with(invoice.space, may_approve(invoice)),
        topic=Topic.DELIVERY_FAILED,
        invoice=invoice,
        space=invoice.space,
        reason=reason[:300],
    )

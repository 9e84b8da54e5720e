"""Receive bytes, then judge them: the way in of every document.

`receive` stores and hashes the bytes and commits before anything looks at them. `judge` turns one
receipt into a document or recognises a duplicate; a sweep judges any receipt that was left. Nothing
received is ever lost: what can't be read becomes a document in *Awaiting validation* with the reason.
"""

import contextlib
import logging
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.contacts.models import Contact
from banqup.einvoicing import ValidatorUnavailable
from banqup.invoices import files, journal
from banqup.invoices.models import Attachment, Event, Invoice, Receipt
from banqup.invoices.models.event import Verb
from banqup.invoices.models.receipt import Channel
from banqup.invoices.reasons import Answer
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.spaces.models import Space

from . import answers, crediting, judgement, own, platform, reading, signatures
from .drafting import Draft, draft, not_judged
from .release import freeze, publish
from .understanding import Understanding, understand

logger = logging.getLogger(__name__)

# The one place that knows the worker's task by name.
JUDGE_TASK = "integrations.tasks.judge_receipt"

# While the validator or the disk is unwell, a receipt is tried again after this long, at most.
LONGEST_WAIT = timedelta(minutes=10)


class IntakeRefused(Exception):
    """Nothing was taken in. `code` is a stable slug, `message` says why and the way out."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def receive(
    *,
    space: Space,
    data: bytes,
    filename: str,
    channel: str,
    direction: str,
    by,
    message_id: str = "",
    wake_worker: bool = True,
) -> Receipt:
    """Store `data` as a receipt of `space`, commit, and ask the worker to judge it.

    A caller that judges at once leaves the worker asleep; the sweep watches over its receipt too. With
    a `message_id` of the transport it is idempotent: the same message gives the same receipt.
    Raises IntakeRefused (`empty`, `too-large`, `storage`): then nothing of it is kept.
    """
    if space.is_partner:
        raise IntakeRefused("not-a-business", _("A Partner Space has no documents of its own; choose a business."))
    if not data:
        raise IntakeRefused(
            "empty", _("%(name)s is empty. Export or scan it again.") % {"name": filename or _("The file")}
        )
    if len(data) > settings.BANQUP_MAX_UPLOAD_BYTES:
        raise IntakeRefused(
            "too-large",
            _("%(name)s is larger than %(limit)d MB. Split it, or scan it at a lower resolution.")
            % {"name": filename or _("The file"), "limit": settings.BANQUP_MAX_UPLOAD_BYTES // 2**20},
        )
    try:
        sha256 = files.store(space.pk, data)
    except OSError as error:
        logger.error("Can't store %s for %s: %s", filename, space.slug, error)
        raise IntakeRefused(
            "storage",
            _("The server can't store files at the moment (%(why)s). Nothing was taken in; try again later.")
            % {"why": error.strerror},
        ) from error
    with transaction.atomic():
        earlier = message_id and Receipt.objects.filter(space=space, channel=channel, message_id=message_id).first()
        if earlier:
            return _came_again(earlier)
        try:
            # The savepoint lets a conflict of message ids be answered inside the transaction.
            with transaction.atomic() if message_id else contextlib.nullcontext():
                receipt = Receipt.objects.create(
                    space=space,
                    direction=direction,
                    channel=channel,
                    message_id=message_id,
                    filename=filename.replace("\x00", "")[:255],
                    size=len(data),
                    sha256=sha256,
                    received_by=by,
                )
        except IntegrityError:  # the same message at the same moment
            return _came_again(Receipt.objects.get(space=space, channel=channel, message_id=message_id))
        if wake_worker:
            nudge(JUDGE_TASK, receipt.pk)
    return receipt


def receive_and_judge(**arrival) -> Receipt:
    """`receive`, then judge in this process: for commands, which answer with what became of it."""
    receipt = receive(**arrival, wake_worker=False)
    return receipt if receipt.outcome != Receipt.Outcome.WAITING else _judge(receipt)


def _came_again(receipt: Receipt) -> Receipt:
    if receipt.invoice_id:
        journal.record(receipt.invoice_id, Verb.RECEIVED_AGAIN, message_id=receipt.message_id)
    return receipt


def waiting_receipts(limit: int = 200) -> list[int]:
    """Ids of receipts that are still to be judged and due: what the sweep judges."""
    due = Receipt.objects.filter(outcome=Receipt.Outcome.WAITING, next_try_at__lte=timezone.now())
    return list(due.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def judge(*, receipt_id: int) -> Receipt:
    """Judge one receipt; harmless when it is judged already, or judged by two workers at once.

    When it can't be judged now (validator or storage away) it stays waiting, with the reason.
    """
    receipt = Receipt.objects.select_related("space", "received_by").get(pk=receipt_id)
    return receipt if receipt.outcome != Receipt.Outcome.WAITING else _judge(receipt)


def _judge(receipt: Receipt) -> Receipt:
    try:
        understanding = understand(receipt.load(), receipt.filename)
        # All that does not need the verdict is done while the rules run in their own process.
        twin = _twin(receipt)
        if twin is None:
            drafted = draft(receipt, understanding)
            stored = [(part, files.store(receipt.space_id, part.data)) for part in understanding.parts]
            if understanding.e_invoice:
                files.store(receipt.space_id, understanding.e_invoice.data)
            report = understanding.verdict()
    except (ValidatorUnavailable, OSError, files.DamagedFile) as error:
        return _later(receipt, error)
    try:
        with transaction.atomic():
            if twin is not None:
                _is_duplicate(receipt, twin)
            else:
                _becomes_document(receipt, drafted, report, stored)
    except _JudgedMeanwhile:
        return Receipt.objects.select_related("invoice").get(pk=receipt.pk)
    except IntegrityError:
        # Another worker made a document of the same file between our look and our commit.
        if _twin(receipt) is None:
            raise
        return judge(receipt_id=receipt.pk)
    if twin is None and understanding.has_text:
        # Text is read in a moment: the document is complete when its arrival is told. A scan takes longer.
        reading.read(invoice_id=receipt.invoice_id)
    return receipt


def _later(receipt: Receipt, error: Exception) -> Receipt:
    receipt.attempts += 1
    wait = min(timedelta(seconds=5) * 2 ** min(receipt.attempts, 10), LONGEST_WAIT)
    receipt.next_try_at = timezone.now() + wait
    receipt.last_error = f"{type(error).__name__}: {error}"[:1000]
    receipt.save(update_fields=["attempts", "next_try_at", "last_error"])
    logger.warning("Receipt %s stays waiting: %s", receipt.pk, receipt.last_error)
    return receipt


def _twin(receipt: Receipt) -> Invoice | None:
    """The document that the same bytes already made here, if it is not in the recycle bin."""
    same = Invoice.objects.filter(space_id=receipt.space_id, original_sha256=receipt.sha256, deleted_at=None)
    pk = same.values_list("pk", flat=True).order_by("pk").first()
    return Invoice.objects.get(pk=pk) if pk else None


def _is_duplicate(receipt: Receipt, twin: Invoice) -> None:
    _settle(receipt, Receipt.Outcome.DUPLICATE, twin)
    told = {"filename": receipt.filename, "receipt": receipt.pk}
    journal.record(twin, Verb.RECEIVED_AGAIN, by=receipt.received_by, **told)
    platform.arrived(receipt, again=True)


class _JudgedMeanwhile(Exception):
    """Another worker settled the receipt; this transaction rolls back."""


def _settle(receipt, outcome, invoice) -> None:
    """From waiting to judged, once: whoever comes second undoes all it did."""
    receipt.outcome, receipt.invoice, receipt.judged_at, receipt.last_error = outcome, invoice, timezone.now(), ""
    settled = Receipt.objects.filter(pk=receipt.pk, outcome=Receipt.Outcome.WAITING).update(
        outcome=outcome, invoice=invoice, judged_at=receipt.judged_at, last_error=""
    )
    if not settled:
        raise _JudgedMeanwhile


def _becomes_document(receipt: Receipt, drafted: Draft, report: dict, stored) -> None:
    """The receipt, its document, the verdict and, when it is correct, the release: one transaction."""
    invoice, remarks = drafted.invoice, [*drafted.remarks, *drafted.understanding.remarks, *not_judged(report)]
    invoice.report = {**report, "findings": [*report["findings"], *remarks]}
    invoice.error_count = judgement.errors(invoice.report)
    released = False
    if drafted.understanding.is_e_invoice and report["valid"] and not remarks and not _has_twin(invoice):
        inside = drafted.understanding.e_invoice
        released = _arrives_correct(invoice, files.digest(inside.data) if inside else receipt.sha256)
    invoice.being_read = drafted.understanding.is_picture
    invoice.save()
    _attach(invoice, receipt, drafted.understanding, stored)
    if drafted.understanding.is_picture:
        reading.begin(invoice)
    received = Event(
        verb=Verb.RECEIVED,
        actor=receipt.received_by,
        at=receipt.received_at,
        data={
            "channel": receipt.channel,
            "filename": receipt.filename,
            "sha256": receipt.sha256,
            "virus_check": drafted.understanding.virus_check,
        },
    )
    if drafted.understanding.is_e_invoice:
        received.data |= answers.told(invoice, Answer.RECEIVED)
    if released:
        publish(invoice, by=None, after=[received])
    else:
        journal.begin(invoice, [received])
        if invoice.document_status == DocumentStatus.VALIDATED:
            signatures.ask(invoice, receipt.received_by)
    if receipt.split_from_id:
        told = {"source": receipt.split_from.filename, "pages": receipt.split_pages}
        journal.record(invoice, Verb.SPLIT, by=receipt.received_by, **told)
    _settle(receipt, Receipt.Outcome.DOCUMENT, invoice)
    # Last: a supplier on this server is told now, and its documents are locked after all of ours.
    answers.keep(received)
    if not answers.takes_answers(invoice):
        platform.arrived(receipt)


def _has_twin(invoice: Invoice) -> bool:
    """Another worker may have made it of a second file at this moment: documents of one supplier go one by one.

    Rows in the order of every other verb: what a credit note will settle, then the supplier.
    """
    if invoice.is_credit_note:
        journal.hold(crediting.named(invoice))
    list(Contact.objects.select_for_update(no_key=True).filter(pk=invoice.counterparty_id).values_list("pk"))
    # One of the same file was looked for a moment ago, and two of one file the database refuses.
    found = own.possible_duplicate(invoice, same_file=False)
    invoice.report["findings"] += found
    return bool(found)


def _attach(invoice: Invoice, receipt: Receipt, understanding: Understanding, stored) -> None:
    role = Attachment.Role
    rows = [
        Attachment(
            invoice=invoice,
            role=role.ORIGINAL,
            filename=receipt.filename or "original",
            mime_type=understanding.mime_type,
            size=receipt.size,
            sha256=receipt.sha256,
            pages=understanding.pages,
        )
    ]
    pictured = False
    for part, sha256 in stored:
        is_picture = part.mime_type == "application/pdf" and not pictured
        pictured = pictured or is_picture
        rows.append(
            Attachment(
                invoice=invoice,
                role=role.PICTURE if is_picture else role.APPENDIX,
                filename=part.filename[:255],
                mime_type=part.mime_type[:100],
                size=len(part.data),
                sha256=sha256,
            )
        )
    if inside := understanding.e_invoice:
        rows.append(
            Attachment(
                invoice=invoice,
                # Released as it came, or kept beside the one that approval makes.
                role=role.E_INVOICE if invoice.is_released else role.APPENDIX,
                filename=inside.filename,
                mime_type=inside.mime_type,
                size=len(inside.data),
                sha256=files.digest(inside.data),
            )
        )
    Attachment.objects.bulk_create(rows)


def _arrives_correct(invoice: Invoice, e_invoice_sha256: str) -> bool:
    """P1/P2: approved on arrival (then True) unless the space, the supplier or the way in asks for a person; unsaved."""
    if invoice.kind not in (Kind.PURCHASE, Kind.SELF_BILLED_IN):
        return False  # what we issued ourselves is approved by a person, who says how it is delivered
    # Anybody can write a mail in a supplier's name: whatever supplier and space say, a person looks at it.
    if invoice.channel == Channel.MAIL or not _approves_itself(invoice.space, invoice.counterparty):
        invoice.wait_for_approval()
        return False
    invoice.approve_received()
    freeze(invoice, e_invoice_sha256=e_invoice_sha256, by=None)
    return True


def _approves_itself(space: Space, contact: Contact | None) -> bool:
    if contact and contact.auto_approve != Contact.AutoApprove.SPACE:
        return contact.auto_approve == Contact.AutoApprove.ALWAYS
    if space.auto_approve == Space.AutoApprove.TRUSTED:
        return bool(contact and contact.trusted)
    return space.auto_approve == Space.AutoApprove.ALL

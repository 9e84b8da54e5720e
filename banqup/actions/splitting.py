"""One PDF with several invoices becomes several documents; the file that came in is kept and linked."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup import einvoicing
from banqup.einvoicing import Unreadable, extraction
from banqup.invoices import files, journal
from banqup.invoices.models import Attachment, Invoice, Reading, Receipt
from banqup.invoices.models.event import Verb

from . import intake, recycle
from .approval import locked, require
from .refusals import NotPossible

MOST_PAGES = 200


def original_of(invoice: Invoice) -> Attachment | None:
    """The PDF of several pages that can be split, if the document is one."""
    return invoice.attachments.filter(
        role=Attachment.Role.ORIGINAL, mime_type="application/pdf", pages__gt=1, pages__lte=MOST_PAGES
    ).first()


def proposed(invoice: Invoice) -> list[int]:
    """The pages on which a document seems to begin, by what was read on them; 1 is always among them."""
    reading = Reading.objects.filter(invoice=invoice).first()
    return extraction.beginnings(einvoicing.words_of(reading.words)) if reading else [1]


def in_the_way(invoice: Invoice) -> str:
    """Why it can't be split; empty when it can."""
    if not invoice.has_open_data:
        return _("Only a document that waits for approval can be split.")
    if original_of(invoice) is None:
        return _("Only a PDF of several pages can be split.")
    return recycle.in_the_way(invoice)


def split(*, invoice: Invoice, starts: list[int], by, version: int | None = None) -> list[Receipt]:
    """New receipts, one for the pages from each of `starts` (the first is 1) to the next; `invoice` goes to the
    recycle bin and is linked with what came of it.

    Raises NotAllowed, NotPossible, ChangedMeanwhile; then nothing changed.
    """
    require(by, invoice, recycle.may_delete(invoice))
    if reason := in_the_way(invoice):
        raise NotPossible(reason)
    original = original_of(invoice)
    starts = sorted({1, *starts})
    if len(starts) < 2 or starts[-1] > original.pages:
        raise NotPossible(_("Choose at least one more page on which a document begins."))
    ranges = list(zip(starts, [*(start - 1 for start in starts[1:]), original.pages], strict=True))
    try:
        pieces = einvoicing.split_pdf(original.load(), ranges)
    except (Unreadable, OSError, files.DamagedFile) as error:
        raise NotPossible(_("The PDF can't be split: %s") % getattr(error, "message", error)) from error
    with transaction.atomic():
        invoice = locked(invoice, version)
        if reason := in_the_way(invoice):
            raise NotPossible(reason)
        receipts = [_received(invoice, original, pages, data, by) for pages, data in zip(ranges, pieces, strict=True)]
        invoice.deleted_at = timezone.now()
        invoice.version += 1
        invoice.save()
        journal.record(invoice, Verb.SPLIT, by=by, documents=[receipt.filename for receipt in receipts])
    return receipts


def _received(invoice: Invoice, original: Attachment, pages: tuple[int, int], data: bytes, by) -> Receipt:
    first, last = pages
    shown = str(first) if first == last else f"{first}–{last}"
    name = original.filename.removesuffix(".pdf")[:200]
    try:
        receipt = intake.receive(
            space=invoice.space,
            data=data,
            filename=f"{name} ({shown}).pdf",
            channel=invoice.channel,
            direction="sales" if invoice.list_is_sales else "purchase",
            by=by,
        )
    except intake.IntakeRefused as error:
        raise NotPossible(error.message) from error
    receipt.split_from, receipt.split_pages = invoice, shown
    receipt.save(update_fields=["split_from", "split_pages"])
    return receipt


def pieces_of(invoice: Invoice) -> list[Receipt]:
    """The receipts of the latest splitting of `invoice`, with their documents."""
    return list(Receipt.objects.filter(split_from=invoice).select_related("invoice").order_by("pk"))


def undo_in_the_way(invoice: Invoice) -> str:
    """Why the splitting can't be taken back; empty when it can."""
    pieces = pieces_of(invoice)
    if invoice.deleted_at is None or not pieces:
        return _("There is no splitting to take back.")
    for piece in pieces:
        if piece.invoice is None:
            return _("%s is still being checked. Try again in a moment.") % piece.filename
        if not _is_untouched(piece.invoice):
            return _("Somebody has worked on %s already. Delete the others one by one instead.") % piece.invoice.title
    return ""


def _is_untouched(piece: Invoice) -> bool:
    return piece.deleted_at is not None or (
        piece.has_open_data and not piece.events.filter(verb=Verb.SAVED).exists() and not recycle.in_the_way(piece)
    )


def undo_split(*, invoice: Invoice, by) -> Invoice:
    """The pieces go to the recycle bin and the original comes back, while nobody has saved anything of them.

    Raises NotAllowed, NotPossible. Returns the original re-read.
    """
    require(by, invoice, recycle.may_delete(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)
        pieces = [piece.invoice for piece in pieces_of(invoice) if piece.invoice_id]
        journal.hold(piece.pk for piece in pieces)
        if reason := undo_in_the_way(invoice):
            raise NotPossible(reason)
        for piece in pieces:
            if piece.deleted_at is None:
                piece.deleted_at = timezone.now()
                piece.version += 1
                piece.save()
                journal.record(piece, Verb.DELETED, by=by)
        invoice.deleted_at = None
        invoice.version += 1
        invoice.save()
        journal.record(invoice, Verb.SPLIT_UNDONE, by=by)
    return invoice.reread()

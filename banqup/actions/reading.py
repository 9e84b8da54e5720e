"""Read the fields of a document out of its PDF or scan, and learn from what people correct.

A document waits in *Awaiting validation* while it is read; what was read is a proposal that a person
saves or changes. Text is read with the document's judgement, scans by a task of their own.
"""

import dataclasses
import logging
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup import einvoicing
from banqup.common.after_commit import nudge
from banqup.contacts.models import Contact, recognised
from banqup.einvoicing import Document, Party, Unreadable, extraction
from banqup.invoices import files, journal, pictures
from banqup.invoices.fill import AmountOutOfRange, fill
from banqup.invoices.models import Invoice, Reading
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import PURCHASE_LIST, SALES_LIST

from . import judgement, own
from .compliant import with_known_parties
from .rights import locked
from .understanding import FEWEST_WORDS

logger = logging.getLogger(__name__)

# The one place that knows the worker's task by name.
READ_TASK = "integrations.tasks.read_document"
# What is read of a scan: fields stand on the first pages, totals on the last.
MOST_SCANNED = 5
ATTEMPTS = 4
# Longer than the longest reading, so that two workers do not read the same scan.
CLAIMED = timedelta(minutes=15)
_STATE = Reading.State


def begin(invoice: Invoice) -> Reading:
    """A new document that is only a picture will be read (in the transaction that makes it)."""
    nudge(READ_TASK, invoice.pk)
    return Reading.objects.create(invoice=invoice)


def waiting(limit: int = 100) -> list[int]:
    """Ids of documents that are to be read and due, those that waited for an engine among them."""
    states = [_STATE.WAITING, *([_STATE.NO_ENGINE] if einvoicing.scan_engine() else [])]
    due = Reading.objects.filter(state__in=states, next_try_at__lte=timezone.now())
    return list(due.order_by("next_try_at").values_list("invoice_id", flat=True)[:limit])


def read(*, invoice_id: int) -> Reading | None:
    """Read one document that waits for it; harmless when it is read already, or read by two workers."""
    now = timezone.now()
    mine = Reading.objects.filter(
        invoice_id=invoice_id, next_try_at__lte=now, state__in=[_STATE.WAITING, _STATE.NO_ENGINE]
    )
    if not mine.update(state=_STATE.WAITING, next_try_at=now + CLAIMED):
        return Reading.objects.filter(invoice_id=invoice_id).first()
    reading = Reading.objects.select_related("invoice__space").get(invoice_id=invoice_id)
    reading.attempts += 1
    if reading.attempts > ATTEMPTS:
        return _ended(reading, _STATE.FAILED, _("Reading it was given up after %d attempts.") % ATTEMPTS)
    reading.save(update_fields=["attempts"])
    try:
        words = _words(reading)
    except Unreadable as error:
        state = _STATE.NO_ENGINE if error.code == "no-scan-engine" else _STATE.FAILED
        return _ended(reading, state, error.message)
    except (OSError, files.DamagedFile) as error:
        reading.next_try_at = timezone.now() + timedelta(seconds=30) * 2**reading.attempts
        reading.last_error = f"{type(error).__name__}: {error}"[:1000]
        reading.save(update_fields=["next_try_at", "last_error"])
        logger.warning("Document %s is read later: %s", invoice_id, reading.last_error)
        return reading
    return _take_over(reading, words)


def _words(reading: Reading) -> tuple[extraction.Word, ...]:
    """The words of a text PDF, else those of the scanned pages one by one, with progress."""
    picture = pictures.picture_of(list(reading.invoice.attachments.all()))
    if picture is None:
        raise Unreadable("broken-pdf", _("There is no page to read."))
    data, pages = picture.load(), 1
    if picture.mime_type == pictures.PDF:
        facts = einvoicing.inspect_pdf(data)
        if len(facts.words) >= FEWEST_WORDS:
            reading.engine, reading.pages_total, reading.pages_done = "text", facts.pages, facts.pages
            return facts.words
        pages = facts.pages
    words: list[extraction.Word] = []
    numbers = _scanned(pages)
    while numbers:
        page = einvoicing.read_scan(data, numbers.pop(0))
        words += page.words
        if not reading.pages_done and page.pages > pages:
            numbers = _scanned(page.pages)[1:]  # a TIFF of several pages
        reading.engine, reading.pages_done = page.engine, reading.pages_done + 1
        reading.pages_total = reading.pages_done + len(numbers)
        reading.save(update_fields=["engine", "pages_done", "pages_total"])
    return tuple(words)


def _scanned(pages: int) -> list[int]:
    """Which pages of a scan are read."""
    if pages <= MOST_SCANNED:
        return list(range(1, pages + 1))
    return [*range(1, MOST_SCANNED), pages]


def _take_over(reading: Reading, words) -> Reading:
    """What was read becomes the document's data, unless a person entered some meanwhile."""
    invoice = reading.invoice
    contact: list[Contact] = []
    made = extraction.extract(words, _known(invoice, contact))
    document = with_known_parties(_without_own(_named_lines(made), invoice), invoice)
    report = _report(document, made.notes)
    with transaction.atomic():
        invoice = locked(invoice, None)
        if invoice.has_open_data and not invoice.data and made.found:
            _fill(invoice, document, contact, report)
            invoice.version += 1
            invoice.save()
            told = {"engine": reading.engine, "fields": len(made.found), "pages": reading.pages_done}
            journal.record(invoice, Verb.READ, **told)
        reading.values = {term: _plain(one) for term, one in made.found.items()}
        reading.offered = {term: [_plain(one) for one in some] for term, some in made.offered.items()}
        reading.words = [[word.text, *word.place.rounded(), round(word.sure, 2)] for word in words]
        return _ended(reading, _STATE.DONE, "")


def _ended(reading: Reading, state, why: str) -> Reading:
    reading.state, reading.last_error = state, why
    if state == _STATE.NO_ENGINE:
        reading.attempts, reading.next_try_at = 0, timezone.now()
    reading.save()
    Invoice.objects.filter(pk=reading.invoice_id).update(being_read=False)
    return reading


def _known(invoice: Invoice, contact: list[Contact]) -> extraction.Known:
    """What the space knows; the contact that was recognised is put into `contact`."""
    space = invoice.space

    def find(vat_ids, company_ids, ibans):
        found = recognised(space=space, vat_ids=vat_ids, company_ids=company_ids, ibans=ibans)
        if found is None:
            return None
        contact.append(found)
        return _party(found, hints=found.learned)

    return extraction.Known(own=_party(space), sales=invoice.kind in SALES_LIST, find=find)


def _party(known, *, hints=None) -> extraction.KnownParty:
    names = ("name", "vat_id", "company_id", "iban", "street", "postal_code", "city", "country")
    return extraction.KnownParty(**{name: getattr(known, name) for name in names}, hints=hints or {})


def _without_own(document: Document, invoice: Invoice) -> Document:
    """The party that is this space is filled from the space itself, Peppol id and all."""
    return dataclasses.replace(document, **{"buyer" if invoice.kind in PURCHASE_LIST else "seller": Party()})


def _named_lines(made: extraction.Extraction) -> Document:
    """Lines that stand for a rate of the breakdown say so."""
    document = made.document
    if "lines-from-totals" not in made.notes:
        return document
    lines = tuple(
        dataclasses.replace(line, name=_("As on the document, VAT %s") % line.name) for line in document.lines
    )
    return dataclasses.replace(document, lines=lines)


_NOTES = {
    "lines-from-totals": "BANQUP-READ-LINES",
    "totals-do-not-add-up": "BANQUP-READ-TOTALS",
    "addressee-not-seen": "BANQUP-READ-ADDRESSEE",
    "no-words": "BANQUP-READ-NOTHING",
}


def _report(document: Document, notes) -> dict:
    """The verdict on what was read, with what the reader was not sure of."""
    if "no-words" in notes:
        report = {"valid": False, "profile": "", "layers": [], "findings": []}
    else:
        try:
            _data, report = judgement.build(document)
        except einvoicing.ValidatorUnavailable:
            report = {"valid": False, "profile": "", "layers": [], "findings": []}
    words = {
        "lines-from-totals": _("The lines could not be read one by one: there is one line for each VAT rate."),
        "totals-do-not-add-up": _("No totals were found that add up. Enter the lines from the document."),
        "addressee-not-seen": _("Your company was not found on it. Check that it is addressed to you."),
        "no-words": _("No words were found on it. Enter what it says."),
    }
    fields = {"totals-do-not-add-up": "BG-25", "lines-from-totals": "BG-25"}
    remarks = [judgement.remark(_NOTES[note], words[note], field=fields.get(note, "")) for note in notes]
    return {**report, "findings": [*report["findings"], *remarks]}


def _fill(invoice: Invoice, document: Document, contact: list[Contact], report: dict) -> None:
    """The contact is linked when it is known; a new one is made when a person has saved or approved."""
    try:
        fill(invoice, document)
    except AmountOutOfRange:
        return  # no ledger holds it: then it was not read right
    invoice.counterparty = contact[0] if contact else None
    invoice.report = {**report, "findings": [*report["findings"], *own.findings(invoice)]}
    invoice.error_count = judgement.errors(invoice.report)


def _plain(found: extraction.Found) -> list:
    value = found.value
    if isinstance(value, Decimal):
        value = format(value, "f")
    elif isinstance(value, date):
        value = value.isoformat()
    place = found.place.rounded() if found.place else [0, 0, 0, 0, 0]
    return [value, *place, found.confidence, found.text[:200]]

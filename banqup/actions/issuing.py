"""*Send* in the Document Creator: the draft gets its number, is frozen, released and on its way (LIFECYCLE S2)."""

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from banqup import einvoicing
from banqup.invoices import files, statuses
from banqup.invoices.fill import fill
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.sending import numbering

from . import own, parties, transmitting
from .compliant import attach_e_invoice, compliant
from .refusals import NotCompliant, NotPossible, TryLater
from .release import freeze, publish
from .rights import locked, may_approve, require

# Others may take the number while the rules run; who loses so often holds the series while they run once more.
TRIES = 5


class _NumberTaken(Exception):
    """Somebody else's document got the number meanwhile; the transaction rolls back."""


def send(
    *, invoice: Invoice, way: str = "", delivered_elsewhere: bool = False, by, version: int | None = None
) -> Invoice:
    """Issue a draft: number, freeze, release, exports, and a transmission by `way` (empty: the best there is).

    The rules run with no lock held, on the very bytes that leave: when somebody else took the number
    meanwhile it is done again with the next; whoever loses it too often goes first. Raises NotAllowed,
    NotPossible, NotCompliant, ChangedMeanwhile, TryLater; then nothing changed and no number is used.
    Returns it re-read.
    """
    require(by, invoice, may_approve(invoice))
    if invoice.document_status != DocumentStatus.DRAFT or invoice.deleted_at is not None:
        raise NotPossible(_("%s was sent already.") % invoice.title if invoice.is_released else _("It is no draft."))
    option = None if delivered_elsewhere else transmitting.way_for(invoice, way)
    if held_back := own.errors(invoice):
        raise NotCompliant({**invoice.report, "valid": False, "findings": held_back})
    if invoice.counterparty_id is None:
        # A customer typed by hand becomes a contact when a person stands for the document; numbering may need it.
        invoice.counterparty = parties.contact_of(invoice)
    seen = version if version is not None else invoice.version
    for _try in range(TRIES):
        try:
            return _judge_and_issue(invoice, option, by=by, version=seen)
        except _NumberTaken:
            continue
    with transaction.atomic():
        locked(invoice, seen)  # rows in the order of every other verb: the document, then the series
        numbering.hold(numbering.series_of(invoice))
        return _judge_and_issue(invoice, option, by=by, version=seen)


def _judge_and_issue(invoice: Invoice, option, *, by, version: int) -> Invoice:
    series = numbering.series_of(invoice)
    following = numbering.upcoming(series, invoice.issue_date or invoice.space.today())
    data, sha256, report = _judged_bytes(invoice, following.number)
    return _issue(invoice, series, following, option, data, sha256, report, by=by, version=version)


def _judged_bytes(invoice: Invoice, number: str) -> tuple[bytes, str, dict]:
    try:
        data, verdict, _original = compliant(invoice, number=number)
        sha256 = files.store(invoice.space_id, data) if data else ""
        report = verdict()
    except einvoicing.ValidatorUnavailable as error:
        raise TryLater(
            _("The rules can't be reached at the moment. Nothing changed; try again in a minute.")
        ) from error
    except files.DamagedFile as error:
        raise NotPossible(_("A stored attachment is damaged. Remove it and attach it again.")) from error
    except OSError as error:
        raise TryLater(
            _("The server can't read or store files at the moment (%s). Nothing changed; try again.") % error.strerror
        ) from error
    if not report["valid"]:
        raise NotCompliant(report)
    return data, sha256, report


def _issue(invoice, series, following, option, data, sha256, report, *, by, version) -> Invoice:
    with transaction.atomic():
        contact = invoice.counterparty
        invoice = locked(invoice, version)
        invoice.counterparty = contact
        require(by, invoice, may_approve(invoice))
        series = numbering.hold(series)
        if numbering.upcoming(series, invoice.issue_date or invoice.space.today()) != following:
            raise _NumberTaken
        _not_used(invoice, following.number)
        numbering.give(series, following, invoice)
        document = einvoicing.read(data)
        fill(invoice, document)
        invoice.report, invoice.error_count = report, 0
        try:
            invoice.issue_sales() if invoice.kind == Kind.SALES else invoice.issue_self_billed()
        except TransitionNotAllowed as error:
            raise NotPossible(_("%s can't be sent in its present state.") % invoice.title) from error
        if option is not None:
            invoice.wait_for_sending()
        else:
            invoice.delivered_elsewhere()
        attach_e_invoice(invoice, data, sha256)
        freeze(invoice, e_invoice_sha256=sha256, by=by)
        invoice.save()
        publish(invoice, by=by, number=following.number)
        if option is not None:
            transmitting.enqueue(invoice, option, by=by)
    return invoice.reread()


def _not_used(invoice: Invoice, number: str) -> None:
    """A sales document that was imported may carry the number already. Raises NotPossible."""
    same = Invoice.objects.present().filter(
        space=invoice.space_id, number=number, is_sales=int(invoice.kind in statuses.SALES_LIST)
    )
    if invoice.kind == Kind.SELF_BILLED_OUT:
        same = same.filter(kind=Kind.SELF_BILLED_OUT, counterparty=invoice.counterparty_id)
    other = same.exclude(pk=invoice.pk).first()
    if other is not None:
        words = _("The next number, %(number)s, is used by %(document)s. Set another first number under Numbering.")
        raise NotPossible(words % {"number": number, "document": other.title}, field="number")

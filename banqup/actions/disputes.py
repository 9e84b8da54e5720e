"""Objections to what we received: dispute, refuse, resolve (LIFECYCLE §4, P7–P9).

What the supplier is told over the network is written with the decision (`answers`) and sent later.
"""

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed, can_proceed

from banqup.exports import outbox
from banqup.exports.models import Export
from banqup.invoices import journal, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer, ObjectionReason

from . import alerts, answers
from .approval import locked, may_approve, require
from .crediting import stop_counting
from .refusals import NeedsConfirmation, NotPossible

# What the supplier is told of a decision (P7, P8).
_TELLS = {Verb.DISPUTED: Answer.QUERIED, Verb.REFUSED: Answer.REFUSED}


def checked_reason(reason: str, note: str) -> ObjectionReason:
    """The reason, which *Other* has to explain. Raises NotPossible."""
    if reason not in ObjectionReason.values:
        raise NotPossible(_("Choose a reason."))
    if reason == ObjectionReason.OTHER and not note.strip():
        raise NotPossible(_("Say in the note what is wrong."))
    return ObjectionReason(reason)


def dispute(*, invoice: Invoice, reason: str, note: str = "", by, version: int | None = None) -> Invoice:
    """Object to `invoice` and wait for an answer; whatever is queued for integrations still goes (C23).

    Raises NotAllowed, NotPossible, ChangedMeanwhile; then nothing changed. Returns it re-read.
    """
    require(by, invoice, may_approve(invoice))
    reason = checked_reason(reason, note)
    with transaction.atomic():
        invoice = locked(invoice, version)
        move(invoice, invoice.dispute, _("%s can't be disputed in its present state."))
        keep(invoice, Verb.DISPUTED, by, reason=reason, note=note)
    return invoice.reread()


def refuse(
    *, invoice: Invoice, reason: str, note: str = "", by, version: int | None = None, confirmed: bool = False
) -> Invoice:
    """Refuse `invoice`: waiting exports are cancelled, and a booking must be undone by the accountant.

    One that is partly paid needs `confirmed`, else NeedsConfirmation. Raises as `dispute`.
    """
    require(by, invoice, may_approve(invoice))
    reason = checked_reason(reason, note)
    with transaction.atomic():
        invoice = locked(invoice, version)
        if invoice.payable is not None and invoice.open_amount <= 0:
            raise NotPossible(_("It is fully paid. Dispute it instead, and ask for the money back."))
        if invoice.paid > 0 and not confirmed:
            raise NeedsConfirmation(
                _("%(currency)s %(paid)s was paid on it already. Refuse it all the same?")
                % {"currency": invoice.currency, "paid": invoice.paid}
            )
        was_processed = invoice.processed_at is not None
        move(invoice, invoice.refuse, _("%s can't be refused in its present state."))
        outbox.cancel(Export.objects.filter(invoice=invoice), reason=_("The document was refused before it was sent."))
        keep(invoice, Verb.REFUSED, by, reason=reason, note=note, was_processed=was_processed)
        if was_processed:
            alerts.refused_after_processing(invoice, by=by)
    return invoice.reread()


def resolve(*, invoice: Invoice, note: str, by, version: int | None = None) -> Invoice:
    """The objection is settled: approved as before if it was released, else a person looks at it again.

    Never approves by itself and never exports again. Raises as `dispute`.
    """
    require(by, invoice, may_approve(invoice))
    if not note.strip():
        raise NotPossible(_("Say in the note how it was settled."))
    with transaction.atomic():
        invoice = locked(invoice, version)
        refused = _("%s is neither disputed nor refused.")
        if invoice.is_released:
            move(invoice, invoice.resolve_released, refused)
        else:
            move(invoice, invoice.reopen, refused)
            if invoice.report.get("valid") and can_proceed(invoice.wait_for_approval):
                invoice.wait_for_approval()
        keep(invoice, Verb.RESOLVED, by, note=note)
    return invoice.reread()


def move(invoice: Invoice, transition, words: str) -> None:
    """Make `transition`, or raise NotPossible with `words` about the document."""
    try:
        transition()
    except TransitionNotAllowed as error:
        raise NotPossible(words % invoice.title) from error


def keep(invoice: Invoice, verb: Verb, by, *, reason: ObjectionReason | None = None, note: str = "", **data) -> None:
    """Save the changed invoice and write its event."""
    if invoice.processed_at is None:
        invoice.processed_by = None
    if invoice.is_credit_note and invoice.document_status in statuses.UNDER_OBJECTION:
        stop_counting(invoice, by=by)
    invoice.version += 1
    invoice.save()
    if reason is not None:
        data["reason"] = reason.value
    if note.strip():
        data["note"] = note.strip()[:2000]
    code = _TELLS.get(verb)
    if code is not None:
        data |= answers.told(invoice, code, reason=reason)
    answers.keep(journal.record(invoice, verb, by=by, **data))

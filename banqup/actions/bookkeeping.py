"""The accountant's own status: processed, or not."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.spaces.access import standing
from banqup.spaces.roles import Capability

from .approval import locked
from .refusals import NotAllowed, NotPossible


def mark_as_processed(*, invoice: Invoice, by) -> Invoice:
    """The accountant has booked it (LIFECYCLE §3). Raises NotAllowed, NotPossible."""
    return _set(invoice, by=by, processed=True)


def undo_processed(*, invoice: Invoice, by) -> Invoice:
    """Back to *To check*. Raises NotAllowed, NotPossible."""
    return _set(invoice, by=by, processed=False)


def _set(invoice: Invoice, *, by, processed: bool) -> Invoice:
    if Capability.PROCESS not in standing(by, invoice.space).partner:
        raise NotAllowed(_("Only the client's accountant marks documents as processed."))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if not invoice.is_released:
            raise NotPossible(_("%s waits for the client's approval.") % invoice.title)
        if (invoice.processed_at is not None) == processed:
            state = _("processed already") if processed else _("not processed")
            raise NotPossible(_("%(title)s is %(state)s.") % {"title": invoice.title, "state": state})
        invoice.processed_at = timezone.now() if processed else None
        invoice.processed_by = by if processed else None
        invoice.version += 1
        invoice.save()
        journal.record(invoice, Verb.PROCESSED if processed else Verb.UNPROCESSED, by=by)
    return invoice.reread()

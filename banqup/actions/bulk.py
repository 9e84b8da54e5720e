"""Do one thing to many documents: each on its own, through its own verb, in the name of who asked.

A run of at most SMALL documents is done in the request, a larger one by the workers, some at a time.
Each document is one transaction; what its verb refuses is written on its row, and the run goes on.
"""

import logging
import time

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.bulk import queue
from banqup.bulk.models import BulkRow, BulkRun, Outcome, Task
from banqup.exports.missing import missing
from banqup.exports.models import Integration, RunTarget
from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import DocumentStatus
from banqup.sending.models import ElsewhereRun
from banqup.spaces.access import membership
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from . import approval, bookkeeping, exports
from .refusals import ChangedMeanwhile, NotAllowed, NotCompliant, NotPossible, Refused, TryLater
from .rights import RESEND

logger = logging.getLogger(__name__)

AT_MOST = 5000
# So few are done while the person waits.
SMALL = 10

# Which right of the space a task takes, one of these; which documents, its verb says for each.
_NEEDS = {
    Task.APPROVE: frozenset({Capability.VIEW_DOCUMENTS}),
    Task.PROCESS: frozenset({Capability.PROCESS}),
    Task.RESEND: RESEND,
}
# What the verb of a task writes into the history.
_TELLS = {
    Task.APPROVE: (Verb.APPROVED, Verb.APPROVED_STEP),
    Task.PROCESS: (Verb.PROCESSED,),
    Task.RESEND: (Verb.EXPORT_REQUESTED,),
}


def documents(space: Space):
    """What may be chosen in `space`. What went to the recycle bin meanwhile is found, to be told of."""
    if space.is_partner:
        return Invoice.objects.of_clients(space)
    return Invoice.objects.of_business(space).exclude(document_status=DocumentStatus.DRAFT)


def start(
    *,
    space: Space,
    task: Task,
    seen: dict[int, int],
    by,
    list_url: str = "",
    to: Integration | None = None,
    delivered_elsewhere: bool = False,
) -> BulkRun:
    """Start a run over `seen` (invoice id → the version that was shown), in that order.

    `list_url`: the list with the filter that it was chosen from. `to`: the one integration that sendings
    go to; without it whatever misses a document. `delivered_elsewhere`: what is approved is at its customers
    already, so nothing is sent to them. Ids that are not of `space` are left
    out. The same documents asked for twice at once give the same run. Raises NotAllowed, NotPossible
    (nothing chosen, more than AT_MOST).
    """
    member, elsewhere = membership(by, space), space.is_partner != (task == Task.PROCESS) and task != Task.RESEND
    if member is None or elsewhere or not _NEEDS[task] & member.capabilities:
        raise NotAllowed(_("You may not do this here."))
    if len(seen) > AT_MOST:
        raise NotPossible(_("Choose at most %d documents.") % AT_MOST)
    known = set(documents(space).filter(pk__in=list(seen)).values_list("pk", flat=True))
    seen = {pk: version for pk, version in seen.items() if pk in known}
    if not seen:
        raise NotPossible(_("Choose at least one document."))
    with transaction.atomic():
        target = str(to.pk) if to else "elsewhere" if delivered_elsewhere else ""
        run, is_new = queue.write(space=space, task=task, seen=seen, by=by, list_url=list_url, target=target)
        if to and is_new:
            RunTarget.objects.create(run=run, integration=to)
        if delivered_elsewhere and is_new:
            ElsewhereRun.objects.create(run=run)
        if run.total > SMALL:
            queue.wake(run)
    if is_new and run.total <= SMALL:
        work(run_id=run.pk)
        run.refresh_from_db()
    return run


def stop(*, run: BulkRun, by) -> int:
    """Leave out what is not begun; how many documents those are. Raises NotAllowed."""
    if run.started_by_id != by.pk or membership(by, run.space) is None:
        raise NotAllowed(_("Only who started a run stops it."))
    return queue.stop(run)


def work(*, run_id: int, seconds: float | None = None) -> bool:
    """Work the rows of a run off until none is left to take; after `seconds` stop, and say that more is left."""
    run = BulkRun.objects.select_related("space", "started_by", "target", "elsewhere").get(pk=run_id)
    ends = None if seconds is None else time.monotonic() + seconds
    while row := queue.claim(run_id):
        row.run = run
        _work_off(row)
        if ends is not None and time.monotonic() >= ends:
            return True
    queue.finish(run_id)
    return False


class _LeaseLost(Exception):
    """Another worker has the row by now; this transaction rolls back."""


def _work_off(row: BulkRow) -> None:
    """Do the task to the document of a claimed row, and write down what became of it."""
    if row.tries > queue.MAX_TRIES:
        words = _("The server stopped %d times while it worked on this document. Open it and try by hand.")
        queue.settle(row, Outcome.NOT_DONE, words % queue.MAX_TRIES)
        return
    invoice = Invoice.objects.select_related("space").get(pk=row.invoice_id)
    if row.tries > 1 and _done_before(row):
        queue.settle(row, Outcome.DONE)
        return
    try:
        _DO[Task(row.run.task)](row, invoice)
    except Refused as refusal:
        queue.settle(row, Outcome.NOT_DONE, why(refusal, row), may_help=_may_help(refusal, row))
    except _LeaseLost:
        logger.info("Row %s of bulk run %s is another worker's by now.", row.pk, row.run_id)
    except Exception:
        logger.exception("Bulk run %s: document %s", row.run_id, row.invoice_id)
        words = _("Something went wrong on our side, and it is logged. Nothing of it was applied.")
        queue.settle(row, Outcome.NOT_DONE, words, may_help=True)


def _done_before(row: BulkRow) -> bool:
    """Whether a worker that died had done it already, and only did not come to say so."""
    events = row.invoice.events.filter(verb__in=_TELLS[Task(row.run.task)], actor=row.run.started_by)
    return events.filter(at__gte=row.claimed_at).exists()


def _approve(row: BulkRow, invoice: Invoice) -> None:
    """Not in the transaction of its row: the rules run in it, and no lock may be held meanwhile."""
    if invoice.version != row.version:
        raise ChangedMeanwhile(invoice)
    # What we issue goes to its customer by the best way that there is; where there is none it says what is missing.
    elsewhere = invoice.kind in statuses.ISSUED_BY_US and hasattr(row.run, "elsewhere")
    approved = approval.approve(
        invoice=invoice, by=row.run.started_by, version=row.version, delivered_elsewhere=elsewhere
    )
    words = "" if approved.is_released else _("Your step is approved; others have to approve it too.")
    queue.settle(row, Outcome.DONE, words)


def _process(row: BulkRow, invoice: Invoice) -> None:
    with transaction.atomic():
        invoice = approval.locked(invoice, row.version)
        bookkeeping.mark_as_processed(invoice=invoice, by=row.run.started_by)
        _settle_with(row)


def _resend(row: BulkRow, invoice: Invoice) -> None:
    """To whatever misses it or failed to take it, on the sides that the space of the run may send to (C15)."""
    with transaction.atomic():
        invoice = approval.locked(invoice, row.version)
        if not invoice.is_released:
            raise NotPossible(_("No integration receives it before approval."))
        wanted = missing([invoice], partner=row.run.space if row.run.space.is_partner else None)[invoice.pk]
        if target := getattr(row.run, "target", None):
            wanted = [integration for integration in wanted if integration.pk == target.integration_id]
        if not wanted:
            raise NotPossible(_("No active integration misses it."))
        exports.resend(invoice=invoice, integrations=wanted, by=row.run.started_by)
        _settle_with(row)


def _settle_with(row: BulkRow) -> None:
    """The document and its row change together or not at all."""
    if not queue.settle(row, Outcome.DONE):
        raise _LeaseLost


_DO = {Task.APPROVE: _approve, Task.PROCESS: _process, Task.RESEND: _resend}


# --- why not, in words ------------------------------------------------------------------------------


def _may_help(refusal: Refused, row: BulkRow) -> bool:
    """Whether trying again makes sense: it can still be done, and nothing in it has to be put right first."""
    if isinstance(refusal, TryLater):
        return True
    if not isinstance(refusal, ChangedMeanwhile):
        return False
    invoice = Invoice.objects.get(pk=row.invoice_id)
    if row.run.task == Task.APPROVE:
        return invoice.has_open_data
    return invoice.deleted_at is None and not (row.run.task == Task.PROCESS and invoice.processed_at)


def why(refusal: Refused, row: BulkRow) -> str:
    """The reason in few words, as it stands after a colon."""
    if isinstance(refusal, NotCompliant):
        fatal = [finding["message"] for finding in refusal.report["findings"] if finding["severity"] == "fatal"]
        words = ngettext("%(count)d to fix. %(first)s", "%(count)d to fix. %(first)s", len(fatal))
        return _plain(words % {"count": len(fatal), "first": fatal[0] if fatal else ""})
    if not isinstance(refusal, ChangedMeanwhile):
        return _plain(str(refusal))
    event = refusal.event
    if refusal.invoice.is_released and row.run.task == Task.APPROVE:
        decided = refusal.invoice.events.filter(verb__in=(Verb.APPROVED, Verb.DISPUTED, Verb.REFUSED))
        event = decided.select_related("actor").first() or event
    actor = event.actor if event else None
    who = _("you") if actor == row.run.started_by else actor or _("the system")
    words = {
        Verb.APPROVED: _("approved by %s already"),
        Verb.DISPUTED: _("disputed by %s"),
        Verb.REFUSED: _("refused by %s"),
        Verb.PROCESSED: _("marked as processed by %s already"),
        Verb.DELETED: _("moved to the recycle bin by %s"),
    }
    return words.get(event.verb if event else None, _("changed by %s")) % who


def _plain(words: str) -> str:
    return words.strip().removesuffix(".")

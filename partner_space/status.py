"""Why a document has its accounting status, and what comes next, in a sentence each."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from banqup.exports.whereabouts import when
from banqup.invoices.statuses import AccountingStatus, DocumentStatus, Kind

from .rows import DISPUTED_SALE, given_up, objection, waits_for

_A = AccountingStatus


@dataclass(frozen=True)
class Explanation:
    why: str
    next: str


def explanation(invoice) -> Explanation:
    client = invoice.space.name
    if invoice.accounting_status == _A.CLIENT_ACTION_NEEDED:
        why = _("%s has not approved it yet. Nothing was sent to you.") % client
        return Explanation(why, _("%(client)s: %(what)s.") % {"client": client, "what": waits_for(invoice)})
    if invoice.accounting_status == _A.PROCESSED:
        who = {"who": invoice.processed_by or "–", "when": when(invoice.processed_at)}
        return Explanation(_("Marked as processed by %(who)s on %(when)s.") % who, _objected(invoice))
    if invoice.accounting_status == _A.READY_TO_PROCESS:
        who = invoice.approved_by
        by = _("approved it on") if who else _("Approved automatically on")
        why = " ".join(filter(None, [str(who) if who else "", by, when(invoice.released_at)])) + "."
        return Explanation(why, _objected(invoice) or _("Check it, book it, then mark it as processed."))
    return Explanation(_("%s refused it before it was approved.") % client, _("Nothing: there is nothing to book."))


def _objected(invoice) -> str:
    """What an objection after the release means for the books (LIFECYCLE §3, C8)."""
    if given_up(invoice):
        if invoice.document_status == DocumentStatus.REFUSED:
            return _("Refused, and the client expects no payment any more: do not book, or undo the booking.")
        return _("The client expects no payment any more: book it as a bad debt.")
    status = objection(invoice)
    if status == DISPUTED_SALE:
        return _("It is disputed: the client waits for an agreement. It may be resolved as it is.")
    if status == DocumentStatus.DISPUTED:
        return _("The client disputes it: do not pay. It may be resolved as it is.")
    if status == DocumentStatus.REFUSED and invoice.kind == Kind.SALES:
        return _("The customer refused it: do not book, or undo the booking.")
    if status == DocumentStatus.REFUSED:
        return _("The client refused it: do not book, or undo the booking.")
    return ""

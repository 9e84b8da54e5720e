"""What may this person do with a document that we issue: send the draft, copy it, credit it."""

from django.utils.translation import gettext as _

from banqup.invoices import statuses
from banqup.invoices.models import Invoice

from . import drafts
from .rights import may_approve, may_edit


def offers(invoice: Invoice, needs) -> list[tuple]:
    """(name, label, icon, style, reason, key) of each; `needs(capability)` says what somebody lacks for it."""
    if invoice.kind not in statuses.ISSUED_BY_US:
        return []
    editing = needs(may_edit(invoice))
    found = []
    if invoice.is_draft:
        reason = needs(may_approve(invoice)) or not_ready(invoice)
        found.append(("send", _("Send"), "paper-airplane", "primary", reason, ""))
    again = _("Copy as new invoice") if _is_refused(invoice) else _("Duplicate")
    found.append(("copy_document", again, "document-duplicate", "default", editing, ""))
    if drafts.can_be_credited(invoice):
        found.append(("make_credit_note", _("Make a credit note"), "receipt-refund", "default", editing, ""))
    return found


def not_ready(draft: Invoice) -> str:
    """Why the draft can't be sent as it was last saved; empty when the rules accept it or did not look yet."""
    if draft.error_count:
        return _("%(count)d to fix before it can be sent.") % {"count": draft.error_count}
    return "" if draft.document.lines else _("Add a line first.")


def _is_refused(invoice: Invoice) -> bool:
    return invoice.document_status == statuses.DocumentStatus.REFUSED and not invoice.is_credit_note

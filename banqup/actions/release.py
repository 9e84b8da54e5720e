"""The one event that releases a document: to the accountant and to every active integration.

Two halves, called in the transaction of the approval transition: `freeze` before the invoice is
saved, `publish` after. The general status follows from the facts: Unpaid, or Fully paid when the
ledger already covers it.
"""

from collections.abc import Iterable

from banqup.exports import outbox
from banqup.invoices import journal
from banqup.invoices.models import Attachment, Event, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import Answer

from . import answers
from .crediting import settle_on_release
from .parties import contact_of


def freeze(invoice: Invoice, *, e_invoice_sha256: str, by) -> None:
    """Bind the approved `invoice` to the e-invoice that is released (unsaved)."""
    if invoice.counterparty_id is None:
        # What was only read from a picture becomes a contact when a person stands for it.
        invoice.counterparty = contact_of(invoice)
    invoice.content_sha256 = e_invoice_sha256
    invoice.approved_by = by
    invoice.version += 1


def publish(
    invoice: Invoice, *, by, signer=None, again: bool = False, after: Iterable[Event] = (), note: str = "", **told
) -> None:
    """Write the approval event and one export per active integration of both sides.

    `signer` (of `banqup.approvals.rules`): in whose place `by` approved. `again`: after a withdrawn
    approval. `after`: the unsaved first events of a document that was just made. `told`: more for the event.
    """
    if note.strip():
        told["note"] = note.strip()[:2000]
    exports = outbox.release(invoice, by=by, again=again)
    approved = Event(
        verb=Verb.APPROVED if by else Verb.APPROVED_AUTOMATICALLY,
        actor=by,
        through=signer.through if signer else None,
        substitute_for=signer.instead_of if signer else None,
        data={
            "content_sha256": invoice.content_sha256,
            "integrations": [export.integration.name for export in exports],
            **told,
            **(answers.told(invoice, Answer.ACCEPTED) if by else {}),
        },
    )
    earlier = list(after)
    if earlier:
        journal.begin(invoice, [*earlier, approved])
    else:
        journal.append(invoice.pk, [approved])
    if invoice.is_credit_note:
        settle_on_release(invoice)
    # Last: a supplier on this server is told now, and its documents are locked after all of ours.
    answers.keep(approved)


def e_invoice(invoice: Invoice) -> Attachment | None:
    """The compliant e-invoice of a released document: the generated one, else the original."""
    role = Attachment.Role
    return compliant_of(invoice.attachments.filter(role__in=[role.E_INVOICE, role.ORIGINAL]))


def compliant_of(attachments: Iterable[Attachment]) -> Attachment | None:
    """The same of all `attachments` of a released document, where they are there already."""
    found = {item.role: item for item in attachments}
    return found.get(Attachment.Role.E_INVOICE) or found.get(Attachment.Role.ORIGINAL)

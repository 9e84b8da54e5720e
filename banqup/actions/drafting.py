"""The invoice that a receipt is about to become, as far as it is known before the rules have spoken."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from banqup.contacts.models import remember
from banqup.invoices.fill import AmountOutOfRange, fill
from banqup.invoices.models import Invoice, Receipt
from banqup.invoices.models.receipt import Direction
from banqup.invoices.statuses import PURCHASE_LIST, Kind

from . import judgement, own, parties
from .understanding import Understanding


@dataclass
class Draft:
    """An unsaved invoice, and what our own look at it has to say beside the official rules."""

    invoice: Invoice
    understanding: Understanding
    remarks: list[dict] = field(default_factory=list)


def draft(receipt: Receipt, understanding: Understanding) -> Draft:
    """Fill an unsaved invoice from what was read; its supplier or customer becomes a contact.

    The contact is written outside the judgement's transaction: one that nothing came of does no harm.
    """
    space, document = receipt.space, understanding.document
    kind = Kind.SALES if receipt.direction == Direction.SALES else Kind.PURCHASE
    invoice = Invoice(
        space=space,
        kind=kind,
        channel=receipt.channel,
        original_sha256=receipt.sha256,
        filename=receipt.filename,
        search_text=receipt.filename.lower(),
    )
    drafted = Draft(invoice, understanding)
    if document is None:
        return drafted
    invoice.kind = parties.kind_of(document, space=space, direction=receipt.direction)
    try:
        fill(invoice, document)
    except AmountOutOfRange as error:
        words = _("%s is an amount that can't be booked.") % error.value
        drafted.remarks = [judgement.remark("BANQUP-AMOUNT", words, field=error.field, severity="fatal")]
        return drafted
    this, other = parties.own_and_other(document, invoice.kind)
    iban = next((means.iban for means in document.payment_means if means.iban), None) or ""
    invoice.counterparty = remember(space=space, party=other, iban=iban[:34], supplier=invoice.kind in PURCHASE_LIST)
    drafted.remarks = [*wrong_recipient(invoice, this), *own.findings(invoice)]
    return drafted


def wrong_recipient(invoice: Invoice, this) -> list[dict]:
    if parties.is_space(this, invoice.space):
        return []
    words = _("It is addressed to %(party)s, not to %(space)s.")
    words %= {"party": this.name or _("nobody"), "space": invoice.space.name}
    field = "BT-44" if invoice.kind in PURCHASE_LIST else "BT-27"
    return [judgement.remark("BANQUP-RECIPIENT", words, field=field)]


def not_judged(report: dict) -> list[dict]:
    """Automatic approval needs every layer that the profile demands to have been judged (LIFECYCLE §4)."""
    words = _("The rules of %s could not be judged here; a person decides.")
    return [
        judgement.remark("BANQUP-NOT-JUDGED", words % layer["name"])
        for layer in report["layers"]
        if not layer.get("judged", True)
    ]

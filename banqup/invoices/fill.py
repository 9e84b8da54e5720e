"""Fill an invoice's columns from its content. The one place where they meet."""

from banqup.common.fields import MAX_AMOUNT
from banqup.einvoicing import Document

from . import content, numbers, statuses


class AmountOutOfRange(Exception):
    """The document states an amount that no ledger can hold; `field` is its business term."""

    def __init__(self, field, value):
        super().__init__(f"{field}: {value}")
        self.field, self.value = field, value


def fill(invoice, document: Document) -> None:
    """Set `invoice.data` and every column that lists need of it (unsaved).

    Raises AmountOutOfRange before anything is set.
    """
    payable = _amount("BT-115", document.payable)
    other = document.seller if invoice.kind in statuses.PURCHASE_LIST else document.buyer
    invoice.data = content.to_json(document)
    invoice.__dict__.pop("document", None)
    invoice.is_credit_note = document.is_credit_note
    invoice.number = (document.number or "")[:200]
    invoice.number_key = numbers.key(invoice.number)
    invoice.issue_date = document.issue_date
    invoice.due_date = document.due_date
    invoice.currency = (document.currency or "EUR")[:3]
    invoice.payable = payable
    invoice.counterparty_name = (other.name or "")[:200]
    invoice.sort_date = document.due_date or document.issue_date or invoice.created_at.date()
    invoice.search_text = search_text(invoice, document, other)


def _amount(field, value):
    if value is None:
        return None
    if abs(value) > MAX_AMOUNT or value != round(value, 2):
        raise AmountOutOfRange(field, value)
    return value


def search_text(invoice, document: Document, other) -> str:
    """What `InvoiceQuerySet.search` looks through: lower case, both ways of writing the amount."""
    means = document.payment_means[0] if document.payment_means else None
    parts = [
        other.name,
        other.vat_id,
        document.number,
        document.order_reference,
        means.iban if means else None,
        means.remittance_information if means else None,
        invoice.filename,
    ]
    if document.payable is not None:
        amount = format(document.payable, ".2f")
        parts += [amount, amount.replace(".", ","), format(document.payable, ",.2f")]
    return " ".join(part for part in parts if part).lower()

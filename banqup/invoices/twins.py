"""Which document is this one a possible duplicate of? (issue: same supplier, number, date and amount; same file)

The recycle bin is looked through as well. A credit note is no duplicate of an invoice, and a document
that corrects another one (type 384, or it names the other in BT-25) is no duplicate of it.
"""

from django.db.models import F, Q

from . import numbers
from .models import DuplicateDecision, Invoice, Receipt

CORRECTED = "384"  # UNTDID 1001: corrected invoice
# Nobody compares with more; the older ones come first.
AT_MOST = 20


def twin_of(invoice: Invoice, *, same_file: bool = True) -> Invoice | None:
    """Another document that says the same, or (`same_file`) was made of the same file; None when there is none.

    Those outside the recycle bin first. What a person decided to be another document is never found
    again. `invoice` may be unsaved.
    """
    decided = _decided(invoice) if invoice.pk else set()
    found = [*_that_says_the_same(invoice), *(_of_the_same_file(invoice) if same_file else ())]
    return next((twin for twin in found if twin.pk not in decided and twin.pk != invoice.pk), None)


def open_decision(one: Invoice, other: Invoice) -> DuplicateDecision | None:
    """What stands about the pair."""
    first, second = sorted((one.pk, other.pk))
    return DuplicateDecision.objects.filter(first=first, second=second, undone_at=None).first()


def same_entry(invoice: Invoice):
    """The rows with the same number (but for its zeros), day and amount: one look-up in an index."""
    return Invoice.objects.filter(
        space_id=invoice.space_id,
        number_key=numbers.key(invoice.number),
        issue_date=invoice.issue_date,
        payable=invoice.payable,
    )


def _decided(invoice: Invoice) -> set[int]:
    pairs = DuplicateDecision.objects.filter(Q(first=invoice) | Q(second=invoice), undone_at=None)
    return {pk for pair in pairs.values_list("first_id", "second_id") for pk in pair}


def _that_says_the_same(invoice: Invoice) -> list[Invoice]:
    if not invoice.number or invoice.issue_date is None or invoice.payable is None:
        return []
    rows = same_entry(invoice).filter(
        currency=invoice.currency, is_credit_note=invoice.is_credit_note, is_sales=int(invoice.list_is_sales)
    )
    found = _read(rows.order_by(F("deleted_at").asc(nulls_first=True), "pk"))
    return [twin for twin in found if _same_party(invoice, twin) and _same_document(invoice, twin)]


def _read(rows) -> list[Invoice]:
    """By their ids first: there is hardly ever one, and whole documents are much to ask for."""
    ids = list(rows.values_list("pk", flat=True)[:AT_MOST])
    return list(rows.filter(pk__in=ids)) if ids else []


def _same_party(invoice: Invoice, twin: Invoice) -> bool:
    """By contact, or by name where only one of the two states a VAT number."""
    if invoice.counterparty_id is not None and invoice.counterparty_id == twin.counterparty_id:
        return True
    return bool(invoice.counterparty_name) and (
        invoice.counterparty_name.casefold() == twin.counterparty_name.casefold()
    )


def _same_document(invoice: Invoice, twin: Invoice) -> bool:
    corrected = (invoice.document.type_code == CORRECTED) != (twin.document.type_code == CORRECTED)
    named = names(invoice, twin) != names(twin, invoice)
    return numbers.same(invoice.number, twin.number) and not corrected and not named


def names(document: Invoice, other: Invoice) -> bool:
    """Does `document` name `other` as the invoice that came before it (BT-25)?"""
    return any(numbers.same(reference.number or "", other.number) for reference in document.document.preceding)


def _of_the_same_file(invoice: Invoice) -> list[Invoice]:
    """Only the recycle bin can hold one: a second document of a present file is never made."""
    if not invoice.original_sha256:
        return []
    receipts = Receipt.objects.filter(
        space_id=invoice.space_id,
        sha256=invoice.original_sha256,
        invoice__deleted_at__isnull=False,
        invoice__original_sha256=invoice.original_sha256,
    )
    ids = list(receipts.values_list("invoice", flat=True).order_by("invoice")[:AT_MOST])
    return list(Invoice.objects.filter(pk__in=ids).order_by("pk")) if ids else []

"""What we ourselves find in a document, beside the official rules: made anew whenever it is looked at again.

A fatal finding keeps a document from being approved until a person has dealt with it; a warning keeps
it from being approved automatically.
"""

from django.utils.translation import gettext as _

from banqup.invoices.models import Invoice
from banqup.invoices.statuses import Kind
from banqup.invoices.twins import twin_of

from . import judgement

DUPLICATE, REFERENCE, MANDATE = "BANQUP-DUPLICATE", "BANQUP-REFERENCE", "BANQUP-MANDATE"
_OURS = frozenset({DUPLICATE, REFERENCE, MANDATE})


def findings(invoice: Invoice) -> list[dict]:
    """All of them; sets `possible_duplicate_of` (unsaved)."""
    return [*possible_duplicate(invoice), *errors(invoice)]


def errors(invoice: Invoice) -> list[dict]:
    """What keeps it from being approved, as it stands at this moment."""
    return [*_missing_reference(invoice), *_missing_mandate(invoice)]


def is_ours(finding: dict) -> bool:
    return finding["rule"] in _OURS


def look_again(invoice: Invoice) -> None:
    """The stored verdict with our findings made anew (unsaved); the official ones stay as they are."""
    official = [finding for finding in invoice.findings if finding["rule"] not in _OURS]
    invoice.report = {**invoice.report, "findings": [*official, *findings(invoice)]}
    invoice.error_count = judgement.errors(invoice.report)


def possible_duplicate(invoice: Invoice, *, same_file: bool = True) -> list[dict]:
    """Sets `possible_duplicate_of` (unsaved). `same_file`: is a document of the same file looked for, too?"""
    invoice.possible_duplicate_of = twin = twin_of(invoice, same_file=same_file)
    if twin is None:
        return []
    is_same_file = bool(invoice.original_sha256) and twin.original_sha256 == invoice.original_sha256
    words = _("The same file as %s.") if is_same_file else _("Looks like %s: same party, number, date and amount.")
    if twin.deleted_at is not None:
        words += " " + _("That one is in the recycle bin.")
    return [judgement.remark(DUPLICATE, words % twin.title, field="BT-1")]


def _missing_reference(invoice: Invoice) -> list[dict]:
    """LIFECYCLE §7: a credit note says which invoice it credits, or a person says that it stands alone."""
    named = any(reference.number for reference in invoice.document.preceding)
    if not invoice.is_credit_note or invoice.stands_alone or named:
        return []
    words = _("This credit note names no invoice. Enter the number of the invoice, or say that it stands alone.")
    return [judgement.remark(REFERENCE, words, field="BT-25", severity="fatal")]


def _missing_mandate(invoice: Invoice) -> list[dict]:
    """LIFECYCLE §7d: what we issue in a supplier's name needs its agreement on the day of issue."""
    if invoice.kind != Kind.SELF_BILLED_OUT:
        return []
    supplier, day = invoice.counterparty, invoice.issue_date or invoice.space.today()
    if supplier is not None and supplier.lets_us_bill(day):
        return []
    name = {"supplier": invoice.counterparty_name or _("this supplier")}
    if supplier is None or not supplier.self_billing:
        words = _("Nothing says that you may issue the invoices of %(supplier)s. Enter the agreement on its page.")
    elif supplier.mandate_from is None:
        words = _("The agreement to issue the invoices of %(supplier)s has no date. Enter it on its page.")
    else:
        words = _("The agreement to issue the invoices of %(supplier)s does not cover the day of issue.")
    return [judgement.remark(MANDATE, words % name, field="BT-27", severity="fatal")]

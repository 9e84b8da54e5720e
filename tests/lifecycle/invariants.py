"""LIFECYCLE §10 over everything in the database, computed once more and in another way than the product does.

The general status comes from the matrix beside the contract, the rest from the words of the contract.
"""

import csv
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

from banqup.actions import doctor
from banqup.exports.models import Export
from banqup.invoices.models import Event, Invoice, Receipt
from banqup.payments.models import Allocation
from banqup.spaces.models import Engagement

from . import selling

NOTHING = Decimal("0.00")
APPROVALS = {"approved", "approved_automatically"}


def _matrix():
    with (Path(__file__).parent.parent / "general_status_matrix.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["legal"] == "yes"]
    words = {
        (row["kind"], row["document"], row["payment"], row["delivery"]): row["general"].upper().replace("’", "'")
        for row in rows
    }
    return {cell: word.replace(" ", "_").replace("'", "") for cell, word in words.items()}


MATRIX = _matrix()


def check() -> None:
    """Raises AssertionError with every rule that does not hold, and where."""
    invoices = list(Invoice.objects.defer("data", "report", "search_text").order_by("pk"))
    wrong = [*_statuses(invoices), *_ledger(invoices), *_releases(invoices), *_exports(), *_receipts(invoices)]
    wrong += selling.check()
    wrong += [f"doctor: {problem}" for problem in doctor.examine()]
    assert not wrong, "\n".join(wrong)


def _payment_status(invoice) -> str:
    if invoice.payable is not None and invoice.paid + invoice.credited >= invoice.payable:
        return "FULLY_PAID"
    if invoice.wont_be_paid_at is not None:
        return "WONT_BE_PAID"
    return "PARTIALLY_PAID" if invoice.paid + invoice.credited > 0 else "UNPAID"


def _accounting_status(invoice) -> str:
    if invoice.document_status == "DRAFT":
        return "NONE"
    if invoice.released_at is None:
        no_work = invoice.document_status == "REFUSED" or invoice.deleted_at is not None
        return "NONE" if no_work else "CLIENT_ACTION_NEEDED"
    return "PROCESSED" if invoice.processed_at is not None else "READY_TO_PROCESS"


def _statuses(invoices):
    for invoice in invoices:
        payment = _payment_status(invoice)
        cell = (invoice.kind, invoice.document_status, payment, invoice.delivery_status)
        should = payment, MATRIX.get(cell, "no legal cell"), _accounting_status(invoice)
        stands = invoice.payment_status, invoice.general_status, invoice.accounting_status
        if stands != should:
            yield f"{invoice.pk} {cell}: shows {stands}, should be {should}"
        if invoice.deleted_at is not None and (invoice.is_released or invoice.paid or invoice.credited):
            yield f"{invoice.pk} is in the recycle bin, and released or paid"


def _ledger(invoices):
    """§10.4; and a credit note counts only while it is released and nobody objects to it (§7)."""
    paid, credited = defaultdict(Decimal), defaultdict(Decimal)
    by_pk = {invoice.pk: invoice for invoice in invoices}
    for to, note, amount in Allocation.objects.filter(removed_at=None).values_list("invoice", "credit_note", "amount"):
        if note is None:
            paid[to] += amount
            continue
        credited[to] += amount
        credited[note] += amount
        given = by_pk[note]
        if not given.is_released or given.document_status in ("DISPUTED", "REFUSED"):
            yield f"credit note {note} ({given.document_status}) settles {to}"
        if (given.space_id, given.counterparty_id, given.currency) != (
            by_pk[to].space_id,
            by_pk[to].counterparty_id,
            by_pk[to].currency,
        ):
            yield f"credit note {note} settles {to} of another party"
    for invoice in invoices:
        if (invoice.paid, invoice.credited) != (paid[invoice.pk], credited[invoice.pk]):
            yield f"{invoice.pk}: {invoice.paid} / {invoice.credited}, ledger {paid[invoice.pk]} / {credited[invoice.pk]}"
        settled = invoice.paid + invoice.credited
        if settled and settled > (invoice.payable or NOTHING):
            yield f"{invoice.pk}: {settled} is allocated to {invoice.payable}"


def _releases(invoices):
    """§10.1: released ⇔ one more approval than withdrawals in the history."""
    counts = defaultdict(Counter)
    for pk, verb in Event.objects.values_list("invoice", "verb"):
        counts[pk]["approved" if verb in APPROVALS else verb] += 1
    for invoice in invoices:
        counted = counts[invoice.pk]
        if counted["approved"] - counted["withdrawn"] != int(invoice.is_released):
            yield f"{invoice.pk}: released {invoice.released_at}, history {dict(counted)}"
        if bool(invoice.content_sha256) != invoice.is_released:
            yield f"{invoice.pk}: released {invoice.released_at}, frozen {invoice.content_sha256!r}"
        begun = counted["created" if invoice.channel == "creator" else "received"]
        if begun != 1:
            yield f"{invoice.pk}: received or made {begun} times"


def _exports():
    """§10.2, and nothing goes to another business's integration or carries other content than was released."""
    rows = Export.objects.exclude(state="cancelled").select_related("invoice", "integration")
    for export in rows.defer("invoice__data", "invoice__report"):
        invoice = export.invoice
        if invoice.released_at is None or export.created_at < invoice.released_at:
            yield f"export {export.pk} ({export.state}) of {export.created_at} before release {invoice.released_at}"
        elif export.content_sha256 != invoice.content_sha256:
            yield f"export {export.pk} carries {export.content_sha256}, released was {invoice.content_sha256}"
        if export.integration.space_id != invoice.space_id:
            yield f"export {export.pk} goes to another business"


def _receipts(invoices):
    """Received = documents + duplicates + still to be judged."""
    became = Counter(Receipt.objects.filter(outcome="document").values_list("invoice", flat=True))
    if became != Counter(invoice.pk for invoice in invoices if invoice.channel != "creator"):
        yield f"receipts became {dict(became)}"


def check_partner_sees(office) -> None:
    """§10.9: only documents of active clients, no drafts."""
    clients = set(Engagement.objects.filter(partner=office, status="active").values_list("business", flat=True))
    seen = set(Invoice.objects.of_clients(office).values_list("pk", flat=True))
    assert seen == set(
        Invoice.objects.filter(space__in=clients).exclude(document_status="DRAFT").values_list("pk", flat=True)
    )

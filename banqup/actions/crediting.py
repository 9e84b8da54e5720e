"""Credit notes and the invoices they settle (LIFECYCLE §7).

A credit note counts only while it is released and neither disputed nor refused. Rows are locked in
one order everywhere: the credit note first, then invoices by age.
"""

from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.invoices import journal, numbers, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.twins import names
from banqup.payments import ledger
from banqup.payments.models import Allocation
from banqup.spaces.access import standing

from . import own
from .refusals import ChangedMeanwhile, NotAllowed, NotPossible
from .rights import may_edit, may_pay

# So many open credit notes of one supplier are looked through for the one that names an invoice.
_LOOKED_AT = 20


def link(*, credit_note: Invoice, invoice: Invoice, by, amount: Decimal | None = None) -> Allocation:
    """Settle `amount` of `invoice` with `credit_note`; by default as much as both sides have open.

    Raises NotAllowed, NotPossible (not released, objected to, another party or currency, too much).
    """
    _require(by, credit_note)
    with transaction.atomic():
        credit_note, invoice = _locked(credit_note.pk), _locked(invoice.pk)
        if reason := _unfit(credit_note, invoice):
            raise NotPossible(reason)
        possible = min(credit_note.open_amount, invoice.open_amount)
        amount = possible if amount is None else amount
        if not 0 < amount <= possible:
            raise NotPossible(
                _("At most %(currency)s %(possible)s can be settled with it.")
                % {"currency": invoice.currency, "possible": possible},
                field="amount",
            )
        return _credit(credit_note, invoice, amount, by)


def unlink(*, allocation: Allocation, by) -> None:
    """Undo `link`: both sides are as they were before. Raises NotAllowed, NotPossible."""
    _require(by, allocation.invoice)
    with transaction.atomic():
        _uncredit(allocation, _locked(allocation.credit_note_id), by)


def candidates(document: Invoice):
    """The open documents that this one can be linked with: credit notes of an invoice, invoices of a credit note."""
    if document.counterparty_id is None:
        return Invoice.objects.none()
    found = Invoice.objects.present().filter(
        space=document.space_id,
        counterparty=document.counterparty_id,
        currency=document.currency,
        is_sales=int(document.list_is_sales),
        is_credit_note=not document.is_credit_note,
        payable__gt=F("paid") + F("credited"),
    )
    objected = Q(document_status__in=statuses.UNDER_OBJECTION)
    if document.is_credit_note:
        return found.filter(objected | Q(released_at__isnull=False)).order_by("sort_date", "pk")
    return found.filter(~objected, released_at__isnull=False).order_by("sort_date", "pk")


def settle_on_release(credit_note: Invoice) -> None:
    """What a released credit note names (BT-25) it settles, as far as both sides are open.

    Called in the transaction of the approval, which holds the credit note's row. The rest stays open.
    """
    found = named(credit_note)
    journal.hold(found)  # by age: another credit note may name them in another order
    for pk in found:
        invoice = _locked(pk)
        if not _unfit(credit_note, invoice):
            _credit(credit_note, invoice, min(credit_note.open_amount, invoice.open_amount), None)


def named(credit_note: Invoice) -> list[int]:
    """Ids of the present invoices that `credit_note` names (BT-25), in its order."""
    if credit_note.counterparty_id is None:
        return []
    found = []
    for reference in credit_note.document.preceding:
        number = reference.number or ""
        rows = Invoice.objects.present().filter(
            space=credit_note.space_id,
            counterparty=credit_note.counterparty_id,
            currency=credit_note.currency,
            is_credit_note=False,
            is_sales=int(credit_note.list_is_sales),
            number_key=numbers.key(number),
        )
        pairs = rows.order_by("pk").values_list("pk", "number")
        found += [pk for pk, stated in pairs if numbers.same(stated, number)][:1]
    return found


def suggested(document: Invoice) -> Invoice | None:
    """What this document could settle, or be settled by, since one of the two names the other (§7).

    For a released credit note or invoice of which something is open: a credit note that was resolved,
    or that came before its invoice. Nothing is linked by itself.
    """
    if not document.is_released or not document.open_amount or document.open_amount <= 0:
        return None
    found = candidates(document)
    if document.is_credit_note:
        fits = found.filter(pk__in=named(document))
    else:
        # Few are open at one time; the newest are the likeliest.
        notes = found.order_by("-sort_date", "-pk")[:_LOOKED_AT]
        fits = [note for note in notes if names(note, document)]
    pair = ((document, other) if document.is_credit_note else (other, document) for other in fits)
    note, invoice = next((both for both in pair if not _unfit(*both)), (None, None))
    return invoice if document.is_credit_note else note


def set_stands_alone(*, credit_note: Invoice, stands_alone: bool, by, version: int | None = None) -> Invoice:
    """A person says that `credit_note` belongs to no invoice, or takes that back; nothing is released.

    Raises NotAllowed, NotPossible, ChangedMeanwhile. Returns it re-read.
    """
    _require(by, credit_note, may_edit)
    with transaction.atomic():
        credit_note = _locked(credit_note.pk)
        if version is not None and version != credit_note.version:
            raise ChangedMeanwhile(credit_note)
        if not credit_note.is_credit_note or not credit_note.has_open_data:
            raise NotPossible(_("%s is not a credit note that waits for approval.") % credit_note.title)
        credit_note.stands_alone = stands_alone
        own.look_again(credit_note)
        credit_note.version += 1
        credit_note.save()
        journal.record(credit_note, Verb.STANDS_ALONE, by=by, stands_alone=stands_alone)
    return credit_note.reread()


def stop_counting(credit_note: Invoice, *, by) -> None:
    """A credit note that is disputed or refused settles nothing: its allocations end (§7).

    Called in the transaction of the objection, which holds its row and saves it afterwards.
    """
    for allocation in Allocation.objects.filter(credit_note=credit_note, removed_at=None).order_by("invoice_id"):
        _uncredit(allocation, credit_note, by, save_credit_note=False)


def _require(by, invoice: Invoice, right=may_pay) -> None:
    needed = right(invoice)
    if needed not in standing(by, invoice.space).business:
        raise NotAllowed(_("You may not %s here.") % needed.label)


def _locked(pk: int) -> Invoice:
    return Invoice.objects.select_for_update().get(pk=pk)


def _unfit(credit_note: Invoice, invoice: Invoice) -> str:
    """Why this credit note can't settle this invoice; empty when it can."""
    if not credit_note.is_credit_note or invoice.is_credit_note:
        return _("A credit note settles an invoice.")
    if not credit_note.is_released or credit_note.document_status in statuses.UNDER_OBJECTION:
        return _("A credit note counts once it is approved, and while it is neither disputed nor refused.")
    same_party = credit_note.counterparty_id is not None and credit_note.counterparty_id == invoice.counterparty_id
    if credit_note.space_id != invoice.space_id or not same_party:
        return _("They are not of the same supplier or customer.")
    if credit_note.list_is_sales != invoice.list_is_sales or credit_note.currency != invoice.currency:
        return _("They are not of the same list and currency.")
    if invoice.document_status == statuses.DocumentStatus.DRAFT:
        return _("A draft is not settled: send it first.")
    if invoice.deleted_at is not None or (invoice.open_amount or 0) <= 0 or (credit_note.open_amount or 0) <= 0:
        return _("Nothing is open on one of them.")
    return ""


def _credit(credit_note: Invoice, invoice: Invoice, amount: Decimal, by) -> Allocation:
    allocation = ledger.credit(credit_note=credit_note, invoice=invoice, amount=amount, by=by)
    _keep(Verb.CREDITED, credit_note, invoice, allocation, by)
    return allocation


def _uncredit(allocation: Allocation, credit_note: Invoice, by, *, save_credit_note=True) -> None:
    invoice = _locked(allocation.invoice_id)
    if not Allocation.objects.filter(pk=allocation.pk, removed_at=None).exists():
        raise NotPossible(_("This link was undone already."))
    ledger.remove(allocation=allocation, invoice=invoice, credit_note=credit_note, at=timezone.now())
    _keep(Verb.UNCREDITED, credit_note, invoice, allocation, by, save_credit_note=save_credit_note)


def _keep(verb, credit_note, invoice, allocation, by, *, save_credit_note=True) -> None:
    told = {"amount": str(allocation.amount), "currency": invoice.currency, "allocation": allocation.pk}
    for changed, other in ((credit_note, invoice), (invoice, credit_note)):
        if changed is invoice or save_credit_note:
            changed.version += 1
            changed.save()
        journal.record(changed, verb, by=by, **told, other=other.title, other_id=other.pk)

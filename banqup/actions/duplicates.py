"""Two documents that look like one: a person decides, the decision is kept and can be taken back.

Which documents look alike, `banqup.invoices.twins` says. A decided pair is never asked about again.
"""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.invoices import journal
from banqup.invoices.models import DuplicateDecision, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.twins import open_decision, twin_of

from . import own, recycle
from .approval import locked, require
from .refusals import NotPossible
from .rights import may_edit


def in_the_way(invoice: Invoice) -> str:
    """Why it can't go to the recycle bin as a duplicate; empty when it can."""
    if invoice.is_released:
        return _("It was approved, so it is kept. Refuse it with the reason “Duplicate” instead.")
    if invoice.channel in recycle.NETWORK_CHANNELS:
        return _("Its sender knows that you have it, so it is kept. Refuse it with the reason “Duplicate” instead.")
    return recycle.in_the_way(invoice)


def mark_as_duplicate(*, invoice: Invoice, twin: Invoice, by, version: int | None = None) -> DuplicateDecision:
    """`invoice` is `twin` once more: it goes to the recycle bin.

    Raises NotAllowed, NotPossible (released, came over a network, not alike any more), ChangedMeanwhile.
    """
    require(by, invoice, recycle.may_delete(invoice))
    with transaction.atomic():
        invoice, twin = _alike(invoice, twin, version)
        if reason := in_the_way(invoice):
            raise NotPossible(reason)
        decision = _decide(invoice, twin, by, copy=invoice)
        recycle.delete(invoice=invoice, by=by)
    return decision


def mark_as_another(*, invoice: Invoice, twin: Invoice, by, version: int | None = None) -> DuplicateDecision:
    """They are two documents: the finding goes from both and does not come back.

    Raises NotAllowed, NotPossible (not alike any more), ChangedMeanwhile.
    """
    require(by, invoice, may_edit(invoice))
    with transaction.atomic():
        invoice, twin = _alike(invoice, twin, version)
        decision = _decide(invoice, twin, by, copy=None)
        _look_again(invoice), _look_again(twin)
    return decision


def undo(*, decision: DuplicateDecision, by) -> None:
    """The pair is a possible duplicate again; what went to the recycle bin comes back.

    Raises NotAllowed, NotPossible (undone already, the same file came in again meanwhile).
    """
    asked = decision.copy or decision.second
    require(by, asked, recycle.may_delete(asked) if decision.copy_id else may_edit(asked))
    with transaction.atomic():
        first, second = _locked_pair(decision.first, decision.second)
        if not standing_decisions(first).filter(pk=decision.pk).exists():
            raise NotPossible(_("This decision is undone already."))
        if decision.copy_id:
            recycle.restore(invoice=first if decision.copy_id == first.pk else second, by=by)
            first, second = _locked_pair(first, second)
        DuplicateDecision.objects.filter(pk=decision.pk, undone_at=None).update(undone_at=timezone.now(), undone_by=by)
        for document, other in ((first, second), (second, first)):
            journal.record(document, Verb.DUPLICATE_UNDONE, by=by, other=other.title, other_id=other.pk)
        # The older one was there first: the question is asked about the newer.
        _look_again(second)


def standing_decisions(invoice: Invoice):
    """What was decided about `invoice` and its likes, and not undone."""
    return DuplicateDecision.objects.filter(Q(first=invoice) | Q(second=invoice), undone_at=None)


def _locked_pair(one: Invoice, other: Invoice, version: int | None = None) -> tuple[Invoice, Invoice]:
    """Both with their rows locked, the older first, as everywhere."""
    journal.hold([one.pk, other.pk])
    return locked(one, version), locked(other, None)


def _alike(invoice: Invoice, twin: Invoice, version: int | None) -> tuple[Invoice, Invoice]:
    invoice, twin = _locked_pair(invoice, twin, version)
    if open_decision(invoice, twin) is not None:
        raise NotPossible(_("It is decided already."))
    if invoice.deleted_at is not None or twin_of(invoice) != twin:
        raise NotPossible(_("%s is not a possible duplicate of it any more. Look again.") % twin.title)
    return invoice, twin


def _decide(invoice: Invoice, twin: Invoice, by, *, copy: Invoice | None) -> DuplicateDecision:
    first, second = sorted((invoice, twin), key=lambda document: document.pk)
    for document, other in ((invoice, twin), (twin, invoice)):
        went = "" if copy is None else "this" if document == copy else "other"
        journal.record(document, Verb.DUPLICATE_DECIDED, by=by, other=other.title, other_id=other.pk, copy=went)
    return DuplicateDecision.objects.create(first=first, second=second, copy=copy, decided_by=by)


def _look_again(invoice: Invoice) -> None:
    """The stored finding as it is now. What is decided keeps its verdict, and shows the other one no more."""
    if invoice.has_open_data:
        own.look_again(invoice)
    else:
        own.possible_duplicate(invoice)
    invoice.version += 1
    invoice.save()

"""The Document Creator: drafts of what we issue (LIFECYCLE §5 S1, §7d). A draft has no number and nobody else sees it."""

import copy
import dataclasses
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from banqup import einvoicing
from banqup.contacts.models import Contact
from banqup.einvoicing import Document, DocumentReference, Party, PaymentMeans
from banqup.invoices import journal, statuses
from banqup.invoices.fill import AmountOutOfRange, fill
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.models.receipt import Channel
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.sending import numbering
from banqup.spaces.access import standing
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from . import judgement, own
from .compliant import with_known_parties
from .refusals import NotAllowed, NotPossible
from .rights import lacking, locked, may_edit, require

# UNTDID 1001, by (self-billed?, credit note?).
_TYPES = {(False, False): "380", (False, True): "381", (True, False): "389", (True, True): "261"}
# Days to pay where neither the customer nor anybody else says.
USUAL_TERMS = 30
# UNTDID 4461: a credit transfer.
_TRANSFER = "30"


def start(
    *,
    space: Space,
    by,
    kind: str = Kind.SALES,
    credit_note: bool = False,
    contact: Contact | None = None,
    like: Invoice | None = None,
) -> Invoice:
    """A new draft; `like`: with the content of another document of the space, without its number and dates.

    Raises NotAllowed, NotPossible.
    """
    needed = Capability.EDIT_SALES if kind in statuses.SALES_LIST else Capability.EDIT_PURCHASE
    if needed not in standing(by, space).business:
        raise NotAllowed(lacking(needed))
    if kind not in statuses.ISSUED_BY_US:
        raise NotPossible(_("Only what you issue yourself is made here."))
    if like is not None and like.space_id != space.pk:
        raise NotPossible(_("That document belongs to another space."))
    if like is not None and like.deleted_at is not None:
        raise NotPossible(_("%s is in the recycle bin. Restore it first.") % like.title)
    contact = contact or (like.counterparty if like is not None else None)
    draft = Invoice(space=space, kind=kind, channel=Channel.CREATOR, document_status=DocumentStatus.DRAFT)
    document = _copied(like.document) if like is not None else Document()
    document = dataclasses.replace(
        document,
        kind="credit_note" if credit_note else "invoice",
        type_code=_TYPES[kind == Kind.SELF_BILLED_OUT, credit_note],
        issue_date=space.today(),
        due_date=None if credit_note else space.today() + timedelta(days=_terms(contact)),
        currency=document.currency or space.currency,
    )
    document = with_contact(document, contact, kind) if contact is not None else document
    told = {"like": like.title, "like_id": like.pk} if like is not None else {}
    return _begin(draft, document, contact, by, **told)


def credit(*, invoice: Invoice, by) -> Invoice:
    """A draft of a credit note for all of `invoice`, which it names; what is not credited is taken out by hand.

    Raises NotAllowed, NotPossible.
    """
    require(by, invoice, may_edit(invoice))
    if not can_be_credited(invoice):
        raise NotPossible(_("Only an invoice that you issued can be credited."))
    space = invoice.space
    document = dataclasses.replace(
        _reachable(_copied(invoice.document), invoice),
        kind="credit_note",
        type_code=_TYPES[invoice.kind == Kind.SELF_BILLED_OUT, True],
        issue_date=space.today(),
        due_date=None,
        preceding=(DocumentReference(number=invoice.number, issue_date=invoice.issue_date),),
        payment_means=(),
        payment_terms=None,
    )
    draft = Invoice(space=space, kind=invoice.kind, channel=Channel.CREATOR, document_status=DocumentStatus.DRAFT)
    return _begin(draft, document, invoice.counterparty, by, credits=invoice.number, credits_id=invoice.pk)


def _reachable(document: Document, invoice: Invoice) -> Document:
    """`document` with the customer's Peppol id as it is known now: what says the rest stays as the invoice said it."""
    contact = invoice.counterparty
    if contact is None or not contact.endpoint_id:
        return document
    side = "seller" if invoice.kind in statuses.PURCHASE_LIST else "buyer"
    ids = {"endpoint_id": contact.endpoint_id, "endpoint_scheme": contact.endpoint_scheme or None}
    return dataclasses.replace(document, **{side: dataclasses.replace(getattr(document, side), **ids)})


def can_be_credited(invoice: Invoice) -> bool:
    """A released invoice that we issued ourselves."""
    return invoice.kind in statuses.ISSUED_BY_US and invoice.is_released and not invoice.is_credit_note


def is_judged(invoice: Invoice) -> bool:
    """Have the rules looked at the draft since it was made?"""
    return bool(invoice.report.get("valid") or invoice.findings)


def save(*, invoice: Invoice, document: Document, contact: Contact | None = None, by, version: int) -> Invoice:
    """Keep `document` as the draft's content, judged as if it were sent now; `contact` is whom it is for.

    What says the same as before changes nothing. Several saves of one person in a row are one event: a
    draft is kept every few seconds while somebody types.

    Raises NotAllowed, NotPossible (no draft any more, an amount that can't be booked), ChangedMeanwhile.
    """
    require(by, invoice, may_edit(invoice))
    if contact is not None and contact.space_id != invoice.space_id:
        raise NotPossible(_("That contact belongs to another space."))
    document = completed(document, invoice)
    if invoice.version == version and _says_the_same(invoice, document, contact):
        return invoice
    try:
        report = _verdict(document, invoice)
    except einvoicing.ValidatorUnavailable:
        later = _(
            "Saved, but not checked yet: the rules can't be reached at the moment. It is checked again when sent."
        )
        report = {"valid": False, "profile": "", "layers": [], "findings": [judgement.remark(judgement.LATER, later)]}
    with transaction.atomic():
        invoice = locked(invoice, version)
        if invoice.document_status != DocumentStatus.DRAFT or invoice.deleted_at is not None:
            raise NotPossible(_("%s is no draft any more.") % invoice.title)
        invoice.counterparty = contact
        _keep(invoice, document, report)
        invoice.version += 1
        invoice.save()
        latest = invoice.events.values_list("verb", "actor").first()
        if latest != (Verb.SAVED, by.pk):
            journal.record(invoice, Verb.SAVED, by=by)
    return invoice.reread()


def noticed(*, invoice: Invoice, document: Document, contact: Contact | None) -> list[dict]:
    """Findings about a draft that would say `document`, without asking the rules: cheap enough for every keystroke.

    What the rules said when it was last kept is among them as long as nothing that they presuppose is missing.
    """
    shown = copy.copy(invoice)
    shown.counterparty = contact
    try:
        fill(shown, document)
    except AmountOutOfRange as error:
        return [judgement.remark("", _amount_words(error), field=error.field, severity="fatal")]
    found = [*judgement.missing(dataclasses.replace(document, number="1")), *own.errors(shown)]
    if any(finding["severity"] == "fatal" for finding in found):
        return found
    return [
        *found,
        *(each for each in invoice.findings if not judgement.needs_no_rules(each) and not own.is_ours(each)),
    ]


def set_stands_alone(*, invoice: Invoice, stands_alone: bool, by) -> Invoice:
    """A person says that the draft of a credit note belongs to no invoice, or takes that back (LIFECYCLE §7).

    Raises NotAllowed, NotPossible.
    """
    require(by, invoice, may_edit(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if not invoice.is_draft or not invoice.is_credit_note or invoice.deleted_at is not None:
            raise NotPossible(_("%s is no draft of a credit note.") % invoice.title)
        invoice.stands_alone = stands_alone
        own.look_again(invoice)
        invoice.version += 1
        invoice.save()
        journal.record(invoice, Verb.STANDS_ALONE, by=by, stands_alone=stands_alone)
    return invoice.reread()


def detach(*, invoice: Invoice, attachment: Attachment, by) -> None:
    """Take a file off a draft again; its bytes stay as long as another document has them. Raises NotAllowed, NotPossible."""
    require(by, invoice, may_edit(invoice))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if not invoice.is_draft or invoice.deleted_at is not None:
            raise NotPossible(_("%s is no draft any more.") % invoice.title)
        if not invoice.attachments.filter(pk=attachment.pk).delete()[0]:
            raise NotPossible(_("%s was removed already.") % attachment.filename)
        invoice.version += 1
        invoice.save()
        journal.record(invoice, Verb.DETACHED, by=by, filename=attachment.filename, sha256=attachment.sha256)


def _says_the_same(invoice: Invoice, document: Document, contact: Contact | None) -> bool:
    same = invoice.counterparty_id == (contact.pk if contact else None) and invoice.document == document
    waits = any(finding["rule"] == judgement.LATER for finding in invoice.findings)
    return same and is_judged(invoice) and not waits


def with_contact(document: Document, contact: Contact, kind: str) -> Document:
    """`document` addressed to `contact`, with its reference where the document has none."""
    party = Party(
        name=contact.name,
        vat_id=contact.vat_id or None,
        company_id=contact.company_id or None,
        company_scheme=contact.company_scheme or None,
        endpoint_id=contact.endpoint_id or None,
        endpoint_scheme=contact.endpoint_scheme or None,
        street=contact.street or None,
        postal_code=contact.postal_code or None,
        city=contact.city or None,
        country=contact.country or None,
        email=contact.email or None,
    )
    side = "seller" if kind in statuses.PURCHASE_LIST else "buyer"
    reference = document.buyer_reference or contact.buyer_reference or None
    return dataclasses.replace(document, **{side: party}, buyer_reference=reference)


def addressed(document: Document, draft: Invoice, contact: Contact | None) -> Document:
    """`document` to `contact` as it is known now; what followed from the customer before follows from this one."""
    if contact is None:
        return document
    before = draft.counterparty
    if before is not None and before.pk == contact.pk:
        # A credit note speaks to the customer as its invoice did.
        return document if document.preceding else with_contact(document, contact, draft.kind)
    if before is not None and document.buyer_reference == before.buyer_reference:
        document = dataclasses.replace(document, buyer_reference=None)
    if document.issue_date and document.due_date == document.issue_date + timedelta(days=_terms(before)):
        due = document.issue_date + timedelta(days=_terms(contact))
        document = dataclasses.replace(document, due_date=due)
    return with_contact(document, contact, draft.kind)


def completed(document: Document, invoice: Invoice) -> Document:
    """What a person entered, with everything that follows from it: totals, this space as a party, no number yet."""
    lines = tuple(
        dataclasses.replace(line, id=str(position), net_amount=None)
        for position, line in enumerate(document.lines, start=1)
    )
    document = einvoicing.recompute(dataclasses.replace(document, number=None, lines=lines))
    return with_known_parties(document, invoice)


def reference_for(invoice: Invoice) -> str:
    """The structured payment reference of a draft: OGM in Belgium, else ISO 11649. Unique in this installation."""
    if invoice.space.country in ("BE", ""):
        return einvoicing.belgian_reference(invoice.pk)
    return einvoicing.creditor_reference(f"{invoice.pk:08d}")


def _terms(contact: Contact | None) -> int:
    return contact.terms_days if contact is not None and contact.terms_days is not None else USUAL_TERMS


def _copied(document: Document) -> Document:
    """The content without what belongs to that one document only."""
    return dataclasses.replace(
        document,
        number=None,
        tax_point_date=None,
        period_start=None,
        period_end=None,
        delivery_date=None,
        preceding=(),
        attachments=(),
        prepaid=None,
        extra=(),
        lines=tuple(dataclasses.replace(line, extra=()) for line in document.lines),
        payment_means=(),
    )


def _begin(draft: Invoice, document: Document, contact: Contact | None, by, **told) -> Invoice:
    with transaction.atomic():
        draft.counterparty = contact
        draft.save()
        wants_money = not document.is_credit_note and draft.kind == Kind.SALES
        if wants_money and draft.space.iban:
            means = PaymentMeans(
                code=_TRANSFER,
                iban=draft.space.iban,
                account_name=draft.space.name,
                remittance_information=reference_for(draft),
            )
            document = dataclasses.replace(document, payment_means=(means,))
        # Nobody has entered anything yet: it is judged when it is first saved.
        _keep(draft, completed(document, draft), {"valid": False, "profile": "", "layers": [], "findings": []})
        draft.save()
        journal.record(draft, Verb.CREATED, by=by, **told)
    return draft.reread()


def _verdict(document: Document, invoice: Invoice) -> dict:
    """The rules' word on what would be sent now, the number included."""
    number = "1"
    if invoice.kind == Kind.SALES or invoice.counterparty_id:
        day = document.issue_date or invoice.space.today()
        number = numbering.upcoming(numbering.series_of(invoice), day).number
    _data, report = judgement.build(dataclasses.replace(document, number=number))
    return report


def _amount_words(error: AmountOutOfRange) -> str:
    return _("%(value)s (%(field)s) is an amount that can't be booked.") % {"value": error.value, "field": error.field}


def _keep(invoice: Invoice, document: Document, report: dict) -> None:
    try:
        fill(invoice, document)
    except AmountOutOfRange as error:
        raise NotPossible(_amount_words(error)) from error
    if invoice.payable is not None and invoice.payable <= 0:
        invoice.payable = None  # nothing to pay is nothing paid yet: a draft has no payment status of its own
    invoice.report = {**report, "findings": [*report["findings"], *own.errors(invoice)]}
    invoice.error_count = judgement.errors(invoice.report)

"""Complete, save and approve a document. Saving never releases; approval releases once."""

from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from banqup import einvoicing
from banqup.approvals import rules, words
from banqup.contacts.models import remember
from banqup.einvoicing import Document
from banqup.invoices import files, journal, statuses
from banqup.invoices.fill import AmountOutOfRange, fill
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.spaces.access import standing
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from . import judgement, learning, own, parties, signatures, transmitting
from .compliant import attach_e_invoice, compliant, with_known_parties
from .refusals import ChangedMeanwhile, NotAllowed, NotCompliant, NotPossible, TryLater
from .release import freeze, publish
from .rights import lacking, locked, may_approve, may_edit, require


def save(*, invoice: Invoice, document: Document, by, version: int) -> Invoice:
    """Keep `document` as the invoice's data, judged; nothing is released (P4, S5).

    `document` is what a person entered; totals and ids that follow from it are computed here.
    Raises NotAllowed, NotPossible, ChangedMeanwhile; ValidationError-like problems become findings.
    """
    require(by, invoice, may_edit(invoice))
    document = with_known_parties(einvoicing.recompute(document), invoice)
    try:
        document, report = judged(document)
    except einvoicing.ValidatorUnavailable:
        later = _(
            "Saved, but not checked yet: the rules can't be reached at the moment. It is checked again when you approve."
        )
        report = {"valid": False, "profile": "", "layers": [], "findings": [judgement.remark("BANQUP-LATER", later)]}
    with transaction.atomic():
        invoice = locked(invoice, version)
        if not invoice.has_open_data:
            raise NotPossible(_("Approved data can't be changed. Dispute, refuse, or ask for a credit note."))
        waited = invoice.document_status == DocumentStatus.VALIDATED
        keep_data(invoice, document, report)
        learning.learn_from(invoice, document, invoice.counterparty)
        if invoice.error_count == 0 and report["valid"] and invoice.kind != Kind.SALES:
            invoice.wait_for_approval()
        else:
            invoice.keep_waiting()
        invoice.version += 1
        invoice.save()
        journal.record(invoice, Verb.SAVED, by=by, errors=invoice.error_count)
        # Who was asked already is asked again only where a change made signatures void.
        if invoice.document_status == DocumentStatus.VALIDATED and (not waited or invoice.signatures.exists()):
            signatures.ask(invoice, by)
    return invoice.reread()


def judged(document: Document) -> tuple[Document, dict]:
    """The document and the verdict on the e-invoice made of it.

    What the original said beyond our fields goes with it, unless that is what the rules refuse: a person
    has no field to put it right in, and it stays in the original.
    """
    _data, report = judgement.build(document)
    plain = einvoicing.without_extra(document)
    if report["valid"] or plain is document:
        return document, report
    _data, other = judgement.build(plain)
    return (plain, other) if judgement.errors(other) < judgement.errors(report) else (document, report)


def keep_data(invoice: Invoice, document: Document, report: dict) -> None:
    currency = invoice.currency
    try:
        fill(invoice, document)
    except AmountOutOfRange as error:
        raise NotPossible(
            _("%(value)s (%(field)s) is an amount that can't be booked.") % {"value": error.value, "field": error.field}
        ) from error
    settled = invoice.paid + invoice.credited
    if settled and (settled > (invoice.payable or 0) or invoice.currency != currency):
        raise NotPossible(
            _("%(currency)s %(settled)s is settled on it already. Undo that first, or keep the total.")
            % {"currency": currency, "settled": settled}
        )
    supplier = invoice.kind in statuses.PURCHASE_LIST
    _this, other = parties.own_and_other(document, invoice.kind)
    iban = next((means.iban for means in document.payment_means if means.iban), None) or ""
    invoice.counterparty = remember(space=invoice.space, party=other, iban=iban[:34], supplier=supplier)
    invoice.report = {**report, "findings": [*report["findings"], *own.findings(invoice)]}
    invoice.error_count = judgement.errors(invoice.report)


def approve(
    *,
    invoice: Invoice,
    by,
    version: int | None = None,
    delivered_elsewhere: bool = False,
    way: str = "",
    note: str = "",
    through: Space | None = None,
) -> Invoice:
    """Give the next approval of `invoice`; the last one makes it a compliant e-invoice and releases it, once (P5, P6, S6).

    The right comes first, then the e-invoice is built and judged with no lock held; then one
    transaction locks the row, re-checks version and right, and signs a step or releases. What we issue
    goes to the customer by `way` (a `Way`; empty: the best that there is), unless it was
    `delivered_elsewhere`. `note`: how a dispute was settled, needed to approve a disputed document (C18). `through`: the accountant's
    space that the business delegated approval to and in which `by` acts (C12). Raises NotAllowed,
    NotPossible, NotCompliant (with the report), ChangedMeanwhile, TryLater; in each case nothing
    changed. Returns the invoice re-read.
    """
    plan, signer = turn(invoice, by, through, version)
    if not invoice.may_be_approved:
        raise NotPossible(_not_open(invoice))
    to_send = invoice.kind in statuses.ISSUED_BY_US and not delivered_elsewhere
    option = transmitting.way_for(invoice, way) if to_send else None
    if version is not None and version != invoice.version:
        raise ChangedMeanwhile(invoice)
    if invoice.document_status in statuses.UNDER_OBJECTION:
        _settles(invoice, plan, note, through)
    try:
        data, verdict, is_original = compliant(invoice)
        # The rules run in their own process; until they have spoken there is time for this.
        releases = plan is None or plan.is_last
        again = invoice.exports.exists()
        sha256 = files.store(invoice.space_id, data) if data and releases else ""
        report = verdict()
    except einvoicing.ValidatorUnavailable as error:
        raise TryLater(
            _("The rules can't be reached at the moment. Nothing changed; try again in a minute.")
        ) from error
    except files.DamagedFile as error:
        raise NotPossible(_("A stored file of this document is damaged. Upload the document again.")) from error
    except OSError as error:
        raise TryLater(
            _("The server can't read or store files at the moment (%s). Nothing changed; try again.") % error.strerror
        ) from error
    if not report["valid"]:
        raise NotCompliant(report)
    if held_back := own.errors(invoice):
        raise NotCompliant({**report, "valid": False, "findings": [*report["findings"], *held_back]})
    if is_original and invoice.error_count:
        # The rules are content, but we could not take it in: an amount that no ledger holds, say.
        raise NotCompliant(invoice.report)
    with transaction.atomic():
        invoice = locked(invoice, invoice.version)
        plan, signer = _same_turn(invoice, by, through, plan)
        if not releases:
            signatures.sign(invoice, plan, signer, report=report)
            return invoice.reread()
        invoice.report, invoice.error_count = report, 0
        try:
            _transition(invoice, to_send=to_send)
        except TransitionNotAllowed as error:
            raise NotPossible(_("%s can't be approved in its present state.") % invoice.title) from error
        if not is_original:
            attach_e_invoice(invoice, data, sha256)
        freeze(invoice, e_invoice_sha256=sha256, by=by)
        invoice.save()
        told = signatures.sign_last(invoice, plan, signer)
        publish(invoice, by=by, signer=signer, again=again, note=note, **told)
        if option is not None:
            transmitting.enqueue(invoice, option, by=by)
    return invoice.reread()


def turn(
    invoice: Invoice, by, through: Space | None = None, version: int | None = None
) -> tuple[rules.Plan | None, rules.Signer]:
    """(the plan, none for sales; as what `by` approves).

    Raises NotAllowed, which reveals nothing to a stranger; ChangedMeanwhile to who could have approved
    what they saw, before somebody else did.
    """
    both = standing(by, invoice.space)
    rights = both.partner if through is not None else both.business
    in_purchase = invoice.kind in statuses.PURCHASE_LIST
    if Capability.VIEW_DOCUMENTS not in rights or (through is not None and not in_purchase):
        raise NotAllowed(lacking(may_approve(invoice)))
    if not in_purchase or not invoice.may_be_approved:
        if may_approve(invoice) not in rights:
            raise NotAllowed(lacking(may_approve(invoice)))
        return None, rules.Signer(by, through=through)
    plan = rules.plan_of(invoice)
    signer = plan.signer(by, through)
    if signer is not None:
        return plan, signer
    if plan.is_simple:
        raise NotAllowed(lacking(may_approve(invoice)))
    if version not in (None, invoice.version) or not Invoice.objects.filter(pk=invoice.pk, version=invoice.version):
        raise ChangedMeanwhile(invoice)
    raise NotAllowed(words.why_not(plan, by, through))


def _same_turn(invoice, by, through, seen: rules.Plan | None):
    """The turn under the lock. Raises NotAllowed; ChangedMeanwhile when the route is not the one seen before."""
    plan, signer = turn(invoice, by, through)
    if plan is not None and plan.stand != seen.stand:
        raise ChangedMeanwhile(invoice)
    return plan, signer


def _not_open(invoice: Invoice) -> str:
    if invoice.is_released:
        return _("%s is approved already.") % invoice.title
    return _("%s can't be approved in its present state.") % invoice.title


def _settles(invoice: Invoice, plan: rules.Plan | None, note: str, through: Space | None) -> None:
    """Approval of a disputed document settles the dispute: one approval, and how it was settled (C18)."""
    if through is not None:
        raise NotPossible(_("It is disputed: %s has to settle that first.") % invoice.space.name)
    if plan is not None and plan.total > 1:
        raise NotPossible(several_approvals(plan))
    if not note.strip():
        raise NotPossible(_("Say in the note how it was settled."), field="note")


def several_approvals(plan: rules.Plan) -> str:
    """Why a disputed document is not approved at once: P5 knows steps of undisputed ones only."""
    told = _("It takes %d approvals. Resolve the dispute first; then it is approved step by step.")
    return told % plan.total


def _transition(invoice: Invoice, *, to_send: bool) -> None:
    if invoice.kind == Kind.SALES:
        invoice.approve_sales()
    elif invoice.kind == Kind.SELF_BILLED_OUT:
        invoice.approve_self_billed()
    else:
        invoice.approve_received()
    if to_send:
        invoice.wait_for_sending()
    elif invoice.kind in statuses.ISSUED_BY_US:
        invoice.delivered_elsewhere()

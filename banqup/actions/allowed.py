"""What may this person do with this document now? The one function behind every button.

A page offers what `allowed` returns and nothing else; an action that is off says why. The verbs
check again by themselves, so a forged request is refused in the same words.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django_fsm import can_proceed

from banqup.approvals import rules, words
from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.spaces.access import Standing, delegates, people_with
from banqup.spaces.roles import Capability, roles_with

from . import allowed_delivery, allowed_issuing, duplicates, recycle, splitting, withdrawal
from .approval import may_approve, several_approvals
from .assignment import can_be_assigned
from .rights import may_edit, may_pay, may_resend


@dataclass(frozen=True)
class Action:
    """One thing a person could do. `enabled` or else `reason` says why not."""

    name: str
    label: str
    icon: str  # heroicon
    key: str = ""  # keyboard letter
    style: str = "default"  # primary | default | quiet | danger
    reason: str = ""
    note: str = ""  # what it leads to, where that is not plain

    @property
    def enabled(self) -> bool:
        return not self.reason


def allowed(invoice: Invoice, standing: Standing) -> list[Action]:
    """The actions of the business side, most important first; `invoice.space` is loaded."""
    if invoice.deleted_at is not None:
        return [_restore(invoice, standing)]
    offers = [
        *_issuing(invoice, standing),
        _approve(invoice, standing),
        _save(invoice, standing),
        _resolve(invoice, standing),
        *_about_twins(invoice, standing),
        _record_payment(invoice, standing),
        _mark_unpaid(invoice, standing),
        _link_credit_note(invoice, standing),
        *_customer(invoice, standing),
        _dispute(invoice, standing),
        _refuse(invoice, standing),
        _withdraw(invoice, standing),
        _assign(invoice, standing),
        _resend(invoice, standing),
        Action("attach", _("Attach a file"), "paper-clip", reason=_needs(may_edit(invoice), invoice, standing)),
        _split(invoice, standing),
        _delete(invoice, standing),
    ]
    return [offer for offer in offers if offer is not None]


def allowed_to_partner(invoice: Invoice, standing: Standing) -> list[Action]:
    """The actions of the accountant."""
    offers = [
        _approve_for_client(invoice, standing),
        _process(invoice, standing),
        _resend(invoice, standing, partner=True),
    ]
    return [offer for offer in offers if offer is not None]


def commenting(invoice: Invoice, standing: Standing, *, partner: bool = False) -> Action:
    """The offer to comment and to ask, which stands with the comments themselves."""
    rights = standing.partner if partner else standing.business
    reason = ""
    if Capability.COMMENT not in rights:
        reason = _("You may read the comments, not write any.")
    elif invoice.deleted_at is not None:
        reason = _("It is in the recycle bin. Restore it first.")
    return Action("comment", _("Comment"), "chat-bubble-left", reason=reason)


def find(actions: list[Action], name: str) -> Action | None:
    return next((action for action in actions if action.name == name), None)


def approving(invoice: Invoice, standing: Standing, plan: rules.Plan | None = None) -> Action | None:
    """The offer of approval alone: what a window over many documents asks of each, with the `plan` it has of it."""
    return None if invoice.deleted_at is not None else _approve(invoice, standing, plan)


def _needs(capability: Capability, invoice: Invoice, standing: Standing) -> str:
    if capability in standing.business:
        return ""
    roles = " / ".join(str(role.label).lower() for role in roles_with(capability, partner=False))
    people = ", ".join(people_with(invoice.space, capability)[:3])
    ask = _(" Ask %s.") % people if people else ""
    return _("This needs the role %(roles)s.%(ask)s") % {"roles": roles, "ask": ask}


def _approve(invoice, standing, plan=None) -> Action | None:
    if not invoice.may_be_approved:
        return None
    ours = invoice.kind in statuses.ISSUED_BY_US
    label = _("Approve & send") if ours else _("Approve")
    if plan is None and invoice.kind in statuses.PURCHASE_LIST:
        plan = rules.plan_of(invoice)
    if plan is None or (plan.is_simple and plan.signer(standing.person) is None):
        reason = _needs(may_approve(invoice), invoice, standing)
    else:
        reason = words.why_not(plan, standing.person)
    if not reason and not invoice.has_open_data and plan is not None and plan.total > 1:
        reason = several_approvals(plan)
    reason = reason or _not_ready(invoice)
    note = words.next_up(plan) if plan is not None else ""
    return Action("approve", label, "check", key="a", style="primary", reason=reason, note=note)


def _not_ready(invoice) -> str:
    if invoice.error_count:
        return _("%(count)d to fix before it can be approved.") % {"count": invoice.error_count}
    return "" if invoice.data else _("Complete the data and save first.")


def _approve_for_client(invoice, standing) -> Action | None:
    """What the business delegated to its accountant (C12); not offered at all where it did not."""
    delegated = Capability.APPROVE_PURCHASE in standing.partner
    if not delegated or not invoice.has_open_data or invoice.kind not in statuses.PURCHASE_LIST:
        return None
    plan = rules.plan_of(invoice)
    office, _people = delegates(invoice.space)
    reason = words.why_not(plan, standing.person, office) or _not_ready(invoice)
    label = _("Approve for %s") % invoice.space.name
    return Action("approve", label, "check", key="a", style="primary", reason=reason, note=words.next_up(plan))


def _assign(invoice, standing) -> Action | None:
    if not can_be_assigned(invoice):
        return None
    reason = _needs(Capability.APPROVE_PURCHASE, invoice, standing)
    return Action("assign", _("Assign approver"), "user-plus", reason=reason)


def _save(invoice, standing) -> Action | None:
    if not invoice.has_open_data:
        return None
    return Action("save", _("Save"), "document-check", key="s", reason=_needs(may_edit(invoice), invoice, standing))


def _issuing(invoice, standing) -> list[Action]:
    def needs(capability):
        return _needs(capability, invoice, standing)

    return [
        Action(name, label, icon, style=style, reason=reason, key=key)
        for offers in (allowed_issuing.offers, allowed_delivery.offers)
        for name, label, icon, style, reason, key in offers(invoice, needs)
    ]


def _dispute(invoice, standing) -> Action | None:
    if not can_proceed(invoice.dispute):
        return None
    reason = _needs(may_approve(invoice), invoice, standing)
    return Action("dispute", _("Dispute"), "chat-bubble-left", key="d", reason=reason)


def _refuse(invoice, standing) -> Action | None:
    paid = invoice.open_amount is not None and invoice.open_amount <= 0
    if not can_proceed(invoice.refuse) and not (paid and can_proceed(invoice.dispute)):
        return None
    reason = _needs(may_approve(invoice), invoice, standing)
    if not reason and paid:
        reason = _("It is fully paid: dispute it instead.")
    return Action("refuse", _("Refuse"), "x-circle", style="danger", reason=reason)


def _resolve(invoice, standing) -> Action | None:
    if invoice.kind in statuses.SALES_LIST and invoice.wont_be_paid_at is not None:
        return None  # then it is marked as resolved, which clears that as well
    if not (can_proceed(invoice.resolve_released) or can_proceed(invoice.reopen)):
        return None
    reason = _needs(may_approve(invoice), invoice, standing)
    return Action("resolve", _("Resolve"), "check-circle", style="primary", reason=reason)


def _withdraw(invoice, standing) -> Action | None:
    if not invoice.is_released or invoice.document_status != statuses.DocumentStatus.FULLY_APPROVED:
        return None
    if invoice.kind in statuses.ISSUED_BY_US:
        return None
    reason = _needs(may_approve(invoice), invoice, standing) or withdrawal.in_the_way(invoice)
    return Action("withdraw", _("Withdraw approval"), "arrow-uturn-left", reason=reason)


def _delete(invoice, standing) -> Action | None:
    if not (invoice.has_open_data or invoice.is_draft):
        return None
    reason = _needs(recycle.may_delete(invoice), invoice, standing) or recycle.in_the_way(invoice)
    return Action("delete", _("Delete"), "trash", style="danger", reason=reason)


def _split(invoice, standing) -> Action | None:
    """Offered for a PDF of several pages only."""
    if not invoice.has_open_data or splitting.original_of(invoice) is None:
        return None
    reason = _needs(recycle.may_delete(invoice), invoice, standing) or recycle.in_the_way(invoice)
    return Action("split", _("Split into documents"), "scissors", reason=reason)


def _restore(invoice, standing) -> Action:
    reason = _needs(recycle.may_delete(invoice), invoice, standing)
    return Action("restore", _("Restore"), "arrow-uturn-left", style="primary", reason=reason)


def _customer(invoice, standing) -> list[Action]:
    """What is recorded of the other side of a released sale."""
    if invoice.kind not in statuses.SALES_LIST or not invoice.is_released:
        return []
    offers = []
    closing = _needs(Capability.CLOSE_SALES, invoice, standing)
    answering = _needs(Capability.APPROVE_SALES, invoice, standing)
    answers = (invoice.customer_accepts, invoice.customer_queries, invoice.customer_refuses)
    if any(can_proceed(answer) for answer in answers):
        label = _("Record the customer's answer")
        offers.append(Action("record_answer", label, "chat-bubble-left-right", reason=answering))
    objected = invoice.kind == statuses.Kind.SALES and invoice.document_status in statuses.UNDER_OBJECTION
    if invoice.wont_be_paid_at is not None or objected:
        offers.append(Action("mark_resolved", _("Mark as resolved"), "check-circle", style="primary", reason=answering))
    if invoice.wont_be_paid_at is None and not invoice.is_credit_note and (invoice.open_amount or 0) > 0:
        offers.append(Action("wont_be_paid", _("Mark as won't be paid"), "no-symbol", reason=closing))
    return offers


def _about_twins(invoice, standing) -> list[Action]:
    """A possible duplicate that nobody has decided about yet."""
    if invoice.possible_duplicate_of_id is None:
        return []
    is_copy = _needs(recycle.may_delete(invoice), invoice, standing) or duplicates.in_the_way(invoice)
    is_another = _needs(may_edit(invoice), invoice, standing)
    return [
        Action("mark_as_duplicate", _("It is a duplicate"), "trash", style="danger", reason=is_copy),
        Action("mark_as_another", _("It is another document"), "document-duplicate", reason=is_another),
    ]


def _mark_unpaid(invoice, standing) -> Action | None:
    if not invoice.paid:
        return None
    reason = _needs(may_pay(invoice), invoice, standing)
    return Action("mark_unpaid", _("Mark as unpaid"), "arrow-uturn-left", reason=reason)


def _record_payment(invoice, standing) -> Action | None:
    if invoice.document_status == statuses.DocumentStatus.DRAFT:
        return None
    reason = _needs(may_pay(invoice), invoice, standing)
    if not reason and invoice.payable is None:
        reason = _("Complete the total first.")
    elif not reason and invoice.open_amount <= 0:
        reason = _("Nothing is open.")
    return Action("record_payment", _("Mark as paid"), "banknotes", reason=reason)


def _link_credit_note(invoice, standing) -> Action | None:
    if not invoice.open_amount or invoice.open_amount < 0:
        return None
    objected = invoice.document_status in statuses.UNDER_OBJECTION
    # A refused invoice still waits for its credit note; an objected credit note settles nothing.
    counts = invoice.is_released and not objected if invoice.is_credit_note else invoice.is_released or objected
    if not counts:
        return None
    label = _("Settle an invoice") if invoice.is_credit_note else _("Link a credit note")
    return Action("link_credit_note", label, "link", reason=_needs(may_pay(invoice), invoice, standing))


def _resend(invoice, standing, *, partner=False) -> Action | None:
    label = _("Send/Resend to integrations") if partner else _("Resend to integrations")
    reason = ""
    rights = standing.partner if partner else standing.business
    if may_resend(invoice) not in rights:
        reason = _needs(may_resend(invoice), invoice, standing)
    elif not invoice.is_released:
        reason = _("No integration receives it before approval.")
    return Action("resend", label, "arrow-path", reason=reason)


def _process(invoice, standing) -> Action:
    if invoice.processed_at is not None:
        reason = "" if Capability.PROCESS in standing.partner else _("Only an accountant may do this.")
        return Action("undo_processed", _("Undo processed"), "arrow-uturn-left", key="e", reason=reason)
    reason = "" if Capability.PROCESS in standing.partner else _("Only an accountant may do this.")
    if not reason and not invoice.is_released:
        reason = _("It waits for the client's approval.")
    return Action("mark_as_processed", _("Mark as processed"), "check", key="e", style="primary", reason=reason)

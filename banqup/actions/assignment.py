"""Choose the person who has to approve one document (LIFECYCLE §4, actions of Awaiting validation)."""

from django.db import transaction
from django.utils.translation import gettext as _

from banqup.approvals import checks, rules
from banqup.approvals.models import Assignment
from banqup.invoices import journal, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.spaces.models import User
from banqup.spaces.roles import Capability

from .approval import locked, require
from .refusals import NotPossible
from .signatures import ask


def assign_approver(*, invoice: Invoice, approver: User | None, by, version: int | None = None) -> Invoice:
    """`approver` has to approve `invoice`, after the steps of its route; None takes the choice back.

    Where no route asks for anything, this person's approval is the only one. Raises NotAllowed,
    NotPossible, ChangedMeanwhile; then nothing changed. Returns the invoice re-read.
    """
    require(by, invoice, Capability.APPROVE_PURCHASE)
    with transaction.atomic():
        invoice = locked(invoice, version)
        if not can_be_assigned(invoice):
            raise NotPossible(_("%s waits for nobody's approval.") % invoice.title)
        before = Assignment.objects.filter(invoice=invoice).select_related("approver").first()
        if before == approver or (before and before.approver == approver):
            raise NotPossible(_("That is chosen already."), field="approver")
        if approver is None:
            _nobody_is_left_out(invoice)
            before.delete()
        else:
            _can_sign(invoice, approver)
            chosen = {"approver": approver, "assigned_by": by}
            Assignment.objects.update_or_create(invoice=invoice, defaults=chosen)
        invoice.version += 1
        invoice.save()
        names = {"approver": str(approver or ""), "before": str(before.approver) if before else ""}
        journal.record(invoice, Verb.ASSIGNED, by=by, **names)
        if approver is not None and rules.plan_of(invoice).is_last:
            ask(invoice, by)
    return invoice.reread()


def can_be_assigned(invoice: Invoice) -> bool:
    """Whether a person can be chosen for it: a document of the purchase list that is still open."""
    return invoice.kind in statuses.PURCHASE_LIST and invoice.has_open_data


def _nobody_is_left_out(invoice: Invoice) -> None:
    """Without the chosen person nothing would be left to sign, and nobody to release it."""
    plan = rules.plan_of(invoice)
    if plan.route is not None and plan.is_last:
        words = _("Everybody else has approved it: %s has the last word. Choose another person instead.")
        raise NotPossible(words % plan.case.assigned, field="approver")


def _can_sign(invoice: Invoice, approver: User) -> None:
    circle = rules.Circle(invoice.space)
    if approver.pk not in circle.members:
        raise NotPossible(_("%s does not see the documents of this space.") % approver, field="approver")
    plan = rules.plan_of(invoice, circle)
    if not plan.four_eyes:
        return
    if approver.pk in plan.barred:
        words = _("Four eyes: %s entered or approved it already.")
        raise NotPossible(words % approver, field="approver")
    left = [step.need for step in plan.steps if step.signature is None and not _is_chosen(plan, step)]
    if not checks.find_others(left, circle, plan.barred | {approver.pk}):
        words = _("Four eyes: nobody but %s can give an approval that comes before.")
        raise NotPossible(words % approver, field="approver")


def _is_chosen(plan: rules.Plan, step: rules.Planned) -> bool:
    """Whether `step` is the one of the person chosen before."""
    return plan.case.assigned is not None and step.number == plan.total

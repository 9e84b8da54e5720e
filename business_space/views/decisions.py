"""Decisions about a document that need a reason or a second look: one dialog a verb, each a page without script."""

from collections.abc import Callable
from dataclasses import dataclass

from django.forms import Form
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from banqup.actions import approval, assignment, disputes, payments, recycle, sales, withdrawal
from banqup.actions.allowed import allowed, find
from banqup.actions.approval import may_approve
from banqup.actions.refusals import ChangedMeanwhile, NeedsConfirmation, NotCompliant, NotPossible, TryLater
from banqup.actions.rights import may_pay
from banqup.common.htmx import back, render_part
from banqup.common.templatetags.format import money_with_currency
from banqup.invoices.history import reason_words
from banqup.invoices.reasons import CustomerAnswer
from banqup.spaces.roles import Capability
from business_space import consequences, queue
from business_space.forms import decisions as forms
from business_space.forms.delivery import SettledAndSentForm, approving
from business_space.space import find_invoice, in_space, require


@dataclass(frozen=True)
class Decision:
    """One verb as a page. `name` is its action in `allowed`; `said(before, after, entered)` is the message."""

    name: str
    title: str
    verb: Callable
    form: type[Form]
    capability: Callable
    will_happen: Callable
    said: Callable
    style: str = "primary"
    # What the button says; the title where nothing shorter is needed.
    submit: str = ""
    # Taken at the review desk it leads to the next document that waits.
    leads_on: bool = False
    takes_version: bool = True
    needs_version: bool = True


def decide(request, side, pk, decision: Decision):
    invoice = find_invoice(request, pk, side)
    posted = request.method == "POST"
    form = decision.form(request.POST if posted else None, invoice=invoice)
    # A page that leads here may know the reason already.
    form.initial["reason"] = request.GET.get("reason", "")
    status, trouble = 200, ""
    if posted:
        require(request, decision.capability(invoice))
        try:
            version = _version(request, decision)
            if version is not None and version != invoice.version:
                raise ChangedMeanwhile(invoice)
            if form.is_valid():
                more = {"version": version} if decision.takes_version else {}
                changed = decision.verb(invoice=invoice, by=request.user, **more, **form.cleaned_data)
                return _done(request, side, decision, invoice, changed, form.cleaned_data)
            status = 422
        except NeedsConfirmation as refusal:
            form.add_error("confirmed", str(refusal))
            status = 422
        except (ChangedMeanwhile, NotCompliant, NotPossible, TryLater) as refusal:
            field = getattr(refusal, "field", "")
            if field in form.fields:
                form.add_error(field, str(refusal))
                status = 422
            else:
                status, trouble = 409, str(refusal)
    action = find(allowed(invoice, request.standing), decision.name)
    words = _("%(title)s: this is not possible in its present state.") % {"title": invoice.title}
    context = {
        "page_title": decision.title,
        "title": decision.title,
        "invoice": invoice,
        "form": form,
        "style": decision.style,
        "submit": decision.submit or decision.title,
        "version": request.POST.get("version", "") if posted else invoice.version,
        "will_happen": decision.will_happen(consequences.Facts(invoice)) if action else [],
        "reason": "" if trouble else (action.reason if action else words),
        "trouble": trouble,
        "look_again": {
            "name": "look-again",
            "label": _("Look again"),
            "url": invoice.get_absolute_url(),
            "method": "get",
            "icon": "arrow-path",
        },
        "back_url": invoice.get_absolute_url(),
    }
    return render_part(request, "business_space/decisions/decision.html", context, part="dialog", status=status)


def _version(request, decision) -> int | None:
    """The version that the person looked at. A form without one counts as changed, an undo bar needs none."""
    given = request.POST.get("version", "")
    if not given and not decision.needs_version:
        return None
    return int(given) if given.isdecimal() and len(given) < 12 else -1


def _done(request, side, decision, before, changed, entered):
    url = changed.get_absolute_url()
    if decision.leads_on and before.has_open_data:
        url = queue.after(before, request.space, side)
    undo = {}
    if decision is DELETE:
        undo = {"undo_url": side.url("restore", request.space, changed.pk), "undo_label": _("Undo")}
    if decision is UNPAID:
        undo = {"undo_url": side.url("paid_again", request.space, changed.pk), "undo_label": _("Undo")}
    return back(request, url, decision.said(before, changed, entered), **undo)


# --- what is said afterwards ------------------------------------------------------------------------


def _objected(words):
    def said(before, after, entered):
        told = str(words) % {"title": after.title, "reason": reason_words(entered["reason"])}
        return f"{told} {consequences.not_told(after)}".strip()

    return said


def _resolved(before, after, entered) -> str:
    if after.has_open_data:
        return _("%s is resolved. It waits for a decision again.") % after.title
    return _("%(title)s is resolved: %(status)s. Nothing was sent again.") % {
        "title": after.title,
        "status": _standing(after),
    }


def _standing(invoice) -> str:
    """Unpaid, EUR 1,214.12"""
    status = invoice.get_general_status_display()
    if invoice.open_amount and invoice.open_amount > 0:
        status += f", {money_with_currency(invoice.open_amount, invoice.currency)}"
    return status


def _withdrawn(before, after, entered) -> str:
    return _("The approval of %s is withdrawn. It waits for approval again.") % after.title


def _deleted(before, after, entered) -> str:
    return _("%s is in the recycle bin.") % after.title


def _unpaid(before, after, entered) -> str:
    return _("%(title)s is marked as unpaid: %(status)s.") % {"title": after.title, "status": _standing(after)}


def _approved(before, after, entered) -> str:
    return _("%(title)s is approved: %(status)s. The dispute is settled.") % {
        "title": after.title,
        "status": _standing(after),
    }


def _assigned(before, after, entered) -> str:
    approver = entered["approver"]
    if approver is None:
        return _("Nobody in particular has to approve %s any more.") % after.title
    return _("%(who)s has to approve %(title)s.") % {"who": approver, "title": after.title}


def _answered(before, after, entered) -> str:
    return _("The customer's answer to %(title)s is recorded: %(answer)s. Status: %(status)s.") % {
        "title": after.title,
        "answer": CustomerAnswer(entered["answer"]).label,
        "status": _standing(after),
    }


def _closed(before, after, entered) -> str:
    return _("%(title)s is closed: %(status)s.") % {
        "title": after.title,
        "status": after.get_general_status_display().lower(),
    }


def _settled(before, after, entered) -> str:
    return _("%(title)s is resolved: %(status)s.") % {"title": after.title, "status": _standing(after)}


# --- the decisions -----------------------------------------------------------------------------------

DISPUTE = Decision(
    name="dispute",
    title=lazy("Dispute"),
    verb=disputes.dispute,
    form=forms.ObjectionForm,
    capability=may_approve,
    will_happen=consequences.of_dispute,
    said=_objected(lazy("%(title)s is disputed: %(reason)s.")),
    leads_on=True,
)
REFUSE = Decision(
    name="refuse",
    title=lazy("Refuse"),
    verb=disputes.refuse,
    form=forms.RefusalForm,
    capability=may_approve,
    will_happen=consequences.of_refusal,
    said=_objected(lazy("%(title)s is refused: %(reason)s.")),
    style="danger",
    leads_on=True,
)
RESOLVE = Decision(
    name="resolve",
    title=lazy("Resolve"),
    verb=disputes.resolve,
    form=forms.ResolutionForm,
    capability=may_approve,
    will_happen=consequences.of_resolution,
    said=_resolved,
)
WITHDRAW = Decision(
    name="withdraw",
    title=lazy("Withdraw approval"),
    verb=withdrawal.withdraw_approval,
    form=forms.DecisionForm,
    capability=may_approve,
    will_happen=consequences.of_withdrawal,
    said=_withdrawn,
    needs_version=False,
)
DELETE = Decision(
    name="delete",
    title=lazy("Delete"),
    verb=recycle.delete,
    form=forms.DecisionForm,
    capability=recycle.may_delete,
    will_happen=consequences.of_deletion,
    said=_deleted,
    style="danger",
    leads_on=True,
    takes_version=False,
)
ANSWER = Decision(
    name="record_answer",
    title=lazy("Record the customer's answer"),
    verb=sales.record_answer,
    form=forms.AnswerForm,
    capability=lambda invoice: Capability.APPROVE_SALES,
    will_happen=consequences.of_answer,
    said=_answered,
    submit=lazy("Record the answer"),
    takes_version=False,
)
CLOSE = Decision(
    name="wont_be_paid",
    title=lazy("Mark as won't be paid"),
    verb=sales.mark_wont_be_paid,
    form=forms.ClosingForm,
    capability=lambda invoice: Capability.CLOSE_SALES,
    will_happen=consequences.of_closing,
    said=_closed,
    takes_version=False,
)
SETTLE = Decision(
    name="mark_resolved",
    title=lazy("Mark as resolved"),
    verb=sales.mark_as_resolved,
    form=forms.ResolutionForm,
    capability=lambda invoice: Capability.CLOSE_SALES,
    will_happen=consequences.of_settlement,
    said=_settled,
    takes_version=False,
)


def _approve_disputed(*, invoice, **entered):
    """What we issue ourselves goes the chosen way, as from the review desk."""
    return approval.approve(invoice=invoice, **approving(entered.pop("way", "")), **entered)


APPROVE = Decision(
    name="approve",
    title=lazy("Approve the disputed document"),
    verb=_approve_disputed,
    form=SettledAndSentForm,
    capability=lambda invoice: Capability.VIEW_DOCUMENTS,  # who may approve, the document's route says
    will_happen=consequences.of_approval,
    said=_approved,
    submit=lazy("Approve"),
)
ASSIGN = Decision(
    name="assign",
    title=lazy("Assign approver"),
    verb=assignment.assign_approver,
    form=forms.AssignForm,
    capability=lambda invoice: Capability.APPROVE_PURCHASE,
    will_happen=consequences.of_assignment,
    said=_assigned,
    submit=lazy("Assign"),
)
UNPAID = Decision(
    name="mark_unpaid",
    title=lazy("Mark as unpaid"),
    verb=payments.mark_as_unpaid,
    form=forms.DecisionForm,
    capability=may_pay,
    will_happen=consequences.of_unpaid,
    said=_unpaid,
)


@in_space
def dispute(request, side, pk):
    return decide(request, side, pk, DISPUTE)


@in_space
def refuse(request, side, pk):
    return decide(request, side, pk, REFUSE)


@in_space
def resolve(request, side, pk):
    return decide(request, side, pk, RESOLVE)


@in_space
def withdraw(request, side, pk):
    return decide(request, side, pk, WITHDRAW)


@in_space
def approve_disputed(request, side, pk):
    return decide(request, side, pk, APPROVE)


@in_space
def assign(request, side, pk):
    return decide(request, side, pk, ASSIGN)


@in_space
def delete(request, side, pk):
    return decide(request, side, pk, DELETE)


@in_space
def answer(request, side, pk):
    return decide(request, side, pk, ANSWER)


@in_space
def wont_be_paid(request, side, pk):
    return decide(request, side, pk, CLOSE)


@in_space
def mark_resolved(request, side, pk):
    return decide(request, side, pk, SETTLE)


@in_space
def mark_unpaid(request, side, pk):
    return decide(request, side, pk, UNPAID)

"""The approvals of one document, step by step: who gave them, and whose turn it is since when."""

from django.utils.translation import gettext as _

from banqup.approvals import rules, words
from banqup.invoices.statuses import PURCHASE_LIST


def approvals(invoice) -> dict | None:
    """What templates/business_space/invoices/_approvals.html shows; None where one approval by anybody is all."""
    if invoice.kind not in PURCHASE_LIST:
        return None
    if not invoice.may_be_approved:
        return _given(invoice)
    plan = rules.plan_of(invoice)
    if plan.is_simple:
        return None
    return {
        "title": _("Approvals: route “%s”") % plan.route if plan.route else _("Approval by a chosen person"),
        "steps": [_shown(plan, step) for step in plan.steps],
        "waiting": words.waiting(plan),
        "step": words.step_of(plan),
        "is_last": plan.is_last,
        "then": words.names(plan.following) or _("nobody yet"),
    }


def _given(invoice) -> dict | None:
    signed = rules.last_signed(invoice)
    if not signed:
        return None
    steps = [
        {"number": one.step, "state": "done", "who": words.signed(one), "note": "", "at": one.signed_at}
        for one in signed
    ]
    return {"title": _("Approvals"), "steps": steps}


def _shown(plan, step) -> dict:
    if step.signature is not None:
        return {
            "number": step.number,
            "state": "done",
            "who": words.signed(step.signature),
            "note": "",
            "at": step.signature.signed_at,
        }
    is_now = step.number == plan.current.number
    who, asked = words.names(plan.signers(step)), words.asked(step.need)
    return {
        "number": step.number,
        "state": "now" if is_now else "todo",
        "who": who or _("Nobody can give it"),
        "note": asked if asked != who else "",
        "since": step.since,
    }

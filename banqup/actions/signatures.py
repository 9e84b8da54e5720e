"""The signatures of a route, written in the transaction of the approval that gives them."""

from banqup.approvals import rules
from banqup.approvals.models import Signature
from banqup.conversations.notices import notify
from banqup.conversations.topics import Topic
from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import PURCHASE_LIST


def sign(invoice: Invoice, plan: rules.Plan, signer: rules.Signer, *, report: dict) -> None:
    """An approval that is not the last one: nothing is released, and the next approvers are asked (P5)."""
    if invoice.error_count or not invoice.report.get("valid"):
        invoice.report, invoice.error_count = report, 0
    invoice.wait_for_approval()
    invoice.version += 1
    invoice.save()
    told = _sign(invoice, plan, signer)
    who = {"by": signer.person, "through": signer.through, "substitute_for": signer.instead_of}
    journal.record(invoice, Verb.APPROVED_STEP, **who, **told)
    ask(invoice, signer.person)


def sign_last(invoice: Invoice, plan: rules.Plan | None, signer: rules.Signer) -> dict:
    """The signature under an approval that releases, where a route or a chosen person asked for one; for the event."""
    return {} if plan is None or plan.is_simple else _sign(invoice, plan, signer)


def _sign(invoice, plan, signer) -> dict:
    number, route = plan.current.number, plan.route
    Signature.objects.create(
        invoice=invoice,
        route=route,
        revision=route.revision if route else 0,
        step=number,
        steps=plan.total,
        round=plan.round,
        data_sha256=plan.sha256,
        signed_by=signer.person,
        substitute_for=signer.instead_of,
        through=signer.through,
    )
    return {"step": number, "steps": plan.total, "route": route.name if route else ""}


def ask(invoice: Invoice, asker) -> None:
    """Tell who may give the next approval that it is asked of them. Where anybody with the right may, nobody is told."""
    if invoice.kind not in PURCHASE_LIST:
        return  # sales take no route
    plan = rules.plan_of(invoice)
    if not plan.is_simple:
        people = [signer.person for signer in plan.signers()]
        notify(users=people, topic=Topic.APPROVAL_ASKED, invoice=invoice, by=asker)

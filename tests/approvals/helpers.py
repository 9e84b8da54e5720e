"""Short ways to routes, documents that wait, and who may approve them."""

from decimal import Decimal

from banqup.actions import approval, routes
from banqup.actions.refusals import Refused
from banqup.approvals import rules
from banqup.invoices.models import Invoice
from banqup.spaces.models import Space
from tests.factories import einvoices, world


def held_back(space, **overrides) -> Invoice:
    """A correct e-invoice (283.22 EUR unless the lines say otherwise) that waits for people; nobody entered it."""
    if space.auto_approve != Space.AutoApprove.NEVER:
        space.auto_approve = Space.AutoApprove.NEVER
        space.save()
    return fresh(world.received(space, einvoices.invoice_bytes(**overrides)), space)


def entered(invoice, by) -> Invoice:
    """The same document, whose data `by` has saved."""
    saved = approval.save(invoice=invoice, document=invoice.document, by=by, version=invoice.version)
    return fresh(saved, invoice.space)


def fresh(invoice, space=None) -> Invoice:
    found = Invoice.objects.get(pk=invoice.pk)
    found.space = space or invoice.space
    return found


def step(*people, role="", from_amount=None) -> routes.WantedStep:
    amount = None if from_amount is None else Decimal(from_amount)
    return routes.WantedStep(approvers=people, role=role, from_amount=amount)


def route(space, *steps, by, name="Route", **more):
    for limit in ("minimum", "maximum"):
        if more.get(limit) is not None:
            more[limit] = Decimal(more[limit])
    return routes.save_route(space=space, wanted=routes.WantedRoute(name=name, steps=steps, **more), by=by)


def who_may(invoice, people) -> set:
    """Those of `people` whose approval is really taken now, each tried and taken back."""
    from tests.permissions.verbs import taken_back

    through = set()
    for person in people:
        with taken_back():
            try:
                approval.approve(invoice=fresh(invoice), by=person, delivered_elsewhere=True)
                through.add(person)
            except Refused:
                pass
    return through


def named(invoice) -> set:
    """Whom the rules name for the document as it stands."""
    return {signer.person for signer in rules.plan_of(fresh(invoice)).signers()}

"""Send or resend a released document to chosen integrations (LIFECYCLE §8)."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from banqup.exports import outbox
from banqup.exports.models import Export, Integration
from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.spaces.access import standing

from .approval import locked
from .refusals import NotAllowed, NotPossible
from .rights import may_resend


def reachable(invoice: Invoice, by):
    """Active integrations that `by` may send to: both sides for the business, its own for the accountant (C15)."""
    rights, needed = standing(by, invoice.space), may_resend(invoice)
    active = Integration.objects.filter(space=invoice.space, is_active=True).select_related("engagement__partner")
    sides = Q(pk=None)
    if needed in rights.business:
        sides |= Q(engagement=None) | Q(engagement__status="active")
    if needed in rights.partner:
        sides |= Q(engagement__status="active")
    return active.filter(sides)


def resend(*, invoice: Invoice, integrations, by) -> list[Export]:
    """Queue one new export per chosen integration (ids or objects). Statuses and bookkeeping do not change.

    Raises NotAllowed, NotPossible (not released, nothing chosen, an integration out of reach).
    """
    chosen = {getattr(item, "pk", item) for item in integrations}
    rights = standing(by, invoice.space)
    needed = may_resend(invoice)
    if needed not in rights.business | rights.partner:
        raise NotAllowed(_("You may not %s here.") % needed.label)
    if not chosen:
        raise NotPossible(_("Choose at least one integration."))
    with transaction.atomic():
        invoice = locked(invoice, None)
        if not invoice.is_released:
            raise NotPossible(_("No integration receives it before approval."))
        targets = list(reachable(invoice, by).filter(pk__in=chosen))
        if len(targets) != len(chosen):
            raise NotPossible(_("One of the chosen integrations is not active any more. Nothing was sent."))
        exports = [outbox.resend(invoice, integration, by=by) for integration in targets]
        names = [integration.name for integration in targets]
        journal.record(invoice, Verb.EXPORT_REQUESTED, by=by, integrations=names)
    return exports

"""The agreement by which we issue a supplier's invoices (LIFECYCLE §7d)."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from banqup.contacts.models import Contact
from banqup.invoices import journal, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import Kind
from banqup.spaces.access import standing
from banqup.spaces.roles import Capability

from . import own
from .refusals import NotAllowed, NotPossible

# Whoever manages the space, or decides about purchases.
MAY_AGREE = frozenset({Capability.MANAGE_PEOPLE, Capability.APPROVE_PURCHASE})


def agree(*, contact: Contact, self_billing: bool, since: date | None, until: date | None, by) -> Contact:
    """Keep whether and when we may issue the invoices of `contact`; those that wait are looked at again.

    `since` and `until` are the first and the last day; no `until`: until further notice. Raises
    NotAllowed, NotPossible (with the `field`: mandate_from, mandate_until).
    """
    if not MAY_AGREE & standing(by, contact.space).business:
        raise NotAllowed(_("You may not %s here.") % Capability.MANAGE_PEOPLE.label)
    if self_billing and since is None:
        raise NotPossible(_("Enter the first day of the agreement."), field="mandate_from")
    if since and until and until < since:
        raise NotPossible(_("The last day is before the first."), field="mandate_until")
    with transaction.atomic():
        # Documents before the contact, as everywhere.
        waiting = Invoice.objects.present().filter(
            space=contact.space,
            counterparty=contact,
            kind=Kind.SELF_BILLED_OUT,
            document_status__in=statuses.OPEN_FOR_EDITING,
            released_at=None,
        )
        ids = list(waiting.order_by("pk").values_list("pk", flat=True))
        journal.hold(ids)
        contact.self_billing, contact.mandate_from, contact.mandate_until = self_billing, since, until
        contact.save(update_fields=["self_billing", "mandate_from", "mandate_until"])
        for invoice in waiting.filter(pk__in=ids).select_related("space", "counterparty"):
            own.look_again(invoice)
            if invoice.error_count:
                invoice.keep_waiting()
            invoice.version += 1
            invoice.save()
            journal.record(invoice, Verb.CHECKED, by=by, errors=invoice.error_count)
    return contact

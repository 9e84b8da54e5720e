"""Who can be reached over Peppol: asked through the space's own access point, and remembered for a while."""

from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.actions.rights import lacking
from banqup.contacts.models import Contact
from banqup.einvoicing import PEPPOL_BILLING, PEPPOL_BILLING_PROCESS, Party
from banqup.sending import routing
from banqup.sending.models import Reach
from banqup.spaces.access import standing
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from . import access_points, peppol
from .access_point import AccessPointApi
from .base import DeliveryError

# Whoever works on sales, or keeps suppliers and customers.
MAY_ASK = frozenset({Capability.EDIT_SALES, Capability.APPROVE_SALES, Capability.EDIT_PURCHASE})


def look_up(*, space: Space, contact: Contact | None = None, participant: str = "", by, anew: bool = False) -> Reach:
    """What the network says of `contact`, or of a `participant` (`scheme:id`): can it receive our invoices?

    An answer of the last days counts, unless it is to be asked `anew`. No transaction is open meanwhile.
    Raises NotAllowed, and NotPossible where nobody can be asked or asking fails.
    """
    if not MAY_ASK & standing(by, space).business:
        raise NotAllowed(lacking(Capability.EDIT_SALES))
    participant = participant or (routing.participant(_party(contact)) if contact is not None else "")
    if not participant.partition(":")[2]:
        raise NotPossible(_("The customer has no Peppol id. Enter it, or its VAT number."), field="endpoint_id")
    account = access_points.active(space)
    if account is None:
        raise NotPossible(_("No access point is set up. Connect one under Space settings > Sending."))
    try:
        return ask(access_points.ready(account), participant, anew=anew)
    except DeliveryError as error:
        raise NotPossible(error.message) from error


def ask(
    api: AccessPointApi,
    participant: str,
    *,
    root: str = peppol.INVOICE,
    customization: str = PEPPOL_BILLING,
    profile: str = PEPPOL_BILLING_PROCESS,
    anew: bool = False,
) -> Reach:
    """The same for one kind of document. Raises a `base.DeliveryError`."""
    scheme, _colon, endpoint = participant.partition(":")
    same = {"scheme": scheme, "endpoint": endpoint, "customization": customization[:200]}
    known = Reach.objects.filter(**same, checked_at__gte=timezone.now() - routing.REACH_COUNTS).first()
    if known is not None and not anew:
        return known
    found = api.reach(participant, root=root, customization=customization, profile=profile)
    told = {"can_receive": found.can_receive, "words": found.words[:300], "checked_at": timezone.now()}
    return Reach.objects.update_or_create(**same, defaults=told)[0]


def _party(contact: Contact) -> Party:
    return Party(
        endpoint_id=contact.endpoint_id or None,
        endpoint_scheme=contact.endpoint_scheme or None,
        vat_id=contact.vat_id or None,
    )

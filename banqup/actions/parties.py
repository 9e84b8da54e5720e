"""Is a party of a document this space? And which kind of document is it then?"""

from banqup.contacts.models import Contact, remember
from banqup.einvoicing import Document, Party
from banqup.invoices.models.receipt import Direction
from banqup.invoices.statuses import PURCHASE_LIST, Kind
from banqup.spaces.models import Space


def _digits(text: str | None) -> str:
    return "".join(character for character in text or "" if character.isalnum()).upper()


def is_space(party: Party, space: Space) -> bool:
    """True when an identifier of `party` is the space's; a name alone is not enough."""
    same_vat = bool(space.vat_id) and _digits(party.vat_id) == _digits(space.vat_id)
    same_company = bool(space.company_id) and _digits(party.company_id) == _digits(space.company_id)
    same_endpoint = (
        bool(space.endpoint_id)
        and _digits(party.endpoint_id) == _digits(space.endpoint_id)
        and (party.endpoint_scheme or "") == space.endpoint_scheme
    )
    return same_vat or same_company or same_endpoint


def kind_of(document: Document, *, space: Space, direction: str) -> Kind:
    """Self-billed documents stand in the list of the side that sells or buys, not of the door they came
    through (LIFECYCLE §7d)."""
    if not document.is_self_billed:
        return Kind.SALES if direction == Direction.SALES else Kind.PURCHASE
    if is_space(document.seller, space):
        return Kind.SELF_BILLED_IN
    if is_space(document.buyer, space):
        return Kind.SELF_BILLED_OUT
    # Somebody else's, by whichever door: what others issue in a seller's name is never a purchase.
    return Kind.SELF_BILLED_IN


def own_and_other(document: Document, kind: Kind) -> tuple[Party, Party]:
    """(the party that should be this space, the other one)."""
    if kind in (Kind.PURCHASE, Kind.SELF_BILLED_OUT):
        return document.buyer, document.seller
    return document.seller, document.buyer


def contact_of(invoice) -> Contact | None:
    """The supplier or customer whom the data of `invoice` names, found or added."""
    document = invoice.document
    _own, other = own_and_other(document, invoice.kind)
    iban = next((means.iban for means in document.payment_means if means.iban), None) or ""
    return remember(space=invoice.space, party=other, iban=iban[:34], supplier=invoice.kind in PURCHASE_LIST)

"""A customer or supplier that somebody adds by hand, while making a document for it."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from stdnum.be import vat as be_vat

from banqup.contacts.models import Contact
from banqup.spaces.access import standing
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from .refusals import NotAllowed, NotPossible
from .rights import lacking

_FIELDS = ("street", "postal_code", "city", "country", "email", "language", "buyer_reference")


def add(*, space: Space, name: str, by, supplier: bool = False, vat_id: str = "", **known: str) -> Contact:
    """The contact with this name and VAT number (compact, checked); one that is known by its number is taken.

    What is known already stays, what it lacks is filled. Raises NotAllowed, NotPossible (`field`: name).
    """
    needed = Capability.EDIT_PURCHASE if supplier else Capability.EDIT_SALES
    if needed not in standing(by, space).business:
        raise NotAllowed(lacking(needed))
    if not name.strip():
        raise NotPossible(_("Enter the name."), field="name")
    values = {field: known[field] for field in _FIELDS if known.get(field)}
    if be_vat.is_valid(vat_id):
        # A Belgian enterprise is known by the digits of its VAT number, in the register and on the network.
        number = be_vat.compact(vat_id).removeprefix("BE")
        values |= {"company_id": number, "company_scheme": "0208", "endpoint_id": number, "endpoint_scheme": "0208"}
    flag = "is_supplier" if supplier else "is_customer"
    keys = {"space": space, "vat_id": vat_id} if vat_id else {"space": space, "vat_id": "", "name": name.strip()}
    with transaction.atomic():
        contact = Contact.objects.filter(**keys).order_by("pk").first()
        if contact is None:
            try:
                with transaction.atomic():
                    return Contact.objects.create(**{**values, **keys, "name": name.strip(), flag: True})
            except IntegrityError:  # somebody added the same number at this moment
                contact = Contact.objects.get(**keys)
        changes = {field: value for field, value in values.items() if not getattr(contact, field)}
        if not getattr(contact, flag):
            changes[flag] = True
        for field, value in changes.items():
            setattr(contact, field, value)
        contact.save(update_fields=list(changes))
    return contact

"""Keep what is known of a customer or supplier: numbers, address, and how documents go to it."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from stdnum.be import vat as be_vat

from banqup.contacts.models import Contact
from banqup.reminders.words import LANGUAGES
from banqup.sending.models import Way
from banqup.spaces import numbers
from banqup.spaces.access import standing
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from .refusals import NotAllowed, NotPossible
from .rights import lacking

LONGEST_TERMS = 365
# What is kept as it is entered.
_PLAIN = ("street", "postal_code", "city", "country", "buyer_reference")
_BELGIAN = "0208"


def may_save(contact: Contact | None) -> Capability:
    """A supplier belongs to those who work on purchases, everybody else to those who work on sales."""
    only_supplier = contact is not None and contact.is_supplier and not contact.is_customer
    return Capability.EDIT_PURCHASE if only_supplier else Capability.EDIT_SALES


def save(
    *,
    space: Space,
    contact: Contact | None = None,
    by,
    name: str,
    vat_id: str = "",
    company_id: str = "",
    peppol_id: str = "",
    email: str = "",
    send_by: str = "",
    language: str = "",
    terms_days: int | None = None,
    wants_reminders: bool = True,
    **known: str,
) -> Contact:
    """Keep what was entered of `contact`; without one, a new customer. Check digits are looked at, nothing is asked outside.

    `peppol_id` is `scheme:id`. Raises NotAllowed, NotPossible (with the `field` that is wrong).
    """
    if may_save(contact) not in standing(by, space).business:
        raise NotAllowed(lacking(may_save(contact)))
    if contact is not None and contact.space_id != space.pk:
        raise NotPossible(_("That contact belongs to another space."))
    if not name.strip():
        raise NotPossible(_("Enter the name."), field="name")
    values = {field: known.get(field, "").strip() for field in _PLAIN}
    values |= _numbers(vat_id, company_id, peppol_id, values["country"], contact or Contact())
    values |= {"name": name.strip(), "email": _address(email), "wants_reminders": wants_reminders}
    values |= _habits(send_by, language, terms_days)
    if contact is None:
        contact = Contact(space=space, is_customer=True)
    for field, value in values.items():
        most = Contact._meta.get_field(field).max_length
        if most and value and len(value) > most:
            raise NotPossible(_("This is longer than %d characters.") % most, field=field)
        setattr(contact, field, value)
    try:
        with transaction.atomic():
            contact.save()
    except IntegrityError as error:
        other = Contact.objects.filter(space=space, vat_id=values["vat_id"]).exclude(pk=contact.pk).first()
        words = _("%s has this VAT number already. Open that contact instead.")
        raise NotPossible(words % (other.name if other else _("Another contact")), field="vat_id") from error
    return contact


def _numbers(vat_id: str, company_id: str, peppol_id: str, country: str, known: Contact) -> dict:
    """VAT number, number of the register and Peppol id; a Belgian VAT number holds all three.

    What nobody changed stays as a document brought it, right or wrong.
    """
    if numbers.compact(vat_id) == numbers.compact(known.vat_id):
        vat_id = known.vat_id
    else:
        vat_id = _checked(numbers.vat_number, vat_id, field="vat_id")
    number, scheme = known.company_id, known.company_scheme
    if company_id.strip() != number or country != known.country:
        number, scheme = _checked(lambda text: numbers.company_number(text, country), company_id, field="company_id")
    belgian = vat_id.removeprefix("BE") if vat_id.startswith("BE") and be_vat.is_valid(vat_id) else ""
    if belgian and not number:
        number, scheme = belgian, _BELGIAN
    elif belgian and scheme == _BELGIAN and number != belgian and vat_id != known.vat_id:
        raise NotPossible(
            _("It differs from the VAT number; in Belgium both have the same digits."), field="company_id"
        )
    if peppol_id == f"{known.endpoint_scheme}:{known.endpoint_id}":
        network, endpoint = known.endpoint_scheme, known.endpoint_id
    else:
        network, endpoint = _peppol(peppol_id)
    if not endpoint and scheme == _BELGIAN:
        network, endpoint = scheme, number
    return {
        "vat_id": vat_id,
        "company_id": number,
        "company_scheme": scheme,
        "endpoint_id": endpoint,
        "endpoint_scheme": network,
    }


def _peppol(text: str) -> tuple[str, str]:
    """(scheme, id) of `0208:0417823441`; both empty for nothing."""
    text = "".join(text.split())
    if not text:
        return "", ""
    if not (found := re.fullmatch(r"(\d{4}):([A-Za-z0-9._~-]{1,100})", text)):
        raise NotPossible(_("Write the scheme, a colon and the id, for example 0208:0417823441."), field="peppol_id")
    scheme, endpoint = found.groups()
    if scheme == _BELGIAN:
        endpoint = _checked(lambda entered: numbers.company_number(entered, "BE")[0], endpoint, field="peppol_id")
    return scheme, endpoint


def _habits(send_by: str, language: str, terms_days: int | None) -> dict:
    if send_by and send_by not in (Way.PLATFORM, Way.PEPPOL, Way.EMAIL):
        raise NotPossible(_("Choose how documents go to this customer."), field="send_by")
    if language and language not in LANGUAGES:
        raise NotPossible(_("Documents are not written in that language."), field="language")
    if terms_days is not None and not 0 <= terms_days <= LONGEST_TERMS:
        raise NotPossible(_("Days to pay are 0 to %d.") % LONGEST_TERMS, field="terms_days")
    return {"send_by": send_by, "language": language, "terms_days": terms_days}


def _address(text: str) -> str:
    text = text.strip()
    try:
        if text:
            validate_email(text)
    except ValidationError as error:
        raise NotPossible(_("%s is not an e-mail address.") % text[:80], field="email") from error
    return text


def _checked(rule, text: str, *, field: str):
    try:
        return rule(text)
    except ValidationError as error:
        raise NotPossible(" ".join(error.messages), field=field) from error

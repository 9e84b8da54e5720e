"""What a space sells: kept once, chosen in the lines of its documents."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from banqup.contacts.models import Item
from banqup.spaces.access import standing
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from .refusals import NotAllowed, NotPossible
from .rights import lacking


def save(
    *,
    space: Space,
    name: str,
    by,
    item: Item | None = None,
    code: str = "",
    description: str = "",
    unit: str = "C62",
    price: Decimal | None = None,
    vat_category: str = "S",
    vat_rate: Decimal | None = None,
) -> Item:
    """A new item, or `item` with these words and this price; documents that have it keep what they say.

    Raises NotAllowed, NotPossible (`field`: name, code, price).
    """
    _require(by, space)
    if item is not None and item.space_id != space.pk:
        raise NotPossible(_("That item belongs to another space."))
    if not name.strip():
        raise NotPossible(_("Enter the name of the item."), field="name")
    if price is not None and price < 0:
        raise NotPossible(_("A price is not negative; enter a negative quantity in the line instead."), field="price")
    item = item or Item(space=space)
    item.name, item.code, item.description = name.strip(), code.strip(), description.strip()
    item.unit, item.price, item.vat_category, item.vat_rate = unit, price, vat_category, vat_rate
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError as error:
        words = _("Another item has the number %s.") % item.code
        raise NotPossible(words, field="code") from error
    return item


def offer(*, item: Item, offered: bool, by) -> Item:
    """Whether the item is proposed in lines. One that is not stays, for documents name it. Raises NotAllowed."""
    _require(by, item.space)
    item.is_active = offered
    item.save(update_fields=["is_active"])
    return item


def _require(by, space: Space) -> None:
    if Capability.EDIT_SALES not in standing(by, space).business:
        raise NotAllowed(lacking(Capability.EDIT_SALES))

"""How a space numbers what it issues: the pattern of each series, and where it starts."""

from django.db import transaction
from django.utils.translation import gettext as _

from banqup.contacts.models import Contact
from banqup.sending import numbering
from banqup.sending.models import IssuedNumber, NumberSeries
from banqup.sending.patterns import PatternError, parse
from banqup.spaces.models import Space

from . import people
from .refusals import NotPossible

_OF_SUPPLIERS = frozenset({NumberSeries.Purpose.SELF_BILLED, NumberSeries.Purpose.SELF_BILLED_CREDIT_NOTE})


def change(
    *, space: Space, purpose: str, pattern: str, by, starts_at: int | None = None, supplier: Contact | None = None
) -> NumberSeries:
    """Number from now on by `pattern`; `starts_at` (None: as it is) counts only while nothing was issued.

    Raises NotAllowed, NotPossible (`field`: pattern, starts_at).
    """
    people.require(by, space)
    purpose, pattern = NumberSeries.Purpose(purpose), pattern.strip()
    if (supplier is not None) != (purpose in _OF_SUPPLIERS):
        raise NotPossible(_("Each supplier that you bill for has a series of its own, and nothing else has."))
    if supplier is not None and supplier.space_id != space.pk:
        raise NotPossible(_("That supplier belongs to another space."))
    try:
        parse(pattern)
    except PatternError as error:
        raise NotPossible(str(error), field="pattern") from error
    with transaction.atomic():
        # Two people who make the same series meet here.
        Space.objects.select_for_update().get(pk=space.pk)
        series = numbering.found(space, purpose, supplier)
        if series.pk is not None:
            series = numbering.hold(series)
        starts_at = series.starts_at if starts_at is None else starts_at
        if starts_at < 1:
            raise NotPossible(_("The first number is 1 or more."), field="starts_at")
        if starts_at != series.starts_at and series.pk and IssuedNumber.objects.filter(series=series).exists():
            words = _("Numbers were given already; the first one can't be changed any more.")
            raise NotPossible(words, field="starts_at")
        if meets := _same_numbers(space, purpose, supplier, pattern):
            raise NotPossible(meets, field="pattern")
        series.pattern, series.starts_at = pattern, starts_at
        series.save()
    return series


def _same_numbers(space: Space, purpose, supplier: Contact | None, pattern: str) -> str:
    """Why two series would give one number twice; empty when they would not."""
    pair = _OF_SUPPLIERS if supplier is not None else set(NumberSeries.Purpose) - _OF_SUPPLIERS
    for other in pair - {purpose}:
        if _shape(numbering.found(space, other, supplier).pattern) == _shape(pattern):
            words = _("%s use this pattern: two documents would get one number. Put another letter in front.")
            return words % NumberSeries.Purpose(other).label
    return ""


def _shape(pattern: str) -> str:
    """Patterns that differ in leading zeros or in how case is written can give the same number."""
    return pattern.replace("{YYYY}", "{YY}").replace("#", "").upper()

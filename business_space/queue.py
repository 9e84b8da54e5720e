"""The queue of a list: what awaits validation, in the order of its tab."""

from dataclasses import dataclass

from django.db.models import Q

from banqup.invoices.models import Invoice

from .sides import side_of


@dataclass(frozen=True)
class Position:
    number: int
    total: int
    previous: str
    following: str


def waiting(space, side):
    return side.documents(Invoice.objects.of_business(space)).awaiting_validation()


def _after(invoice) -> Q:
    return Q(sort_date__gte=invoice.sort_date) & (Q(sort_date__gt=invoice.sort_date) | Q(id__gt=invoice.pk))


def _before(invoice) -> Q:
    return Q(sort_date__lte=invoice.sort_date) & (Q(sort_date__lt=invoice.sort_date) | Q(id__lt=invoice.pk))


def position(invoice) -> Position:
    """Where `invoice` stands in its queue, and its neighbours' addresses; four queries."""
    side = side_of(invoice)
    rows = waiting(invoice.space, side)
    earlier = rows.filter(_before(invoice))

    def url(found):
        pk = found.values_list("pk", flat=True).first()
        return side.url("detail", invoice.space, pk) if pk else ""

    return Position(
        number=earlier.capped_count() + 1,
        total=rows.capped_count(),
        previous=url(earlier.order_by("-sort_date", "-id")),
        following=url(rows.filter(_after(invoice)).order_by("sort_date", "id")),
    )


def after(invoice, space, side) -> str:
    """Where to go when `invoice` is dealt with: the next in the queue, else its first, else the list."""
    rows = waiting(space, side).exclude(pk=invoice.pk).order_by("sort_date", "id")
    keys = (
        rows.filter(_after(invoice)).values_list("pk", flat=True).first() or rows.values_list("pk", flat=True).first()
    )
    return side.url("detail", space, keys) if keys else side.url("list", space)

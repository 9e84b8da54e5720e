"""The neighbours of a document: in its tab, its client first, and in *To check* on to the next client."""

from dataclasses import dataclass

from .clients import documents_of
from .listing import TO_CHECK, tab_of


@dataclass(frozen=True)
class Position:
    """`number` of `total` in the client's *To check*; 0 for a document that does not stand there."""

    number: int
    total: int
    previous: int | None
    following: int | None


def position(clients, invoice, *, only_client: bool) -> Position:
    """Where `invoice` stands, and the ids of its neighbours."""
    tab = tab_of(invoice)
    rows = tab.select(documents_of([invoice.space_id]))
    key = tab.order.read(tab.order.write(invoice))
    earlier = rows.filter(tab.order.beyond(key, backwards=True))
    later = rows.filter(tab.order.beyond(key, backwards=False))
    previous = _first(earlier, tab.order.reversed_columns())
    following = _first(later, tab.order.columns)
    if tab is not TO_CHECK:
        return Position(0, 0, previous, following)
    if following is None and not only_client:
        following = _of_next_client(clients, invoice.space_id)
    return Position(earlier.capped_count() + 1, rows.capped_count(), previous, following)


def after(clients, invoice, *, only_client: bool) -> int | None:
    """What to check next once `invoice` is dealt with: the next of its client, its first, the next client's."""
    rows = documents_of([invoice.space_id]).to_check().exclude(pk=invoice.pk)
    order = TO_CHECK.order
    later = rows.filter(order.beyond(order.read(order.write(invoice)), backwards=False))
    found = _first(later, order.columns) or _first(rows, order.columns)
    if found is None and not only_client:
        found = _of_next_client(clients, invoice.space_id)
    return found


def _first(rows, columns) -> int | None:
    return rows.order_by(*columns).values_list("pk", flat=True).first()


def _of_next_client(clients, current: int) -> int | None:
    """The first to check of the next client with any, by name, beginning anew after the last."""
    ids = list(clients.spaces)
    at = ids.index(current) + 1
    counts = clients.counts(check=documents_of(ids).to_check())
    busy = next((pk for pk in ids[at:] + ids[: at - 1] if counts.get(pk, {}).get("check")), None)
    return _first(documents_of([busy]).to_check(), TO_CHECK.order.columns) if busy else None

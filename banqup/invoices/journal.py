"""The one writer of history: the events of a document form a hash chain.

Each event carries its position and a digest over itself and the digest before it; the document
keeps how many there are and the last digest. So an event that was altered, removed or slipped in
by anybody with access to the database is found (`manage.py doctor`).

Rows are locked in one order everywhere: the integration, the document, then its exports and payments.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import groupby

from django.db import connection, transaction

from .models import Event, Invoice
from .models.event import Verb


def record(invoice, verb: Verb, *, by=None, through=None, substitute_for=None, **data) -> Event:
    """Append one event to the history of `invoice` (or of the invoice with that id).

    Called in the transaction of the change it tells of. `by` None: the system, by a rule that
    `data` names. `through`: the accountant's space on whose behalf-of-the-client right `by` acted.
    `substitute_for`: the absent person in whose place. `data` is JSON; money as strings.
    """
    event = Event(verb=verb, actor=by, through=through, substitute_for=substitute_for, data=data)
    append(getattr(invoice, "pk", invoice), [event])
    return event


def append(invoice_id: int, events: Iterable[Event]) -> None:
    """Append unsaved `events`, in their order, to the history of one document."""
    with transaction.atomic(savepoint=False):
        rows = Invoice.objects.select_for_update(no_key=True).filter(pk=invoice_id)
        space_id, count, head = rows.values_list("space_id", "event_count", "event_head").get()
        _write(invoice_id, space_id, count, head, list(events))


def begin(invoice: Invoice, events: Iterable[Event]) -> None:
    """The first `events` of a document that this transaction has just made."""
    _write(invoice.pk, invoice.space_id, 0, "", list(events))


def hold(invoice_ids: Iterable[int]) -> None:
    """Lock these documents before rows that hang on them: what will write their history takes this first.

    Credit notes before invoices, each by age: as everything does that locks more than one.
    """
    if connection.features.has_select_for_update:
        ids = sorted(set(invoice_ids))
        list(
            Invoice.objects.select_for_update(no_key=True)
            .filter(pk__in=ids)
            .order_by("-is_credit_note", "pk")
            .values_list("pk")
        )


def broken_links() -> Iterator[tuple[int, str]]:
    """(invoice id, where its chain does not hold, in words for an engineer), over the whole database.

    Two passes side by side over documents and events: memory does not grow with either.
    """
    told = Event.objects.order_by("invoice_id", "position").iterator(chunk_size=2000)
    histories = groupby(told, key=lambda event: event.invoice_id)
    invoice_id, history = next(histories, (None, ()))
    known = Invoice.objects.order_by("pk").values_list("pk", "event_count", "event_head")
    for pk, count, head in known.iterator(chunk_size=2000):
        has_history = invoice_id == pk
        if broken := _broken(history if has_history else (), count, head):
            yield pk, broken
        if has_history:
            invoice_id, history = next(histories, (None, ()))


def _broken(history: Iterable[Event], count: int, head: str) -> str:
    position, before = 0, ""
    for event in history:
        position += 1
        if event.position != position:
            return f"event {position} is missing: the next one is number {event.position}"
        if event.digest != digest(event, before):
            return f"event {position} ({event.verb}) is not what was written"
        before = event.digest
    if (position, before) != (count, head):
        return f"the document counts {count} events, its history holds {position}"
    return ""


def digest(event: Event, before: str) -> str:
    """SHA-256 (hex) over the event and the digest `before` it."""
    told = [
        before,
        event.invoice_id,
        event.position,
        str(event.verb),
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        event.actor_id,
        event.through_id,
        event.substitute_for_id,
        event.data,
    ]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _write(invoice_id: int, space_id: int, count: int, head: str, events: list[Event]) -> None:
    for event in events:
        count += 1
        event.invoice_id, event.space_id, event.position = invoice_id, space_id, count
        event.digest = head = digest(event, head)
    Event.objects.bulk_create(events)
    Invoice.objects.filter(pk=invoice_id).update(event_count=count, event_head=head)

"""One page of *Client documents*: tabs and clients with counts, grouped by client, paged by key.

However many documents a client has, a page is found by at most three look-ups in an index: the client
it begins in, the clients it shows whole, and the client it ends in. The rail's counts say which.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from banqup.conversations import threads
from banqup.conversations.models import Asks
from banqup.invoices.keyset import Order
from banqup.invoices.models import Invoice
from banqup.invoices.queries import COUNT_CAP, InvoiceQuerySet
from banqup.invoices.statuses import AccountingStatus, DocumentStatus

from .clients import CLIENT_CAP, documents_of, shown_count

PAGE_SIZE = 50
# What a list never shows, and what is long: the content, the verdict, the searched text.
HEAVY = ("data", "report", "search_text")
_A = AccountingStatus


@dataclass(frozen=True)
class Tab:
    """`select` narrows documents to the tab; `statuses` are the accounting statuses it holds."""

    name: str
    label: str
    select: Callable[[InvoiceQuerySet], InvoiceQuerySet]
    statuses: tuple
    order: Order


def _not_drafts(rows):
    return rows.exclude(document_status=DocumentStatus.DRAFT)


_OLDEST, _NEWEST = Order("", ("sort_date", "id")), Order("", ("-sort_date", "-id"))
TO_CHECK = Tab("to-check", _("To check"), InvoiceQuerySet.to_check, (_A.READY_TO_PROCESS,), _OLDEST)
CLIENT_ACTION = Tab(
    "client-action-needed",
    _A.CLIENT_ACTION_NEEDED.label,
    InvoiceQuerySet.client_action_needed,
    (_A.CLIENT_ACTION_NEEDED,),
    _OLDEST,
)
PROCESSED = Tab("processed", _A.PROCESSED.label, InvoiceQuerySet.processed, (_A.PROCESSED,), _NEWEST)
ALL = Tab("all", _("All"), _not_drafts, tuple(_A), Order("", ("-id",)))
TABS = (TO_CHECK, CLIENT_ACTION, PROCESSED, ALL)


def tab_of(invoice) -> Tab:
    """The narrowest tab a document stands in."""
    return next(tab for tab in TABS if invoice.accounting_status in tab.statuses)


@dataclass
class Page:
    rows: list[Invoice]
    after: str = ""
    before: str = ""


class Listing:
    """What the list's address asks for, read from its query; a client that is not ours is not found."""

    def __init__(self, clients, query, client=None):
        self.clients = clients
        self.tab = next((tab for tab in TABS if tab.name == query.get("tab")), TO_CHECK)
        self.q = query.get("q", "").replace("\x00", "").strip()[:200]
        self.client = client or clients.chosen(query.get("client", ""))
        self.asked = next((asks for asks in (Asks.CLIENT, Asks.ACCOUNTANT) if asks == query.get("asked")), None)
        self._after, self._before = query.get("after", ""), query.get("before", "")

    @cached_property
    def ids(self) -> list[int]:
        """The clients that are asked for, in the order of their names."""
        return [self.client.pk] if self.client else list(self.clients.spaces)

    @cached_property
    def rail(self) -> dict[int, dict[str, int]]:
        """Client id → `check`, `client` (waits for the client) and `here` (in this tab), each capped."""
        rows = self._narrowed(Invoice.objects.present())
        queries = {"check": rows.to_check(), "client": rows.client_action_needed()}
        if self.tab not in (TO_CHECK, CLIENT_ACTION):
            queries["here"] = self.tab.select(rows)
        counts = self.clients.counts(**queries)
        for row in counts.values():
            row.setdefault("here", row["check"] if self.tab is TO_CHECK else row["client"])
        return counts

    def _narrowed(self, rows):
        """Those with an open question to one side, where the address asks for them."""
        return threads.with_open_question(rows, self.asked) if self.asked else rows

    # --- counts -----------------------------------------------------------------------------------

    def _searched(self, rows):
        """Those in which every word occurs, in the document or in the name of its client."""
        for word in self.q.lower().split()[:8]:
            named = [pk for pk, space in self.clients.spaces.items() if word in space.name.lower()]
            rows = rows.filter(Q(search_text__contains=word) | Q(space__in=named))
        return rows

    @cached_property
    def _hits(self) -> dict[tuple[int, str], int]:
        """(client, accounting status) → number of documents that match the search."""
        found = self._searched(_not_drafts(self._narrowed(documents_of(self.ids)))).order_by()
        grouped = found.values_list("space_id", "accounting_status").annotate(number=Count("id"))
        return {(space, status): number for space, status, number in grouped}

    def counts(self) -> dict[str, int]:
        """How many in each tab; never counting past the cap."""
        if self.q:
            sums = {
                tab: sum(number for (_s, status), number in self._hits.items() if status in tab.statuses)
                for tab in TABS
            }
            return {tab.name: min(number, COUNT_CAP) for tab, number in sums.items()}
        everything = self._narrowed(documents_of(self.ids))
        numbers = {tab.name: tab.select(everything).capped_count() for tab in (CLIENT_ACTION, PROCESSED)}
        numbers[TO_CHECK.name] = self._to_check(everything)
        idle = _not_drafts(everything.filter(accounting_status=_A.NONE)).capped_count()
        return {**numbers, ALL.name: min(sum(numbers.values()) + idle, COUNT_CAP)}

    def _to_check(self, everything) -> int:
        if self.client or self.asked:
            return everything.to_check().capped_count()
        return self.clients.to_check

    def number_here(self, client_id: int) -> int:
        """How many documents of this client stand in the list that is asked for."""
        if self.q:
            return sum(self._hits.get((client_id, status), 0) for status in self.tab.statuses)
        return self.rail[client_id]["here"] if client_id in self.rail else 0

    def shown_number_here(self, client_id: int) -> str:
        return shown_count(self.number_here(client_id), COUNT_CAP if self.q else CLIENT_CAP)

    # --- the page ---------------------------------------------------------------------------------

    def _rows_of(self, ids):
        rows = self.tab.select(self._narrowed(documents_of(ids)))
        return (self._searched(rows) if self.q else rows).defer(*HEAVY)

    def everything(self):
        """Every document of the tab, its filter and search, across all pages; in no order."""
        return self._rows_of(self.ids)

    def _key(self):
        """(client id, key) of the row the page begins beside, or None."""
        client, _sep, raw = (self._after or self._before).partition(".")
        values = self.tab.order.read(raw)
        if values is None or not client.isdecimal() or len(client) > 12 or int(client) not in self.ids:
            return None
        return int(client), values

    def _write(self, invoice) -> str:
        return f"{invoice.space_id}.{self.tab.order.write(invoice)}"

    def page(self) -> Page:
        key = self._key()
        backwards = key is not None and not self._after
        found = self._collect(key, backwards)
        if key and not found:  # everything beyond was dealt with meanwhile: begin again
            key, backwards = None, False
            found = self._collect(None, False)
        more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
        if backwards:
            found.reverse()
        for invoice in found:
            invoice.space = self.clients.spaces[invoice.space_id]
        page = Page(rows=found)
        if found:
            has_next, has_previous = (True, more) if backwards else (more, key is not None)
            page.after = self._write(found[-1]) if has_next else ""
            page.before = self._write(found[0]) if has_previous else ""
        return page

    def _collect(self, key, backwards: bool) -> list[Invoice]:
        """One row more than a page holds, client by client."""
        order, wanted, found = self.tab.order, PAGE_SIZE + 1, []
        columns = order.reversed_columns() if backwards else order.columns
        ids = self.ids[::-1] if backwards else self.ids
        if key:
            ids = ids[ids.index(key[0]) :]
            beyond = order.beyond(key[1], backwards=backwards)
            found += self._rows_of(ids[:1]).filter(beyond).order_by(*columns)[:wanted]
            ids = ids[1:]
        room, whole, held = wanted - len(found), [], 0
        ids = [client for client in ids if self.number_here(client)]
        while ids and held + self.number_here(ids[0]) <= room:
            held += self.number_here(ids[0])
            whole.append(ids.pop(0))
        if whole:
            rows = self._rows_of(whole).order_by(*columns)[:room]
            found += sorted(rows, key=lambda invoice: whole.index(invoice.space_id))
        if ids and len(found) < wanted:
            found += self._rows_of(ids[:1]).order_by(*columns)[: wanted - len(found)]
        return found

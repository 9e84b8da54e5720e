"""One page of a list: tabs with counts, search, order, and paging that does not count rows it skips.

Paging is by key: a page begins after the last row of the one before it, so page 2,000 costs the same
as page 1. Whoever approves a document on the way does not make another one slip by.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from banqup.common.fields import MAX_AMOUNT, MoneyField
from banqup.invoices.keyset import Order
from banqup.invoices.models import Invoice
from banqup.invoices.queries import COUNT_CAP
from banqup.invoices.statuses import GeneralStatus

PAGE_SIZE = 50
FEW_HITS = 500
# Amounts are never NULL in the order: unknown ones stand below every real one.
_AMOUNT = Coalesce(F("payable"), Value(-MAX_AMOUNT, output_field=MoneyField()), output_field=MoneyField())
# Settled documents are looked up, not worked off: the newest first.
_NEWEST_FIRST = frozenset({GeneralStatus.FULLY_PAID, GeneralStatus.REFUSED, GeneralStatus.WONT_BE_PAID})


_DUE = ("sort_date", "id")
ORDERS = {
    "attention": Order(_("Needs attention first"), ("attention", "sort_date", "id")),
    "newest": Order(_("Newest first"), ("-id",)),
    "due": Order(_("Due date"), _DUE),
    "amount": Order(_("Amount"), ("-amount", "-id")),
    "name": Order(_("Name"), ("counterparty_name", "id")),
}
DEFAULT_ORDER = "attention"


@dataclass
class Page:
    """The rows of one page and the keys of its neighbours."""

    rows: list
    after: str = ""
    before: str = ""
    # How many rows stand before it, as far as the way here tells.
    skipped: int = 0
    total: int = 0

    @property
    def start(self) -> int:
        return self.skipped + 1 if self.rows else 0

    @property
    def end(self) -> int:
        return self.skipped + len(self.rows)

    @property
    def skipped_before(self) -> int:
        return max(0, self.skipped - PAGE_SIZE)


class Listing:
    """What a list's address asks for, read from its query; anything it can't read is left out."""

    def __init__(self, side, space, query):
        self.side = side
        self.tab = next((tab for tab in side.tabs if tab.value == query.get("tab", "").upper()), None)
        self.q = query.get("q", "").replace("\x00", "").strip()[:200]
        self.sort = query.get("sort") if query.get("sort") in ORDERS else DEFAULT_ORDER
        self._after, self._before = query.get("after", ""), query.get("before", "")
        at = query.get("at", "")
        self._skipped = int(at) if at.isdecimal() and len(at) < 12 else 0
        self.everything = side.documents(Invoice.objects.of_business(space))
        self.found = self.everything.search(self.q) if self.q else self.everything

    @property
    def order(self) -> Order:
        if self.sort == DEFAULT_ORDER and self.tab:
            # In one status all need the same attention: the index of the tab gives the order.
            return Order("", ("-sort_date", "-id") if self.tab in _NEWEST_FIRST else _DUE)
        return ORDERS[self.sort]

    @property
    def rows(self):
        """Everything the address asks for, in its order: what the page is cut from."""
        rows = self.found.filter(general_status=self.tab) if self.tab else self.found
        if "amount" in "".join(self.order.columns):
            rows = rows.annotate(amount=_AMOUNT)
        return rows.order_by(*self.order.columns).defer("data", "report", "search_text")

    def counts(self) -> dict:
        """How many in each tab, None for all; never counting past the cap."""
        found = self._search() if self.q else {}
        numbers = {
            tab: found.get(tab, 0) if self.q else self.everything.filter(general_status=tab).capped_count()
            for tab in self.side.tabs
        }
        return {None: min(sum(numbers.values()), COUNT_CAP), **numbers}

    def _search(self) -> Counter:
        """How many hits in each tab. A search reads every document, so it is done once: few hits are kept by id."""
        hits = list(self.found.order_by().values_list("pk", "general_status")[:COUNT_CAP])
        if len(hits) <= FEW_HITS:
            self.found = self.everything.filter(pk__in=[pk for pk, _status in hits])
        return Counter(status for _pk, status in hits)

    def page(self, total: int) -> Page:
        order, rows = self.order, self.rows
        values = order.read(self._after or self._before) if self._after or self._before else None
        backwards = values is not None and not self._after
        if values is not None:
            rows = rows.filter(order.beyond(values, backwards=backwards))
        if backwards:
            rows = rows.order_by(*order.reversed_columns())
        found = list(rows[: PAGE_SIZE + 1])
        more = len(found) > PAGE_SIZE
        found = found[:PAGE_SIZE]
        if backwards:
            found.reverse()
        page = Page(rows=found, skipped=self._skipped if values is not None else 0, total=total)
        if found:
            has_next, has_previous = (True, more) if backwards else (more, values is not None)
            page.after = order.write(found[-1]) if has_next else ""
            page.before = order.write(found[0]) if has_previous else ""
        return page

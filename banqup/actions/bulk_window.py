"""The review window of a bulk run: what will happen to each document, and what is in the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.approvals import rules
from banqup.bulk import words
from banqup.bulk.models import BulkRun, Outcome, Task
from banqup.common.templatetags.format import money_with_currency
from banqup.exports.missing import missing
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import GeneralStatus, PaymentStatus
from banqup.spaces.access import Standing
from banqup.spaces.models import Space

from .allowed import approving

PAGE = 50


def read(values: Iterable[str]) -> dict[int, int]:
    """`12-3 14-1` → {12: 3, 14: 1}, id and the version that was shown; 0 where none was said, which no document has."""
    found = {}
    for value in " ".join(values).split():
        pk, _sep, version = value.partition("-")
        if pk.isascii() and pk.isdecimal() and len(pk) < 16:
            known = version.isascii() and version.isdecimal() and len(version) < 10
            found[int(pk)] = int(version) if known else 0
    return found


@dataclass(frozen=True)
class Row:
    """One document. `reason` says what is in the way; else `becomes` is its status once released, `note`
    which step of its approval this is, `to` where it goes."""

    invoice: Invoice
    reason: str = ""
    becomes: PaymentStatus | None = None
    note: str = ""
    to: str = ""

    @property
    def value(self) -> str:
        return f"{self.invoice.pk}-{self.invoice.version}"


class Window:
    """The rows, first what is left out, then what will be done; `found` is how many the filter finds in all."""

    def __init__(self, task: Task, rows: list[Row], *, found: int, page: int = 1):
        self.task, self.found = task, found
        self.blocked = [row for row in rows if row.reason]
        self.ready = [row for row in rows if not row.reason]
        self.pages = max(1, -(-len(rows) // PAGE))
        self.page = min(max(page, 1), self.pages)

    @property
    def shown(self) -> int:
        return len(self.blocked) + len(self.ready)

    @property
    def is_cut(self) -> bool:
        return self.found > self.shown

    @cached_property
    def _slice(self) -> slice:
        return slice((self.page - 1) * PAGE, self.page * PAGE)

    @property
    def blocked_here(self) -> list[Row]:
        """Those of this page."""
        return self.blocked[self._slice]

    @property
    def ready_here(self) -> list[Row]:
        return (self.blocked + self.ready)[self._slice][len(self.blocked_here) :]

    @property
    def previous(self) -> int:
        return self.page - 1

    @property
    def following(self) -> int:
        return self.page + 1 if self.page < self.pages else 0

    @property
    def range(self) -> str:
        first = (self.page - 1) * PAGE
        last = min(first + PAGE, self.shown)
        return _("%(first)d–%(last)d of %(all)d") % {"first": first + 1, "last": last, "all": self.shown}

    @property
    def title(self) -> str:
        return words.asks(self.task, len(self.ready), self.shown)

    @property
    def button(self) -> str:
        return words.button(self.task, len(self.ready))

    @property
    def will(self) -> str:
        return words.will(self.task, len(self.ready))

    @property
    def will_not(self) -> str:
        return words.will_not(self.task, len(self.blocked))

    @property
    def ids(self) -> str:
        """What will be done, with the versions seen: what the form carries."""
        return " ".join(row.value for row in self.ready)

    @property
    def left_out(self) -> str:
        return " ".join(row.value for row in self.blocked)

    @property
    def sums(self) -> str:
        return sums(row.invoice for row in self.ready)

    @property
    def paid_already(self) -> int:
        return sum(row.becomes == GeneralStatus.FULLY_PAID for row in self.ready)


def signed(invoice: Invoice) -> Decimal:
    """The amount as a sum counts it: a credit note takes away."""
    amount = invoice.payable or Decimal(0)
    return -amount if invoice.is_credit_note else amount


def sums(invoices) -> str:
    """EUR 1,204.00 · USD 15.00"""
    totals: dict[str, Decimal] = {}
    for invoice in invoices:
        totals[invoice.currency] = totals.get(invoice.currency, Decimal(0)) + signed(invoice)
    return " · ".join(money_with_currency(amount, currency) for currency, amount in sorted(totals.items()))


def again(run: BulkRun) -> list[int]:
    """Ids of what a finished run did not do and what may work now."""
    rows = run.rows.filter(outcome=Outcome.NOT_DONE, may_help=True)
    return list(rows.values_list("invoice_id", flat=True))


def rows(
    task: Task, invoices: list[Invoice], *, space: Space, standing: Standing | None = None, seen=None, lacking=""
) -> list[Row]:
    """What `task` would do to each of `invoices`; the number of queries does not grow with them.

    `space`: where it is asked. `standing`: for approvals. `seen`: id → version shown before; what changed since is left out.
    `lacking`: why this person may not do it to any of them.
    """
    describe = {Task.APPROVE: _approval, Task.PROCESS: _processing, Task.RESEND: _sending}[task]
    described = dict(
        zip([invoice.pk for invoice in invoices], describe(invoices, space, standing, lacking), strict=True)
    )
    made = []
    for invoice in invoices:
        row = described[invoice.pk]
        if invoice.deleted_at is not None:
            row = Row(invoice, _("It is in the recycle bin."))
        elif seen is not None and seen.get(invoice.pk) != invoice.version:
            row = Row(invoice, _("Somebody changed it meanwhile. Look at it again."))
        made.append(row)
    return made


def _approval(invoices, space, standing, lacking):
    plans = rules.plans(invoices, rules.Circle(space))
    for invoice in invoices:
        plan = plans.get(invoice.pk)
        if not invoice.has_open_data:
            yield Row(invoice, _("Not waiting for approval: %s.") % invoice.get_general_status_display())
            continue
        if lacking and (plan is None or (plan.is_simple and plan.signer(standing.person) is None)):
            yield Row(invoice, lacking)
            continue
        if invoice.possible_duplicate_of_id is not None:
            # One at a time a person sees both beside each other and may approve it all the same.
            yield Row(invoice, _("A possible duplicate. Open it and decide first."))
            continue
        offer = approving(invoice, standing, plan)
        releases = not offer.reason and (plan is None or plan.is_last)
        becomes = PaymentStatus(invoice.payment_status) if releases else None
        yield Row(invoice, offer.reason, becomes=becomes, note=offer.note)


def _processing(invoices, space, standing, lacking):
    for invoice in invoices:
        if not invoice.is_released:
            yield Row(invoice, _("It waits for the client's approval."))
        elif invoice.processed_at is not None:
            yield Row(invoice, _("It is processed already."))
        else:
            yield Row(invoice, lacking)


def _sending(invoices, space, standing, lacking):
    wanted = missing(invoices, partner=space if space.is_partner else None)
    for invoice in invoices:
        names = [integration.name for integration in wanted.get(invoice.pk, ())]
        if not invoice.is_released:
            yield Row(invoice, _("No integration receives it before approval."))
        elif lacking or names:
            yield Row(invoice, lacking, to=_names(names))
        else:
            yield Row(invoice, _("No active integration misses it."))


def _names(names: list[str]) -> str:
    """Exact Online, Dropbox and 2 more"""
    if len(names) <= 3:
        return ", ".join(names)
    more = len(names) - 2
    return ", ".join(names[:2]) + " " + ngettext("and %d more", "and %d more", more) % more

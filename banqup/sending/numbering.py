"""Which number a document gets: the next of its series, given once, when it is sent.

The rows of `IssuedNumber` are the counter: nothing else counts, so nothing can disagree with them.
"""

from dataclasses import dataclass
from datetime import date

from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import Kind
from banqup.spaces.models import Space

from .models import IssuedNumber, NumberSeries
from .patterns import parse

_USUAL = {
    NumberSeries.Purpose.INVOICE: "V{YYYY}-{####}",
    NumberSeries.Purpose.CREDIT_NOTE: "C{YYYY}-{####}",
    NumberSeries.Purpose.SELF_BILLED: "SB%s-{YYYY}-{####}",
    NumberSeries.Purpose.SELF_BILLED_CREDIT_NOTE: "SC%s-{YYYY}-{####}",
}


@dataclass(frozen=True)
class Next:
    """A number that is free at this moment."""

    period: str
    value: int
    number: str


def purpose(invoice: Invoice) -> NumberSeries.Purpose:
    if invoice.kind == Kind.SELF_BILLED_OUT:
        own = (NumberSeries.Purpose.SELF_BILLED, NumberSeries.Purpose.SELF_BILLED_CREDIT_NOTE)
    else:
        own = (NumberSeries.Purpose.INVOICE, NumberSeries.Purpose.CREDIT_NOTE)
    return own[invoice.is_credit_note]


def series_of(invoice: Invoice) -> NumberSeries:
    """The series that numbers `invoice`; made in the usual pattern where the space chose none.

    What we issue for a supplier is numbered apart from everything else: a series for each (LIFECYCLE §7d).
    """
    wanted = purpose(invoice)
    supplier = invoice.counterparty if invoice.kind == Kind.SELF_BILLED_OUT else None
    pattern = _USUAL[wanted] % supplier.pk if supplier is not None else _USUAL[wanted]
    series, _made = NumberSeries.objects.get_or_create(
        space=invoice.space, purpose=wanted, supplier=supplier, defaults={"pattern": pattern}
    )
    return series


def found(space: Space, wanted: NumberSeries.Purpose, supplier: Contact | None = None) -> NumberSeries:
    """The series as it stands; an unsaved one in the usual pattern where nothing was numbered or chosen yet."""
    usual = _USUAL[wanted] % supplier.pk if supplier is not None else _USUAL[wanted]
    mine = NumberSeries.objects.filter(space=space, purpose=wanted, supplier=supplier).first()
    return mine or NumberSeries(space=space, purpose=wanted, supplier=supplier, pattern=usual)


def preview(invoice: Invoice) -> str:
    """The number that a draft would get now; empty while it is not known whose series counts."""
    supplier = invoice.counterparty if invoice.kind == Kind.SELF_BILLED_OUT else None
    if invoice.kind == Kind.SELF_BILLED_OUT and supplier is None:
        return ""
    series = found(invoice.space, purpose(invoice), supplier)
    return upcoming(series, invoice.issue_date or invoice.space.today()).number


def latest(series: NumberSeries) -> IssuedNumber | None:
    """The number given last, in whatever period."""
    if series.pk is None:
        return None
    return IssuedNumber.objects.filter(series=series).select_related("invoice").order_by("-pk").first()


def upcoming(series: NumberSeries, day: date) -> Next:
    """The number that a document issued on `day` would get now. Nothing is reserved."""
    pattern = parse(series.pattern)
    period = pattern.period(day)
    if series.pk is None:
        return Next(period, series.starts_at, pattern.number(series.starts_at, day))
    issued = IssuedNumber.objects.filter(series=series)
    last = issued.filter(period=period).order_by("-value").values_list("value", flat=True).first()
    if last is not None:
        value = last + 1
    else:
        value = 1 if issued.exists() else series.starts_at
    return Next(period, value, pattern.number(value, day))


def hold(series: NumberSeries) -> NumberSeries:
    """Lock the series until the end of the transaction: whoever numbers goes one by one. Returns it as it stands."""
    return NumberSeries.objects.select_for_update().get(pk=series.pk)


def give(series: NumberSeries, given: Next, invoice: Invoice) -> IssuedNumber:
    """`given` belongs to `invoice` for ever. The caller holds the series."""
    return IssuedNumber.objects.create(
        series=series, period=given.period, value=given.value, number=given.number, invoice=invoice
    )

"""Which documents a customer is reminded of, when the next step is, and what stands in the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from banqup.invoices import statuses
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import GeneralStatus, Kind
from banqup.spaces.models import Space

from .models import LetterState, Pause, Reminder, ReminderPlan
from .queue import PENDING

# A plan has at most so many steps.
STEPS = 5
# Who said that it has paid is left alone for so long: the money may be on its way.
ANNOUNCED = timedelta(days=7)


def plan_of(space: Space) -> ReminderPlan:
    """The plan of `space`; unsaved and off where nobody has made one."""
    return ReminderPlan.objects.filter(space=space).first() or ReminderPlan(space=space)


def open_sales(space: Space):
    """Sales that the customer has and has not paid, with a day on which they were due; the oldest first."""
    found = Invoice.objects.of_business(space).present()
    return (
        found.filter(
            is_sales=1,
            kind=Kind.SALES,
            is_credit_note=False,
            general_status__in=statuses.PAYABLE,
            delivery_status__in=statuses.HAS_LEFT,
            due_date__isnull=False,
        )
        .select_related("counterparty")
        .defer("data", "report", "search_text")
        .order_by("due_date", "pk")
    )


@dataclass(frozen=True)
class Step:
    number: int
    on: date


def following(days: list[int], due: date, sent: Iterable[Reminder], country: str = "") -> Step | None:
    """The next step of a document that was due on `due`; None after the last one. `country`: whose holidays count.

    Steps come one after the other: where reminders begin late, the first is said first, and the next
    one waits as long as the plan has between the two.
    """
    sent = list(sent)
    number = max((one.step or 0 for one in sent), default=0) + 1
    if number > len(days):
        return None
    on = due + timedelta(days=days[number - 1])
    if sent:
        between = days[number - 1] - days[number - 2] if number > 1 else 1
        on = max(on, max(one.day for one in sent) + timedelta(days=between))
    return Step(number, working_day(on, country))


def working_day(day: date, country: str = "") -> date:
    """`day`, or the first working day after it."""
    while is_day_off(day, country):
        day += timedelta(days=1)
    return day


def is_day_off(day: date, country: str = "") -> bool:
    """A Saturday, a Sunday, or a public holiday in all of `country` (ISO 3166-1; holidays of a region don't count)."""
    return day.weekday() >= 5 or day in _public_holidays(country, day.year)


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    """None where the country is not known."""
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


def said_of(invoices: Iterable[Invoice]) -> dict[int, list[Reminder]]:
    """Invoice id → its reminders that left or wait to leave; one query."""
    found: dict[int, list[Reminder]] = {}
    for one in Reminder.objects.filter(invoice__in=[invoice.pk for invoice in invoices]).select_related("letter"):
        found.setdefault(one.invoice_id, []).append(one)
    return found


class Pauses:
    """Whom and what the schedule leaves alone on a day; one query."""

    def __init__(self, space: Space, today: date):
        standing = Pause.objects.filter(Q(until=None) | Q(until__gte=today), space=space)
        self.contacts, self.invoices = {}, {}
        for pause in standing:
            (self.contacts if pause.contact_id else self.invoices)[pause.contact_id or pause.invoice_id] = pause

    def of(self, invoice: Invoice) -> Pause | None:
        return self.invoices.get(invoice.pk) or self.contacts.get(invoice.counterparty_id)


def in_the_way(invoice: Invoice) -> str:
    """Why the customer is not reminded of `invoice`, whoever asks; empty when nothing is. No query."""
    if invoice.kind != Kind.SALES or not invoice.is_released or invoice.is_credit_note:
        return _("Only an invoice that you sent is reminded of.")
    if invoice.delivery_status not in statuses.HAS_LEFT:
        return _("The customer does not have it yet.")
    words = {
        GeneralStatus.FULLY_PAID: _("Nothing is open."),
        GeneralStatus.DISPUTED: _("It is disputed: settle that first."),
        GeneralStatus.REFUSED: _("The customer refused it: settle that first."),
        GeneralStatus.WONT_BE_PAID: _("It is closed: it won't be paid."),
    }
    if invoice.general_status not in statuses.PAYABLE:
        return words.get(invoice.general_status, _("It waits for approval."))
    if invoice.due_date is None:
        return _("It has no due date.")
    if invoice.due_date >= invoice.space.today():
        return _("It is not overdue: it is due on %s.") % date_format(invoice.due_date, "j M Y")
    if invoice.counterparty is None or not invoice.counterparty.email:
        return _("The customer has no e-mail address. Enter it on the customer's page.")
    return ""


def not_by_itself(invoice: Invoice, pauses: Pauses) -> str:
    """What else keeps the schedule from it; a person may remind all the same. No query."""
    if not invoice.counterparty.wants_reminders:
        return _("This customer is not to be reminded.")
    if (pause := pauses.of(invoice)) is not None:
        if pause.until is None:
            return _("Reminders are paused.")
        return _("Reminders are paused until %s.") % date_format(pause.until, "j M Y")
    announced = invoice.payment_announced_at
    if announced is not None and announced > timezone.now() - ANNOUNCED:
        return _("The customer said that it was paid.")
    return ""


def under_way(sent: Iterable[Reminder]) -> bool:
    return any(one.letter.state in PENDING for one in sent)


def has_failed(sent: Iterable[Reminder]) -> bool:
    """The last letter did not get through: no further step before a person has seen to it."""
    last = max(sent, key=lambda one: one.pk, default=None)
    return last is not None and last.letter.state == LetterState.FAILED

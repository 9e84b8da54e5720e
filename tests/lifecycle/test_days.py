"""*Due today* and *overdue* turn at midnight on the wall of the space, wherever it is; every page says the same."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from banqup.invoices.models import Invoice
from tests.business_space.helpers import browser_of, page, rows, words
from tests.factories import clock, world
from tests.integrations.helpers import released

pytestmark = pytest.mark.django_db

# UTC+14, UTC-11, UTC-12, and one that is behind and moves its clocks.
ZONES = ["Pacific/Kiritimati", "Pacific/Niue", "Etc/GMT+12", "America/St_Johns"]
# The last minute of a month, of a leap February, of a year; and the first of the next.
MIDNIGHTS = [(2026, 12, 1), (2028, 3, 1), (2027, 1, 1)]
DUE = {"yesterday": -1, "today": 0, "tomorrow": 1, "the day after": 2}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("midnight", MIDNIGHTS)
def test_overdue_begins_at_the_midnight_of_the_space(zone, midnight):
    space = world.business(time_zone=zone)
    person = world.member(space)
    turn = datetime(*midnight, tzinfo=ZoneInfo(zone))
    last_day = (turn - timedelta(seconds=1)).date()
    for number, days in DUE.items():
        _released(space, number, last_day + timedelta(days=days))
    _released(space, "credit note", last_day - timedelta(days=30), is_credit_note=True)

    world.received(space, b"unreadable")  # something came in: home begins to count

    assert _told(space, person, turn - timedelta(seconds=30)) == (
        {
            "yesterday": "overdue 1 day",
            "today": "due today",
            "tomorrow": "due tomorrow",
            "the day after": "",
            "credit note": "",
        },
        "1",
    )
    assert _told(space, person, turn + timedelta(seconds=30)) == (
        {
            "yesterday": "overdue 2 days",
            "today": "overdue 1 day",
            "tomorrow": "due today",
            "the day after": "due tomorrow",
            "credit note": "",
        },
        "2",
    )


def _released(space, number, due, **fields):
    invoice = released(space, number, due_date=due)
    Invoice.objects.filter(pk=invoice.pk).update(due_date=due, sort_date=due, **fields)


def _told(space, person, moment) -> tuple[dict, str]:
    """(what the list says of each, how many the home page counts as overdue); the document pages say the same."""
    with clock.set_to(moment):
        browser = browser_of(person)
        listed = rows(browser.get(reverse("business:purchase_list", args=[space.slug])))
        told = {
            number: _qualifier(" ".join(row)) for number in [*DUE, "credit note"] for row in listed if number in row
        }
        for invoice in Invoice.objects.select_related("space").filter(released_at__isnull=False):
            shown = words(page(browser.get(invoice.get_absolute_url())))
            assert _qualifier(shown) == told[invoice.number], invoice.number
            assert invoice.is_overdue == told[invoice.number].startswith("overdue")
        home = page(browser.get(reverse("business:home", args=[space.slug])))
    (card,) = home.xpath("//a[contains(@class, 'card')][.//strong[text()='Overdue, to pay']]")
    return told, words(card.xpath(".//*[contains(@class, 'big-amount')]")[0])


def _qualifier(text: str) -> str:
    for said in ("overdue 1 day", "overdue 2 days", "due today", "due tomorrow"):
        if f"{said} " in f"{text} ":
            return said
    return ""

"""A bakery with customers whose invoices are overdue, and a mail server that keeps what it is given."""

from datetime import datetime, time, timedelta

import pytest

from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.reminders import schedule
from tests.factories import einvoices, sales, world
from tests.fakes import mail_server


@pytest.fixture
def server(settings):
    with mail_server.running() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.port, 5
        settings.DEFAULT_FROM_EMAIL = "Banqup <no-reply@banqup.example>"
        yield running


@pytest.fixture
def space(db):
    return world.business(iban=einvoices.iban(1), email="bakkerij@janssens.example", language="nl")


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


@pytest.fixture
def hotel(space) -> Contact:
    return sales.customer(space)


@pytest.fixture
def overdue(space, seller, hotel):
    """`overdue(days=5)`: an invoice that the customer has and should have paid so many days ago."""

    def made(days=5, contact=None) -> Invoice:
        invoice = sales.issued(space, seller, contact=contact or hotel)
        sales.transmitted(invoice)
        day = space.today() - timedelta(days=days)
        Invoice.objects.filter(pk=invoice.pk).update(due_date=day)
        return Invoice.objects.select_related("space", "counterparty").get(pk=invoice.pk)

    return made


@pytest.fixture
def morning(space):
    """`morning(2)`: ten o'clock on the wall of the space, so many working days from the first one that comes."""

    def at(later=0, hour=10) -> datetime:
        day = space.today()
        while (off := schedule.is_day_off(day, space.country)) or later:
            later -= not off and later > 0
            day += timedelta(days=1)
        return datetime.combine(day, time(hour), tzinfo=space.tz)

    return at

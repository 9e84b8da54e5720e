"""Reminders by plan and by hand: what is said to whom, once, and what ends them."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from banqup.actions import letters as verbs
from banqup.actions import payments, reminding, sales
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.invoices.models import Invoice
from banqup.reminders import schedule, words
from banqup.reminders.models import Letter, Reminder
from integrations import letters
from tests.factories import sales as selling
from tests.factories import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def plan(space, seller):
    return reminding.keep_plan(space=space, is_active=True, days=[3, 14, 30], by=seller)


def posted():
    """Every letter that waits is sent; what stands in them."""
    for pk in list(Letter.objects.filter(state="queued").values_list("pk", flat=True)):
        letters.post(pk)
    return list(Letter.objects.order_by("pk").values_list("recipient", "state", "subject"))


def said(invoice):
    return list(Reminder.objects.filter(invoice=invoice).values_list("step", "letter__state"))


def text(message):
    return message.get_body(("plain",)).get_content()


def test_nothing_goes_out_until_the_space_switches_it_on(space, overdue, morning):
    overdue()
    assert reminding.write_due(morning()) == 0
    assert not Letter.objects.exists()


def test_several_invoices_of_a_customer_are_one_mail_in_its_language(space, plan, overdue, hotel, morning, server):
    hotel.language = "fr"
    hotel.save()
    first, second = overdue(days=16), overdue(days=10)
    assert reminding.write_due(morning()) == 1
    assert posted() == [("facturen@terduinen.example", "sent", "Rappel de Bakkerij Janssens BV")]
    (message,) = server.messages
    assert (message["From"], message["Reply-To"]) == (
        "Bakkerij Janssens BV <no-reply@banqup.example>",
        "bakkerij@janssens.example",
    )
    for invoice in (first, second):
        assert f"- Facture {invoice.number}, échue le" in text(message)
        assert invoice.document.payment_means[0].remittance_information in text(message)
        assert invoice.events.first().verb == "reminded"
        assert said(invoice) == [(1, "sent")]
    assert "Total : EUR\xa095,40".replace("\xa0", " ") in text(message).replace("\xa0", " ")
    assert [part.get_filename() for part in message.iter_attachments()] == [
        f"{first.number}.pdf",
        f"{second.number}.pdf",
    ]


def test_a_space_has_its_turn_once_a_working_day_from_nine(space, plan, overdue, morning):
    overdue()
    assert reminding.write_due(morning(hour=8)) == 0
    assert reminding.write_due(morning(hour=9)) == 1
    overdue()
    assert reminding.write_due(morning(hour=11)) == 0
    saturday = morning()
    saturday += timedelta(days=5 - saturday.weekday())
    assert reminding.write_due(saturday) == 0


def test_no_step_is_said_twice_and_the_next_waits_its_time(space, plan, overdue, morning, server):
    invoice = overdue(days=100)
    for later in range(15):
        reminding.write_due(morning(later))
        posted()
    start = Reminder.objects.get(invoice=invoice, step=1).day
    assert said(invoice)[:2] == [(1, "sent"), (2, "sent")]
    assert (Reminder.objects.get(invoice=invoice, step=2).day - start).days >= 11
    assert Reminder.objects.filter(invoice=invoice).count() == 2


@pytest.mark.parametrize("what", ["paid", "disputed", "closed", "credited", "not wanted", "paused", "announced"])
def test_what_ends_reminders(space, plan, overdue, morning, seller, hotel, what):
    invoice = overdue()
    if what == "paid":
        payments.record_payment(invoice=invoice, amount=invoice.payable, paid_on=space.today(), by=seller)
    elif what == "disputed":
        sales.record_answer(invoice=invoice, answer="queried", reason="price", by=seller)
    elif what == "closed":
        sales.mark_wont_be_paid(invoice=invoice, reason="insolvent", by=seller)
    elif what == "credited":
        Invoice.objects.filter(pk=invoice.pk).update(credited=invoice.payable)
    elif what == "not wanted":
        type(hotel).objects.filter(pk=hotel.pk).update(wants_reminders=False)
    elif what == "paused":
        reminding.pause(space=space, invoice=invoice, by=seller)
    else:
        Invoice.objects.filter(pk=invoice.pk).update(payment_announced_at=invoice.created_at)
    assert reminding.write_due(morning()) == 0


def test_who_pays_before_the_letter_leaves_is_not_reminded_and_the_step_is_still_to_come(
    space, plan, overdue, morning, seller, server
):
    paid, other = overdue(), overdue()
    reminding.write_due(morning())
    payments.record_payment(invoice=paid, amount=paid.payable, paid_on=space.today(), by=seller)
    posted()
    assert (said(paid), said(other)) == ([], [(1, "sent")])
    assert paid.number not in text(server.messages[0])
    payments.record_payment(invoice=other, amount=Decimal("7.70"), paid_on=space.today(), by=seller)
    later = reminding.remind  # by hand, in the words of the next step
    Reminder.objects.update(day=space.today() - timedelta(days=1))
    later(invoice=Invoice.objects.get(pk=other.pk), by=seller)
    posted()
    assert "Tweede herinnering" in server.messages[1]["Subject"]
    assert "EUR 40,00 van 47,70" in text(server.messages[1]).replace("\xa0", " ")


def test_when_all_is_paid_the_letter_is_dropped(space, plan, overdue, morning, seller, server):
    invoice = overdue()
    reminding.write_due(morning())
    payments.record_payment(invoice=invoice, amount=invoice.payable, paid_on=space.today(), by=seller)
    assert posted() == [("facturen@terduinen.example", "dropped", "")]
    assert not server.messages


def test_a_person_reminds_once_a_day_and_only_of_what_is_overdue(space, overdue, seller, server):
    invoice, early = overdue(), overdue(days=-3)
    with pytest.raises(NotPossible, match="not overdue"):
        reminding.remind(invoice=early, by=seller)
    with pytest.raises(NotAllowed):
        reminding.remind(invoice=invoice, by=world.member(space, "SA"))
    reminding.remind(invoice=invoice, by=seller)
    with pytest.raises(NotPossible, match="on its way"):
        reminding.remind(invoice=invoice, by=seller)
    posted()
    with pytest.raises(NotPossible, match="today"):
        reminding.remind(invoice=invoice, by=seller)
    event = invoice.events.first()
    assert (event.verb, event.actor, event.data["to"]) == ("reminded", seller, "facturen@terduinen.example")


def test_a_refused_address_waits_for_a_person_who_corrects_it(space, plan, overdue, morning, seller, hotel, server):
    invoice = overdue()
    server.answers["RCPT"] = "550 no such mailbox"
    reminding.write_due(morning())
    (row,) = posted()
    assert row[1] == "failed"
    assert "Correct the address" in Letter.objects.get().reason
    server.answers.clear()
    type(hotel).objects.filter(pk=hotel.pk).update(email="nieuw@terduinen.example")
    verbs.again(letter=Letter.objects.get(), by=seller)
    assert posted() == [("nieuw@terduinen.example", "sent", "Herinnering van Bakkerij Janssens BV")]
    assert said(invoice) == [(1, "sent")]


def test_a_server_that_is_away_costs_no_try(space, plan, overdue, morning, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    overdue()
    reminding.write_due(morning())
    posted()
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == ("queued", 0)
    assert "sends no mail" in letter.reason


def test_a_plan_and_its_words_are_checked(space, seller):
    for days in ([], [3, 3], [14, 3], [0], [400], [1, 2, 3, 4, 5, 6]):
        with pytest.raises(NotPossible):
            reminding.keep_plan(space=space, is_active=True, days=days, by=seller)
    kept = {"space": space, "step": 1, "language": "nl", "by": seller}
    with pytest.raises(NotPossible, match="{klant} is not a field"):
        reminding.keep_text(**kept, subject="Hallo", body="Beste {klant}, {documents}")
    with pytest.raises(NotPossible, match="{documents}"):
        reminding.keep_text(**kept, subject="Hallo", body="Beste {customer}")
    reminding.keep_text(**kept, subject="Hallo {customer}", body="{documents}\r\n{total}")
    assert letters.text_of(space, 1, "nl") == words.Text("Hallo {customer}", "{documents}\n{total}")
    assert letters.text_of(space, 1, "fr") == words.reminder(1, "fr")
    reminding.keep_text(**kept, subject="", body="")
    assert letters.text_of(space, 1, "nl") == words.reminder(1, "nl")


def test_a_copy_is_mailed_with_its_data_and_moves_no_status(space, seller, server):
    invoice = selling.issued(space, seller)
    with pytest.raises(NotPossible, match="not an e-mail address"):
        verbs.send_copy(invoice=invoice, to="nowhere", by=seller)
    verbs.send_copy(invoice=invoice, to="boekhouding@terduinen.example", by=world.member(space, "SA"))
    posted()
    (message,) = server.messages
    assert (message["To"], message["Subject"]) == (
        "boekhouding@terduinen.example",
        f"Kopie: Factuur {invoice.number}",
    )
    pdf, data = message.iter_attachments()
    assert pdf.get_content().startswith(b"%PDF-")
    assert data.get_content() == invoice.attachment("e_invoice").load()
    fresh = Invoice.objects.get(pk=invoice.pk)
    assert (fresh.delivery_status, fresh.events.first().verb) == ("READY_TO_SEND", "copy_sent")


def test_a_weekend_is_no_working_day():
    assert [schedule.working_day(date(2026, 11, day)).day for day in (20, 21, 22, 23)] == [20, 23, 23, 23]


@pytest.mark.parametrize(
    ("day", "country", "goes"),
    [
        (date(2026, 7, 21), "BE", date(2026, 7, 22)),  # the national day
        (date(2026, 7, 21), "NL", date(2026, 7, 21)),
        (date(2027, 3, 27), "BE", date(2027, 3, 30)),  # a Saturday, Easter and its Monday
        (date(2026, 12, 25), "NL", date(2026, 12, 28)),  # two days of Christmas, then a Sunday
        (date(2026, 7, 21), "", date(2026, 7, 21)),
        (date(2026, 7, 21), "XX", date(2026, 7, 21)),  # no country that anybody knows
    ],
)
def test_a_public_holiday_of_the_country_is_no_working_day(day, country, goes):
    assert schedule.working_day(day, country) == goes


def test_on_a_public_holiday_nothing_is_written_and_the_next_working_day_it_is(space, plan, overdue):
    invoice = overdue(days=20)
    Invoice.objects.filter(pk=invoice.pk).update(due_date=date(2026, 7, 1))
    holiday = datetime(2026, 7, 21, 10, tzinfo=space.tz)
    assert reminding.write_due(now=holiday) == 0
    assert reminding.write_due(now=holiday + timedelta(days=1)) == 1

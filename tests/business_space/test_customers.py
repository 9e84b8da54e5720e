"""Customers kept by hand, their statement of account, and the page of reminders."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from banqup.actions import customers, payments, statements
from banqup.actions.refusals import NotPossible
from banqup.contacts.models import Contact
from banqup.invoices import content
from banqup.invoices.models import Invoice
from banqup.reminders.models import Letter, Pause, ReminderPlan, ReminderText
from banqup.spaces.models import User
from integrations import letters
from tests.factories import einvoices, sales

from .helpers import form_of, main, messages, url, words

pytestmark = pytest.mark.django_db
NUMBER = einvoices.enterprise_number(81)
ENTERED = {
    "name": "Hotel Ter Duinen NV",
    "vat_id": f"BE {NUMBER}",
    "company_id": "",
    "street": "Zeedijk 1",
    "postal_code": "8400",
    "city": "Oostende",
    "country": "BE",
    "email": "facturen@terduinen.example",
    "peppol_id": "",
    "send_by": "email",
    "language": "nl",
    "terms_days": "14",
    "buyer_reference": "KST-12",
}


@pytest.fixture
def person(an):
    return User.objects.get(email="an@janssens.example")


@pytest.fixture
def hotel(space):
    return sales.customer(space)


@pytest.fixture
def sold(space, hotel):
    """`sold("100", 10)`: a released sale of so many days ago, without the rules being asked."""

    def made(amount, days, **fields) -> Invoice:
        day = space.today() - timedelta(days=days)
        defaults = {"document_status": "VALIDATED", "delivery_status": "SENT", "kind": "sales", "channel": "creator"}
        document = einvoices.document(number=f"V-{Invoice.objects.count() + 1}")
        invoice = Invoice.objects.create(
            space=space,
            counterparty=hotel,
            counterparty_name=hotel.name,
            number=document.number,
            data=content.to_json(document),
            issue_date=day,
            due_date=day + timedelta(days=14),
            payable=Decimal(amount),
            released_at="2026-01-01T00:00Z",
            content_sha256="0" * 64,
            **{**defaults, **fields},
        )
        return Invoice.objects.select_related("space").get(pk=invoice.pk)

    return made


def test_a_customer_is_added_with_its_numbers_checked(an, space):
    wrong = an.post(url("party_add", space), ENTERED | {"vat_id": "BE 0417.823.440"})
    assert wrong.status_code == 422
    assert "The check digits of BE0417823440 are wrong; a digit was mistyped." in words(main(wrong))
    assert not Contact.objects.exists()

    answer = an.post(url("party_add", space), ENTERED, follow=True)

    contact = Contact.objects.get()
    assert messages(answer) == ["Hotel Ter Duinen NV is added."]
    assert (contact.vat_id, contact.company_id, contact.company_scheme) == (f"BE{NUMBER}", NUMBER, "0208")
    assert (contact.endpoint_scheme, contact.endpoint_id, contact.is_customer) == ("0208", NUMBER, True)
    assert (contact.send_by, contact.language, contact.terms_days, contact.wants_reminders) == (
        "email",
        "nl",
        14,
        False,
    )
    assert "check digits are right" in words(main(answer))


def test_a_number_that_another_contact_has_is_refused_with_its_name(an, space, hotel):
    taken = an.post(url("party_add", space), ENTERED | {"vat_id": hotel.vat_id, "name": "Zeezicht"})
    assert taken.status_code == 422
    assert "Hotel Ter Duinen NV has this VAT number already." in words(main(taken))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nowhere"),
        ("peppol_id", "0208"),
        ("peppol_id", "0208:0417823440"),
        ("terms_days", 400),
        ("send_by", "pigeon"),
        ("language", "xx"),
        ("company_id", "0417823440"),
    ],
)
def test_what_is_wrong_names_its_field_and_nothing_is_kept(space, person, field, value):
    entered = {"name": "Hotel", "vat_id": f"BE{NUMBER}", "country": "BE", field: value}
    with pytest.raises(NotPossible) as refusal:
        customers.save(space=space, by=person, **entered)
    assert (refusal.value.field, Contact.objects.exists()) == (field, False)


def test_a_wrong_number_that_a_document_brought_does_not_keep_a_person_from_the_rest(space, person):
    wrong = {"vat_id": "BE0417823440", "company_id": "0417823440", "company_scheme": "0208"}
    known = {"endpoint_scheme": "EM", "endpoint_id": "post@hotel.example"}
    contact = Contact.objects.create(space=space, name="Hotel", is_customer=True, country="BE", **wrong, **known)
    entered = {"vat_id": "BE 0417.823.440", "company_id": "0417823440", "peppol_id": "EM:post@hotel.example"}
    customers.save(
        space=space, contact=contact, by=person, name="Hotel", country="BE", email="a@hotel.example", **entered
    )
    kept = Contact.objects.get()
    assert (kept.email, {name: getattr(kept, name) for name in wrong | known}) == ("a@hotel.example", wrong | known)


def test_a_supplier_is_kept_by_who_works_on_purchases(space, browser_with):
    supplier = Contact.objects.create(space=space, name="Molens", is_supplier=True)
    entered = {"name": "Molens Dewaele", "country": "BE"}
    assert browser_with("SA").post(url("party_edit", space, supplier.pk), entered).status_code == 403
    assert browser_with("PA").post(url("party_edit", space, supplier.pk), entered).status_code == 303
    assert Contact.objects.get().name == "Molens Dewaele"


def test_without_an_access_point_nobody_can_be_asked(an, space, hotel):
    answer = an.post(url("party_check", space, hotel.pk), follow=True)
    assert "No access point is set up." in words(main(answer))


def test_the_page_of_a_customer_says_what_is_open_by_currency(an, space, hotel, sold):
    sold("100.00", 3), sold("50.00", 3, currency="USD"), sold("30.00", 2, is_credit_note=True)
    sold("999.00", 3, document_status="REFUSED", delivery_status="RECEIVED")
    shown = main(an.get(url("party", space, hotel.pk)))
    assert "EUR 70.00 USD 50.00" in words(shown).replace("\xa0", " ")


def test_a_statement_runs_from_what_was_carried_to_the_balance(an, space, hotel, sold, person):
    old = sold("100.00", 60)
    payments.record_payment(invoice=old, amount=Decimal("40"), paid_on=space.today() - timedelta(days=50), by=person)
    new, note = sold("50.00", 10), sold("20.00", 5, is_credit_note=True)
    payments.record_payment(invoice=new, amount=Decimal("50"), paid_on=space.today() - timedelta(days=1), by=person)
    sold("999.00", 8, document_status="REFUSED", delivery_status="RECEIVED")
    since = space.today() - timedelta(days=30)

    (account,) = statements.of(hotel, since, space.today())

    assert (account.carried, account.balance, account.open_amount) == (Decimal("60"), Decimal("40"), Decimal("40"))
    assert [(row.kind, row.number, row.amount, row.balance) for row in account.rows] == [
        ("invoice", new.number, Decimal("50"), Decimal("110")),
        ("credit_note", note.number, Decimal("-20"), Decimal("90")),
        ("payment", new.number, Decimal("-50"), Decimal("40")),
    ]
    period = {"since": f"{since:%Y-%m-%d}", "until": f"{space.today():%Y-%m-%d}"}
    csv = an.get(url("statement", space, hotel.pk), period | {"as": "csv"})
    lines = b"".join(csv.streaming_content).decode().split("\r\n")
    assert lines[1] == f"EUR,{since:%Y-%m-%d},carried,,,,,60.00"
    assert lines[5] == f"EUR,{space.today():%Y-%m-%d},balance,,,,,40.00"
    pdf = an.get(url("statement", space, hotel.pk), period | {"as": "pdf"})
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    shown = an.get(url("statement", space, hotel.pk), {"since": "31/12/2026", "until": "1/1/2026"})
    assert shown.status_code == 422 and "The last day is before the first." in words(main(shown))


def test_a_statement_is_mailed_in_the_language_of_the_customer(an, space, hotel, sold):
    Contact.objects.filter(pk=hotel.pk).update(language="de")
    sold("100.00", 5)
    dialog = an.get(url("statement_send", space, hotel.pk))
    assert "A PDF in German goes out by mail." in words(main(dialog))
    entered = {"since": "1/1/2026", "until": "31/12/2026", "to": "buchhaltung@terduinen.example"}
    an.post(url("statement_send", space, hotel.pk), entered)
    letter = Letter.objects.get()
    assert (letter.kind, letter.recipient, letter.language, letter.since, letter.until) == (
        "statement",
        "buchhaltung@terduinen.example",
        "de",
        date(2026, 1, 1),
        date(2026, 12, 31),
    )
    mail = letters.compose(letter)
    assert mail.subject == "Kontoauszug von Bakkerij Janssens BV"
    assert mail.attachments[0].get_payload(decode=True).startswith(b"%PDF-")


def test_the_page_of_reminders_switches_them_on_and_says_what_comes_next(an, space, sold):
    late = sold("100.00", 40)
    shown = an.get(url("reminders", space))
    assert "Nothing goes out by itself" in words(main(shown))
    wrong = an.post(url("reminder_plan", space), {"is_active": "on", "days": "14, 3"})
    assert wrong.status_code == 422 and "Each step comes later than the one before." in words(main(wrong))
    an.post(url("reminder_plan", space), {"is_active": "on", "days": "3, 14"})
    assert list(ReminderPlan.objects.values_list("is_active", "days")) == [(True, [3, 14])]
    shown = words(main(an.get(url("reminders", space))))
    assert f"{late.number} " in shown and "Step 1 of 2, on the next working day" in shown


def test_a_document_is_paused_until_a_day_and_goes_on(an, space, sold):
    late = sold("100.00", 40)
    address = f"{url('reminder_pause', space)}?invoice={late.pk}"
    assert an.post(address, {"until": "1/1/2020"}).status_code == 422
    an.post(address, {"until": ""})
    assert "Reminders are paused." in words(main(an.get(url("reminders", space))))
    an.post(url("reminder_resume", space, Pause.objects.get().pk))
    assert not Pause.objects.exists()


def test_the_words_of_a_step_are_previewed_kept_and_taken_back(an, space):
    address = url("reminder_text", space, 2, "fr")
    form = form_of(an.get(address), "text-form")
    assert form["subject"] == "Deuxième rappel de {sender}"
    bad = an.post(address, {"subject": "Bonjour", "body": "{montant} {documents}", "action": "save"})
    assert bad.status_code == 422 and "{montant} is not a field." in words(main(bad))
    entered = {"subject": "Bonjour {customer}", "body": "{documents}"}
    look = an.post(address, entered | {"action": "look"})
    assert "Bonjour Hotel Ter Duinen NV" in words(main(look)) and not ReminderText.objects.exists()
    an.post(address, entered | {"action": "save"})
    assert list(ReminderText.objects.values_list("step", "language", "subject")) == [(2, "fr", "Bonjour {customer}")]
    an.post(address, entered | {"action": "usual"})
    assert not ReminderText.objects.exists()


def test_strangers_find_neither_customers_nor_letters(space, hotel, stranger):
    for name in ("party_edit", "statement", "statement_send"):
        assert stranger.get(url(name, space, hotel.pk)).status_code == 404
    assert stranger.get(url("reminders", space)).status_code == 404

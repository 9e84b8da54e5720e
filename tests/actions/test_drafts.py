"""Drafts: what is copied, credited, numbered, and how amounts are rounded on the way."""

import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection

from banqup.actions import drafts, issuing, items, newcomers, recycle, series
from banqup.actions.refusals import ChangedMeanwhile, NotPossible
from banqup.contacts.models import Contact, Item
from banqup.einvoicing import AllowanceCharge
from banqup.invoices.models import Invoice
from banqup.sending.models import IssuedNumber, NumberSeries
from tests.factories import einvoices, sales, verdicts, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business(iban=einvoices.iban(1))


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


def sums(document):
    rows = [(str(row.rate), str(row.taxable_amount), str(row.tax_amount)) for row in document.vat_breakdown]
    return str(document.line_total), rows, str(document.payable)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # VAT once for each rate, never for each line: three times 7.00 would be 20.99.
        ([sales.line(quantity="1", price="33.33", rate="21")] * 3, ("99.99", [("21", "99.99", "21.00")], "120.99")),
        # Half a cent goes up, line by line: 0.045 becomes 0.05, and 0.005 becomes 0.01.
        (
            [sales.line(quantity="0.01", price="4.50", rate="6"), sales.line(quantity="0.5", price="0.01", rate="6")],
            ("0.06", [("6", "0.06", "0.00")], "0.06"),
        ),
        (
            [sales.line(quantity="1", price="10.05", rate="6"), sales.line(quantity="-1", price="0.02", rate="21")],
            ("10.03", [("6", "10.05", "0.60"), ("21", "-0.02", "0.00")], "10.63"),
        ),
    ],
)
def test_amounts_are_rounded_as_the_rules_want_it(space, seller, lines, expected):
    draft = sales.draft(space, seller, lines=lines)
    assert sums(draft.document) == expected
    assert draft.error_count == 0


def test_discounts_of_a_line_and_of_everything_keep_the_document_valid(space, seller):
    third = replace(
        sales.line(quantity="3", price="33.33", rate="21"),
        allowances_charges=(
            AllowanceCharge(False, base_amount=Decimal("99.99"), percent=Decimal("12.5"), reason_code="95"),
        ),
    )
    everything = tuple(
        AllowanceCharge(
            False,
            base_amount=base,
            percent=Decimal("3.33"),
            reason_code="95",
            vat_category="S",
            vat_rate=Decimal(rate),
        )
        for base, rate in ((Decimal("87.49"), "21"), (Decimal("45.00"), "6"))
    )
    draft = sales.draft(space, seller, lines=[third, sales.line()], allowances_charges=everything)
    # 99.99 − 12.50 = 87.49; − 2.91 = 84.58; 45.00 − 1.50 = 43.50
    assert sums(draft.document) == ("132.49", [("21", "84.58", "17.76"), ("6", "43.50", "2.61")], "148.45")
    assert draft.findings == []


def test_a_copy_has_the_content_but_neither_number_nor_dates_nor_payment_of_the_other(space, seller):
    sent = sales.issued(space, seller, order_reference="PO-1")
    copy = drafts.start(space=space, by=seller, like=sent)
    assert (copy.number, copy.document.lines[0].name, copy.document.order_reference) == ("", "Brood", "PO-1")
    assert copy.document.issue_date == space.today()
    assert copy.document.payment_means[0].remittance_information == drafts.reference_for(copy)
    assert drafts.reference_for(copy) != drafts.reference_for(sent)


def test_a_credit_note_for_a_part_is_valid_and_names_its_invoice(space, seller):
    sent = sales.issued(space, seller, lines=[sales.line(), sales.line("Taart", "2", "46.00")])
    credit = drafts.credit(invoice=sent, by=seller)
    half = replace(credit.document, lines=credit.document.lines[:1])
    credit = drafts.save(invoice=credit, document=half, contact=credit.counterparty, by=seller, version=credit.version)
    assert (credit.findings, str(credit.payable)) == ([], "47.70")
    done = issuing.send(invoice=credit, way="email", by=seller)
    assert done.number == f"C{space.today().year}-0001"
    settled = Invoice.objects.get(pk=sent.pk)
    assert (str(settled.credited), str(settled.open_amount)) == ("47.70", "97.52")


def test_saving_in_between_is_one_event_and_the_same_again_is_none(space, seller):
    draft = sales.draft(space, seller)
    for note in ("a", "b"):
        document = replace(draft.document, notes=(note,))
        draft = drafts.save(
            invoice=draft, document=document, contact=draft.counterparty, by=seller, version=draft.version
        )
    version = draft.version
    again = drafts.save(invoice=draft, document=draft.document, contact=draft.counterparty, by=seller, version=version)
    assert again.version == version
    assert [event.verb for event in draft.events.order_by("position")] == ["created", "saved"]


def test_who_has_seen_an_older_draft_changes_nothing_of_the_newer_one(space, seller):
    draft = sales.draft(space, seller)
    other = world.member(space, "SA")
    newer = drafts.save(
        invoice=draft,
        document=replace(draft.document, notes=("Newer",)),
        contact=draft.counterparty,
        by=other,
        version=draft.version,
    )
    seen = Invoice.objects.get(pk=draft.pk)
    with pytest.raises(ChangedMeanwhile, match=other.name):
        drafts.save(
            invoice=seen, document=replace(draft.document, notes=("Older",)), by=seller, version=newer.version - 1
        )
    assert Invoice.objects.get(pk=draft.pk).document.notes == ("Newer",)


def test_a_draft_is_thrown_away_and_comes_back(space, seller):
    draft = sales.draft(space, seller)
    gone = recycle.delete(invoice=draft, by=seller)
    with pytest.raises(NotPossible):
        issuing.send(invoice=gone, way="email", by=seller)
    with pytest.raises(NotPossible):
        drafts.start(space=space, by=seller, like=gone)
    back = recycle.restore(invoice=gone, by=seller)
    assert issuing.send(invoice=back, way="email", by=seller).number


def test_another_customer_brings_its_terms_and_its_reference(space, seller):
    first = sales.customer(space)
    second = sales.customer(space, "Café Het Anker BV", 79, buyer_reference="ANK", terms_days=14)
    draft = sales.draft(space, seller, contact=first)
    document = drafts.addressed(draft.document, draft, second)
    assert (document.buyer.name, document.buyer_reference) == ("Café Het Anker BV", "ANK")
    assert (document.due_date - document.issue_date).days == 14


def test_a_customer_known_by_its_vat_number_is_not_added_twice(space, seller):
    known = sales.customer(space, email="")
    found = newcomers.add(space=space, name="Other words", vat_id=known.vat_id, email="new@ter.example", by=seller)
    assert (found.pk, found.name, found.email) == (known.pk, known.name, "new@ter.example")
    made = newcomers.add(space=space, name="Frituur 't Hoekje", by=seller)
    assert (made.is_customer, made.vat_id, Contact.objects.filter(space=space).count()) == (True, "", 2)


def test_an_items_number_is_its_own(space, seller):
    items.save(space=space, name="Brood", code="B1", price=Decimal("4.50"), by=seller)
    with pytest.raises(NotPossible, match="B1"):
        items.save(space=space, name="Boek", code="B1", by=seller)
    with pytest.raises(NotPossible, match="negative"):
        items.save(space=space, name="Boek", price=Decimal("-1"), by=seller)
    assert Item.objects.get(space=space).name == "Brood"


def test_a_pattern_is_checked_and_the_first_number_stays_once_one_was_given(space, seller):
    manager = world.member(space, "ADM")

    def change(pattern, starts_at=None, purpose="invoice"):
        return series.change(space=space, purpose=purpose, pattern=pattern, starts_at=starts_at, by=manager)

    for wrong, field in (("F{YYYY}", "pattern"), ("F{###}{##}", "pattern"), ("F€{###}", "pattern")):
        with pytest.raises(NotPossible) as refusal:
            change(wrong)
        assert refusal.value.field == field
    with pytest.raises(NotPossible, match="two documents would get one number"):
        change("c{YY}-{###}")
    change("F{YY}/{###}", 41)
    assert sales.issued(space, seller).number == f"F{space.today():%y}/041"
    with pytest.raises(NotPossible, match="given already"):
        change("F{YY}/{###}", 7)
    change("FA{YY}-{####}")
    assert sales.issued(space, seller).number == f"FA{space.today():%y}-0042"


@pytest.mark.django_db(transaction=True)
def test_two_people_who_send_twenty_drafts_at_once_leave_no_gap(space, seller):
    NumberSeries.objects.create(space=space, purpose="invoice", pattern="F{###}")
    customer = sales.customer(space)
    ids = [sales.draft(space, seller, contact=customer).pk for _each in range(20)]
    start, problems = threading.Barrier(2), []

    def send(own):
        try:
            start.wait(120)
            for pk in own:
                issuing.send(invoice=Invoice.objects.select_related("space").get(pk=pk), way="email", by=seller)
        except Exception as error:  # told by the test, whatever it is
            problems.append(repr(error))
        finally:
            connection.close()

    with verdicts.remembered():
        people = [threading.Thread(target=send, args=(ids[number::2],)) for number in range(2)]
        for person in people:
            person.start()
        for person in people:
            person.join(150)
    assert problems == []
    assert sorted(IssuedNumber.objects.values_list("value", flat=True)) == list(range(1, 21))
    numbers = Invoice.objects.filter(pk__in=ids).values_list("number", flat=True)
    assert sorted(numbers) == [f"F{value:03}" for value in range(1, 21)]


@pytest.mark.django_db(transaction=True)
def test_who_always_loses_the_number_to_others_gets_one_all_the_same(space, seller, monkeypatch):
    """While the rules run with no lock held, somebody else sends one of theirs, every time."""
    NumberSeries.objects.create(space=space, purpose="invoice", pattern="F{###}")
    customer = sales.customer(space)
    own, *others = [sales.draft(space, seller, contact=customer) for _each in range(issuing.TRIES + 2)]
    judge, waiting = issuing._judged_bytes, list(others)

    def slowly(invoice, number):
        found = judge(invoice, number)
        if invoice.pk == own.pk and not connection.in_atomic_block:
            issuing.send(invoice=waiting.pop(), way="email", by=seller)
        return found

    monkeypatch.setattr(issuing, "_judged_bytes", slowly)
    with verdicts.remembered():
        sent = issuing.send(invoice=own, way="email", by=seller)
    assert (sent.number, len(waiting)) == (f"F{issuing.TRIES + 1:03}", 1)
    assert list(IssuedNumber.objects.order_by("value").values_list("value", flat=True)) == [
        *range(1, issuing.TRIES + 2)
    ]

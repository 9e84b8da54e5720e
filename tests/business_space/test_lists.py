"""Purchase and sales invoices: what a person finds in the two lists."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest

from banqup.actions import payments
from banqup.exports.models import Export, ExportState
from banqup.invoices.models import Invoice, Receipt
from tests.factories import einvoices, world

from .helpers import browser_of, e_invoice, main, rows, sale, tabs, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def many(space, number, **fields):
    """Rows without files, as a migration would bring them."""
    made = [
        Invoice(
            space=space,
            kind="purchase",
            channel="inbound",
            number=f"N{position:04d}",
            counterparty_name=f"Supplier {position:04d}",
            search_text=f"supplier {position:04d} n{position:04d}",
            payable=Decimal(position + 1),
            due_date=datetime.date(2026, 1, 1) + datetime.timedelta(days=position % 90),
            sort_date=datetime.date(2026, 1, 1) + datetime.timedelta(days=position % 90),
            **fields,
        )
        for position in range(number)
    ]
    return Invoice.objects.bulk_create(made)


def test_the_list_shows_what_a_row_needs(an, space, delivered):
    today = space.today()
    Invoice.objects.filter(pk=delivered.pk).update(due_date=today - datetime.timedelta(days=6))
    Export.objects.create(
        invoice=delivered,
        integration=world.integration(space, name="Dropbox"),
        content_sha256="x",
        state=ExportState.FAILED,
        settled_at=delivered.released_at,
    )

    (row,) = rows(an.get(url("purchase_list", space)))

    late = (today - datetime.timedelta(days=6)).strftime("%-d %b")
    total = str(delivered.payable)
    assert row == [
        "Molens De Ster NV",
        "2026-0042",
        "E-invoice",
        "2 Mar",
        late,
        total,
        total,
        "Unpaid overdue 6 days",
        "1 failed",
    ]


def test_tabs_count_and_awaiting_validation_has_its_own_words(an, space, delivered, scan):
    response = an.get(url("purchase_list", space))

    assert tabs(response) == {
        "All": "2",
        "Awaiting validation": "1",
        "Unpaid": "1",
        "Partially paid": "0",
        "Fully paid": "0",
        "Disputed": "0",
        "Refused": "0",
    }
    assert "To check" not in response.content.decode()


def test_a_tab_shows_only_its_status(an, space, delivered, scan):
    response = an.get(url("purchase_list", space), {"tab": "awaiting_validation"})

    assert [row[0] for row in rows(response)] == ["scan.pdf"]


def test_what_needs_attention_stands_first(an, space, delivered, scan):
    paid = e_invoice(space, number="2026-0043")
    someone = world.member(space, "FR")
    payments.record_payment(invoice=paid, amount=paid.payable, paid_on=datetime.date(2026, 3, 3), by=someone)

    shown = rows(an.get(url("purchase_list", space)))

    assert [(row[0], row[7].split(" ")[0]) for row in shown] == [
        ("scan.pdf", "Awaiting"),
        ("Molens De Ster NV", "Unpaid"),
        ("Molens De Ster NV", "Fully"),
    ]


@pytest.mark.parametrize("q", ["molens", "2026-0042", "MOLENS ster", "0539"])
def test_search_finds_by_name_number_and_iban(an, space, delivered, q):
    assert [row[1] for row in rows(an.get(url("purchase_list", space), {"q": q}))] == ["2026-0042"]


def test_search_finds_an_amount_written_either_way(an, space, delivered):
    with_comma = str(delivered.payable).replace(".", ",")

    assert len(rows(an.get(url("purchase_list", space), {"q": with_comma}))) == 1


def test_no_hit_says_so_and_offers_to_clear(an, space, delivered):
    response = an.get(url("purchase_list", space), {"q": "maes 1573"})

    assert "No invoice matches “maes 1573”" in response.content.decode()
    assert "Clear the search" in response.content.decode()


def test_an_empty_list_shows_the_ways_in_and_the_setup(an, space):
    text = words(main(an.get(url("purchase_list", space))))

    assert "No purchase invoices yet" in text
    assert "Set up your space 1 of 4 done" in text


def test_a_file_that_is_being_judged_is_mentioned(an, space):
    Receipt.objects.create(space=space, direction="purchase", channel="browser", size=1, sha256="0" * 64)

    assert "1 file is being checked" in an.get(url("purchase_list", space)).content.decode()


def test_htmx_gets_the_rows_tabs_and_pages_without_the_frame(an, space, delivered):
    response = an.get(url("purchase_list", space), headers={"HX-Request": "true"})

    text = response.content.decode()
    assert "<html" not in text and 'id="tabs"' in text and 'id="pages"' in text
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("sort", ["attention", "newest", "due", "amount", "name", "nonsense"])
def test_pages_show_every_document_once_in_every_order(an, space, sort):
    many(space, 120)
    list_url, query, seen = url("purchase_list", space), {"sort": sort}, []

    for _page in range(3):
        response = an.get(list_url, query)
        seen += [row[1] for row in rows(response)]
        query = {"sort": sort, "after": response.context["page"].after, "at": response.context["page"].end}

    assert sorted(seen) == [f"N{position:04d}" for position in range(120)]
    assert response.context["page"].after == ""


def test_the_page_before_shows_the_same_rows_again(an, space):
    many(space, 120)
    first = an.get(url("purchase_list", space))
    second = an.get(url("purchase_list", space), {"after": first.context["page"].after, "at": 50})

    back = an.get(url("purchase_list", space), {"before": second.context["page"].before, "at": 0})

    assert rows(back) == rows(first)
    assert "51–100 of 120" in words(main(second))


@pytest.mark.parametrize(
    "key", ["nonsense", "[]", '["a","b","c"]', '["1","2026-01-01"]', "[[],{},null]", '["9e999","2026-01-01","1"]']
)
def test_a_spoilt_page_key_shows_the_first_page(an, space, delivered, key):
    assert len(rows(an.get(url("purchase_list", space), {"after": key}))) == 1


def test_the_number_of_queries_does_not_grow_with_the_list(an, space, django_assert_max_num_queries):
    folder = world.integration(space)

    def asked(number):
        for invoice in many(space, number):
            Export.objects.create(invoice=invoice, integration=folder, content_sha256="x")
        with django_assert_max_num_queries(30) as captured:
            an.get(url("purchase_list", space))
        return len(captured)

    an.get(url("purchase_list", space))
    few = asked(3)
    assert asked(57) == few


def test_sales_stand_in_their_own_list_with_wont_be_paid(an, space, delivered):
    sale(space)

    response = an.get(url("sales_list", space))

    assert [row[0] for row in rows(response)] == ["Café Het Anker BV"]
    assert list(tabs(response))[-1] == "Won't be paid"


def test_a_stranger_does_not_find_the_list(stranger, space):
    assert stranger.get(url("purchase_list", space)).status_code == 404


def test_an_accountant_is_no_member_of_the_business(space):
    office = world.partner()
    world.engaged(space, office)
    accountant = browser_of(world.member(office))

    assert accountant.get(url("purchase_list", space)).status_code == 404


def test_nobody_is_sent_to_the_sign_in(client, space):
    response = client.get(url("purchase_list", space))

    assert response.status_code == 302
    assert response["Location"].startswith("/account/login/?next=")


def test_importing_is_off_with_its_reason_without_the_role(browser_with, space, delivered):
    text = words(main(browser_with("AUD").get(url("purchase_list", space))))

    assert "This needs the role purchase responsible / purchase assistant." in text


def test_a_credit_note_is_settled_not_paid(an, space):
    e_invoice(space, kind="credit_note")

    (row,) = rows(an.get(url("purchase_list", space)))

    assert (row[0], row[7].startswith("Not settled")) == ("Molens De Ster NV credit note", True)


def test_another_currency_is_named_in_the_row(an, space):
    e_invoice(space, currency="USD", tax_currency=None, seller=replace(einvoices.SELLER, name="Acme"))

    (row,) = rows(an.get(url("purchase_list", space)))

    assert row[5].startswith("USD")

"""Credit notes settle invoices by hand: the dialog of both sides, its refusals, unlinking, and what the pages say."""

from decimal import Decimal

import pytest

from banqup import einvoicing
from banqup.actions import disputes
from banqup.payments.models import Allocation
from tests.factories import einvoices, world

from .helpers import e_invoice, fresh, main, messages, page, rows, sale, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def lines(amount):
    return (einvoices.line(1, quantity=Decimal(1), net_price=Decimal(amount), vat_category="Z", vat_rate=Decimal(0)),)


def an_invoice(space, amount="100", number="I-1", **overrides):
    return e_invoice(space, number=number, lines=lines(amount), **overrides)


def a_credit_note(space, amount="30", *, number="CN-1", names="elsewhere", **overrides):
    preceding = (einvoicing.DocumentReference(number=names),)
    return e_invoice(space, kind="credit_note", number=number, lines=lines(amount), preceding=preceding, **overrides)


def link(browser, space, document, other, **data):
    return browser.post(url("purchase_credit", space, document.pk), {"other": other.pk, **data}, follow=True)


def amounts(*documents) -> list[str]:
    return [str(fresh(document).open_amount) for document in documents]


def linked(response) -> list[str]:
    return [words(row) for row in page(response).xpath("//ul[contains(@class, 'settlements')]/li/span[1]")]


def choices(response) -> list[str]:
    return [words(label) for label in page(response).xpath("//*[@id='id_other']//label")]


def proposed(response) -> tuple[str, str]:
    (amount,) = page(response).xpath("//input[@name='amount']/@value")
    (other,) = page(response).xpath("//input[@name='other'][@checked]/@value")
    return amount, other


def test_an_invoice_is_settled_by_what_both_have_open_and_undone_again(an, space):
    invoice, note = an_invoice(space), a_credit_note(space)
    dialog = an.get(url("purchase_credit", space, invoice.pk), headers={"HX-Request": "true"})
    assert [text.split(" · ")[::2] for text in choices(dialog)] == [["CN-1", "EUR 30.00 open"]]
    assert proposed(dialog) == ("30.00", str(note.pk))

    response = link(an, space, invoice, note)

    assert messages(response) == ["EUR 30.00 of CN-1 settles I-1. Partially paid."]
    assert amounts(invoice, note) == ["70.00", "0.00"]
    (row,) = linked(response)
    assert row.startswith("EUR 30.00 CN-1 today") and row.endswith("· An")
    assert f"settled EUR 30.00 with {note.title}" in words(main(response))
    (undo,) = page(response).xpath("//*[contains(@class, 'undo-bar')]//form/@action")

    response = an.post(undo, follow=True)

    assert messages(response) == ["CN-1 does not settle I-1 any more. EUR 30.00 is open again on both."]
    assert (amounts(invoice, note), linked(response)) == (["100.00", "30.00"], [])
    assert f"unlinked {note.title}: EUR 30.00 is open again" in words(main(response))
    assert messages(an.post(undo, follow=True)) == ["This link was undone already."]


def test_a_credit_note_settles_two_invoices_in_parts_and_reads_as_settled(an, space):
    first, second, note = an_invoice(space, "70"), an_invoice(space, "50", "I-2"), a_credit_note(space, "100")
    shown = an.get(url("purchase_detail", space, note.pk))
    assert "Not settled" in words(main(shown))
    assert "Unpaid" not in words(main(shown)) and "overdue" not in words(main(shown))

    response = link(an, space, note, first, amount="60,50")
    assert messages(response) == ["EUR 60.50 of CN-1 settles I-1. Partly settled."]
    response = link(an, space, note, second, amount="39.50")

    assert messages(response) == ["EUR 39.50 of CN-1 settles I-2. Settled."]
    assert amounts(first, second, note) == ["9.50", "10.50", "0.00"]
    assert [text[:14] for text in linked(response)] == ["EUR 60.50 I-1 ", "EUR 39.50 I-2 "]
    assert not page(response).xpath(f"//a[@href='{url('purchase_credit', space, note.pk)}']")
    (row,) = [row for row in rows(an.get(url("purchase_list", space))) if "credit note" in row[0]]
    assert any(cell.startswith("Settled") for cell in row)

    unlink = page(response).xpath("//ul[contains(@class, 'settlements')]//form/@action")
    an.post(unlink[0])
    assert amounts(first, second, note) == ["70.00", "10.50", "60.50"]


def test_the_document_that_the_credit_note_names_is_proposed(an, space):
    older, named, note = an_invoice(space, "80"), an_invoice(space, "20", "I-2"), a_credit_note(space, names="I-2")
    an.post(url("purchase_credit_unlink", space, note.pk, Allocation.objects.get().pk))

    dialog = an.get(url("purchase_credit", space, note.pk))
    assert proposed(dialog) == ("20.00", str(named.pk))
    assert proposed(an.get(url("purchase_credit", space, note.pk), {"other": older.pk})) == ("30.00", str(older.pk))
    assert proposed(an.get(url("purchase_credit", space, named.pk))) == ("20.00", str(note.pk))


@pytest.mark.parametrize(
    ("amount", "complaint"),
    [
        ("30.01", "At most EUR 30.00 can be settled with it."),
        ("0", "At most EUR 30.00 can be settled with it."),
        ("-1", "At most EUR 30.00 can be settled with it."),
        ("much", "“much” is not a number. Write it like 1234.50 or 1.234,50."),
    ],
)
def test_a_wrong_amount_is_refused_in_the_dialog(an, space, amount, complaint):
    invoice, note = an_invoice(space), a_credit_note(space)

    response = an.post(
        url("purchase_credit", space, invoice.pk),
        {"other": note.pk, "amount": amount},
        headers={"HX-Request": "true"},
    )

    assert response.status_code == 422
    assert words(page(response).get_element_by_id("id_amount_finding_1")) == complaint
    assert Allocation.objects.count() == 0


def test_what_does_not_belong_to_it_can_not_be_chosen(an, space):
    other_party = {"seller": einvoices.party("Other NV", einvoices.enterprise_number(9))}
    invoice, note = an_invoice(space), a_credit_note(space)
    foreign = a_credit_note(space, number="CN-2", **other_party)
    disputed = a_credit_note(space, number="CN-3")
    disputes.dispute(invoice=disputed, reason="price", by=world.member(space, "PR"))
    assert len(choices(an.get(url("purchase_credit", space, invoice.pk)))) == 1

    for other in (foreign, disputed, invoice):
        response = link(an, space, invoice, other)
        assert response.status_code == 422
        assert "Nothing is open on this one any more. Choose another." in words(main(response))
    assert link(an, space, invoice, note).status_code == 200
    assert Allocation.objects.count() == 1


def test_without_anything_to_choose_it_says_so(an, space):
    invoice = an_invoice(space)
    response = an.get(url("purchase_credit", space, invoice.pk))
    assert f"No credit note of {invoice.counterparty_name} in EUR is open" in words(main(response))
    assert not page(response).xpath("//main//button[contains(@class, 'button--primary')]")
    assert an.post(url("purchase_credit", space, invoice.pk), {"other": "1"}).status_code == 422

    note = a_credit_note(space, names="I-1")
    assert "Nothing is open on it." in words(main(an.get(url("purchase_credit", space, note.pk))))


def test_strangers_find_nothing_and_a_wrong_role_may_not(an, browser_with, stranger, space):
    invoice, note = an_invoice(space), a_credit_note(space)
    credit, sales = url("purchase_credit", space, invoice.pk), url("sales_credit", space, invoice.pk)
    link(an, space, invoice, note)
    allocation = Allocation.objects.get()
    unlink = url("purchase_credit_unlink", space, invoice.pk, allocation.pk)
    third = url("purchase_credit_unlink", space, an_invoice(space, "5", "I-2").pk, allocation.pk)
    auditor = browser_with("AUD")

    assert [stranger.get(credit).status_code, stranger.post(unlink).status_code] == [404, 404]
    assert [an.get(sales).status_code, an.post(third).status_code, an.get(unlink).status_code] == [404, 404, 405]
    assert [auditor.post(credit, {"other": note.pk}).status_code, auditor.post(unlink).status_code] == [403, 403]
    assert amounts(invoice, note) == ["70.00", "0.00"]

    shown = auditor.get(url("purchase_detail", space, invoice.pk))
    assert shown.status_code == 200 and not page(shown).xpath("//ul[contains(@class, 'settlements')]//form")


def test_a_refused_invoice_that_a_credit_note_settled_asks_to_be_resolved(an, space):
    invoice = an_invoice(space)
    disputes.refuse(invoice=invoice, reason="price", by=world.member(space, "PR"))
    part, rest = a_credit_note(space, "40"), a_credit_note(space, "60", number="CN-2")

    response = link(an, space, invoice, part)
    assert "Partly settled by CN-1. Resolve? EUR 60.00 is still open." in words(main(response))
    response = link(an, space, invoice, rest)

    assert "Settled by CN-1, CN-2. Resolve?" in words(main(response))
    assert fresh(invoice).general_status == "REFUSED"
    (banner,) = page(response).xpath("//div[contains(@class, 'banner--info')][.//strong[contains(., 'CN-1, CN-2')]]")
    assert banner.xpath(".//a/@href") == [url("purchase_resolve", space, invoice.pk)]


def test_a_sale_is_settled_by_our_own_credit_note(an, space):
    invoice = sale(space, number="V-1")
    preceding = (einvoicing.DocumentReference(number="V-9"),)
    note = sale(space, kind="credit_note", number="VC-1", lines=lines("10"), preceding=preceding)
    for document in (invoice, note):
        data = {"version": fresh(document).version, "way": "elsewhere"}
        an.post(url("sales_approve", space, document.pk), data)

    response = an.post(url("sales_credit", space, invoice.pk), {"other": note.pk}, follow=True)

    assert messages(response)[-1] == "EUR 10.00 of VC-1 settles V-1. Partially paid."
    assert fresh(note).open_amount == 0
    assert "settle an invoice" not in words(main(an.get(url("sales_detail", space, note.pk))))


def test_an_invoice_that_waits_shows_what_settled_it_and_can_be_unlinked(an, space):
    space.auto_approve = "never"
    space.save()
    invoice = an_invoice(space)
    note = a_credit_note(space, names="I-1")
    an.post(url("purchase_approve", space, note.pk), {"version": note.version})

    response = an.get(url("purchase_detail", space, invoice.pk))

    (row,) = linked(response)
    assert row.startswith("EUR 30.00 CN-1") and row.endswith("named on the credit note")
    (unlink,) = page(response).xpath("//ul[contains(@class, 'settlements')]//button/@formaction")
    an.post(unlink)
    assert amounts(invoice, note) == ["100.00", "30.00"]

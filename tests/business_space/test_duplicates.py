"""Two documents beside each other, and the other things that hold a document back, through the pages."""

import pytest

from banqup.invoices.models import DuplicateDecision
from tests.factories import einvoices, world

from .helpers import e_invoice, form_of, fresh, main, messages, page, sale, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


@pytest.fixture
def pair(space):
    first = world.received(space, einvoices.invoice_bytes(), channel="browser")
    second = world.received(space, einvoices.invoice_bytes(number="2026/42", order_reference="PO-9"), channel="browser")
    return first, second


def differing(response) -> list[str]:
    return [words(row).split(" differs")[0] for row in page(response).xpath("//tr[@class='is-different']/th")]


def choices(response) -> list[str]:
    return [words(one) for one in page(response).xpath("//footer//*[self::a or self::button]")]


def decide(browser, space, document, other, decision, **data):
    data = {"twin": other.pk, "version": fresh(document).version, "decision": decision, **data}
    return browser.post(url("purchase_duplicate", space, document.pk), data, follow=True)


def undo_address(response) -> str:
    return page(response).xpath("//form[contains(@action, '/duplicate/') and contains(@action, '/undo/')]/@action")[0]


def test_the_two_stand_beside_each_other_with_what_differs(an, space, pair):
    first, second = pair
    desk = an.get(second.get_absolute_url())
    (compare,) = page(desk).xpath("//p[contains(@class, 'finding')]//a[text()='Compare']/@href")
    shown = an.get(compare)
    assert differing(shown) == ["Number", "Order reference"]
    assert choices(shown) == ["It is another document", "It is a duplicate"]
    assert f'href="{first.get_absolute_url()}"' in shown.content.decode()
    assert messages(an.get(url("purchase_duplicate", space, first.pk), follow=True)) == [
        "No other document looks like Molens De Ster NV 2026-0042."
    ]


def test_a_duplicate_goes_to_the_bin_and_undo_brings_it_back(an, space, pair):
    first, second = pair
    done = decide(an, space, second, first, "mark_as_duplicate")
    said = "Molens De Ster NV 2026/42 is a duplicate of Molens De Ster NV 2026-0042: it is in the recycle bin."
    assert (messages(done), fresh(second).deleted_at is not None) == ([said], True)
    back = an.post(undo_address(done), follow=True)
    assert messages(back) == ["The decision is undone: Molens De Ster NV 2026/42 is a possible duplicate again."]
    assert (fresh(second).deleted_at, "Is it a duplicate?" in words(main(back))) == (None, True)


def test_another_document_keeps_its_decision_on_a_page_of_its_own(an, space, pair):
    first, second = pair
    decide(an, space, second, first, "mark_as_another")
    shown = an.get(url("purchase_duplicate", space, second.pk))
    assert "Another document than Molens De Ster NV 2026-0042" in words(main(shown)) and choices(shown) == []
    assert "Possible duplicates" in an.get(second.get_absolute_url()).content.decode()
    an.post(undo_address(shown))
    assert fresh(second).possible_duplicate_of == first


def test_one_that_came_over_a_network_is_refused_with_the_reason_chosen(an, space):
    e_invoice(space)
    sent = world.received(space, einvoices.invoice_bytes(notes=("Again",)), channel="inbound")
    shown = an.get(url("purchase_duplicate", space, sent.pk))
    (refuse,) = page(shown).xpath("//footer//a/@href")
    chosen = page(an.get(refuse)).xpath("//select[@name='reason']/option[@selected]/@value")
    assert (chosen, choices(shown)[-1]) == (["duplicate"], "Refuse as duplicate")


def test_stale_forged_and_foreign_decisions_change_nothing(an, space, pair, browser_with, stranger):
    first, second = pair
    assert "meanwhile" in messages(decide(an, space, second, first, "mark_as_another", version=0))[0]
    assert decide(an, space, second, first, "delete_all").status_code == 404
    assert decide(an, space, second, first, "mark_as_another", twin="x").status_code == 404
    assert decide(browser_with("PA"), space, second, first, "mark_as_duplicate").status_code == 403
    assert decide(stranger, space, second, first, "mark_as_another").status_code == 404
    assert (DuplicateDecision.objects.count(), fresh(second).possible_duplicate_of) == (0, first)


def test_a_credit_note_stands_alone_or_names_an_invoice_that_is_proposed(an, space):
    invoice = e_invoice(space)
    note = world.received(space, einvoices.invoice_bytes(kind="credit_note", number="CN-1", preceding=()))
    desk = an.get(note.get_absolute_url())
    assert page(desk).xpath("//datalist[@id='credited-invoices']/option/@value") == [invoice.number]
    save = url("purchase_save", space, note.pk)
    an.post(save, form_of(desk) | {"action": "stands_alone"})
    assert (fresh(note).stands_alone, fresh(note).error_count) == (True, 0)
    desk = an.get(note.get_absolute_url())
    assert "belongs to no invoice" in words(main(desk))
    an.post(save, form_of(desk) | {"action": "names_one", "preceding_number": invoice.number})
    note = fresh(note)
    assert (note.stands_alone, note.document.preceding[0].number, note.error_count) == (False, invoice.number, 0)


def test_mark_as_unpaid_says_what_it_takes_back_and_is_undone(an, space, delivered):
    an.post(url("purchase_payment", space, delivered.pk), {"amount": "50", "paid_on": "2026-11-20", "method": "cash"})
    address = url("purchase_mark_unpaid", space, delivered.pk)
    assert "1 payment of EUR 50.00 is taken back." in an.get(address).content.decode().replace("\xa0", " ")
    done = an.post(address, {"version": fresh(delivered).version}, follow=True)
    assert fresh(delivered).general_status == "UNPAID"
    (again,) = page(done).xpath("//form[contains(@action, '/unpaid/undo/')]/@action")
    an.post(again)
    assert (fresh(delivered).general_status, str(fresh(delivered).paid)) == ("PARTIALLY_PAID", "50.00")


def test_a_payment_on_a_closed_sale_opens_it(an, space):
    sold = sale(space)
    an.post(url("sales_approve", space, sold.pk), {"version": sold.version, "way": "elsewhere"})
    an.post(url("sales_wont_be_paid", space, sold.pk), {"version": fresh(sold).version, "reason": "insolvent"})
    assert fresh(sold).general_status == "WONT_BE_PAID"
    an.post(url("sales_payment", space, sold.pk), {"amount": "1", "paid_on": "2026-11-20", "method": "transfer"})
    assert (fresh(sold).general_status, fresh(sold).wont_be_paid_at) == ("PARTIALLY_PAID", None)


def test_a_day_far_away_is_told_at_its_field(an, space, delivered):
    form = {"amount": "1", "paid_on": "2206-11-20", "method": "transfer", "currency": "USD"}
    answer = an.post(url("purchase_payment", space, delivered.pk), form)
    (told,) = page(answer).xpath("//*[contains(@id, 'id_paid_on_finding')]")
    assert (answer.status_code, words(told)) == (422, "This day is more than ten years away. Check the year.")


def test_the_agreement_is_entered_on_the_suppliers_page(an, space, browser_with):
    issued = world.received(space, einvoices.write(einvoices.self_billed()))
    (to_supplier,) = page(an.get(issued.get_absolute_url())).xpath("//a[text()='Open the supplier']/@href")
    address = f"{to_supplier.partition('#')[0]}self-billing/"
    assert "Enter the first day" in an.post(address, {"self_billing": "on"}).content.decode()
    assert browser_with("PA").post(address, {"self_billing": "on", "mandate_from": "1/1/26"}).status_code == 403
    an.post(address, {"self_billing": "on", "mandate_from": "1/1/2026"})
    assert (fresh(issued).error_count, fresh(issued).counterparty.self_billing) == (0, True)
    assert 'value="1 Jan 2026"' in an.get(to_supplier).content.decode()

"""From an empty form to a document that is on its way, as a person does it."""

import pytest
from playwright.sync_api import expect

from banqup.invoices.models import Invoice
from banqup.spaces.models import Space
from tests.factories import einvoices, sales

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_invoice_is_made_in_the_creator_and_sent(bakery, sign_in):
    Space.objects.filter(pk=bakery.space.pk).update(iban=einvoices.iban(1))
    sales.customer(bakery.space)
    an = sign_in(bakery.an)
    page = an.go(f"/s/{bakery.space.slug}/sales/")
    an.choose("New invoice")
    page.get_by_role("textbox", name="Customer").press_sequentially("duinen")
    page.get_by_role("button", name="Hotel Ter Duinen NV").click()
    expect(page.get_by_role("button", name="Choose another")).to_be_visible()
    page.get_by_label("Description").fill("Desem rond 800 g")
    page.get_by_label("Quantity").fill("40")
    page.get_by_label("Price").fill("3,20")
    page.get_by_label("VAT", exact=True).select_option("S:6")
    expect(page.locator("#live .big-amount")).to_contain_text("135.68")
    send = page.get_by_role("button", name="Send", exact=True)
    expect(send).not_to_have_attribute("aria-disabled", "true")
    page.get_by_role("radio", name="E-mail").check()
    send.click()
    expect(page.get_by_text("is issued and on its way: E-mail, facturen@terduinen.example.").first).to_be_visible()
    sent = Invoice.objects.get()
    assert page.url.endswith(sent.get_absolute_url())
    assert (sent.number, str(sent.payable)) == (f"V{bakery.space.today().year}-0001", "135.68")
    assert sent.transmissions.get().recipient == "facturen@terduinen.example"
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hotel Ter Duinen NV")
    assert Invoice.objects.count() == 1

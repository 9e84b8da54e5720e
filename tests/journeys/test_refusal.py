"""The accountant has booked an invoice, the business refuses it: it is back in *To check*, not to be booked."""

from playwright.sync_api import expect

from banqup.actions import bookkeeping
from tests.factories import einvoices, world


def test_what_is_refused_after_it_was_processed_comes_back_to_the_accountant(bakery, sign_in):
    invoice = world.received(bakery.space, einvoices.invoice_bytes(number="R-1"))
    invoice = bookkeeping.mark_as_processed(invoice=invoice, by=bakery.sofie)
    an, sofie = sign_in(bakery.an), sign_in(bakery.sofie)

    page = an.go(invoice.get_absolute_url())
    dialog = an.choose("Refuse")
    dialog.get_by_label("Reason").select_option("recipient")
    an.confirm("Refuse")
    expect(page.locator("main").get_by_text("Refused").first).to_be_visible()

    to_check = sofie.go(f"/p/{bakery.office.slug}/documents/")
    row = to_check.locator(f"#invoice-{invoice.pk}")
    expect(row.get_by_role("cell", name="R-1", exact=True)).to_be_visible()
    expect(row.get_by_role("cell", name="Refused – do not book")).to_be_visible()
    sofie.go(f"/p/{bakery.office.slug}/documents/?tab=processed")
    expect(sofie.page.locator(f"#invoice-{invoice.pk}")).to_have_count(0)

"""A delivered invoice is disputed and settled: the accountant is warned meanwhile, and nothing is sent again."""

from playwright.sync_api import expect

from banqup.exports.models import Export
from tests.factories import einvoices, world


def test_a_dispute_warns_the_accountant_until_it_is_resolved(bakery, sign_in):
    invoice = world.received(bakery.space, einvoices.invoice_bytes(number="D-1"))
    an, sofie = sign_in(bakery.an), sign_in(bakery.sofie)
    their_page = f"/p/{bakery.office.slug}/documents/{invoice.pk}/"

    page = an.go(invoice.get_absolute_url())
    dialog = an.choose("Dispute")
    dialog.get_by_label("Reason").select_option("price")
    dialog.get_by_label("Note").fill("Agreed was <b>0.58</b>")
    an.confirm("Dispute")
    expect(page.locator("main").get_by_text("Disputed").first).to_be_visible()
    expect(page.get_by_text("Agreed was <b>0.58</b>").first).to_be_visible()
    expect(sofie.go(their_page).get_by_text("do not pay").first).to_be_visible()

    dialog = an.choose("Resolve")
    dialog.get_by_label("How was it settled?").fill("They send a new price list")
    an.confirm("Resolve")
    expect(page.locator("main").get_by_text("Unpaid").first).to_be_visible()
    expect(sofie.go(their_page).get_by_text("do not pay")).to_have_count(0)
    assert Export.objects.count() == 2

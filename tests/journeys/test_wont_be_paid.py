"""A sale is given up and then settled after all: it is *Unpaid* again, as the ledger says."""

from playwright.sync_api import expect

from banqup.actions import approval
from tests.business_space.helpers import sale


def test_a_sale_that_was_given_up_is_unpaid_again_once_it_is_resolved(bakery, sign_in):
    invoice = approval.approve(invoice=sale(bakery.space), by=bakery.an, delivered_elsewhere=True)
    an = sign_in(bakery.an)

    page = an.go(invoice.get_absolute_url())
    dialog = an.choose("Mark as won't be paid")
    dialog.get_by_label("Reason").select_option("insolvent")
    an.confirm("Mark as won't be paid")
    expect(page.locator("main").get_by_text("Won't be paid").first).to_be_visible()

    dialog = an.choose("Mark as resolved")
    dialog.get_by_label("How was it settled?").fill("The receiver pays after all")
    an.confirm("Mark as resolved")
    expect(page.locator("main").get_by_text("Unpaid").first).to_be_visible()

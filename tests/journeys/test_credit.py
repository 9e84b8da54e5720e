"""Part of an invoice is paid, a credit note settles the rest, and taking the link back opens it again."""

import re

from playwright.sync_api import expect

from banqup.invoices.models import Invoice
from tests.factories import world
from tests.lifecycle import papers


def test_a_part_payment_and_a_credit_note_settle_an_invoice_together(bakery, sign_in):
    invoice = world.received(bakery.space, papers.einvoicing.write(papers.purchase("100", "I-1")))
    world.received(bakery.space, papers.einvoicing.write(papers.purchase("40", "C-1", "elsewhere")))
    an = sign_in(bakery.an)

    page = an.go(invoice.get_absolute_url())
    dialog = an.choose("Mark as paid")
    dialog.get_by_label(re.compile("^Amount")).fill("60,00")
    an.confirm("Mark as paid")
    expect(page.locator("main").get_by_text("Partially paid").first).to_be_visible()

    an.choose("Link a credit note")
    an.confirm("Link")
    expect(page.locator("main").get_by_text("Fully paid").first).to_be_visible()
    settled = Invoice.objects.get(pk=invoice.pk)
    assert (str(settled.paid), str(settled.credited), settled.general_status) == ("60.00", "40.00", "FULLY_PAID")
    note = page.context.new_page()
    note.goto(an.base + Invoice.objects.get(number="C-1").get_absolute_url())
    expect(note.locator("main").get_by_text("Settled").first).to_be_visible()

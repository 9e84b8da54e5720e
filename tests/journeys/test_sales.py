"""Sales from the first line to the money: over the platform, by e-mail, over Peppol; and what customers say to it."""

import re
from datetime import date

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import expect

from banqup.einvoicing import InvoiceResponse, Party, write_response
from banqup.invoices.models import Invoice
from banqup.sending.models import AccessPoint
from banqup.spaces.models import Space
from integrations import fetching, http, transmitting
from tests.factories import einvoices, network, sales, world
from tests.fakes import email as mailbox_fake

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMER = einvoices.enterprise_number(77)


@pytest.fixture
def seller(bakery, validator):
    """An, whose bakery has an account to be paid on; its one customer is a hotel."""
    Space.objects.filter(pk=bakery.space.pk).update(iban=einvoices.iban(1), email="an@janssens.example")
    sales.customer(bakery.space)
    http.forget_connections()
    cache.clear()
    return bakery.an


def sold(an, space, way) -> Invoice:
    """Made in the creator and sent."""
    page = an.go(f"/s/{space.slug}/sales/")
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
    page.get_by_role("radio", name=re.compile(f"^{way}")).check()
    send.click()
    expect(page.get_by_text("is issued and on its way").first).to_be_visible()
    return Invoice.objects.get(space=space)


def sees(person, invoice, *words):
    """The page of `invoice` says `words`."""
    page = person.go(invoice.get_absolute_url())
    for each in words:
        expect(page.locator("main").get_by_text(each).filter(visible=True).first).to_be_visible()
    return page


def test_a_neighbour_disputes_what_it_was_sent_and_pays_once_it_is_settled(
    bakery, seller, sign_in, celery_worker_process, eventually
):
    hotel = world.business(
        slug="hotel", name="Hotel Ter Duinen NV", vat_id=f"BE{CUSTOMER}", company_id=CUSTOMER, endpoint_id=CUSTOMER
    )
    an, mia = sign_in(seller), sign_in(world.member(hotel, email="mia@terduinen.example"))
    invoice = sold(an, bakery.space, "To their space")
    eventually(lambda: Invoice.objects.get(pk=invoice.pk).delivery_status == "RECEIVED", 120)
    sees(an, invoice, "Received", "Hotel Ter Duinen NV has received it.")

    page = mia.go("/s/hotel/purchase/")
    page.get_by_role("link", name=re.compile("Bakkerij Janssens")).first.click()
    expect(page.get_by_text(invoice.number).first).to_be_visible()
    dialog = mia.choose("Dispute")
    dialog.get_by_label("Reason").select_option("price")
    dialog.get_by_label("Note").fill("Agreed was 2.90")
    mia.confirm("Dispute")

    sees(an, invoice, "Disputed", "Agreed was 2.90")
    dialog = an.choose("Mark as resolved")
    dialog.get_by_label("How was it settled?").fill("They saw the new price list")
    an.confirm("Mark as resolved")
    page = sees(an, invoice, "Unpaid")
    an.choose("Mark as paid")
    an.confirm("Mark as paid")
    expect(page.locator("main").get_by_text("Fully paid").first).to_be_visible()


def test_a_customer_refuses_on_the_answer_page_and_it_is_settled_in_the_end(
    bakery, seller, sign_in, browser, settings, live_server
):
    settings.BANQUP_PUBLIC_URL = live_server.url
    an = sign_in(seller)
    invoice = sold(an, bakery.space, "E-mail")
    with mailbox_fake.running() as mailbox:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", mailbox.server.port, 5
        transmitting.transmit(invoice.transmissions.get().pk)
    [mail] = mailbox.server.messages
    link = re.search(rf"{re.escape(live_server.url)}\S+", mail.get_body(("plain",)).get_content())[0]
    sees(an, invoice, "Sent", "The mail server took it.")

    stranger = browser.new_context(locale="en-GB")
    page = stranger.new_page()
    page.goto(f"{link}?lang=en")
    page.get_by_role("button", name="Show the document").click()
    expect(page.get_by_text(invoice.number).first).to_be_visible()
    sees(an, invoice, "Received")
    page.locator("summary", has_text="I refuse it").click()
    refusal = page.locator("details[open]")
    refusal.get_by_label("What is it about?").select_option("unknown_transaction")
    refusal.get_by_label("Your message").fill("Nobody here ordered bread")
    refusal.get_by_role("button", name="Send the refusal").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    stranger.close()

    page = sees(an, invoice, "Refused", "Nobody here ordered bread")
    dialog = an.choose("Mark as won't be paid")
    dialog.get_by_label("Reason").select_option("refused")
    an.confirm("Mark as won't be paid")
    expect(page.locator("main").get_by_text("Won't be paid").first).to_be_visible()
    dialog = an.choose("Mark as resolved")
    dialog.get_by_label("How was it settled?").fill("The night shift had ordered it")
    an.confirm("Mark as resolved")
    sees(an, invoice, "Unpaid")


def test_over_peppol_it_fails_is_corrected_and_sent_again_and_is_approved(bakery, seller, sign_in, settings):
    with network.provider("peppyrus", settings) as (_module, fake):
        account = network.account(bakery.space, "peppyrus")
        an = sign_in(seller)
        invoice = sold(an, bakery.space, "Peppol")
        fake.unreachable.add(f"0208:{CUSTOMER}")
        transmitting.transmit(invoice.transmissions.get().pk)
        sees(an, invoice, "Delivery failed", "is not registered on Peppol")

        fake.unreachable.clear()  # they have registered
        page = an.go(f"/s/{bakery.space.slug}/parties/{invoice.counterparty_id}/")
        page.get_by_role("button", name="Check", exact=True).click()
        told = page.locator(".undo-bar__text", has_text="Hotel Ter Duinen NV can be reached over Peppol.")
        expect(told).to_be_visible()
        sees(an, invoice, "Delivery failed")
        dialog = an.choose("Resend to customer")
        dialog.get_by_role("radio", name=re.compile("^Peppol")).check()
        an.confirm("Resend")
        transmitting.transmit(invoice.transmissions.last().pk)
        sees(an, invoice, "Sent")
        assert len(fake.sent) == 1

        heard(fake, account, invoice, "AB")
        sees(an, invoice, "Received", "Hotel Ter Duinen NV has received it.")
        heard(fake, account, invoice, "AP")
        sees(an, invoice, "Fully approved")


def heard(fake, account, invoice, code) -> None:
    """The customer answers over the network, and the inbox is looked into."""
    said = InvoiceResponse(
        code=code,
        number=f"R-{code}",
        issue_date=date(2026, 11, 20),
        sender=Party(name="Hotel", endpoint_id=CUSTOMER, endpoint_scheme="0208"),
        receiver=Party(name="Bakkerij", endpoint_id="0702451135", endpoint_scheme="0208"),
        invoice_number=invoice.number,
        invoice_date=invoice.issue_date,
        invoice_type="380",
    )
    fake.arrive(write_response(said), to="0208:0702451135", sender=f"0208:{CUSTOMER}")
    AccessPoint.objects.filter(pk=account.pk).update(fetch_at=timezone.now())
    fetching.fetch(account.pk)

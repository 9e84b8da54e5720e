"""The answer page in a real browser without scripts: readable, accessible, and it fits a phone."""

import pytest
from playwright.sync_api import expect

from banqup.invoices.models import Invoice
from banqup.sending import links
from tests.design.accessibility import violations
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def link(validator, live_server, settings):
    settings.BANQUP_PUBLIC_URL = live_server.url
    space = world.business(iban=einvoices.iban(1), email="an@janssens.example")
    contact = sales.customer(space, language="fr")
    return links.answer_url(sales.transmitted(sales.issued(space, world.member(space, "SR"), contact=contact)))


def looks_right(shown):
    for width in (1440, 320):
        shown.set_viewport_size({"width": width, "height": 844})
        assert shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    for theme in ("light", "dark"):
        shown.emulate_media(color_scheme=theme)
        found = violations(shown)
        assert not found, f"{theme}: {found}"


def test_a_customer_reads_asks_and_refuses(link, browser_page):
    browser_page.goto(link)
    looks_right(browser_page)
    browser_page.get_by_role("button", name="Afficher le document").click()
    looks_right(browser_page)

    browser_page.get_by_text("Je le refuse").click()
    browser_page.get_by_role("button", name="Envoyer le refus").click()
    expect(browser_page.get_by_text("Choisissez une raison.")).to_be_visible()
    looks_right(browser_page)
    browser_page.get_by_label("De quoi s'agit-il ?").last.select_option("price")
    browser_page.get_by_role("button", name="Envoyer le refus").click()

    expect(browser_page.get_by_text("a reçu votre réponse : refusé.")).to_be_visible()
    looks_right(browser_page)
    assert Invoice.objects.get().document_status == "REFUSED"
    browser_page.goto(link[:-5])
    looks_right(browser_page)

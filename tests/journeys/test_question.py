"""The accountant asks, the client answers: in two browsers."""

import pytest
from playwright.sync_api import expect

from banqup.conversations.models import Comment
from tests.design.accessibility import violations
from tests.factories import world
from tests.partner_space.helpers import undecided


def check_accessible(page):
    """No rule of axe is broken, in both themes."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [(scheme, *broken) for broken in violations(page)]
    assert found == []


@pytest.mark.django_db(transaction=True)
def test_the_accountant_asks_the_client_answers_and_the_accountant_sees_it(sign_in):
    bakery, office = world.business(), world.partner()
    world.engaged(bakery, office)
    invoice = undecided(bakery, "2026/04417")
    an = sign_in(world.member(bakery, email="an@janssens.example"))
    sofie = sign_in(world.member(office, email="sofie@delvaux.example"))

    # Sofie asks beside the document, without leaving it.
    office_page = sofie.go(f"/p/{office.slug}/documents/{invoice.pk}/")
    office_page.get_by_role("link", name="Comments", exact=True).last.click()
    office_page.get_by_label("New comment").fill("Is this for the shop?")
    office_page.get_by_label("Question to the client").check()
    office_page.get_by_role("button", name="Send", exact=True).click()
    expect(office_page.locator("#asks")).to_contain_text("Waiting for the client's answer")

    # An sees it at home, opens it, and keeps what she typed into the form beside it.
    page = an.go(f"/s/{bakery.slug}/")
    expect(page.get_by_role("heading", name="Your accountant asks")).to_be_visible()
    page = an.go(invoice.get_absolute_url())
    expect(page.locator("#asks")).to_contain_text("Your accountant asks")
    page.locator("[name=party_name]").fill("Half typed")
    page.get_by_role("link", name="Comments 1").last.click()
    expect(page.get_by_label("Your answer")).to_be_visible()
    check_accessible(page)
    page.get_by_label("Your answer").fill("Yes, for the shop.")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator("#asks")).to_be_empty()
    page.get_by_role("link", name="Back to the data").click()
    expect(page.locator("[name=party_name]")).to_have_value("Half typed")
    assert [comment.text for comment in Comment.objects.all()] == ["Is this for the shop?", "Yes, for the shop."]

    # Sofie finds the answer from the bell.
    office_page = sofie.go(f"/p/{office.slug}/")
    office_page.get_by_role("link", name="1 unread notification").click()
    check_accessible(office_page)
    office_page.get_by_role("link", name="answered your question").click()
    expect(office_page.locator("#asks")).to_be_empty()
    office_page.get_by_role("link", name="Comments").last.click()
    expect(office_page.get_by_text("Yes, for the shop.")).to_be_visible()

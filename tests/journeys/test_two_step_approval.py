"""Two-step approval with a substitute: a route made in the settings, and followed by two people at their desks."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from banqup.actions import routes
from banqup.approvals.models import Route
from banqup.invoices.models import Invoice
from tests.approvals.helpers import held_back
from tests.factories import world


@pytest.fixture
def bart(bakery):
    return world.member(bakery.space, "PR", email="bart@janssens.example")


@pytest.fixture
def tom(bakery):
    return world.member(bakery.space, "PA", email="tom@janssens.example")


def test_two_step_approval_with_substitute(bakery, bart, tom, sign_in):
    invoice = held_back(bakery.space, number="TWO-STEPS-1")
    settings = f"/s/{bakery.space.slug}/settings/approval/"
    document = f"/s/{bakery.space.slug}/purchase/{invoice.pk}/"

    # The administrator makes a route of two steps; a step that nobody can sign is refused at its field.
    page = sign_in(bakery.an).go(settings)
    page.get_by_role("link", name="Add a route").click()
    page.get_by_label("Name").fill("From 100")
    page.get_by_label("Amount from").fill("100")
    page.get_by_label("An", exact=True).check()
    page.get_by_role("button", name="Add a step").click()
    second = page.get_by_role("group", name="Step 2")
    page.get_by_role("button", name="Save").last.click()
    expect(second.get_by_text("Choose people or a role for step 2.")).to_be_visible()
    second.get_by_label("Bart").check()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("“From 100” is saved.").first).to_be_visible()
    assert [step.number for step in Route.objects.get().steps.all()] == [1, 2]

    # Bart is away, Tom stands in; the page answers who would have to approve.
    today = bakery.space.today()
    routes.add_substitute(
        space=bakery.space,
        absent=bart,
        substitute=tom,
        first_day=today,
        last_day=today + timedelta(days=7),
        by=bakery.an,
    )
    page.get_by_role("link", name="Who would have to approve?").click()
    page.get_by_label("Amount").fill("12.400,00")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("Bart or Tom for Bart")).to_be_visible()

    # An approves the first step: nothing is released, and the desk says whose turn it is.
    page.goto(page.url.split("/s/")[0] + document)
    expect(page.get_by_text("waiting for approval by An (step 1 of 2)").first).to_be_visible()
    page.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(page.get_by_text("is asked next (step 2 of 2)").first).to_be_visible()
    page.goto(page.url.split("/s/")[0] + document)
    expect(page.get_by_text("waiting for approval by Bart or Tom for Bart (step 2 of 2)").first).to_be_visible()
    assert (Invoice.objects.get().is_released, invoice.exports.count()) == (False, 0)

    # Tom, who may not approve by his own role, signs in Bart's place: it is released.
    desk = sign_in(tom).go(document)
    desk.get_by_role("button", name=re.compile("^Approve")).first.click()
    expect(desk.get_by_text("approved. Unpaid").first).to_be_visible()
    desk.goto(desk.url.split("/s/")[0] + document)
    expect(desk.get_by_text("approved step 2 of 2 in the place of Bart").first).to_be_visible()
    expect(desk.get_by_role("region", name="Approvals").get_by_text("Tom for Bart")).to_be_visible()
    assert (Invoice.objects.get().general_status, invoice.exports.count()) == ("UNPAID", 2)

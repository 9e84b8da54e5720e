"""Who gets in: members of the office, through active engagements, and documents only for accountants."""

import pytest
from django.test import Client

from banqup.actions import engagements
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.statuses import DocumentStatus, Kind
from tests.factories import world

from .helpers import browser_of, integration, released, texts, undecided, url

PAGES = ("home", "documents", "clients", "exports", "settings_office", "settings_people")
OF_A_DOCUMENT = ("document", "document_attempts", "document_resend")


def answers(browser, addresses):
    return {browser.get(address).status_code for address in addresses}


def document_addresses(office, invoice):
    file = invoice.attachments.filter(role=Attachment.Role.ORIGINAL).first()
    return [
        *(url(name, office, invoice.pk) for name in OF_A_DOCUMENT),
        url("document_file", office, invoice.pk, file.pk),
        url("document_page", office, invoice.pk, 1),
    ]


def forged(browser, office, invoice):
    """Every way to change a document, as a browser that knows the addresses could try it."""
    pk = invoice.pk
    return {
        browser.post(url("document_process", office, pk)).status_code,
        browser.post(url("document_process", office, pk), {"undo": "1"}).status_code,
        browser.post(url("document_resend", office, pk), {"integration": "1"}).status_code,
        browser.post(url("documents_act", office), {"action": "mark_as_processed", "ids": pk}).status_code,
        browser.post(url("documents_act", office), {"action": f"send-{pk}"}).status_code,
        browser.post(url("documents_undo", office) + f"?ids={pk}").status_code,
    }


def test_nobody_gets_in_without_signing_in(office):
    assert answers(Client(), [url(name, office) for name in PAGES]) == {302}


def test_strangers_do_not_learn_that_the_office_exists(office, strangers, bakery):
    people = [world.member(bakery), world.member(strangers), world.member(strangers.active_engagement().partner)]
    for person in people:
        assert answers(browser_of(person), [url(name, office) for name in PAGES]) == {404}


def test_a_strangers_document_is_not_found_and_not_changed(sofie, office, engagement, strangers):
    theirs = released(strangers, "S-1")
    assert answers(sofie, document_addresses(office, theirs)) == {404}
    assert forged(sofie, office, theirs) == {404}
    theirs = Invoice.objects.get(pk=theirs.pk)
    assert (theirs.processed_at, theirs.exports.count()) == (None, 0)


def test_a_document_of_the_other_office_is_not_found_among_ones_own(sofie, office, bakery, engagement, strangers):
    mine, theirs = released(bakery, "A-1"), released(strangers, "S-1")
    answer = sofie.post(url("documents_act", office), {"action": "mark_as_processed", "ids": [mine.pk, theirs.pk]})
    assert (answer.status_code, Invoice.objects.get(pk=mine.pk).processed_at) == (404, None)


@pytest.mark.parametrize("kind", [Kind.SALES, Kind.SELF_BILLED_OUT])
def test_a_draft_does_not_exist_for_the_accountant(sofie, office, bakery, engagement, kind):
    draft = undecided(bakery, "D-1", status=DocumentStatus.DRAFT, kind=kind)
    assert answers(sofie, [url(name, office, draft.pk) for name in OF_A_DOCUMENT]) == {404}
    for tab in ("to-check", "client-action-needed", "processed", "all"):
        assert "D-1" not in sofie.get(url("documents", office), {"tab": tab}).text


def test_when_the_engagement_ends_everything_is_gone_at_once(sofie, sofie_herself, office, bakery, engagement):
    invoice = released(bakery, "A-1")
    addresses = document_addresses(office, invoice)[:3]
    assert answers(sofie, addresses) == {200}
    engagements.end(engagement=engagement, by=world.member(bakery))
    assert answers(sofie, document_addresses(office, invoice)) == {404}
    assert forged(sofie, office, invoice) == {404}
    assert "A-1" not in sofie.get(url("documents", office), {"tab": "all"}).text
    assert sofie.get(url("documents", office), {"client": bakery.pk}).status_code == 404
    assert bakery.name not in sofie.get(url("home", office)).text


@pytest.mark.parametrize("role", ["CM", "ADM"])
def test_who_is_no_accountant_sees_clients_but_no_documents(browser_with, office, bakery, engagement, role):
    invoice = released(bakery, "A-1")
    browser = browser_with(role)
    assert answers(browser, [url("home", office), url("clients", office), url("client", office, bakery.pk)]) == {200}
    closed = [url("documents", office), url("documents_search", office), url("exports", office)]
    assert answers(browser, [*closed, *document_addresses(office, invoice)]) == {403}
    assert forged(browser, office, invoice) == {403}
    for name in ("home", "clients"):
        assert "A-1" not in browser.get(url(name, office)).text
    assert Invoice.objects.get(pk=invoice.pk).processed_at is None


def test_who_may_not_is_told_the_role_and_whom_to_ask(browser_with, office, engagement, sofie_herself):
    shown = texts(browser_with("CM").get(url("documents", office)), "//main//h2")
    assert shown == [f"This needs the role accountant. Ask {sofie_herself.name}."]


def test_the_role_and_the_membership_count_at_the_moment_of_the_click(office, bakery, engagement):
    person = world.member(office, "ACC")
    browser, invoice = browser_of(person), released(bakery, "A-1")
    assert browser.get(url("document", office, invoice.pk)).status_code == 200
    person.memberships.update(roles=["CM"])
    assert browser.get(url("document", office, invoice.pk)).status_code == 403
    person.memberships.all().delete()
    assert browser.get(url("document", office, invoice.pk)).status_code == 404


def test_a_client_of_two_offices_is_seen_by_the_one_of_now_only(sofie, office, bakery, engagement):
    """The earlier office's integrations are not told to the next one."""
    invoice = released(bakery, "A-1")
    integration(bakery, engagement=engagement, name="Exact of Delvaux")
    engagements.end(engagement=engagement, by=world.member(bakery))
    second = world.partner(slug="fidu", name="Fidu Noord")
    world.engaged(bakery, second)
    page = browser_of(world.member(second)).get(url("document", second, invoice.pk))
    assert (page.status_code, "Exact of Delvaux" in page.text) == (200, False)
    assert sofie.get(url("document", office, invoice.pk)).status_code == 404

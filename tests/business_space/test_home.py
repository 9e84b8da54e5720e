"""Where a person lands, what the frame around every page shows, and the parties."""

import datetime

import pytest

from banqup.contacts.models import Contact
from banqup.exports import outbox
from banqup.exports.models import Export
from banqup.exports.outbox import Answer
from banqup.invoices.models import Invoice
from tests.factories import world

from .helpers import browser_of, e_invoice, main, page, rows, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


# --- the way in -----------------------------------------------------------------------------------


def test_the_root_leads_to_the_first_business(an, space):
    assert an.get("/")["Location"] == url("home", space)


def test_the_root_leads_back_to_the_space_that_was_open_last(space):
    other = world.business(slug="vastgoed", name="Vastgoed BV", vat_id="")
    person = world.member(space)
    world.member(other, person=person)
    client = browser_of(person)
    client.get(url("home", other))

    assert client.get("/")["Location"] == url("home", other)


def test_somebody_without_a_space_is_told_so(client, db):
    client.force_login(world.user("new@nobody.example"))

    assert "You have no space yet" in client.get("/").content.decode()


def test_nobody_signs_in_first(client, db):
    assert client.get("/")["Location"].startswith("/account/login/")


def test_a_membership_that_ended_ends_at_once(an, space):
    an.get(url("home", space))
    space.memberships.all().delete()

    assert an.get(url("home", space)).status_code == 404


def test_a_member_without_a_role_sees_nothing(space):
    person = world.member(space, "AUD")
    person.memberships.update(roles=[])

    assert browser_of(person).get(url("home", space)).status_code == 403


def test_a_partner_space_is_no_business(db):
    office = world.partner()

    assert browser_of(world.member(office)).get(f"/s/{office.slug}/").status_code == 404


# --- the frame ------------------------------------------------------------------------------------


def test_the_switcher_lists_business_spaces_before_partner_spaces(space):
    office, other = (
        world.partner(name="Aaa Accountants"),
        world.business(slug="vastgoed", name="Vastgoed BV", vat_id=""),
    )
    person = world.member(space, "ADM", "PR")
    for one in (office, other):
        world.member(one, person=person)

    groups = browser_of(person).get(url("home", space)).context["shell"].spaces

    business = groups[0]
    assert [(item["name"], item["role_label"], item["current"], item["shortcut"]) for item in business["items"]][0] == (
        "Bakkerij Janssens BV",
        "Administrator, purchase responsible",
        True,
        "G 1",
    )
    assert [item["name"] for item in business["items"]] == ["Bakkerij Janssens BV", "Vastgoed BV"]


def test_the_navigation_counts_what_awaits_validation(an, space, scan):
    nav = an.get(url("home", space)).context["shell"].nav

    assert [(item["label"], item["count"]) for group in nav for item in group["items"]] == [
        ("Home", None),
        ("Purchase invoices", "1"),
        ("Sales invoices", None),
        ("Document Creator", None),
        ("Comments", None),
        ("Suppliers and customers", None),
        ("Reminders", None),
        ("Export ledger", None),
    ]


# --- home -----------------------------------------------------------------------------------------


def test_home_shows_what_needs_me(an, space, scan):
    late = e_invoice(space)
    Invoice.objects.filter(pk=late.pk).update(due_date=datetime.date(2026, 1, 1), sort_date=datetime.date(2026, 1, 1))

    cards = page(an.get(url("home", space))).xpath("//a[contains(@class, 'card--link')]")

    assert [words(card) for card in cards] == [
        "1 Awaiting validation Purchase invoices",
        "0 Awaiting validation Sales invoices",
        "1 Overdue, to pay Purchase invoices",
        "0 Overdue, to receive Sales invoices",
    ]


def test_home_names_what_did_not_arrive_until_it_is_sent_again(an, space):
    folder = world.integration(space, name="Folder")
    invoice = e_invoice(space)
    outbox.settle_failed(*outbox.claim(Export.objects.get().pk), Answer("permanent", "The disk is full."))
    assert "Folder Molens De Ster NV 2026-0042 The disk is full." in words(main(an.get(url("home", space))))

    an.post(url("purchase_resend", space, invoice.pk), {"integration": [folder.pk]})

    assert "Did not arrive" not in words(main(an.get(url("home", space))))


def test_the_setup_is_hidden_when_all_is_done(an, space):
    assert "Set up your space 1 of 4 done" in words(main(an.get(url("home", space))))
    world.engaged(space, world.partner())
    world.integration(space)
    world.member(space, "PR")

    assert "Set up your space" not in words(main(an.get(url("home", space))))


def test_home_asks_the_same_number_of_queries_for_few_and_many(an, space, scan, django_assert_max_num_queries):
    an.get(url("home", space))
    with django_assert_max_num_queries(40) as few:
        an.get(url("home", space))
    for number in range(8):
        e_invoice(space, number=f"N{number}")
    with django_assert_max_num_queries(len(few)):
        an.get(url("home", space))


# --- search and parties ---------------------------------------------------------------------------


def test_the_jump_box_finds_documents_parties_and_pages(an, space, delivered):
    assert "2026-0042" in words(main(an.get(url("search", space), {"q": "molens"})))
    assert "Extensions" in words(main(an.get(url("search", space), {"q": "extens"})))
    assert "Nothing matches “zzz”" in words(main(an.get(url("search", space), {"q": "zzz"})))


def test_parties_are_found_by_name_and_number(an, space, delivered):
    for q in ("ster", delivered.counterparty.vat_id):
        assert [row[0] for row in rows(an.get(url("parties", space), {"q": q}))] == ["Molens De Ster NV"]
    assert rows(an.get(url("parties", space), {"tab": "customers"})) == []


def test_a_party_shows_its_documents(an, space, delivered):
    shown = rows(an.get(url("party", space, delivered.counterparty_id)))

    assert [row[1] for row in shown] == ["2026-0042"]


@pytest.mark.parametrize(("role", "allowed"), [("ADM", True), ("PR", True), ("PA", False), ("AUD", False)])
def test_whom_to_trust_is_decided_by_who_approves_or_manages(browser_with, space, delivered, role, allowed):
    party = delivered.counterparty

    response = browser_with(role).post(url("party", space, party.pk), {"trusted": "on", "auto_approve": "never"})

    kept = Contact.objects.get(pk=party.pk)
    assert (response.status_code, kept.trusted, kept.auto_approve) == (
        (303, True, "never") if allowed else (403, False, "space")
    )


def test_a_party_of_another_space_is_not_found(stranger, delivered):
    own = world.Space.objects.get(slug="elsewhere")

    assert stranger.get(url("party", own, delivered.counterparty_id)).status_code == 404

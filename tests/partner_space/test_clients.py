"""Clients: the list, a client's pages, invitations both ways, the end."""

import pytest

from banqup.exports.models import Export, ExportState
from banqup.spaces.models import Engagement
from tests.factories import world

from .helpers import HTMX, browser_of, exported, integration, messages, page, released, texts, undecided, url, words

ROWS = "//table[contains(@class, 'table')]//tr[.//a and td]"


def invited(business, office, by=Engagement.Side.BUSINESS) -> Engagement:
    return Engagement.objects.create(business=business, partner=office, invited_side=by)


def status_of(engagement) -> str:
    return Engagement.objects.get(pk=engagement.pk).status


def names(response) -> list[str]:
    return texts(response, "//main//td[contains(@class, 'cell-name')]/a[1]")


# --- the list -------------------------------------------------------------------------------------


def test_the_list_holds_the_clients_of_now_by_name(sofie, office, engagement, other_client, strangers):
    ended = world.business(slug="anker", name="Café Het Anker BV", vat_id="BE0400378485", company_id="", endpoint_id="")
    Engagement.objects.filter(pk=world.engaged(ended, office).pk).update(status="ended", ended_at="2026-01-01T00:00Z")
    assert names(sofie.get(url("clients", office))) == ["Aannemingen Thijs NV", "Bakkerij Janssens BV"]


def test_the_search_narrows_by_name_place_or_number(sofie, office, engagement, other_client):
    def found(text):
        return names(sofie.get(url("clients", office), {"q": text}))

    assert [found("bakk"), found("duffel jans"), found("0700312086"), found("nobody")] == [
        ["Bakkerij Janssens BV"],
        ["Bakkerij Janssens BV"],
        ["Aannemingen Thijs NV"],
        [],
    ]


def test_htmx_gets_only_the_rows(sofie, office, engagement):
    part = sofie.get(url("clients", office), headers=HTMX)
    assert "<html" not in part.text and "Bakkerij Janssens BV" in part.text
    assert "HX-Request" in part["Vary"]


def test_a_client_manager_sees_clients_but_no_numbers_of_documents(browser_with, office, bakery, engagement):
    released(bakery)
    manager = browser_with("CM")
    assert names(manager.get(url("clients", office))) == ["Bakkerij Janssens BV"]
    overview = manager.get(url("client", office, bakery.pk))
    assert overview.status_code == 200
    assert "2026-0042" not in overview.text and "To check" not in words(page(overview).xpath("//main")[0])
    refused = [manager.get(url(name, office, bakery.pk)).status_code for name in ("client_documents",)]
    assert refused + [manager.get(url("documents", office)).status_code] == [403, 403]


# --- one client -----------------------------------------------------------------------------------

PAGES = ("client", "client_documents", "client_contacts", "client_extensions", "client_end")


@pytest.mark.parametrize("name", PAGES)
def test_a_client_of_another_office_is_not_found(sofie, office, strangers, name):
    assert sofie.get(url(name, office, strangers.pk)).status_code == 404
    assert sofie.post(url(name, office, strangers.pk), {}).status_code in (404, 405)


@pytest.mark.parametrize("name", PAGES)
def test_an_invited_client_is_not_found_before_it_accepts(sofie, office, bakery, name):
    invited(bakery, office, by=Engagement.Side.PARTNER)
    assert sofie.get(url(name, office, bakery.pk)).status_code == 404


def test_the_overview_counts_the_work(sofie, office, bakery, engagement):
    released(bakery, "A-1")
    released(bakery, "A-2")
    undecided(bakery, "A-3")
    text = words(page(sofie.get(url("client", office, bakery.pk))).xpath("//main")[0])
    assert "Bakkerij Janssens BV" in text
    assert [("2" in text), ("To check" in text), ("Client action needed" in text)] == [True] * 3


def test_the_documents_tab_is_the_one_list_with_this_client_chosen(sofie, office, bakery, engagement):
    answer = sofie.get(url("client_documents", office, bakery.pk))
    assert (answer.status_code, answer.url) == (303, f"{url('documents', office)}?client={bakery.pk}")


def test_contacts_name_the_people_of_both_sides(sofie, office, bakery, engagement):
    world.member(bakery, "PR", email="an@janssens.example")
    world.member(office, "CM", email="kim@delvaux.example")
    text = words(page(sofie.get(url("client_contacts", office, bakery.pk))).xpath("//main")[0])
    assert "an@janssens.example" in text and "Purchase responsible" in text and "Sofie" in text
    assert "Kim" not in text  # sees no documents


# --- inviting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["janssens", "AN@janssens.example", "https://banqup.example/s/janssens/"])
def test_a_client_is_invited_by_address_or_by_a_member(sofie, office, bakery, who):
    world.member(bakery, "ADM", email="an@janssens.example")
    answer = sofie.post(url("client_invite", office), {"who": who}, follow=True)
    invitation = Engagement.objects.get()
    assert (invitation.business, invitation.partner, invitation.invited_side, invitation.status) == (
        bakery,
        office,
        Engagement.Side.PARTNER,
        Engagement.Status.INVITED,
    )
    assert "Bakkerij Janssens BV is invited." in messages(answer)[0]
    assert "Withdraw" in answer.text


@pytest.mark.parametrize("who", ["", "nobody", "delvaux", "sofie@delvaux.example"])
def test_who_is_no_business_is_not_invited(sofie, office, bakery, who):
    answer = sofie.post(url("client_invite", office), {"who": who})
    assert (answer.status_code, Engagement.objects.count()) == (422, 0)


def test_nobody_is_invited_twice(sofie, office, bakery):
    invited(bakery, office, by=Engagement.Side.PARTNER)
    answer = sofie.post(url("client_invite", office), {"who": "janssens"})
    assert (answer.status_code, Engagement.objects.count()) == (422, 1)
    assert "already" in answer.text


def test_inviting_needs_the_right(browser_with, office, bakery):
    accountant = browser_with("ACC")
    assert accountant.post(url("client_invite", office), {"who": "janssens"}).status_code == 403
    assert Engagement.objects.count() == 0
    shown = accountant.get(url("clients", office))
    assert "This needs the role administrator / client manager" in words(page(shown).xpath("//main")[0])


def test_an_invitation_is_withdrawn(sofie, office, bakery):
    invitation = invited(bakery, office, by=Engagement.Side.PARTNER)
    sofie.post(url("engagement_withdraw", office, invitation.pk), {})
    assert status_of(invitation) == Engagement.Status.ENDED


# --- being invited --------------------------------------------------------------------------------


def test_a_business_that_asks_is_accepted_and_seen_at_once(sofie, office, bakery):
    released(bakery)
    invitation = invited(bakery, office)
    assert "Bakkerij Janssens BV" in words(page(sofie.get(url("home", office))).xpath("//main")[0])
    sofie.post(url("engagement_answer", office, invitation.pk), {"answer": "accept"})
    assert status_of(invitation) == Engagement.Status.ACTIVE
    assert "2026-0042" in sofie.get(url("documents", office)).text


def test_a_business_that_asks_is_declined(sofie, office, bakery):
    invitation = invited(bakery, office)
    sofie.post(url("engagement_answer", office, invitation.pk), {"answer": "decline"})
    assert status_of(invitation) == Engagement.Status.DECLINED


def test_an_answer_needs_the_right_and_the_invitation_to_be_ours(sofie, browser_with, office, bakery, strangers):
    invitation = invited(bakery, office)
    accountant = browser_with("ACC")
    assert accountant.post(url("engagement_answer", office, invitation.pk), {"answer": "accept"}).status_code == 403
    elsewhere = invited(bakery, world.partner(slug="noord", name="Noord"))
    own = invited(strangers, office, by=Engagement.Side.PARTNER)
    for one in (elsewhere, own):
        assert sofie.post(url("engagement_answer", office, one.pk), {"answer": "accept"}).status_code == 404
    assert [status_of(one) for one in (invitation, elsewhere, own)] == [Engagement.Status.INVITED] * 3


def test_a_business_with_an_accountant_can_not_be_taken_over(sofie, office, strangers):
    invitation = invited(strangers, office)
    answer = sofie.post(url("engagement_answer", office, invitation.pk), {"answer": "accept"}, follow=True)
    assert messages(answer) == ["This business has an accountant. That engagement must end first."]
    assert sofie.get(url("client", office, strangers.pk)).status_code == 404


# --- the end --------------------------------------------------------------------------------------


def test_the_end_is_said_before_and_takes_everything_away_at_once(sofie, office, bakery, engagement):
    to = integration(bakery, engagement=engagement, name="Exact Online")
    invoice = released(bakery)
    waits = exported(invoice, to, ExportState.WAITING)
    asked = words(page(sofie.get(url("client_end", office, bakery.pk))).xpath("//main")[0])
    assert "Exact Online" in asked
    answer = sofie.post(url("client_end", office, bakery.pk), {}, follow=True)
    assert answer.status_code == 200
    gone = [url("client", office, bakery.pk), url("document", office, invoice.pk)]
    assert [sofie.get(address).status_code for address in gone] == [404, 404]
    assert "2026-0042" not in sofie.get(url("documents", office), {"tab": "all"}).text
    assert "2026-0042" not in sofie.get(url("exports", office)).text
    assert Export.objects.get(pk=waits.pk).state == ExportState.CANCELLED
    to.refresh_from_db()
    assert not to.is_active


def test_the_end_needs_the_right(browser_with, office, bakery, engagement):
    accountant = browser_with("ACC")
    answers = [
        accountant.get(url("client_end", office, bakery.pk)),
        accountant.post(url("client_end", office, bakery.pk), {}),
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert status_of(engagement) == Engagement.Status.ACTIVE


def test_the_business_ending_it_takes_everything_away_at_once(sofie, office, bakery, engagement):
    an = browser_of(world.member(bakery, email="an@janssens.example"))
    invoice = released(bakery)
    assert sofie.get(url("document", office, invoice.pk)).status_code == 200
    an.post(f"/s/janssens/settings/accountant/{engagement.pk}/end/", {})
    assert sofie.get(url("document", office, invoice.pk)).status_code == 404

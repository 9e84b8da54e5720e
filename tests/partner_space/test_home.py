"""Home: what to check for each client, who invites the office, what did not arrive."""

from banqup.actions import engagements
from banqup.exports.models import ExportState
from tests.factories import world

from .helpers import exported, integration, page, released, texts, undecided, url


def cards(response) -> list[str]:
    return texts(response, "//a[contains(@class, 'card--link')]")


def test_an_office_without_clients_is_told_how_to_get_one(sofie, office):
    text = sofie.get(url("home", office)).text
    assert "No clients yet" in text and "Invite a client" in text


def test_it_counts_and_lists_the_clients_with_work_the_most_first(
    sofie, office, bakery, engagement, other_client, strangers
):
    idle = world.business(slug="idle", name="Idle BV", vat_id="", company_id="", endpoint_id="")
    world.engaged(idle, office)
    released(other_client, "B-1")
    for n in range(2):
        released(bakery, f"A-{n}")
    undecided(bakery, "A-9")
    released(strangers, "S-1")
    shown = sofie.get(url("home", office))
    assert [card.split()[0] for card in cards(shown)] == ["3", "1", "0"]
    assert texts(shown, "//section[@aria-labelledby='per-client']//tbody/tr") == [
        "Bakkerij Janssens BV 2 1",
        "Aannemingen Thijs NV 1 0",
    ]
    assert page(shown).xpath("//section[@aria-labelledby='per-client']//a/@href") == [
        f"{url('documents', office)}?client={client.pk}" for client in (bakery, other_client)
    ]


def test_what_did_not_arrive_is_there_until_it_is_sent_again(sofie, office, bakery, engagement):
    exact = integration(bakery, engagement=engagement, name="Exact Online")
    invoice = released(bakery, "A-1")
    exported(invoice, exact, ExportState.FAILED, reason="No such journal.")
    exported(invoice, integration(bakery, name="Own"), ExportState.FAILED, reason="Theirs alone.")
    shown = sofie.get(url("home", office))
    assert ("No such journal." in shown.text, "Theirs alone." in shown.text, cards(shown)[2].split()[0]) == (
        True,
        False,
        "1",
    )
    exported(invoice, exact, ExportState.QUEUED)
    shown = sofie.get(url("home", office))
    assert ("No such journal." in shown.text, cards(shown)[2].split()[0]) == (False, "0")


def test_an_invitation_is_accepted_from_here(sofie, office, bakery):
    invitation = engagements.invite(business=bakery, partner=office, side="business", by=world.member(bakery))
    shown = sofie.get(url("home", office))
    assert "Bakkerij Janssens BV asks you to be its accountant." in shown.text
    answer = sofie.post(url("engagement_answer", office, invitation.pk), {"answer": "accept"})
    assert (answer["Location"], bakery.active_engagement()) == (url("client", office, bakery.pk), invitation)


def test_without_the_right_the_answer_is_off_with_its_reason(browser_with, office, bakery):
    invitation = engagements.invite(business=bakery, partner=office, side="business", by=world.member(bakery))
    browser = browser_with("ACC")
    reasons = set(
        texts(browser.get(url("home", office)), "//div[@class='banner__actions']//span[@class='action__reason']")
    )
    assert reasons == {"This needs the role administrator / client manager."}
    answer = browser.post(url("engagement_answer", office, invitation.pk), {"answer": "accept"})
    assert (answer.status_code, bakery.active_engagement()) == (403, None)


def test_a_client_manager_sees_no_numbers_of_documents(browser_with, office, bakery, engagement):
    released(bakery, "A-1")
    shown = browser_with("CM").get(url("home", office))
    assert (cards(shown), "Documents are for accountants" in shown.text) == ([], True)

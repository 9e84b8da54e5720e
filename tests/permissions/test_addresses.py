"""Every address of the product, tried by everybody who must not get through it."""

from datetime import date

import pytest
from django.test import Client

from . import addresses, table
from .addresses import EVERY, NO_ROW, Rows, filled
from .scene import facts
from .verbs import taken_back

pytestmark = pytest.mark.django_db

# Posted everywhere: whatever a form might want.
FORGED = {
    "version": "1",
    "reason": "price",
    "note": "Forged",
    "answer": "accept",
    "amount": "1.00",
    "paid_on": date(2026, 11, 20).isoformat(),
    "method": "transfer",
    "confirmed": "on",
    "roles": ["ADM", "ACC"],
    "email": "forged@nowhere.example",
    "name": "Forged",
    "who": "ooms",
    "undo": "1",
    "auto_approve": "never",
}
STRANGERS = [
    name
    for name in table.OUTSIDE
    if name not in ("a member without a role", "an inactive member", "an inactive accountant")
]
BUSINESS = [one for one in EVERY if one[0].startswith("business:")]
PARTNER = [one for one in EVERY if one[0].startswith("partner:")]
SIDES = {"business": BUSINESS, "partner": PARTNER}
# Whoever is signed in may open an office; it is of no space yet.
FOR_EVERYBODY = {"partner:new"}


def browser_of(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(scope="module")
def ours(built) -> Rows:
    """The rows of Bakkerij Janssens and its office: what strangers must not reach."""
    return Rows(
        built.space,
        built.office,
        built.with_files("purchase unpaid"),
        built.with_files("sales unpaid"),
        contact=built.contacts["purchase"].pk,
        customer=built.contacts["sales"].pk,
        pause=built.pause.pk,
        letter=built.letter.pk,
        draft=built.documents["sales draft"].pk,
        item=built.item.pk,
        route=built.route.pk,
        substitute=built.substitute.pk,
        membership=built.people["AUD"].memberships.get(space=built.space).pk,
        colleague=built.people["office CM"].memberships.get(space=built.office).pk,
        engagement=built.asked.pk,
        invitation=built.asking_client.pk,
        address=built.address.pk,
        access_point=built.access_point.pk,
        mailbox=built.mailbox.pk,
        answer=built.answer.pk,
        integration=built.integration.pk,
        books=built.books.pk,
        office_books=built.office_books.pk,
        run=built.run(built.space, "approve", built.owner).pk,
        office_run=built.run(built.office, "process", built.accountant).pk,
        office_integration=built.office_integration.pk,
        template=built.template.pk,
        template_run=built.template_run.pk,
        notification=built.owner.notifications.latest("pk").pk,
        office_notification=built.accountant.notifications.latest("pk").pk,
    )


@pytest.fixture
def secret(built):
    """What no answer to a stranger may contain."""
    words = [document.number for document in built.documents.values()]
    return [
        *words,
        *{document.counterparty_name for document in built.documents.values()},
        built.space.name,
        built.office.name,
    ]


def tried(client, url):
    """The answers to a look and to a forged form."""
    for answer in (client.get(url), client.post(url, FORGED)):
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield answer, body.decode(errors="replace")


def problems(client, url, secret, expected):
    for answer, text in tried(client, url):
        if answer.status_code == 302 and "/account/login/" not in answer.url:
            yield f"{url} → {answer.url}"
        if answer.status_code not in expected:
            yield f"{answer.wsgi_request.method} {url}: {answer.status_code}"
        yield from (f"{url} says {word}" for word in secret if word in text)


def test_the_crawl_knows_how_to_fill_every_address(ours):
    unknown = []
    for name, parameters in EVERY:
        try:
            filled(name, parameters, ours)
        except addresses.Unknown as error:
            unknown.append(str(error))
    assert not unknown
    assert len(BUSINESS) > 60 and len(PARTNER) > 30, "the walk has lost its way"


@pytest.mark.parametrize("side", SIDES)
def test_who_belongs_there_gets_an_answer_so_the_crawl_asks_for_what_exists(scene, ours, side):
    client, wrong = browser_of(scene.owner if side == "business" else scene.accountant), []
    for name, parameters in SIDES[side]:
        with taken_back():
            answer = client.get(filled(name, parameters, ours))
        if answer.status_code not in (200, 302, 303, 405):
            wrong.append(f"{name}: {answer.status_code}")
    assert not wrong


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_finds_nothing_at_any_address(scene, ours, secret, who):
    client, before, wrong = browser_of(scene.people[who]), facts(), []
    for name, parameters in EVERY:
        if name in FOR_EVERYBODY:
            continue
        wrong += problems(
            client, filled(name, parameters, ours), [] if name == "integrations:inbound" else secret, {404, 405}
        )
    assert not wrong
    assert facts() == before


@pytest.mark.parametrize("who", ["a visitor", "an inactive member", "an inactive accountant"])
def test_who_is_not_signed_in_is_sent_to_sign_in_from_every_address(scene, ours, secret, who):
    client = Client(raise_request_exception=False) if who == "a visitor" else browser_of(scene.people[who])
    before, wrong = facts(), []
    for name, parameters in BUSINESS + PARTNER:
        wrong += problems(client, filled(name, parameters, ours), secret, {302, 405})
    assert not wrong
    assert facts() == before


def test_a_member_without_a_role_is_told_so_at_every_address(scene, ours, secret):
    client, before, wrong = browser_of(scene.people["a member without a role"]), facts(), []
    words = [word for word in secret if word != scene.space.name]
    for name, parameters in BUSINESS:
        wrong += problems(client, filled(name, parameters, ours), words, {403, 405})
    assert not wrong
    assert facts() == before


SPACE_OF = {
    "business": ("a member of another business", "other"),
    "partner": ("an accountant of another office", "other_office"),
}


@pytest.mark.parametrize("side", SIDES)
def test_the_row_of_another_space_is_not_found_at_ones_own_address(scene, ours, secret, side):
    who, attribute = SPACE_OF[side]
    client, before, wrong = browser_of(scene.people[who]), facts(), []
    for name, parameters in SIDES[side]:
        if set(parameters) - NO_ROW:
            url = filled(name, parameters, ours, slug=getattr(scene, attribute).slug)
            wrong += problems(client, url, secret, {404, 405})
    assert not wrong
    assert facts() == before

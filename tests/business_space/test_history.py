"""The history of a space, and why a document has its status."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from banqup.actions import disputes
from banqup.invoices import statuses, why
from banqup.invoices.models import Event
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def person(space):
    return world.member(space, "PR", "PA", "ADM")


@pytest.fixture
def disputed(space, person):
    invoice = world.received(space, einvoices.invoice_bytes(number="DIS-1"))
    return disputes.dispute(invoice=invoice, reason="price", note="<b>Too much</b>", by=person)


def told(client, space, **query):
    response = client.get(reverse("business:history", args=[space.slug]), query)
    assert response.status_code == 200
    return [(row["who"], row["what"], row["title"]) for row in response.context["rows"]], response


def test_every_event_of_the_space_is_told_newest_first(client, space, person, disputed):
    world.received(world.business("stranger"), einvoices.invoice_bytes(number="STRANGER"))
    client.force_login(person)
    rows, response = told(client, space)
    assert rows == [
        (str(person), "disputed it", disputed.title),
        ("", "Approved automatically", disputed.title),
        ("", rows[2][1], disputed.title),
    ]
    assert b"&lt;b&gt;Too much&lt;/b&gt;" in response.content
    assert b"STRANGER" not in response.content


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"who": "system"}, ["approved_automatically", "received"]),
        ({"what": "disputed"}, ["disputed"]),
        ({"q": "DIS-1"}, ["disputed", "approved_automatically", "received"]),
        ({"q": "NOTHING-LIKE-IT"}, []),
        ({"first": "2000-01-01", "last": "2000-01-31"}, []),
        ({"last": "2000-01-01", "first": "2000-01-31"}, []),
        ({"what": "no such thing"}, []),
    ],
)
def test_the_history_can_be_filtered(client, space, person, disputed, query, found):
    client.force_login(person)
    url = reverse("business:history", args=[space.slug])
    shown = client.get(url, query).context["rows"]
    assert len(shown) == len(found)
    assert (
        list(Event.objects.filter(space=space, verb__in=found).order_by("-id").values_list("verb", flat=True)) == found
    )


def test_days_of_the_filter_are_days_of_the_space(client, person, space, disputed):
    """At UTC+14 an event of the morning belongs to another day than in UTC."""
    space.time_zone = "Pacific/Kiritimati"
    space.save()
    today = space.today()
    client.force_login(person)
    assert len(told(client, space, first=today.isoformat(), last=today.isoformat())[0]) == 3
    tomorrow = today + timedelta(days=1)
    assert told(client, space, first=tomorrow.isoformat())[0] == []


def test_the_history_is_downloaded_with_its_digests(client, space, person, disputed):
    client.force_login(person)
    response = client.get(reverse("business:history", args=[space.slug]), {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [(row["event"], row["position"], row["sha256"]) for row in rows] == [
        (event.verb, str(event.position), event.digest) for event in disputed.events.order_by("-position")
    ]
    assert rows[0]["who"] == str(person)


def test_older_events_follow_by_the_last_one_seen(client, space, person, disputed, monkeypatch):
    monkeypatch.setattr("business_space.views.history.PAGE_SIZE", 2)
    client.force_login(person)
    first, response = told(client, space)
    second, last = told(client, space, before=response.context["older"])
    assert (len(first), len(second), last.context["older"]) == (2, 1, None)


def test_the_page_why_names_the_rule_that_decided_the_facts_and_who_acts_next(client, space, person, disputed):
    client.force_login(person)
    response = client.get(reverse("business:purchase_why", args=[space.slug, disputed.pk]))
    context = response.context
    assert [(rule.words, rule.status) for rule in context["rules"] if rule.decides] == [("It is disputed.", "DISPUTED")]
    assert ("Document status", "Disputed") in context["facts"]
    assert [event["what"] for event in context["events"]][0] == "disputed it"
    assert "resolve" in {action.name for action in context["actions"] if action.enabled}


def test_who_may_not_act_is_told_whom_to_ask(client, space, person, disputed):
    client.force_login(world.member(space, "AUD"))
    actions = client.get(reverse("business:purchase_why", args=[space.slug, disputed.pk])).context["actions"]
    (resolve,) = [action for action in actions if action.name == "resolve"]
    assert not resolve.enabled and str(person) in resolve.reason


def test_the_accountant_reads_why_without_the_tools_of_the_business(client, space, disputed):
    partner = world.partner()
    world.engaged(space, partner)
    world.integration(space, name="Our secret dropbox")
    client.force_login(world.member(partner, "ACC"))
    response = client.get(reverse("partner:document_why", args=[partner.slug, disputed.pk]))
    decided = [rule.words for rule in response.context["rules"] if rule.decides]
    assert decided == ["It is approved, and not processed yet."]
    assert b"secret dropbox" not in response.content


def test_each_rule_has_its_words():
    assert len(why.GENERAL_WORDS) == len(statuses.GENERAL_RULES) + 1
    assert len(why.ACCOUNTING_WORDS) == len(statuses.ACCOUNTING_RULES) + 1


def test_the_rule_that_decides_gives_the_status_that_is_shown(space, person, disputed):
    invoices = [disputed, world.received(space, einvoices.invoice_bytes(number="X-2"))]
    for invoice in invoices:
        assert [rule.status for rule in why.general(invoice) if rule.decides] == [invoice.general_status]
        assert [rule.status for rule in why.accounting(invoice) if rule.decides] == [invoice.accounting_status]

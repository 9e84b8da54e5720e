"""Octopus: one booking there for each document here, under a number that nobody else has."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from banqup.einvoicing import Party, VatSubtotal
from banqup.exports.models import DestinationUse, Export, ExportAttempt, Grant, OAuthApp
from banqup.invoices import content
from banqup.invoices.statuses import Kind
from integrations import delivery, payload, setup
from integrations.booking import plan
from integrations.octopus import records
from integrations.octopus.client import Client
from integrations.octopus.forms import OctopusForm
from tests.factories import clock, world
from tests.fakes.octopus import DOSSIER, PASSWORD, SOFTWARE_HOUSE, USER, Octopus
from tests.fakes.server import hang_up, html, lose_answer, path, status
from tests.integrations import helpers
from tests.integrations.octopus.destination import MAPPING

pytestmark = pytest.mark.django_db

BOOKINGS = path("/buysellbookings", "POST")


@pytest.fixture
def octopus(settings):
    cache.clear()
    with Octopus() as running:
        settings.BANQUP_BASE_URLS = running.base_urls
        yield running


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def by_consent(space, octopus):
    made = helpers.integration(space, "octopus", config=config(sign_in="consent"))
    helpers.consented(made, octopus.consent)
    return made


@pytest.fixture
def by_password(space, octopus):
    OAuthApp.objects.create(name="octopus", client_id=SOFTWARE_HOUSE)
    return helpers.integration(space, "octopus", config=config(), secrets={"password": PASSWORD})


def config(**more):
    return {
        "mode": "booking",
        "sign_in": "password",
        "user": USER,
        "dossier": str(DOSSIER),
        "mailbox": "",
        "booking": MAPPING.as_json(),
        **more,
    }


def due(integration, number="2026-0042", **fields) -> Export:
    return helpers.queued(helpers.released(integration.space, number, **fields), integration)


def test_who_was_slow_to_sign_in_books_nothing_once_another_worker_has_the_dossier(by_password, octopus, monkeypatch):
    sign_in = Client._dossier_token

    def slowly(client, *, anew):
        DestinationUse.objects.update(holder="another worker")
        return sign_in(client, anew=anew)

    export = due(by_password)
    monkeypatch.setattr(Client, "_dossier_token", slowly)
    assert helpers.push(export).state == "waiting"
    assert answered(by_password)[0] == "try_again"
    assert not list(filter(path(f"/dossiers/{DOSSIER}/"), octopus.requests))


def answered(integration) -> tuple[str, str]:
    """(outcome, message) of the last try."""
    tries = ExportAttempt.objects.filter(export__integration=integration)
    return tries.values_list("outcome", "message").latest("pk")


# --- what arrives ---------------------------------------------------------------------------------


def test_a_purchase_is_booked_with_all_its_files(by_password, octopus):
    export = due(by_password, appendices=[("hours.csv", "text/csv", b"a;b")])
    done = helpers.push(export)
    key = (9, "A1", 1)
    assert (done.state, list(octopus.bookings)) == ("delivered", [key])
    mark = f"Banqup {str(export.idempotency_key).replace('-', '')[:12]}"
    assert octopus.bookings[key] == {
        "bookyearKey": {"id": 9},
        "journalKey": "A1",
        "documentSequenceNr": 1,
        "relationIdentificationServiceData": {"externalRelationId": 403019261},
        "bookyearPeriodeNr": 202603,
        "documentDate": "2026-03-14",
        "expiryDate": "2026-04-13",
        "comment": f"2026-0042 {mark}",
        "reference": "2026-0042",
        "amount": Decimal("121.00"),
        "currencyCode": "EUR",
        "exchangeRate": Decimal("1.0"),
        "paymentMethod": 0,
        "bookingLines": [
            {
                "accountKey": 610000,
                "baseAmount": Decimal("100.00"),
                "vatCodeKey": "D21",
                "vatAmount": Decimal("21.00"),
                "vatRecupPercentage": Decimal("100.0"),
                "comment": "2026-0042",
            }
        ],
    }
    xml = export.invoice.attachments.get(role="e_invoice").load()
    files = octopus.files[key]
    assert sorted(files.values()) == sorted([xml, helpers.PDF, b"a;b"])
    assert files["2026-0042.xml"] == xml
    assert done.remote_label == "Octopus: journal A1, number 1"


@pytest.mark.parametrize(
    ("kind", "journal"),
    [(Kind.PURCHASE, "A1"), (Kind.SELF_BILLED_OUT, "A1"), (Kind.SALES, "V1"), (Kind.SELF_BILLED_IN, "V1")],
)
def test_each_kind_is_booked_in_its_journal(by_password, octopus, kind, journal):
    assert helpers.push(due(by_password, kind=kind)).state == "delivered"
    assert list(octopus.bookings) == [(9, journal, 1)]
    (relation,) = octopus.relations.values()
    is_client = journal == "V1"
    assert (relation["client"], relation["supplier"]) == (is_client, not is_client)


def test_a_credit_note_has_a_negative_sum_and_positive_lines(by_password, octopus):
    export = due(by_password)
    invoice = export.invoice
    invoice.data, invoice.is_credit_note = content.to_json(replace(invoice.document, kind="credit_note")), True
    invoice.save()
    assert helpers.push(export).state == "delivered"
    (booked,) = octopus.bookings.values()
    assert (booked["amount"], booked["bookingLines"][0]["baseAmount"]) == (Decimal("-121.00"), Decimal("100.00"))


def test_a_supplier_that_octopus_knows_is_not_made_again(by_password, octopus):
    octopus.relations[7] = {
        "name": "Molens",
        "vatNr": "BE0403019261",
        "relationIdentificationServiceData": {"relationKey": {"id": 7}, "externalRelationId": 0},
    }
    assert helpers.push(due(by_password)).state == "delivered"
    (booked,) = octopus.bookings.values()
    assert booked["relationIdentificationServiceData"] == {"relationKey": {"id": 7}}
    assert list(octopus.relations) == [7]


def test_a_private_person_is_one_relation_however_often_booked(by_password, octopus):
    buyer = Party(name="Jan Peeters", country="BE", postal_code="9000")
    for number in ("1", "2"):
        export = due(by_password, number, kind=Kind.SALES, buyer=buyer)
        export.invoice.counterparty_name = buyer.name
        export.invoice.save()
        assert helpers.push(export).state == "delivered"
    assert [(each["name"], each["vatType"]) for each in octopus.relations.values()] == [("Jan Peeters", 7)]


@pytest.mark.parametrize(
    ("country", "vat_id", "is_company", "expected"),
    [
        ("BE", "BE0403019261", True, 1),
        ("NL", "NL001234567B01", True, 4),
        ("GB", "GB123", True, 6),
        ("BE", "", True, 10),
        ("BE", "", False, 7),
        ("FR", "", False, 8),
        ("US", "", False, 9),
    ],
)
def test_how_a_party_stands_to_vat(country, vat_id, is_company, expected):
    assert records.vat_type(country, vat_id, is_company) == expected


# --- the race for numbers, and lost answers -------------------------------------------------------


@pytest.mark.parametrize("fault", [lose_answer(), hang_up(), html(), html(502), status(503)])
@pytest.mark.parametrize(
    "where",
    [
        path("/authentication"),
        path("/dossiers", "POST"),
        path("/bookyears"),
        path("/journals"),
        path("/relations", "GET"),
        path("/relations", "PUT"),
        BOOKINGS,
    ],
    ids=["token", "dossier", "bookyears", "journals", "find-relation", "put-relation", "book"],
)
def test_whatever_answer_is_lost_the_document_is_booked_once(by_password, octopus, where, fault):
    export = due(by_password)
    octopus.next(fault, when=where)
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert (list(octopus.bookings), len(octopus.relations)) == ([(9, "A1", 1)], 1)


def test_a_number_that_somebody_took_meanwhile_is_left_to_them(by_password, octopus):
    def somebody_is_faster(server, request):
        server.somebody_books()
        return server.reply(request)

    octopus.next(somebody_is_faster, when=BOOKINGS)
    done = helpers.push(due(by_password))
    assert (done.state, done.remote_label) == ("delivered", "Octopus: journal A1, number 2")
    assert [booking["reference"] for booking in octopus.bookings.values()] == ["by hand", "2026-0042"]


def test_a_number_that_was_reserved_and_then_taken_is_left_to_them(by_password, octopus):
    export = due(by_password)
    octopus.next(hang_up(), when=BOOKINGS)
    helpers.push(export)
    assert Export.objects.get().remote["slot"] == {"bookyear": 9, "journal": "A1", "number": 1}
    octopus.somebody_books()
    assert helpers.push_again(export).state == "delivered"
    assert Export.objects.get().remote["booked"] == {"bookyear": 9, "journal": "A1", "number": 2}


def test_a_lost_answer_is_found_again_when_others_booked_since_and_the_mapping_changed(by_password, octopus):
    export = due(by_password)
    octopus.next(lose_answer(), when=BOOKINGS)
    helpers.push(export)
    octopus.somebody_books()
    octopus.journals["A2"] = "Andere aankopen"
    changed = replace(MAPPING, journals={"purchase": "A2"})
    by_password.config = config(booking=changed.as_json())
    by_password.save()
    done = helpers.push_again(export)
    assert (done.state, done.remote_label) == ("delivered", "Octopus: journal A1, number 1")
    assert len(octopus.bookings) == 2


def test_a_booking_without_our_mark_is_told_by_what_was_booked(by_password, octopus):
    export = due(by_password)
    octopus.next(lose_answer(), when=BOOKINGS)
    helpers.push(export)
    octopus.bookings[(9, "A1", 1)]["comment"] = ""
    assert helpers.push_again(export).state == "delivered"
    assert len(octopus.bookings) == 1


def test_another_sending_by_a_person_is_another_booking(by_password, octopus):
    invoice = helpers.released(by_password.space)
    for _sending in range(2):
        assert helpers.push(helpers.queued(invoice, by_password)).state == "delivered"
    assert list(octopus.bookings) == [(9, "A1", 1), (9, "A1", 2)]


# --- signing in -----------------------------------------------------------------------------------


def test_documents_share_the_tokens_and_none_stands_in_the_open(by_password, octopus):
    for number in ("1", "2", "3"):
        helpers.push(due(by_password, number))
    assert (octopus.calls.count("POST /authentication"), octopus.calls.count("POST /dossiers")) == (1, 1)
    kept = f"{by_password.config} {list(Export.objects.values())} {list(ExportAttempt.objects.values())}"
    assert not any(token in kept for token in [*octopus.tokens, *octopus.dossier_tokens, PASSWORD])


@pytest.mark.parametrize("dossiers_only", [True, False])
@pytest.mark.parametrize("integration", ["by_password", "by_consent"])
def test_tokens_that_ended_are_renewed_in_the_middle(octopus, integration, dossiers_only, request):
    integration = request.getfixturevalue(integration)
    assert helpers.push(due(integration, "1")).state == "delivered"
    octopus.end_tokens(dossiers_only=dossiers_only)
    assert helpers.push(due(integration, "2")).state == "delivered"
    assert len(octopus.bookings) == 2


@pytest.mark.parametrize("integration", ["by_password", "by_consent"])
def test_tokens_end_by_time_between_two_documents(octopus, integration, request):
    with clock.set_to(datetime(2026, 3, 15, 8, 0, tzinfo=UTC)) as time:
        integration = request.getfixturevalue(integration)
        assert helpers.push(due(integration, "1")).state == "delivered"
        time.passes(minutes=11)
        assert helpers.push(due(integration, "2")).state == "delivered"
    assert len(octopus.bookings) == 2


def test_a_consent_that_was_taken_back_waits_for_a_person(by_consent, octopus):
    octopus.consent.revoke()
    assert helpers.push(due(by_consent)).state == "waiting"
    assert answered(by_consent)[0] == "reconnect_needed"
    assert Grant.objects.get().is_dead and octopus.bookings == {}


def test_a_password_that_was_changed_waits_for_a_person(by_password, octopus):
    octopus.users[USER] = "another"
    assert helpers.push(due(by_password)).state == "waiting"
    assert answered(by_password) == (
        "reconnect_needed",
        "Octopus does not let us in. Connect again, or enter user and password anew; then test.",
    )


def test_an_unknown_software_house_is_a_matter_of_the_installation(by_password, octopus):
    OAuthApp.objects.update(client_id="unknown")
    assert helpers.push(due(by_password)).state == "waiting"
    outcome, words = answered(by_password)
    assert outcome == "broken_configuration" and "Software House UUID" in words


def test_only_who_signs_in_by_consent_is_asked_for_one(by_password, by_consent):
    with pytest.raises(setup.SetupRefused):
        setup.provider(by_password)
    asked = setup.provider(by_consent)
    assert (asked.scopes, asked.with_secret, asked.with_pkce) == (("webservice",), False, False)


# --- refusals -------------------------------------------------------------------------------------


def refused(integration, octopus, **fields) -> str:
    assert helpers.push(due(integration, **fields)).state == "failed"
    assert octopus.bookings == {}
    outcome, words = answered(integration)
    assert outcome == "permanent"
    return words


def test_a_closed_bookyear_is_named_with_its_day(by_password, octopus):
    words = refused(by_password, octopus, issue_date=date(2025, 12, 31))
    assert words == "No open bookyear of Octopus holds 2025-12-31. Open it there, then resend."


def test_a_closed_journal_is_named(by_password, octopus):
    octopus.closed_journals.add("A1")
    assert refused(by_password, octopus) == "Journal A1 of Octopus is closed. Open it there, or choose another one."


def test_an_account_that_is_gone_is_named_in_octopus_words(by_password, octopus):
    del octopus.accounts[610000]
    assert refused(by_password, octopus) == (
        "Octopus refused it: “Account 610000 is unknown” (-21). Correct what it names, here or in Octopus, then resend."
    )


def test_another_currency_is_not_booked_at_a_guessed_rate(by_password, octopus):
    assert refused(by_password, octopus, currency="USD").startswith("The document is in USD.")


def test_what_is_not_mapped_is_named_before_anything_is_sent(by_password, octopus):
    breakdown = (VatSubtotal("S", Decimal("6"), Decimal("100.00"), Decimal("21.00")),)
    assert refused(by_password, octopus, vat_breakdown=breakdown).startswith("No VAT code is chosen for Standard rate")
    assert octopus.requests == []


def test_a_journal_in_use_is_tried_again_later(by_password, octopus):
    octopus.next(status(403, b'{"errorCode": null, "errorMessage": "Journal in use"}'), when=BOOKINGS)
    export = due(by_password)
    assert helpers.push(export).state == "waiting"
    assert answered(by_password)[0] == "refused"
    assert helpers.push_again(export).state == "delivered"


def test_too_many_connections_cost_no_try(by_password, octopus):
    octopus.next(status(500, b'{"errorCode": -51, "errorMessage": "Too many connections"}'), when=BOOKINGS)
    export = due(by_password)
    assert helpers.push(export).attempt_count == 0
    assert answered(by_password)[0] == "wait_until"
    assert helpers.push_again(export).state == "delivered"


# --- set-up ---------------------------------------------------------------------------------------


def test_the_lists_come_from_octopus(by_password, octopus):
    connector = delivery.configured(by_password)
    assert [(each.code, each.label) for each in connector.administrations()] == [("3141", "3141 Bakkerij Janssens")]
    lists = connector.lists()
    assert [(each.code, each.label, each.direction) for each in lists.journals] == [
        ("A1", "A1 Aankopen", "purchase"),
        ("V1", "V1 Verkopen", "sales"),
    ]
    assert [(each.code, each.label) for each in lists.accounts] == [
        ("610000", "610000 Goederen"),
        ("700000", "700000 Verkopen"),
    ]
    assert [each.code for each in lists.vat_codes] == ["D21", "21", "D0"]


def test_the_connection_test_says_step_by_step_what_works(by_consent, octopus):
    assert [(step.name, step.ok, step.message) for step in delivery.configured(by_consent).check()] == [
        ("Sign in", True, "1 dossiers can be opened."),
        ("Open the dossier", True, "Dossier 3141 is open."),
        ("Read the lists", True, "2 journals, 2 accounts and 3 VAT codes."),
    ]


def test_the_connection_test_stops_where_something_is_wrong(by_password, octopus):
    by_password.config["dossier"] = "1"
    steps = delivery.configured(by_password).check()
    assert [(step.name, step.ok) for step in steps] == [("Sign in", True), ("Open the dossier", False)]
    assert "No access to this dossier" in steps[1].message


def test_the_preview_is_what_is_sent_but_for_its_number(by_password, octopus):
    export = due(by_password)
    what = payload.build(export)
    shown = delivery.configured(by_password).preview(what, plan(what, MAPPING))
    assert '"amount": 121.00' in shown and '"documentSequenceNr": null' in shown
    assert octopus.requests == []


def test_the_form_asks_for_what_the_mode_needs():
    assert list(OctopusForm({"mode": "mailbox", "sign_in": "consent"}).errors) == ["mailbox"]
    assert list(OctopusForm({"mode": "booking", "sign_in": "password"}).errors) == ["user"]
    assert list(OctopusForm({"mode": "booking", "sign_in": "consent", "dossier": "x/1"}).errors) == ["dossier"]
    assert OctopusForm({"mode": "booking", "sign_in": "consent", "dossier": " 3141 "}).is_valid()


# --- mailbox --------------------------------------------------------------------------------------


def test_a_document_is_mailed_once_to_the_mailbox_of_the_dossier(space, mailoutbox):
    box = helpers.integration(space, "octopus", config={"mode": "mailbox", "mailbox": "uid123@import.example"})
    export = due(box)
    assert helpers.push(export).state == "delivered"
    (mail,) = mailoutbox
    assert mail.to == ["uid123@import.example"]
    assert mail.message()["Message-ID"].startswith(f"<{export.idempotency_key}@")
    assert len(mail.attachments) == 2
    assert [step.ok for step in delivery.configured(box).check()] == [True]


# --- pages ----------------------------------------------------------------------------------------


def test_a_dry_run_says_what_can_not_be_booked(client, by_password):
    client.force_login(world.member(by_password.space, "ADM"))
    helpers.released(by_password.space, currency="USD")
    answer = client.get(reverse("business:extension_dry_run", args=[by_password.space.slug, by_password.pk]))
    assert "The document is in USD." in answer.content.decode()


@pytest.mark.parametrize(("integration", "asks"), [("by_password", False), ("by_consent", True)])
def test_the_page_offers_to_connect_only_where_that_is_how_to_sign_in(client, integration, asks, request):
    integration = request.getfixturevalue(integration)
    client.force_login(world.member(integration.space, "ADM"))
    page = client.get(reverse("business:extension", args=[integration.space.slug, integration.pk])).content.decode()
    connect = reverse("business:extension_connect", args=[integration.space.slug, integration.pk])
    assert (connect in page, PASSWORD in page) == (asks, False)

"""Yuki: one document there for each one here, whatever goes wrong on the way."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.cache import cache

from banqup.einvoicing import VatSubtotal
from banqup.exports.models import Export, ExportAttempt
from banqup.invoices import content
from banqup.invoices.statuses import Kind
from integrations import delivery, payload
from integrations.base import BrokenConfiguration
from integrations.booking import Mapping, plan
from integrations.yuki.forms import YukiForm
from tests.factories import clock, world
from tests.fakes.server import hang_up, html, lose_answer, status
from tests.fakes.yuki import ADMINISTRATION, KEY, OTHER, Yuki
from tests.integrations import helpers

pytestmark = pytest.mark.django_db

BREAKDOWN = (VatSubtotal("S", Decimal("21"), Decimal("100.00"), Decimal("21.00")),)
MAPPING = Mapping(journals={"purchase": "1"}, accounts={"purchase": "610000"}, vat={"purchase S 21": "1"})


@pytest.fixture
def yuki(settings):
    cache.clear()
    with Yuki() as running:
        settings.BANQUP_BASE_URLS = {"yuki.be": running.url}
        yield running


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def archive(space, yuki):
    return helpers.integration(space, "yuki", config=config(), secrets={"access_key": KEY})


@pytest.fixture
def books(space, yuki):
    booking = config(mode="booking", booking=MAPPING.as_json())
    return helpers.integration(space, "yuki", config=booking, secrets={"access_key": KEY})


def config(**more):
    return {
        "country": "be",
        "administration": ADMINISTRATION,
        "mode": "documents",
        "process": False,
        "domain": "",
        **more,
    }


def credit_note(space):
    invoice = helpers.released(space, type_code="381", vat_breakdown=BREAKDOWN)
    invoice.data = content.to_json(replace(invoice.document, kind="credit_note"))
    invoice.is_credit_note = True
    invoice.save()
    return invoice


def calling(method):
    return lambda request: f"<{method} ".encode() in request.body or f"<{method}>".encode() in request.body


def answered(integration) -> tuple[str, str]:
    """(outcome, message) of the last try."""
    return ExportAttempt.objects.filter(export__integration=integration).values_list("outcome", "message").last()


# --- documents ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "folder"),
    [(Kind.PURCHASE, "1"), (Kind.SELF_BILLED_OUT, "1"), (Kind.SALES, "2"), (Kind.SELF_BILLED_IN, "2")],
)
def test_pdf_and_e_invoice_stand_together_in_the_folder_of_their_kind(archive, yuki, kind, folder):
    invoice = helpers.released(archive.space, "F/2026:0042 é", kind=kind)
    done = helpers.push(helpers.queued(invoice, archive))
    marker = str(done.idempotency_key).replace("-", "")[:12]
    (kept,) = yuki.kept
    assert (done.state, kept.folder, kept.administration) == ("delivered", folder, ADMINISTRATION)
    xml = invoice.attachments.get(role="e_invoice").load()
    assert kept.files == {f"F-2026-0042-e-{marker}.pdf": helpers.PDF, f"F-2026-0042-e-{marker}.xml": xml}
    assert kept.fields == {"amount": "121.00", "currency": "EUR"}
    assert (done.remote, done.remote_label) == ({"document": kept.id}, f"Yuki: F-2026-0042-e-{marker} ({kept.id})")


def test_an_e_invoice_without_a_pdf_is_one_file(archive, yuki):
    invoice = helpers.released(archive.space)
    invoice.attachments.filter(role="original").delete()
    assert helpers.push(helpers.queued(invoice, archive)).state == "delivered"
    assert [name.rpartition(".")[2] for name in yuki.kept[0].files] == ["xml"]


def test_many_documents_share_one_session_and_none_of_it_stands_in_the_open(archive, yuki):
    for number in ("1", "2", "3"):
        helpers.push(helpers.queued(helpers.released(archive.space, number), archive))
    assert yuki.calls.count("Authenticate") == 1
    assert len(yuki.calls) == 1 + 3 * 2
    archive.refresh_from_db()
    (session,) = yuki.sessions
    kept = f"{archive.config} {list(Export.objects.values())} {list(ExportAttempt.objects.values())}"
    assert session not in kept and KEY not in kept


def test_a_session_that_ended_there_is_renewed_once_in_the_middle(archive, yuki):
    helpers.push(helpers.queued(helpers.released(archive.space, "1"), archive))
    yuki.end_sessions()
    assert helpers.push(helpers.queued(helpers.released(archive.space, "2"), archive)).state == "delivered"
    assert (len(yuki.kept), yuki.calls.count("Authenticate")) == (2, 2)


def test_a_session_ends_by_time_between_two_documents(archive, yuki):
    with clock.set_to(datetime(2026, 3, 15, 8, 0, tzinfo=UTC)) as time:
        helpers.push(helpers.queued(helpers.released(archive.space, "1"), archive))
        time.passes(hours=25)
        done = helpers.push(helpers.queued(helpers.released(archive.space, "2"), archive))
    assert (done.state, len(yuki.kept)) == ("delivered", 2)


@pytest.mark.parametrize("method", ["Authenticate", "SearchDocuments", "UploadDocumentWithAttachment"])
@pytest.mark.parametrize("fault", [lose_answer(), hang_up(), html(), html(502), status(503)])
def test_whatever_answer_is_lost_one_document_stands_there(archive, yuki, method, fault):
    export = helpers.queued(helpers.released(archive.space), archive)
    yuki.next(fault, when=calling(method))
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert len(yuki.kept) == 1


def test_yuki_tells_no_id_and_the_document_is_delivered_all_the_same(archive, yuki):
    yuki.tells_ids = False
    export = helpers.queued(helpers.released(archive.space), archive)
    assert helpers.push(export).state == "delivered"
    assert Export.objects.get().remote == {"document": ""}


def test_another_sending_by_a_person_is_another_document(archive, yuki):
    invoice = helpers.released(archive.space)
    for _sending in range(2):
        helpers.push(helpers.queued(invoice, archive))
    assert len(yuki.kept) == 2


# --- refusals -------------------------------------------------------------------------------------


def test_a_key_that_was_withdrawn_asks_for_another_one(archive, yuki):
    yuki.keys = {"other": set()}
    export = helpers.queued(helpers.released(archive.space), archive)
    assert helpers.push(export).state == "waiting"
    outcome, words = answered(archive)
    assert (outcome, words) == (
        "reconnect_needed",
        "Yuki does not take the access key. Make a new one in Yuki, enter it here, then test again.",
    )


def test_a_key_without_rights_on_the_administration_waits_for_a_person(archive, yuki):
    yuki.keys[KEY] = {OTHER}
    assert helpers.push(helpers.queued(helpers.released(archive.space), archive)).state == "waiting"
    outcome, words = answered(archive)
    assert outcome == BrokenConfiguration.family
    assert "No rights on this administration" in words


def test_the_daily_limit_waits_until_tomorrow_and_nobody_asks_before(archive, yuki):
    yuki.daily_limit = 3
    with clock.set_to(datetime(2026, 3, 15, 8, 0, tzinfo=UTC)) as time:
        first, second, third = (
            helpers.queued(helpers.released(archive.space, number), archive) for number in ("1", "2", "3")
        )
        assert helpers.push(first).state == "delivered"
        done = helpers.push(second)
        assert (done.state, done.attempt_count) == ("waiting", 0)
        assert done.next_try_at >= datetime(2026, 3, 15, 23, 5, tzinfo=UTC)
        before = len(yuki.requests)
        helpers.push(third)
        assert len(yuki.requests) == before
        time.passes(hours=16)
        Export.objects.filter(pk__in=[second.pk, third.pk]).update(next_try_at=time.moment)
        # Three calls of the next day: a session was kept, so that a document takes two.
        assert helpers.push(second).state == "delivered"
    assert len(yuki.kept) == 2


def test_too_many_requests_wait_as_long_as_yuki_says(archive, yuki):
    yuki.next(status(429, Retry_After="120"))
    export = helpers.queued(helpers.released(archive.space), archive)
    done = helpers.push(export)
    assert (done.state, answered(archive)[0]) == ("waiting", "wait_until")
    assert helpers.push_again(export).state == "delivered"


def test_an_excerpt_shows_neither_key_nor_session(archive, yuki):
    helpers.push(helpers.queued(helpers.released(archive.space, "1"), archive))
    (session,) = yuki.sessions
    yuki.next(status(500, f"broken {KEY} {session}".encode()), when=calling("SearchDocuments"))
    helpers.push(helpers.queued(helpers.released(archive.space, "2"), archive))
    assert ExportAttempt.objects.latest("pk").response_excerpt == "broken ••• •••"


# --- booked purchases -----------------------------------------------------------------------------


def test_a_purchase_is_booked_with_its_document(books, yuki):
    invoice = helpers.released(books.space, vat_breakdown=BREAKDOWN)
    done = helpers.push(helpers.queued(invoice, books))
    (kept,) = yuki.kept
    assert (done.state, kept.booked, list(kept.files.values())) == ("delivered", True, [helpers.PDF])
    assert kept.fields == {
        "Process": "false",
        "Reference": "2026-0042",
        "Date": "2026-03-14",
        "DueDate": "2026-04-13",
        "InvoiceAmount": "121.00",
        "InvoiceVATAmount": "21.00",
        "Currency": "EUR",
        "Remarks": f"Banqup {invoice.pk}",
        "DocumentFileName": kept.name,
    }
    assert kept.lines == [
        {
            "Description": "2026-0042",
            "LineAmount": "100.00",
            "LineVATType": "1",
            "LineVATPercentage": "21",
            "GLAccountCode": "610000",
        }
    ]


def test_a_credit_note_is_booked_with_negative_amounts(books, yuki):
    invoice = credit_note(books.space)
    assert helpers.push(helpers.queued(invoice, books)).state == "delivered"
    (kept,) = yuki.kept
    assert (kept.fields["InvoiceAmount"], kept.lines[0]["LineAmount"]) == ("-121.00", "-100.00")


def test_a_sale_goes_into_the_archive_also_where_purchases_are_booked(books, yuki):
    invoice = helpers.released(books.space, kind=Kind.SALES)
    assert helpers.push(helpers.queued(invoice, books)).state == "delivered"
    assert [(kept.folder, kept.booked, len(kept.files)) for kept in yuki.kept] == [("2", False, 2)]


@pytest.mark.parametrize("escaped", [False, True], ids=["nested", "escaped"])
def test_a_refusal_with_status_200_is_a_refusal(books, yuki, escaped):
    yuki.escapes_answers, yuki.accounts = escaped, {"700000": "Verkopen"}
    export = helpers.queued(helpers.released(books.space, vat_breakdown=BREAKDOWN), books)
    assert helpers.push(export).state == "failed"
    assert answered(books) == (
        "permanent",
        "Yuki did not book the invoice: “GL account 610000 does not exist”. "
        "Correct what it names (under Booking, or in Yuki), then resend.",
    )
    assert yuki.kept == []


@pytest.mark.parametrize("fault", [lose_answer(), hang_up()])
def test_a_booking_whose_answer_is_lost_is_booked_once(books, yuki, fault):
    yuki.escapes_answers = True
    export = helpers.queued(helpers.released(books.space, vat_breakdown=BREAKDOWN), books)
    yuki.next(fault, when=calling("ProcessPurchaseInvoices"))
    assert helpers.push(export).state == "waiting"
    assert helpers.push_again(export).state == "delivered"
    assert [kept.booked for kept in yuki.kept] == [True]


def test_what_is_not_mapped_is_named_before_anything_is_sent(books, yuki):
    breakdown = (VatSubtotal("S", Decimal("6"), Decimal("100.00"), Decimal("21.00")),)
    export = helpers.queued(helpers.released(books.space, vat_breakdown=breakdown), books)
    assert helpers.push(export).state == "failed"
    assert answered(books)[1].startswith("No VAT code is chosen for Standard rate, 6 %")
    assert yuki.requests == []


def test_the_preview_is_what_is_sent_without_the_file(books, yuki):
    export = helpers.queued(helpers.released(books.space, vat_breakdown=BREAKDOWN), books)
    what, connector = payload.build(export), delivery.configured(books)
    shown = connector.preview(what, plan(what, MAPPING))
    assert "<InvoiceAmount>121.00</InvoiceAmount>" in shown and "DocumentBase64" not in shown
    assert yuki.requests == []


# --- set-up ---------------------------------------------------------------------------------------


def test_the_lists_come_from_yuki(books, yuki):
    connector = delivery.configured(books)
    assert [(each.code, each.label) for each in connector.administrations()] == [
        (ADMINISTRATION, "Bakkerij dd & Co"),
        (OTHER, "Bakkerij ee & Co"),
    ]
    lists = connector.lists()
    assert [each.label for each in lists.accounts] == ["610000 Goederen", "700000 Verkopen"]
    assert [(each.code, each.label, each.direction) for each in lists.vat_codes] == [
        ("1", "1 21% BTW", "purchase"),
        ("2", "2 6% BTW", "purchase"),
    ]
    assert [(each.code, each.label) for each in lists.journals] == [("1", "Purchases")]


def test_a_long_chart_of_accounts_arrives_whole(books, yuki):
    yuki.accounts = {str(number): f"Rekening {number}" for number in range(600000, 602000)}
    assert len(delivery.configured(books).lists().accounts) == 2000


def test_the_connection_test_says_step_by_step_what_works(books, yuki):
    assert [(step.name, step.ok, step.message) for step in delivery.configured(books).check()] == [
        ("Sign in", True, "Yuki takes the access key."),
        ("Find the administration", True, "It is “Bakkerij dd & Co”."),
        ("Read the archive", True, "It can be read."),
        ("Read the accounts", True, "2 accounts and 2 VAT codes."),
    ]
    assert yuki.kept == []


def test_the_connection_test_stops_where_something_is_wrong(archive, yuki):
    archive.config["administration"] = ""
    steps = [(step.name, step.ok) for step in delivery.configured(archive).check()]
    assert steps == [("Sign in", True), ("Find the administration", False)]
    yuki.keys = {}
    assert [step.ok for step in delivery.configured(archive).check()] == [False]


def test_a_key_of_several_domains_names_its_domain(archive, yuki):
    archive.config["domain"] = OTHER
    delivery.configured(archive).check()
    assert list(yuki.domains.values()) == [OTHER]


def test_the_form_takes_keys_as_yuki_shows_them():
    form = YukiForm({"country": "be", "access_key": f" {{{KEY.upper()}}} ", "mode": "documents"})
    assert form.is_valid() and form.cleaned_data["access_key"] == KEY
    form = YukiForm({"country": "be", "access_key": "secret", "mode": "documents"})
    assert list(form.errors) == ["access_key"]

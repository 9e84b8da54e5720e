"""The signed webhook over real HTTP: what arrives, what each answer means, how a secret changes."""

import base64
import hashlib
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from banqup.exports.models import Export, ExportAttempt, Integration
from banqup.invoices.statuses import Kind
from integrations.webhook import message
from integrations.webhook.connector import WebhookConnector
from integrations.webhook.forms import generate_secret
from tests.integrations import helpers

pytestmark = pytest.mark.django_db

XML = b"<Invoice>2026-0042Molens Van Damme NV</Invoice>"


@pytest.fixture
def export(space, webhook):
    return helpers.queued(helpers.released(space), webhook)


def described(data, name, mime_type, role):
    return {
        "name": name,
        "mime_type": mime_type,
        "role": role,
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }


def attached(data, *about):
    return {**described(data, *about), "content_base64": base64.b64encode(data).decode()}


def test_the_message_says_everything_about_the_document(export, sink):
    invoice = export.invoice
    assert helpers.push(export).state == "delivered"
    assert sink.requests[0].json == {
        "type": "document.approved",
        "timestamp": invoice.released_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": {
            "document_id": invoice.pk,
            "export_id": export.pk,
            "content_sha256": hashlib.sha256(XML).hexdigest(),
            "kind": "purchase",
            "is_credit_note": False,
            "space": {"name": "Bakkerij Janssens BV", "vat_id": "BE0702451135"},
            "counterparty": "Molens Van Damme NV",
            "number": "2026-0042",
            "issue_date": "2026-03-14",
            "due_date": "2026-04-13",
            "currency": "EUR",
            "totals": {
                "without_vat": "100.00",
                "vat": "21.00",
                "with_vat": "121.00",
                "prepaid": None,
                "payable": "121.00",
            },
            "supplier": party("Molens Van Damme NV", "BE0403019261"),
            "customer": party("Bakkerij Janssens BV", "BE0702451135"),
            "structured_reference": "+++090/9337/55493+++",
            "iban": "BE71096123456769",
            "preceding": [],
            "files_attached": True,
            "files": [
                attached(helpers.PDF, "scan.pdf", "application/pdf", "original"),
                attached(XML, "invoice.xml", "application/xml", "e_invoice"),
            ],
        },
    }


def party(name, vat_id):
    unknown = dict.fromkeys(["company_id", "company_scheme", "endpoint_id", "endpoint_scheme"])
    return {"name": name, "vat_id": vat_id, **unknown, "country": "BE"}


def test_a_self_billed_credit_note_says_so(space, webhook, sink):
    invoice = helpers.released(space, kind=Kind.SELF_BILLED_IN)
    type(invoice).objects.update(is_credit_note=True)
    helpers.push(helpers.queued(invoice, webhook))
    data = sink.requests[0].json["data"]
    assert (data["kind"], data["is_credit_note"]) == ("self_billed_in", True)


def test_any_library_can_check_the_signature(export, sink, secret):
    helpers.push(export)
    received = sink.requests[0]
    assert Webhook(secret).verify(received.body, received.headers) == received.json
    assert received.headers["webhook-id"] == str(export.idempotency_key)
    with pytest.raises(WebhookVerificationError):
        Webhook(generate_secret()).verify(received.body, received.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(received.body.replace(b"121.00", b"122.00"), received.headers)


def test_a_retry_keeps_the_id_and_the_body_and_signs_anew(export, sink, secret, monkeypatch):
    sink.then(sink.status(500))
    helpers.push(export)
    later = timezone.now() + timedelta(minutes=1)
    monkeypatch.setattr("integrations.webhook.connector.timezone.now", lambda: later)
    helpers.push_again(export)
    first, second = sink.requests
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert first.headers["webhook-timestamp"] < second.headers["webhook-timestamp"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_a_resend_by_a_person_is_a_new_message_about_the_same_document(export, webhook, sink):
    helpers.push(export)
    helpers.push(helpers.queued(export.invoice, webhook))
    first, second = sink.requests
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert first.json["data"]["content_sha256"] == second.json["data"]["content_sha256"]


def test_files_can_be_left_out(export, sink):
    Integration.objects.update(config={"url": sink.url, "attach_files": False})
    helpers.push(export)
    data = sink.requests[0].json["data"]
    assert (data["files_attached"], "files_note" in data) == (False, False)
    assert data["files"] == [
        described(helpers.PDF, "scan.pdf", "application/pdf", "original"),
        described(XML, "invoice.xml", "application/xml", "e_invoice"),
    ]


def test_files_that_are_too_large_together_are_left_out_and_it_says_so(export, sink, monkeypatch):
    total = len(helpers.PDF) + len(XML)
    monkeypatch.setattr(message, "ATTACH_AT_MOST", total - 1)
    helpers.push(export)
    data = sink.requests[0].json["data"]
    assert (data["files_attached"], data["files_note"]) == (
        False,
        f"The files are {total} bytes together and were not attached; at most {total - 1} bytes are.",
    )
    assert [set(file) for file in data["files"]] == [{"name", "mime_type", "role", "sha256", "size"}] * 2


def test_files_that_just_fit_are_attached(export, sink, monkeypatch):
    monkeypatch.setattr(message, "ATTACH_AT_MOST", len(helpers.PDF) + len(XML))
    helpers.push(export)
    assert sink.requests[0].json["data"]["files_attached"] is True


# --- what an answer means -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_a_delivery(export, sink, status):
    sink.then(sink.status(status))
    done = helpers.push(export)
    assert (done.state, done.remote_label) == ("delivered", f"{sink.url} answered {status}")


@pytest.mark.parametrize(
    ("status", "state", "outcome", "words"),
    [
        (301, "failed", "permanent", "{url} answers with a redirect (301). Enter the final address."),
        (308, "failed", "permanent", "{url} answers with a redirect (308). Enter the final address."),
        (408, "waiting", "try_again", "{url} answered 408; it is tried again."),
        (409, "waiting", "try_again", "{url} answered 409; it is tried again."),
        (425, "waiting", "try_again", "{url} answered 425; it is tried again."),
        (429, "waiting", "try_again", "{url} answered 429; it is tried again."),
        (500, "waiting", "try_again", "{url} answered 500; it is tried again."),
        (503, "waiting", "try_again", "{url} answered 503; it is tried again."),
        (400, "waiting", "refused", "{url} refused the document (400)."),
        (401, "waiting", "refused", "{url} refused the document (401)."),
        (404, "waiting", "refused", "{url} refused the document (404)."),
        (422, "waiting", "refused", "{url} refused the document (422)."),
        (
            410,
            "failed",
            "destination_gone",
            "{url} says it is gone for good (410). Enter the new address, or switch this integration off.",
        ),
    ],
)
def test_what_each_status_means(export, sink, status, state, outcome, words):
    sink.then(sink.status(status, b"because"))
    done = helpers.push(export)
    tried = ExportAttempt.objects.values_list("outcome", "response_status", "response_excerpt").get()
    assert (done.state, done.reason) == (state, words.format(url=sink.url))
    assert tried == (outcome, status, "because")


def test_a_server_error_that_lasts_a_while_ends_in_one_document(export, sink):
    sink.then(*[sink.status(500)] * 3)
    for _ in range(4):
        done = helpers.push_again(export)
    assert (done.state, len(sink.requests), list(sink.documents)) == ("delivered", 4, [str(export.idempotency_key)])


def test_a_lost_answer_ends_in_one_document(export, sink):
    sink.then(sink.lose_answer())
    assert (helpers.push(export).state, helpers.tries(export)) == ("waiting", [(1, "unknown_outcome")])
    assert helpers.push_again(export).state == "delivered"
    assert (len(sink.requests), len(sink.documents)) == (2, 1)


def test_an_answer_that_never_comes_is_tried_again(export, sink, short_patience):
    sink.then(sink.never())
    assert (helpers.push(export).state, helpers.tries(export)) == ("waiting", [(1, "unknown_outcome")])


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_honoured_and_uses_up_no_try(export, sink, status):
    sink.then(sink.status(status, b"", Retry_After="7200"))
    done = helpers.push(export)
    wait = done.next_try_at - timezone.now()
    assert (done.attempt_count, helpers.tries(export)) == (0, [(1, "wait_until")])
    assert timedelta(minutes=119) < wait <= timedelta(minutes=120)


def test_retry_after_as_a_date_is_honoured(export, sink):
    at = (timezone.now() + timedelta(hours=3)).replace(microsecond=0)
    sink.then(sink.status(429, b"", Retry_After=format_datetime(at, usegmt=True)))
    assert helpers.push(export).next_try_at == at


@pytest.mark.parametrize("value", ["99999999999999999999", "Fri, 31 Dec 2060 23:59:59 GMT"])
def test_retry_after_is_never_honoured_for_more_than_a_day(export, sink, value):
    sink.then(sink.status(429, b"", Retry_After=value))
    assert helpers.push(export).next_try_at <= timezone.now() + timedelta(days=1)


@pytest.mark.parametrize("value", ["soon", "-1", "", "٣"])
def test_a_retry_after_that_says_nothing_leaves_the_schedule(export, sink, value):
    sink.then(sink.status(503, b"", Retry_After=value.encode().decode("latin-1")))
    helpers.push(export)
    assert helpers.tries(export) == [(1, "try_again")]


def test_what_the_destination_says_is_kept_without_our_secret(export, sink, secret):
    sink.then(sink.status(400, f"bad signature for {secret}, token=abc".encode()))
    helpers.push(export)
    assert ExportAttempt.objects.values_list("response_excerpt", flat=True).get() == "bad signature for •••, token=•••"


def test_neither_password_nor_query_of_the_address_is_shown(export, sink):
    Integration.objects.update(config={"url": sink.url + "?key=123"})
    helpers.push(export)
    assert Export.objects.get().remote_label == f"{sink.url} answered 200"
    assert WebhookConnector(config={}, secrets={}).summary({"url": sink.url + "?key=123"}) == sink.url


def test_a_missing_address_is_a_broken_configuration(export):
    Integration.objects.update(config={})
    done = helpers.push(export)
    assert (done.state, helpers.tries(export)) == ("waiting", [(1, "broken_configuration")])

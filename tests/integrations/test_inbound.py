"""E-invoices that another system hands in over HTTP."""

import errno

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.utils import timezone

from banqup.actions import intake
from banqup.invoices import files
from banqup.invoices.models import Receipt
from banqup.spaces.models import InboundAddress
from tests.factories import einvoices

from . import helpers

pytestmark = [pytest.mark.django_db, pytest.mark.urls("integrations.urls")]

XML = b"<Invoice/>"


@pytest.fixture
def address(space):
    found, token = InboundAddress.issue(space=space, name="Peppol", by=None)
    return f"/inbound/{token}/"


@pytest.fixture
def client(client):
    """A stranger's program: it has no session and no CSRF token."""
    client.handler.enforce_csrf_checks = True
    return client


def post(client, address, data=XML, content_type="application/xml", **headers):
    return client.post(address, data, content_type=content_type, headers=headers)


def kept():
    return list(Receipt.objects.order_by("pk").values_list("filename", "message_id", "direction", "channel", "outcome"))


def test_a_file_is_kept_and_acknowledged(client, address, space, nudges):
    answer = post(client, address, X_Filename="invoice.xml", X_Message_Id="m-1")
    receipt = Receipt.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"receipt": receipt.pk, "status": "waiting"})
    assert kept() == [("invoice.xml", "m-1", "purchase", "inbound", "waiting")]
    assert (receipt.space, receipt.load(), receipt.received_by) == (space, XML, None)


def test_sales_documents_come_in_by_the_direction_parameter(client, address):
    post(client, address + "?direction=sales")
    assert kept() == [("", "", "sales", "inbound", "waiting")]


def test_the_same_message_gives_the_same_receipt(client, address):
    first = post(client, address, webhook_id="m-1")
    again = post(client, address, webhook_id="m-1")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Receipt.objects.count() == 1


def test_the_same_message_after_it_was_judged_names_the_document(client, address):
    post(client, address, einvoices.invoice_bytes(), X_Message_Id="m-1")
    receipt = intake.judge(receipt_id=Receipt.objects.get().pk)
    again = post(client, address, einvoices.invoice_bytes(), X_Message_Id="m-1")
    expected = {"receipt": receipt.pk, "status": "document", "document": receipt.invoice_id}
    assert (again.status_code, again.json()) == (200, expected)


def test_the_same_file_in_another_message_is_a_duplicate_of_the_document(client, address):
    for message_id in ("m-1", "m-2"):
        post(client, address, b"not an invoice", X_Message_Id=message_id)
    first, second = (intake.judge(receipt_id=receipt.pk) for receipt in Receipt.objects.order_by("pk"))
    again = post(client, address, b"not an invoice", X_Message_Id="m-2")
    assert again.json() == {"receipt": second.pk, "status": "duplicate", "duplicate_of": first.invoice_id}


def test_a_form_with_one_file_is_taken_too(client, address):
    answer = client.post(address, {"file": SimpleUploadedFile("scan.pdf", helpers.PDF)})
    assert (answer.status_code, kept()) == (202, [("scan.pdf", "", "purchase", "inbound", "waiting")])
    assert Receipt.objects.get().load() == helpers.PDF


def test_a_form_without_a_file_or_with_two_is_refused(client, address):
    none = client.post(address, {"note": "x"})
    two = client.post(address, {"a": SimpleUploadedFile("a", b"a"), "b": SimpleUploadedFile("b", b"b")})
    assert [(answer.status_code, answer.json()["error"]) for answer in (none, two)] == [(400, "one-file")] * 2
    assert kept() == []


def test_a_broken_form_is_refused(client, address):
    answer = post(client, address, b"--x\r\nbroken", "multipart/form-data; boundary=")
    assert (answer.status_code, answer.json()["error"], kept()) == (400, "form", [])


@pytest.mark.parametrize("token", ["unknown", "x" * 500, "%00", "..%2f.."])
def test_an_unknown_address_does_not_exist(client, db, token):
    answer = post(client, f"/inbound/{token}/")
    assert (answer.status_code, kept()) == (404, [])


def test_a_withdrawn_address_does_not_exist_any_more(client, address):
    InboundAddress.objects.update(revoked_at=timezone.now())
    answer = post(client, address)
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "unknown-address", "message": "There is no such address, or it was withdrawn."},
    )


def test_only_post_is_answered(client, address):
    assert client.get(address).status_code == 405


def test_an_empty_body_is_refused(client, address):
    answer = post(client, address, b"")
    assert (answer.status_code, answer.json()["error"], kept()) == (400, "empty", [])


@pytest.mark.parametrize(("size", "status"), [(1000, 202), (1001, 413)])
def test_a_file_above_the_limit_is_refused(client, address, settings, size, status):
    settings.BANQUP_MAX_UPLOAD_BYTES = 1000
    assert post(client, address, b"x" * size).status_code == status
    uploaded = client.post(address, {"file": SimpleUploadedFile("a", b"y" * size)})
    assert uploaded.status_code == status


def test_a_body_larger_than_announced_fields_may_be_is_still_a_file(client, address):
    """Django limits form fields to 5 MB; a file may be larger."""
    assert post(client, address, b"x" * (6 * 2**20)).status_code == 202


def test_a_file_that_is_larger_than_it_said_is_not_read_to_its_end(client, address, settings, rf):
    from integrations import inbound

    settings.BANQUP_MAX_UPLOAD_BYTES = 1000
    request = rf.post(address, b"x" * 5000, content_type="application/xml")
    request.META["CONTENT_LENGTH"] = "0"  # chunked: no length announced
    answer = inbound.receive(request, address.split("/")[2])
    assert answer.status_code == 413


def test_a_file_that_breaks_off_is_refused(rf, address):
    from integrations import inbound

    request = rf.post(address, b"<Inv", content_type="application/xml")
    request.META["CONTENT_LENGTH"] = "500"
    answer = inbound.receive(request, address.split("/")[2])
    assert (answer.status_code, kept()) == (400, [])


@pytest.mark.parametrize("headers", [{"X-Message-Id": "m" * 256}, {"X-Message-Id": "a\tb"}])
def test_a_message_id_that_can_not_be_kept_is_refused(client, address, headers):
    answer = client.post(address, XML, content_type="application/xml", headers=headers)
    assert (answer.status_code, answer.json()["error"], kept()) == (400, "message-id", [])


def test_an_unknown_direction_is_refused(client, address):
    answer = post(client, address + "?direction=sideways")
    assert (answer.status_code, answer.json()["error"], kept()) == (400, "direction", [])


def test_a_full_disk_says_so_and_keeps_nothing(client, address, monkeypatch):
    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "store", full)
    answer = post(client, address)
    assert (answer.status_code, answer.json()["error"], answer["Retry-After"], kept()) == (507, "storage", "60", [])


@pytest.mark.parametrize(("words", "status"), [("database or disk is full", 507), ("database is locked", 503)])
def test_a_database_that_takes_nothing_says_so(client, address, monkeypatch, words, status):
    def broken(**kwargs):
        raise OperationalError(words)

    monkeypatch.setattr(intake, "receive", broken)
    answer = post(client, address)
    assert (answer.status_code, answer["Retry-After"]) == (status, "60")


@pytest.mark.django_db(transaction=True)
def test_it_is_acknowledged_only_after_it_was_committed(client, address, monkeypatch):
    """Somebody else's connection sees the receipt when the answer is written."""
    import threading

    from django.db import connection

    from integrations import inbound

    seen, really = [], inbound._answer

    def look(receipt):
        def count():
            seen.append(Receipt.objects.filter(pk=receipt.pk).count())
            connection.close()

        thread = threading.Thread(target=count)
        thread.start()
        thread.join()
        return really(receipt)

    monkeypatch.setattr(inbound, "_answer", look)
    assert (post(client, address).status_code, seen) == (202, [1])

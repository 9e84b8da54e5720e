"""How a document gets to its customer: by mail, into a space on this server."""

from datetime import timedelta

import pytest
from django.utils import timezone

from banqup.invoices import files
from banqup.invoices.models import Invoice, Receipt
from banqup.sending.models import Transmission
from integrations import transmitting
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db


def transmit(invoice) -> Transmission:
    """What the worker does when the time has come; the row as it is then."""
    row = invoice.transmissions.last()
    Transmission.objects.filter(pk=row.pk, state__in=["queued", "waiting"]).update(next_try_at=timezone.now())
    transmitting.transmit(row.pk)
    return Transmission.objects.get(pk=row.pk)


def stands(invoice) -> str:
    return Invoice.objects.get(pk=invoice.pk).delivery_status


def outcomes(row) -> list[str]:
    return list(row.attempts.values_list("outcome", flat=True))


def e_invoice(invoice) -> bytes:
    return files.load(invoice.space_id, invoice.content_sha256)


# --- mail ---------------------------------------------------------------------------------------


def test_a_customer_gets_the_pdf_and_the_e_invoice_in_its_language(space, seller, mailbox):
    contact = sales.customer(space, language="fr")
    invoice = sales.issued(space, seller, contact=contact)
    row = transmit(invoice)
    [message] = mailbox.server.messages
    assert {name: message[name] for name in ("From", "To", "Reply-To", "Subject", "Message-ID")} == {
        "From": "Bakkerij Janssens BV <no-reply@banqup.example>",
        "To": "facturen@terduinen.example",
        "Reply-To": "verkoop@janssens.example",
        "Subject": f"Facture {invoice.number} de Bakkerij Janssens BV",
        "Message-ID": f"<{row.message_id}@banqup.example>",
    }
    text = message.get_body(("plain",)).get_content()
    reference = invoice.document.payment_means[0]
    iban = " ".join(reference.iban[at : at + 4] for at in range(0, len(reference.iban), 4))
    for part in ("47,70 EUR", iban, reference.remittance_information):
        assert part in text
        assert part in message.get_body(("html",)).get_content()
    attached = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
    assert list(attached) == [f"{invoice.number}.pdf", f"{invoice.number}.xml"]
    assert attached[f"{invoice.number}.xml"] == e_invoice(invoice)
    assert attached[f"{invoice.number}.pdf"].startswith(b"%PDF-")
    assert (row.state, row.remote_id, outcomes(row), stands(invoice)) == (
        "sent",
        message["Message-ID"],
        ["sent"],
        "SENT",
    )


def test_a_mailbox_that_does_not_exist_fails_with_the_way_out(space, seller, mailbox):
    mailbox.server.answers["RCPT"] = "550 5.1.1 no such user"
    invoice = sales.issued(space, seller)
    row = transmit(invoice)
    assert (row.state, stands(invoice)) == ("failed", "DELIVERY_FAILED")
    assert row.reason == (
        "facturen@terduinen.example is refused (550). Correct the customer's e-mail address, or send it another way."
    )


def test_a_full_mailbox_is_tried_again_under_the_same_id(space, seller, mailbox):
    mailbox.server.answers["RCPT"] = "452 4.2.2 mailbox full"
    invoice = sales.issued(space, seller)
    assert (transmit(invoice).state, stands(invoice)) == ("waiting", "READY_TO_SEND")
    del mailbox.server.answers["RCPT"]
    mailbox.server.answers_to_lose = 1
    assert outcomes(transmit(invoice)) == ["try_again", "unknown_outcome"]
    row = transmit(invoice)
    assert (row.state, len(mailbox.documents), len(mailbox.server.messages)) == ("sent", 1, 2)


@pytest.mark.parametrize(("said", "limit"), [("552 5.3.4 too big", None), (None, 2000)])
def test_what_is_too_large_for_mail_fails_with_the_way_out(space, seller, mailbox, settings, said, limit):
    if said:
        mailbox.server.answers["END"] = said
    settings.BANQUP_MAX_MAIL_BYTES = limit or settings.BANQUP_MAX_MAIL_BYTES
    row = transmit(sales.issued(space, seller))
    assert row.state == "failed"
    assert "Peppol or by hand" in row.reason


def test_a_mail_server_that_is_away_costs_no_document(space, seller, mailbox, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    invoice = sales.issued(space, seller)
    row = transmit(invoice)
    assert (row.state, row.attempt_count, stands(invoice)) == ("waiting", 0, "READY_TO_SEND")
    assert "EMAIL_URL" in row.reason


# --- a space on this server ---------------------------------------------------------------------


@pytest.fixture
def hotel(space):
    number = einvoices.enterprise_number(77)
    return world.business(
        slug="hotel",
        name="Hotel Ter Duinen NV",
        vat_id=f"BE{number}",
        company_id=number,
        endpoint_id=number,
    )


def test_a_customer_with_a_space_here_gets_the_same_bytes_once(space, seller, hotel, nudges):
    invoice = sales.issued(space, seller, way="platform")
    row = transmit(invoice)
    transmitting.transmit(row.pk)
    [receipt] = Receipt.objects.filter(space=hotel)
    assert (receipt.channel, receipt.direction, receipt.message_id, receipt.sha256) == (
        "platform",
        "purchase",
        str(row.message_id),
        invoice.content_sha256,
    )
    assert (row.state, outcomes(row), stands(invoice)) == ("sent", ["sent"], "SENT")


def test_a_worker_that_died_after_handing_it_over_hands_it_over_once(space, seller, hotel):
    invoice = sales.issued(space, seller, way="platform")
    row, _attempt = transmitting.transmitting.begin(invoice.transmissions.get().pk)
    transmitting._to_a_space_here(row, transmitting._frozen(row))
    Transmission.objects.filter(pk=row.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert transmit(invoice).state == "sent"
    assert Receipt.objects.filter(space=hotel).count() == 1


def test_bytes_that_were_changed_in_the_storage_are_not_sent(space, seller, mailbox):
    invoice = sales.issued(space, seller)
    Transmission.objects.filter(invoice=invoice).update(content_sha256="0" * 64)
    row = transmit(invoice)
    assert (row.state, mailbox.server.messages) == ("failed", [])
    assert "not the one that was to be sent" in row.reason

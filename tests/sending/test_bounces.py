"""Mails that come back: understood as real servers write them, and told of the right sending."""

from uuid import UUID

import pytest

from banqup.invoices.statuses import DeliveryStatus
from banqup.sending.models import NetworkAnswer
from integrations import bounces
from integrations.bounces import Bounce, Outcome
from tests.factories import bounces as samples
from tests.factories import sales

OURS = UUID(samples.OURS)


def only_in_words(data):
    """Without any head that names our mail: the id stands in what came back."""
    lines = data.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith((b"In-Reply-To", b"References")))


READ = {
    "postfix": (
        samples.postfix(),
        Bounce(
            "<20261122100401.8F2A1C0@mx.terduinen.example>",
            OURS,
            Outcome.FAILED,
            "facturen@terduinen.example",
            "5.1.1",
            "550 5.1.1 <facturen@terduinen.example>: Recipient address rejected: User unknown in virtual mailbox table",
        ),
    ),
    "exchange": (
        samples.exchange(),
        Bounce(
            "<d7a1@AM0PR05MB.eurprd05.prod.outlook.com>",
            OURS,
            Outcome.FAILED,
            "facturen@terduinen.example",
            "5.2.2",
            "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded",
        ),
    ),
    "gmail, only its head": (
        only_in_words(samples.gmail()),
        Bounce(
            "<6561.1c0a.0b1@mx.google.com>",
            OURS,
            Outcome.FAILED,
            "hotel.terduinen@gmail.com",
            "5.1.1",
            "550-5.1.1 The email account that you tried to reach does not exist. Please try "
            "550-5.1.1 double-checking the recipient's email address for typos. a1-20si1 - gsmtp",
        ),
    ),
    "exim, words only": (
        samples.exim(),
        Bounce(
            "<E1tEABC-0001aB-2c@relay.hosting.example>",
            OURS,
            Outcome.FAILED,
            "facturen@terduinen.exmaple",
            "5.7.1",
            "550 5.7.1 Relaying denied",
        ),
    ),
    "international, envelope id": (
        samples.international(),
        Bounce(
            "<smtputf8@mx.example>",
            OURS,
            Outcome.FAILED,
            "zoë@terduinen.example",
            "5.4.4",
            "Host or domain name not found. Name service error for name=terduinen.example",
        ),
    ),
}


@pytest.mark.anywhere
@pytest.mark.parametrize(("data", "bounce"), READ.values(), ids=READ)
def test_a_bounce_is_understood_as_real_servers_write_it(data, bounce):
    assert bounces.read(data) == bounce


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("action", "status", "outcome"),
    [("delayed", "4.4.1", Outcome.DELAYED), ("delivered", "2.0.0", Outcome.DELIVERED), ("", "5.1.1", Outcome.FAILED)],
)
def test_a_report_is_no_failure_unless_it_says_so(action, status, outcome):
    read = bounces.read(samples.postfix(action=action, status=status, said="451 try later"))
    assert (read.outcome, read.status) == (outcome, status)


@pytest.mark.anywhere
@pytest.mark.parametrize(
    "data",
    [
        samples.out_of_office(),
        samples.read_receipt(),
        samples.postfix("CAF-some-other-mail"),
        samples.postfix(action="relayed", status="2.0.0"),
        samples.postfix()[:700],
        b"",
        b"\xff\x00" * 50,
    ],
    ids=["out of office", "read receipt", "another mail", "relayed", "cut off", "empty", "noise"],
)
def test_what_is_no_bounce_of_a_mail_of_ours_is_left_alone(data):
    assert bounces.read(data) is None


@pytest.mark.anywhere
@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("5.1.1", "There is no mailbox an@x.example."),
        ("5.4.4", "The mail domain of an@x.example does not exist."),
        ("5.2.2", "The mailbox an@x.example is full."),
        ("5.4.7", "The mail to an@x.example could not be delivered for days"),
        ("5.7.26", "The mail server of an@x.example refused the mail."),
        ("", "The mail to an@x.example came back."),
    ],
)
def test_a_failure_is_told_in_words_with_what_their_server_said(status, words):
    said = bounces.words(Bounce("<a>", OURS, Outcome.FAILED, "an@x.example", status, "550 no"))
    assert said.startswith(words) and said.endswith(" Their mail server said: 550 no")


@pytest.fixture
def sent(space, seller):
    """An invoice that was mailed, and its sending."""
    invoice = sales.issued(space, seller)
    return sales.transmitted(invoice)


def delivery(row):
    return type(row.invoice).objects.get(pk=row.invoice_id).delivery_status


def test_a_bounce_makes_the_delivery_fail_once_and_says_why(space, sent):
    data = samples.postfix(sent.message_id)
    first, again = bounces.take(space=space, data=data), bounces.take(space=space, data=data)
    assert (again, first.outcome, first.invoice) == (first, "applied", sent.invoice)
    assert delivery(sent) == DeliveryStatus.DELIVERY_FAILED
    sent.refresh_from_db()
    assert sent.reason == (
        "There is no mailbox facturen@terduinen.example. Correct the address of the customer and send it again. "
        "Their mail server said: 550 5.1.1 <facturen@terduinen.example>: Recipient address rejected: "
        "User unknown in virtual mailbox table"
    )


def test_a_report_of_delivery_proves_arrival_and_a_delay_proves_nothing(space, sent):
    before = delivery(sent)
    assert bounces.take(space=space, data=samples.postfix(sent.message_id, action="delayed", status="4.4.1")) is None
    assert delivery(sent) == before
    bounces.take(space=space, data=samples.postfix(sent.message_id, action="delivered", status="2.0.0", id="b@x"))
    assert delivery(sent) == DeliveryStatus.RECEIVED


def test_a_bounce_never_touches_the_document_of_another_space(sent):
    from tests.factories import world

    other = world.business("bloemen", vat_id="BE0417497106", company_id="0417497106", endpoint_id="0417497106")
    heard = bounces.take(space=other, data=samples.postfix(sent.message_id))
    assert (heard.outcome, heard.invoice) == (NetworkAnswer.Outcome.UNMATCHED, None)
    assert delivery(sent) != DeliveryStatus.DELIVERY_FAILED

"""What was not delivered goes out again: to the customer's address as it stands now, with the bytes that were released."""

import pytest

from banqup.actions import customers, drafts, issuing, reissuing
from banqup.actions import transmitting as verbs
from banqup.actions.allowed_delivery import ways_again
from banqup.actions.refusals import NotPossible
from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice
from banqup.sending.models import Transmission, Way
from banqup.sending.queue import Told
from integrations import transmitting
from tests.factories import einvoices, network, sales

pytestmark = pytest.mark.django_db
NAMED, NOW = (f"0208:{einvoices.enterprise_number(seed)}" for seed in (77, 78))


@pytest.fixture
def fake(settings):
    with network.provider("peppyrus", settings) as (_module, running):
        yield running


@pytest.fixture
def invoice(space, seller, fake):
    network.account(space, "peppyrus")
    return failed(sales.issued(space, seller, way="peppol"))


def failed(invoice) -> Invoice:
    """The access point did not take it."""
    verbs.failed(*verbs.begin(invoice.transmissions.last().pk), Told("permanent", "Nobody is there."))
    return anew(invoice)


def anew(invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def correct(contact, by, *, peppol_id="", email="facturen@terduinen.example") -> Contact:
    """A person puts the customer's page right."""
    known = {field: getattr(contact, field) for field in ("name", "vat_id", "company_id", "country", "buyer_reference")}
    return customers.save(space=contact.space, contact=contact, by=by, peppol_id=peppol_id, email=email, **known)


def way(invoice, name):
    return next(option for option in ways_again(invoice) if option.way == name)


def test_a_corrected_mailbox_gets_the_same_bytes(space, seller, mailbox):
    invoice = sales.issued(space, seller)
    mailbox.server.answers["RCPT"] = "550 5.1.1 no such user"
    transmitting.transmit(invoice.transmissions.get().pk)
    del mailbox.server.answers["RCPT"]
    correct(invoice.counterparty, seller, email="boekhouding@terduinen.example")

    mail = way(anew(invoice), Way.EMAIL)
    assert (mail.recipient, mail.named) == ("boekhouding@terduinen.example", "facturen@terduinen.example")
    verbs.resend(invoice=anew(invoice), way="email", by=seller)
    transmitting.transmit(invoice.transmissions.last().pk)
    [message] = mailbox.server.messages
    assert message["To"] == "boekhouding@terduinen.example"
    first, second = Transmission.objects.order_by("sequence")
    assert (second.state, first.content_sha256) == ("sent", second.content_sha256)
    assert first.message_id != second.message_id


def test_peppol_takes_a_document_only_to_the_id_that_stands_in_it(invoice, seller, fake):
    correct(invoice.counterparty, seller, peppol_id=NOW)
    peppol = way(anew(invoice), Way.PEPPOL)
    assert (peppol.recipient, peppol.named) == (NOW, NAMED)
    assert peppol.reason == (
        f"The customer's Peppol id is {NOW} now, the document names {NAMED}, and Peppol takes it only to the id "
        "that stands in it. Send it by e-mail, or credit it and issue it again."
    )
    with pytest.raises(NotPossible, match="only to the id that stands in it"):
        verbs.resend(invoice=anew(invoice), way="peppol", by=seller)
    again = verbs.resend(invoice=anew(invoice), by=seller)  # by the best way that is left
    assert (again.transmissions.last().way, fake.sent) == ("email", [])


def test_an_id_that_was_corrected_back_is_sent_to_again(invoice, seller, fake):
    contact = correct(invoice.counterparty, seller, peppol_id=NOW)
    correct(contact, seller, peppol_id=NAMED)
    verbs.resend(invoice=anew(invoice), way="peppol", by=seller)
    transmitting.transmit(invoice.transmissions.last().pk)
    assert [each.recipient for each in fake.sent] == [NAMED]


def test_a_document_that_named_another_id_from_the_start_goes_there_again(space, seller, fake):
    """Nobody has corrected the customer since: the document was meant for the id in it."""
    network.account(space, "peppyrus")
    draft = sales.draft(space, seller)
    Contact.objects.filter(pk=draft.counterparty_id).update(endpoint_scheme="0208", endpoint_id=NOW[5:])
    invoice = failed(issuing.send(invoice=anew(draft), way="peppol", by=seller))
    assert not way(invoice, Way.PEPPOL).reason
    verbs.resend(invoice=invoice, way="peppol", by=seller)
    transmitting.transmit(invoice.transmissions.last().pk)
    assert [each.recipient for each in fake.sent] == [NAMED]


def test_a_document_that_was_not_delivered_is_credited_and_issued_again_to_the_corrected_id(invoice, seller, fake):
    correct(invoice.counterparty, seller, peppol_id=NOW)
    made = reissuing.reissue(invoice=anew(invoice), by=seller)
    for draft in (made.credit_note, made.invoice):
        saved = drafts.save(
            invoice=draft, document=draft.document, contact=draft.counterparty, by=seller, version=draft.version
        )
        sent = issuing.send(invoice=saved, way="peppol", by=seller)
        transmitting.transmit(sent.transmissions.get().pk)
    assert [each.recipient for each in fake.sent] == [NOW, NOW]
    assert anew(invoice).open_amount == 0


def test_what_is_on_its_way_is_not_issued_again(space, seller):
    with pytest.raises(NotPossible, match="did not receive"):
        reissuing.reissue(invoice=sales.issued(space, seller), by=seller)

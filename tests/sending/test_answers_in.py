"""Answers that come in over the network: read, kept, applied by the rank rule; nothing is lost."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banqup.actions import hearing
from banqup.actions.refusals import NotPossible
from banqup.einvoicing import Clarification, InvoiceResponse, Party, write_response
from banqup.einvoicing.response import ACTIONS_LIST, Condition
from banqup.invoices import files
from banqup.invoices.models import Invoice
from banqup.invoices.reasons import Answer
from banqup.sending import ranks
from banqup.sending.models import NetworkAnswer, Transmission
from integrations import answers_in
from tests.factories import einvoices, sales, world

pytestmark = pytest.mark.django_db

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
MLR, MLS = "urn:fdc:peppol.eu:poacc:trns:mlr:3", "urn:peppol:edec:mls:1.0"


@pytest.fixture
def space():
    return world.business(iban=einvoices.iban(1))


@pytest.fixture
def seller(space):
    return world.member(space, "SR")


@pytest.fixture
def sold(space, seller):
    """Sent over the network to 0208:…77, and taken by the transport."""
    invoice = sales.issued(space, seller)
    sales.transmitted(invoice, remote_id="ap-1")
    invoice.transmissions.update(recipient=f"0208:{einvoices.enterprise_number(77)}")
    return invoice


def statuses(invoice):
    invoice = Invoice.objects.get(pk=invoice.pk)
    return invoice.document_status, invoice.delivery_status, invoice.general_status


def answer(invoice, code, *clarifications, **fields) -> bytes:
    customer = Party(name="Hotel", endpoint_id=einvoices.enterprise_number(77), endpoint_scheme="0208")
    said = InvoiceResponse(
        code=code,
        number="R-1",
        issue_date=date(2026, 11, 20),
        sender=customer,
        receiver=Party(name="Bakkerij", endpoint_id="0702451135", endpoint_scheme="0208"),
        clarifications=clarifications,
        invoice_number=invoice.number,
        invoice_date=invoice.issue_date,
        invoice_type="380",
    )
    return write_response(replace(said, **fields))


def of_message(specification, code, reference, text="", reason="BV", sender="") -> bytes:
    party = f"<cac:SenderParty><cbc:EndpointID schemeID='0208'>{sender}</cbc:EndpointID></cac:SenderParty>"
    return f"""<ApplicationResponse xmlns="{UBL}ApplicationResponse-2" xmlns:cac="{UBL}CommonAggregateComponents-2"
      xmlns:cbc="{UBL}CommonBasicComponents-2"><cbc:CustomizationID>{specification}</cbc:CustomizationID>
      <cbc:ID>M-1</cbc:ID>{party if sender else ""}<cac:DocumentResponse><cac:Response><cbc:ResponseCode>{code}</cbc:ResponseCode>
      </cac:Response><cac:DocumentReference><cbc:ID>{reference}</cbc:ID></cac:DocumentReference>
      <cac:LineResponse><cac:LineReference><cbc:LineID>/Invoice/ID</cbc:LineID></cac:LineReference><cac:Response>
      <cbc:Description>{text}</cbc:Description><cac:Status><cbc:StatusReasonCode>{reason}</cbc:StatusReasonCode>
      </cac:Status></cac:Response></cac:LineResponse></cac:DocumentResponse></ApplicationResponse>""".encode()


def taken(space, data, message_id="m-1") -> NetworkAnswer:
    return answers_in.take(space=space, source="peppol", message_id=message_id, data=data)


def test_a_question_is_read_with_reason_action_conditions_and_note_and_its_bytes_are_kept(space, sold):
    data = answer(
        sold,
        "UQ",
        Clarification("PRI", text="Agreed was 4.00", conditions=(Condition("BT-146", "4.00"),)),
        Clarification("CNP", ACTIONS_LIST),
        note="See the order",
    )

    kept = taken(space, data)

    assert (kept.outcome, kept.code, kept.note, kept.invoice) == ("applied", "UQ", "See the order", sold)
    assert kept.clarifications == [
        {"list": "OPStatusReason", "code": "PRI", "text": "Agreed was 4.00", "conditions": [["BT-146", "4.00"]]},
        {"list": "OPStatusAction", "code": "CNP", "text": ""},
    ]
    assert files.load(space.pk, kept.sha256) == data
    assert statuses(sold) == ("DISPUTED", "RECEIVED", "DISPUTED")


def test_paid_in_part_is_the_code_paid_with_its_reason(space, sold):
    assert taken(space, answer(sold, "PD", Clarification("PPD", text="Half"))).code == "PPD"
    assert taken(space, answer(sold, "PD"), "m-2").code == "PD"
    announced = Invoice.objects.get(pk=sold.pk)
    assert (announced.general_status, announced.payment_announced_at is not None) == ("UNPAID", True)


def test_a_customer_is_known_by_its_vat_number_too(space, sold):
    known_there = Party(name="Hotel", endpoint_id=f"BE{einvoices.enterprise_number(77)}", endpoint_scheme="9925")
    assert taken(space, answer(sold, "AP", sender=known_there)).outcome == "applied"


@pytest.mark.parametrize(
    ("specification", "code", "delivery"),
    [(MLR, "AP", "RECEIVED"), (MLR, "AB", "SENT"), (MLR, "RE", "DELIVERY_FAILED")]
    + [(MLS, "AP", "RECEIVED"), (MLS, "AB", "SENT"), (MLS, "RE", "DELIVERY_FAILED")],
)
def test_the_network_says_what_became_of_the_message(space, sold, specification, code, delivery):
    own_id = Transmission.objects.get(invoice=sold).message_id
    taken(space, of_message(specification, code, own_id, "No such receiver", "FD"))

    assert statuses(sold)[:2] == ("VALIDATED", delivery)


def test_a_refusal_of_the_message_says_why_and_a_duplicate_proves_arrival(space, sold):
    failed = taken(space, of_message(MLS, "RE", "ap-1", "Unknown receiver", "FD"))
    assert failed.note == "FD (/Invoice/ID): Unknown receiver"
    assert statuses(sold)[1] == "DELIVERY_FAILED"

    again = taken(space, of_message(MLS, "RE", "ap-1", "The document was already received"), "m-2")
    assert (again.code, statuses(sold)[1]) == ("duplicate", "RECEIVED")


def test_nobody_says_by_number_alone_that_somebody_elses_message_failed(space, sold):
    stranger = taken(space, of_message(MLR, "RE", sold.number, sender="0123456789"))
    nameless = taken(space, of_message(MLS, "RE", sold.number), "m-2")
    customer = taken(space, of_message(MLR, "RE", sold.number, sender=einvoices.enterprise_number(77)), "m-3")

    assert [each.outcome for each in (stranger, nameless, customer)] == ["unmatched", "unmatched", "applied"]


@pytest.mark.parametrize(
    "data",
    [b"", b"<not xml", b"\x00\xff", b"<Invoice/>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"]
    + [of_message(MLS, "XX", "ap-1"), of_message("urn:other", "ZZ", "1")],
)
def test_what_cant_be_read_is_kept_with_words_for_a_person(space, seller, sold, data):
    kept = taken(space, data)

    assert (kept.outcome, kept.code, bool(kept.words)) == ("unmatched", "", True)
    assert files.load(space.pk, kept.sha256) == data
    assert taken(space, data).pk == kept.pk
    with pytest.raises(NotPossible, match="can't be read"):
        hearing.match(answer=kept, invoice=sold, by=seller)
    assert hearing.set_aside(answer=kept, by=seller).outcome == "set_aside"


def test_a_reference_that_only_looks_like_one_of_ours_is_unmatched(space, sold):
    assert taken(space, of_message(MLS, "RE", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz")).outcome == "unmatched"
    assert taken(space, of_message(MLS, "RE", UUID(int=1)), "m-2").outcome == "unmatched"


def test_a_report_that_was_faster_than_our_own_note_finds_its_document(space, sold):
    early = taken(space, of_message(MLS, "RE", "ap-2", "Unknown receiver", "FD"))
    Transmission.objects.filter(invoice=sold).update(remote_id="ap-2")

    assert (early.outcome, hearing.listen_again(), hearing.listen_again()) == ("unmatched", 1, 0)
    assert statuses(sold)[1] == "DELIVERY_FAILED"


def test_an_answer_is_heard_in_its_own_space_only(space, sold):
    other = world.business(slug="ooms", name="Ooms", vat_id="", company_id="", endpoint_id="")
    assert taken(other, answer(sold, "RE")).outcome == "unmatched"
    assert statuses(sold)[0] == "VALIDATED"


SAYS = {None: "VALIDATED", "UQ": "DISPUTED", "CA": "FULLY_APPROVED", "RE": "REFUSED", "AP": "FULLY_APPROVED"}
SAYS |= {"PPD": "FULLY_APPROVED", "PD": "FULLY_APPROVED"}
DECIDES = [code for code in Answer.values if code in SAYS]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=st.lists(st.integers(0, 7), min_size=1, max_size=12), again=st.randoms(use_true_random=False))
def test_any_answers_in_any_order_end_where_the_rank_rule_says_and_a_replay_changes_nothing(space, sold, log, again):
    with transaction.atomic():  # each example starts from the same document
        _end_where_the_rule_says(space, sold, log, again)
        transaction.set_rollback(True)


def _end_where_the_rule_says(space, invoice, log, again):
    stands = None
    for position, choice in enumerate(log):
        code = Answer.values[choice]
        hearing.hear(space=space, invoice=invoice, message=said(invoice, position, code))
        if code in DECIDES and ranks.follows(stands, Answer(code)):
            stands = Answer(code)
    assert statuses(invoice)[:2] == (SAYS[stands and stands.value], "RECEIVED")

    before = facts(invoice)
    replay = list(enumerate(log)) * 2
    again.shuffle(replay)
    for position, choice in replay:
        hearing.hear(space=space, invoice=invoice, message=said(invoice, position, Answer.values[choice]))
    assert facts(invoice) == before


def said(invoice, position, code):
    return hearing.Message("peppol", f"{invoice.pk}-{position}", "answer", code)


def facts(invoice):
    events = [(event.verb, event.data) for event in invoice.events.order_by("position")]
    return statuses(invoice), Invoice.objects.get(pk=invoice.pk).version, events, invoice.network_answers.count()

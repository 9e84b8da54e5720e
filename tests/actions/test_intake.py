"""Receive and judge: nothing is lost, nothing is doubled, only the correct is approved on arrival."""

import dataclasses
import errno
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage

from banqup import einvoicing
from banqup.actions import intake
from banqup.contacts.models import Contact
from banqup.exports.models import Export
from banqup.invoices import files
from banqup.invoices.models import Invoice, Receipt
from banqup.spaces.models import Space
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business()


def statuses(invoice):
    return invoice.document_status, invoice.general_status, invoice.accounting_status


def rules(invoice):
    return [finding["rule"] for finding in invoice.findings]


def balance(space):
    """Received = documents + duplicates + still to be judged."""
    receipts = Receipt.objects.filter(space=space)
    outcomes = {outcome: receipts.filter(outcome=outcome).count() for outcome in Receipt.Outcome.values}
    assert sum(outcomes.values()) == receipts.count()
    assert outcomes["document"] == Invoice.objects.filter(space=space).count()
    return outcomes


def test_a_correct_e_invoice_is_approved_and_released_on_arrival(space):
    integration = world.integration(space)
    invoice = world.received(space, einvoices.invoice_bytes())
    assert statuses(invoice) == ("FULLY_APPROVED", "UNPAID", "READY_TO_PROCESS")
    assert [(export.integration, export.state) for export in Export.objects.filter(invoice=invoice)] == [
        (integration, "queued")
    ]
    assert list(invoice.events.values_list("verb", flat=True)) == ["approved_automatically", "received"]
    assert invoice.approved_by is None


@pytest.mark.parametrize("supplier", [Contact.AutoApprove.SPACE, Contact.AutoApprove.ALWAYS])
def test_a_document_that_came_by_mail_never_approves_itself(space, supplier):
    world.integration(space)
    seller = einvoices.SELLER
    Contact.objects.create(
        space=space, name=seller.name, vat_id=seller.vat_id, is_supplier=True, trusted=True, auto_approve=supplier
    )
    invoice = world.received(space, einvoices.invoice_bytes(), channel="mail")
    assert (statuses(invoice), invoice.error_count, invoice.is_released) == (
        ("VALIDATED", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED"), 0, False,
    )  # fmt: skip
    assert Export.objects.count() == 0


def test_what_the_document_says_is_kept_completely(space):
    document = einvoices.document(allowances_charges=(einvoices.allowance(),))
    invoice = world.received(space, einvoicing.write(document))
    assert invoice.document == einvoicing.read(einvoicing.write(document))
    assert (invoice.number, invoice.issue_date, invoice.due_date, invoice.currency, invoice.payable) == (
        document.number, document.issue_date, document.due_date, "EUR", document.payable,
    )  # fmt: skip


def test_the_pdf_inside_becomes_the_picture(space):
    pdf = b"%PDF-1.4 the supplier's own picture"
    attachment = einvoicing.Attachment(id="1", filename="invoice.pdf", mime_type="application/pdf", content=pdf)
    invoice = world.received(space, einvoices.invoice_bytes(attachments=(attachment,)))
    assert [(item.role, item.filename, item.load() == pdf) for item in invoice.attachments.all()] == [
        ("original", "invoice.xml", False),
        ("picture", "invoice.pdf", True),
    ]


def test_the_supplier_becomes_a_contact_of_the_space(space):
    invoice = world.received(space, einvoices.invoice_bytes())
    contact = invoice.counterparty
    assert (contact.space, contact.name, contact.vat_id, contact.is_supplier, contact.is_customer) == (
        space, einvoices.SELLER.name, einvoices.SELLER.vat_id, True, False,
    )  # fmt: skip


def test_a_wrong_total_waits_with_the_finding_and_leaves_to_nobody(space):
    world.integration(space)
    document = einvoices.document()
    wrong = dataclasses.replace(document, payable=document.payable + Decimal("1.00"))
    invoice = world.received(space, einvoicing.write(wrong))
    assert statuses(invoice) == ("AWAITING_VALIDATION", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED")
    assert "BR-CO-16" in rules(invoice)
    assert Export.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\xff\xfe not a document", "BANQUP-UNKNOWN"),
        (b"PK\x03\x04" + b"\x00" * 40, "BANQUP-ZIP"),
        (b"%PDF-1.7\ntruncated", "BANQUP-BROKEN-PDF"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Invoice>&b;</Invoice>', "BANQUP-DOCTYPE"),
        (einvoices.invoice_bytes()[:-300], "BANQUP-TRUNCATED"),
        (b"<a>" * 5000, "BANQUP-TOO-DEEP"),
    ],
    ids=["noise", "zip", "broken pdf", "doctype", "truncated", "too deep"],
)
def test_what_can_not_be_read_becomes_a_document_with_the_reason(space, data, rule):
    invoice = world.received(space, data, filename="strange.bin")
    assert statuses(invoice) == ("AWAITING_VALIDATION", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED")
    assert rules(invoice) == [rule]
    assert invoice.attachments.get().load() == data


def test_an_amount_of_thirty_digits_is_a_finding_not_an_error(space):
    document = einvoices.document()
    huge = Decimal("123456789012345678901234567890.12")
    invoice = world.received(space, einvoicing.write(dataclasses.replace(document, payable=huge)))
    assert statuses(invoice)[0] == "AWAITING_VALIDATION"
    assert "BANQUP-AMOUNT" in rules(invoice)


def test_negative_totals_are_kept_as_they_are(space):
    lines = (einvoices.line(1, quantity=Decimal("-2")),)
    invoice = world.received(space, einvoices.invoice_bytes(lines=lines))
    assert (invoice.payable, invoice.document_status) == (Decimal("-44.77"), "FULLY_APPROVED")


def test_an_invoice_for_another_buyer_waits_for_a_person(space):
    other = einvoices.party("Somebody Else NV", einvoices.enterprise_number(5))
    invoice = world.received(space, einvoices.invoice_bytes(buyer=other))
    assert statuses(invoice) == ("AWAITING_VALIDATION", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED")
    assert rules(invoice) == ["BANQUP-RECIPIENT"]


def test_the_same_file_twice_makes_no_second_document_and_says_which_one_it_is(space):
    data = einvoices.invoice_bytes()
    first = world.received(space, data)
    again = intake.receive(
        space=space, data=data, filename="copy.xml", channel="browser", direction="purchase", by=None
    )
    again = intake.judge(receipt_id=again.pk)
    assert (again.outcome, again.invoice) == ("duplicate", first)
    assert balance(space) == {"waiting": 0, "document": 1, "duplicate": 1}
    assert first.events.first().verb == "received_again"


def test_the_same_number_in_another_file_is_a_possible_duplicate_and_waits(space):
    first = world.received(space, einvoices.invoice_bytes())
    second = world.received(space, einvoices.invoice_bytes(notes=("Sent again",)))
    assert (second.possible_duplicate_of, rules(second), second.is_released) == (first, ["BANQUP-DUPLICATE"], False)


def test_the_same_message_of_a_transport_is_one_receipt(space):
    sent = {"space": space, "filename": "a.xml", "channel": "inbound", "direction": "purchase", "by": None}
    first = intake.receive(data=einvoices.invoice_bytes(), message_id="m-1", **sent)
    again = intake.receive(data=einvoices.invoice_bytes(), message_id="m-1", **sent)
    assert first == again
    assert balance(space) == {"waiting": 1, "document": 0, "duplicate": 0}


def test_a_receipt_that_was_left_is_found_by_the_sweep_and_judged_once(space):
    receipt = intake.receive(
        space=space, data=einvoices.invoice_bytes(), filename="a.xml", channel="inbound", direction="purchase", by=None
    )
    assert intake.waiting_receipts() == [receipt.pk]
    intake.judge(receipt_id=receipt.pk)
    intake.judge(receipt_id=receipt.pk)
    assert intake.waiting_receipts() == []
    assert balance(space) == {"waiting": 0, "document": 1, "duplicate": 0}


def test_while_the_rules_are_away_the_receipt_waits_with_its_reason(space, monkeypatch):
    def away(*_args, **_kwargs):
        raise einvoicing.ValidatorUnavailable("no answer from the validator")

    monkeypatch.setattr("banqup.einvoicing.begin_validation", away)
    receipt = intake.receive(
        space=space, data=einvoices.invoice_bytes(), filename="a.xml", channel="inbound", direction="purchase", by=None
    )
    receipt = intake.judge(receipt_id=receipt.pk)
    assert (receipt.outcome, receipt.attempts, receipt.last_error) == (
        "waiting", 1, "ValidatorUnavailable: no answer from the validator",
    )  # fmt: skip
    assert balance(space) == {"waiting": 1, "document": 0, "duplicate": 0}


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b"x" * (25 * 2**20 + 1), "too-large")], ids=["empty", "over the cap"]
)
def test_what_is_refused_at_the_door_says_why_and_leaves_nothing(space, data, code):
    with pytest.raises(intake.IntakeRefused) as refused:
        intake.receive(space=space, data=data, filename="a.pdf", channel="browser", direction="purchase", by=None)
    assert refused.value.code == code
    assert Receipt.objects.count() == 0


def test_a_full_disk_is_said_at_the_door_and_leaves_nothing(space, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    data = einvoices.invoice_bytes(number="FULL-DISK-1")
    with pytest.raises(intake.IntakeRefused) as refused:
        intake.receive(space=space, data=data, filename="a.xml", channel="browser", direction="purchase", by=None)
    monkeypatch.undo()
    assert refused.value.code == "storage"
    assert Receipt.objects.count() == 0
    with pytest.raises(FileNotFoundError):
        files.load(space.pk, files.digest(data))


def test_a_space_that_wants_a_person_s_approval_gets_a_validated_document(space):
    Space.objects.filter(pk=space.pk).update(auto_approve=Space.AutoApprove.NEVER)
    invoice = world.received(Space.objects.get(pk=space.pk), einvoices.invoice_bytes())
    assert statuses(invoice) == ("VALIDATED", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED")


def test_only_trusted_suppliers_pass_when_the_space_says_so(space):
    Space.objects.filter(pk=space.pk).update(auto_approve=Space.AutoApprove.TRUSTED)
    space.refresh_from_db()
    first = world.received(space, einvoices.invoice_bytes(number="A-1"))
    first.counterparty.trusted = True
    first.counterparty.save()
    second = world.received(space, einvoices.invoice_bytes(number="A-2"))
    assert (first.is_released, second.is_released) == (False, True)


def test_a_sales_e_invoice_waits_for_a_person_who_says_how_it_was_delivered(space):
    data = einvoices.invoice_bytes(seller=einvoices.BUYER, buyer=einvoices.SELLER)
    invoice = world.received(space, data, direction="sales")
    assert (invoice.kind, *statuses(invoice), invoice.error_count) == (
        "sales", "AWAITING_VALIDATION", "AWAITING_VALIDATION", "CLIENT_ACTION_NEEDED", 0,
    )  # fmt: skip


def test_a_self_billed_invoice_by_our_customer_stands_in_the_sales_list(space):
    document = einvoices.self_billed(seller=einvoices.BUYER, buyer=einvoices.SELLER)
    invoice = world.received(space, einvoicing.write(document))
    assert (invoice.kind, invoice.is_sales, *statuses(invoice)) == (
        "self_billed_in", True, "FULLY_APPROVED", "UNPAID", "READY_TO_PROCESS",
    )  # fmt: skip


def test_a_file_from_the_recycle_bin_does_not_stand_in_the_way_of_its_twin(space):
    from django.utils import timezone

    data = b"not readable"
    first = world.received(space, data)
    Invoice.objects.filter(pk=first.pk).update(deleted_at=timezone.now())
    assert world.received(space, data).pk != first.pk


def test_intake_takes_a_constant_number_of_queries(space, django_assert_max_num_queries):
    world.received(space, einvoices.invoice_bytes(number="Q-1"))
    with django_assert_max_num_queries(36):
        world.received(
            space, einvoices.invoice_bytes(number="Q-2", lines=tuple(einvoices.line(n) for n in range(1, 40)))
        )


def test_a_file_that_was_damaged_on_disk_is_mended_when_it_comes_again(space):
    data = einvoices.invoice_bytes()
    name = files.path(space.pk, files.store(space.pk, data))
    with default_storage.open(name, "r+b") as stream:
        stream.write(b"X")
    assert world.received(space, data).is_released
    assert files.load(space.pk, files.digest(data)) == data

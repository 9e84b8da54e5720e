"""What arrives in another syntax than Peppol's UBL, or says more than our fields hold."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfWriter

from banqup import einvoicing
from banqup.actions import approval
from banqup.actions.refusals import NotCompliant
from banqup.invoices.models import Attachment
from business_space.demo import paper
from tests.factories import einvoices, world
from tests.factories.cii import EN16931, cii_bytes

pytestmark = pytest.mark.django_db
XRECHNUNG = f"{EN16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"


@pytest.fixture
def space():
    return world.business()


def released(invoice) -> bytes:
    """The e-invoice that left, found by the hash that the invoice is bound to."""
    [found] = {row.sha256: row for row in invoice.attachments.all() if row.sha256 == invoice.content_sha256}.values()
    return found.load()


def rules(invoice):
    return [finding["rule"] for finding in invoice.findings]


def factur_x(document, xml: bytes) -> bytes:
    writer = PdfWriter(io.BytesIO(paper.pdf(document)))
    writer.add_attachment("factur-x.xml", xml)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_a_correct_cii_invoice_is_approved_on_arrival_and_released_as_it_came(space):
    document = einvoices.document()
    data = cii_bytes(document)
    invoice = world.received(space, data)
    assert (invoice.document_status, invoice.number, invoice.payable) == (
        "FULLY_APPROVED", document.number, document.payable,
    )  # fmt: skip
    assert invoice.document == replace(document, customization_id=EN16931)
    assert released(invoice) == data


def test_a_cii_invoice_with_a_wrong_total_waits_with_the_finding(space):
    wrong = replace(einvoices.document(), payable=einvoices.document().payable + 1)
    invoice = world.received(space, cii_bytes(wrong))
    assert invoice.document_status == "AWAITING_VALIDATION"
    assert "BR-CO-16" in rules(invoice)


def test_a_cii_invoice_whose_national_rules_nobody_judged_waits_for_a_person_and_then_leaves_as_it_came(space):
    data = cii_bytes(einvoices.document(), XRECHNUNG)
    invoice = world.received(space, data)
    assert invoice.document_status == "AWAITING_VALIDATION"
    assert set(rules(invoice)) == {"BANQUP-NOT-JUDGED"}
    invoice = approval.approve(invoice=invoice, by=world.member(space, "PR"))
    assert released(invoice) == data


def test_a_profile_that_is_no_invoice_becomes_one_when_a_person_has_completed_it(space):
    person = world.member(space, "PR")
    invoice = world.received(space, cii_bytes(einvoices.document(lines=()), "urn:factur-x.eu:1p0:minimum"))
    assert invoice.document_status == "AWAITING_VALIDATION"
    with pytest.raises(NotCompliant):
        approval.approve(invoice=invoice, by=person)
    invoice = approval.save(invoice=invoice, document=einvoices.document(), by=person, version=invoice.version)
    invoice = approval.approve(invoice=invoice, by=person)
    assert einvoicing.read(released(invoice)).customization_id == einvoicing.PEPPOL_BILLING


def test_a_cii_invoice_that_a_person_corrected_leaves_as_ubl(space):
    person = world.member(space, "PR")
    document = einvoices.document()
    invoice = world.received(space, cii_bytes(replace(document, payable=document.payable + 1)))
    invoice = approval.save(invoice=invoice, document=invoice.document, by=person, version=invoice.version)
    invoice = approval.approve(invoice=invoice, by=person)
    assert einvoicing.sniff(released(invoice)) == "ubl"
    assert einvoicing.read(released(invoice)).payable == document.payable


@pytest.mark.parametrize("make", [cii_bytes, einvoicing.write], ids=["cii", "ubl"])
def test_the_xml_inside_a_pdf_is_the_document_and_the_pdf_its_picture(space, make):
    document = einvoices.document()
    invoice = world.received(space, factur_x(document, make(document)), filename="invoice.pdf")
    assert (invoice.document_status, invoice.number) == ("FULLY_APPROVED", document.number)
    assert released(invoice) == make(document)
    assert invoice.attachment(Attachment.Role.ORIGINAL).mime_type == "application/pdf"


EXTRA = b"<cbc:ProfileExecutionID>9</cbc:ProfileExecutionID>"


def test_what_an_e_invoice_says_beyond_our_fields_stays_in_it_when_a_person_corrects_it(space):
    person = world.member(space, "PR")
    document = einvoices.document()
    data = einvoicing.write(replace(document, payable=document.payable + 1))
    invoice = world.received(space, data.replace(b"<cbc:ID>", EXTRA + b"<cbc:ID>", 1))
    invoice = approval.save(invoice=invoice, document=invoice.document, by=person, version=invoice.version)
    invoice = approval.approve(invoice=invoice, by=person)
    assert EXTRA in released(invoice)


def test_what_the_rules_refuse_and_no_field_can_put_right_stays_in_the_original(space):
    person = world.member(space, "PR")
    # A second place of delivery breaks UBL-SR-24 and has no field of ours.
    twice = b"<cac:Delivery><cbc:ActualDeliveryDate>2026-03-01</cbc:ActualDeliveryDate></cac:Delivery>"
    data = einvoicing.write(einvoices.document()).replace(b"<cac:PaymentMeans>", twice * 2 + b"<cac:PaymentMeans>", 1)
    invoice = world.received(space, data)
    assert "UBL-SR-24" in rules(invoice)
    invoice = approval.save(invoice=invoice, document=invoice.document, by=person, version=invoice.version)
    assert rules(invoice) == []
    invoice = approval.approve(invoice=invoice, by=person)
    assert released(invoice).count(b"<cac:Delivery>") == 1

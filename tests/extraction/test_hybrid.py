"""A hybrid PDF: the XML inside is the document, the PDF its picture, and both must say the same."""

import dataclasses
import io

import pytest
from pypdf import PdfWriter

from banqup import einvoicing
from banqup.actions import approval
from banqup.invoices.models import Attachment
from business_space.demo import paper
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


def hybrid(shown, said=None, name="factur-x.xml") -> bytes:
    """A PDF that shows the document `shown`, with the XML of `said` inside."""
    writer = PdfWriter(clone_from=io.BytesIO(paper.pdf(shown)))
    writer.add_attachment(name, einvoicing.write(said or shown))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def space():
    return world.business()


def test_when_both_say_the_same_it_is_approved_on_arrival_and_the_xml_is_released(space, validator):
    document = einvoices.document()
    invoice = world.received(space, hybrid(document), filename="hybrid.pdf")
    assert invoice.is_released and invoice.content_sha256
    files = {row.role: row for row in invoice.attachments.all()}
    assert files[Attachment.Role.E_INVOICE].load() == einvoicing.write(document)
    assert files[Attachment.Role.E_INVOICE].sha256 == invoice.content_sha256
    assert files[Attachment.Role.ORIGINAL].mime_type == "application/pdf"
    assert invoice.document == document


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "2026-9999"}, "BT-1"),
        ({"payment_means": (dataclasses.replace(einvoices.document().payment_means[0], iban="BE68539007547034"),)}, "BT-84"),
        ({"seller": dataclasses.replace(einvoices.SELLER, vat_id="BE0417823441")}, "BT-31"),
    ],
)  # fmt: skip
def test_a_difference_holds_it_back_with_a_warning_and_a_person_decides(space, validator, change, field):
    said = einvoices.document()
    shown = dataclasses.replace(said, **change)
    invoice = world.received(space, hybrid(shown, said), filename="hybrid.pdf")
    assert not invoice.is_released and invoice.document_status == "AWAITING_VALIDATION"
    found = [finding for finding in invoice.findings if finding["rule"] == "BANQUP-DIFFERENCE"]
    assert [(finding["field"], finding["severity"]) for finding in found] == [(field, "warning")]
    assert approval.approve(invoice=invoice, by=world.member(space, "PR")).is_released


def test_another_total_in_the_picture_is_told(space, validator):
    said = einvoices.document()
    shown = dataclasses.replace(said, payable=said.payable + 1)
    invoice = world.received(space, hybrid(shown, said), filename="hybrid.pdf")
    [finding] = [finding for finding in invoice.findings if finding["rule"] == "BANQUP-DIFFERENCE"]
    assert (finding["field"], str(said.payable) in finding["message"], invoice.is_released) == ("BT-115", True, False)


def test_when_the_xml_inside_can_not_be_read_the_page_is(space):
    document = einvoices.document()
    writer = PdfWriter(clone_from=io.BytesIO(paper.pdf(document)))
    writer.add_attachment("factur-x.xml", b"<Invoice>")
    out = io.BytesIO()
    writer.write(out)
    invoice = world.received(space, out.getvalue(), filename="hybrid.pdf")
    assert (invoice.number, invoice.is_released) == (document.number, False)

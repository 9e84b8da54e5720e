"""From the file to the review desk: what is read becomes a proposal, and what is corrected is remembered."""

import io
from datetime import date
from decimal import Decimal

import pytest
from PIL import Image

from banqup import einvoicing
from banqup.actions import approval, reading
from banqup.contacts.models import Contact
from banqup.invoices.models import Invoice, Reading
from banqup.invoices.models.event import Verb
from tests.extraction.papers import OWN, paper
from tests.factories import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def space():
    return world.business(slug="janssens", **{name: OWN[name] for name in ("name", "vat_id", "street", "city")})


@pytest.fixture
def an(space):
    return world.member(space, "PR", "PA")


def test_a_text_pdf_is_a_proposal_to_check_as_soon_as_it_is_received(space):
    one = paper(0)
    invoice = world.received(space, one.pdf, filename="scan.pdf")
    document = invoice.document
    assert (invoice.number, invoice.issue_date, invoice.due_date) == (
        one.truth["BT-1"],
        one.truth["BT-2"],
        one.truth["BT-9"],
    )
    assert (invoice.payable, invoice.currency) == (one.truth["BT-115"], "EUR")
    assert (document.seller.name, document.seller.vat_id) == (one.truth["BT-27"], one.truth["BT-31"])
    assert (document.buyer.name, document.buyer.endpoint_id) == (space.name, space.endpoint_id)
    assert invoice.document_status == "AWAITING_VALIDATION" and not invoice.is_released
    assert [event.verb for event in invoice.events.order_by("position")] == [Verb.RECEIVED, Verb.READ]
    assert invoice.reading.state == Reading.State.DONE
    value, page, *_place, confidence, text = invoice.reading.values["BT-1"]
    assert (value, page, text) == (one.truth["BT-1"], 1, one.truth["BT-1"]) and 0.4 < confidence < 1


def test_what_was_read_can_be_approved_and_only_then_becomes_a_contact(space, an, validator):
    invoice = world.received(space, paper(0).pdf, filename="scan.pdf")
    assert invoice.error_count == 0, invoice.findings
    assert not Contact.objects.exists()
    approved = approval.approve(invoice=invoice, by=an)
    assert approved.is_released
    assert approved.counterparty == Contact.objects.get(vat_id=paper(0).truth["BT-31"])


def test_a_known_supplier_is_recognised_by_its_account_alone(space):
    known = Contact.objects.create(
        space=space, is_supplier=True, name="De Ster (onze molen)", vat_id="BE0401749650", iban="BE36053900754781", country="BE"
    )  # fmt: skip
    supplier = ("Geen Naam", "", "BE36053900754781", "Straat 1", "2800", "Mechelen", "x.be")
    invoice = world.received(space, _without_vat(supplier), filename="a.pdf")
    assert (invoice.counterparty, invoice.document.seller.name) == (known, "De Ster (onze molen)")
    assert invoice.document.seller.vat_id == "BE0401749650"


def _without_vat(supplier):
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    for row, text in enumerate(
        [supplier[0], "Factuurnummer: 77123", "Te betalen op IBAN BE36 0539 0075 4781", "Datum: 03/03/2026"]
    ):
        canvas.drawString(60, 780 - 20 * row, text)
    canvas.save()
    return out.getvalue()


def odd_paper(number: str, day: str, delivered: str, total: str) -> bytes:
    """A supplier whose number stands beside a label that no list has, and whose order number looks better."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=True)
    rows = [
        "Molens De Ster NV",
        "BTW BE0401749650",
        f"Factuur {delivered}",
        f"Kenmerk zending {number}",
        f"Opgesteld {day}",
    ]
    for row, text in enumerate([*rows, "Bakkerij Janssens BV  BTW BE0702451135", f"Te betalen {total}"]):
        canvas.drawString(60, 780 - 24 * row, text)
    canvas.save()
    return out.getvalue()


def test_what_a_person_corrects_is_right_on_the_next_paper_of_that_supplier(space, an, validator):
    first = world.received(space, odd_paper("Z-4711", "03/03/2026", "L-900", "121,00"), filename="1.pdf")
    assert first.number == "L-900"
    import dataclasses

    corrected = dataclasses.replace(first.document, number="Z-4711")
    approval.save(invoice=first, document=corrected, by=an, version=first.version)
    learned = Contact.objects.get(vat_id="BE0401749650").learned
    assert learned["BT-1"]["left"] == "kenmerk zending"
    second = world.received(space, odd_paper("Z-5822", "17/04/2026", "L-955", "88,00"), filename="2.pdf")
    assert second.number == "Z-5822"
    other = world.business(slug="other", vat_id="BE0417823441", endpoint_id="0417823441", company_id="0417823441")
    third = world.received(other, odd_paper("Z-6933", "18/04/2026", "L-977", "55,00"), filename="3.pdf")
    assert third.number == "L-977"


def test_a_scan_waits_for_the_worker_and_says_that_it_is_read(
    space, nudges, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("banqup.actions.reading.einvoicing.read_scan", _as_scanned(paper(1).pdf))
    with django_capture_on_commit_callbacks(execute=True):
        invoice = world.received(space, _photo(), filename="photo.jpg")
    assert (invoice.data, invoice.reading.state) == ({}, Reading.State.WAITING)
    assert (reading.READ_TASK, (invoice.pk,)) in [(name, tuple(arguments)) for name, arguments in nudges]
    assert reading.waiting() == [invoice.pk]
    reading.read(invoice_id=invoice.pk)
    read = Invoice.objects.get(pk=invoice.pk)
    assert (read.number, read.payable) == (paper(1).truth["BT-1"], paper(1).truth["BT-115"])
    assert (read.reading.engine, read.reading.pages_done, reading.waiting()) == ("tesseract", 1, [])


def _as_scanned(pdf):
    """An engine that reads the page without a mistake."""
    words = einvoicing.inspect_pdf(pdf).words
    return lambda data, page: einvoicing.ScannedPage(words, 1, "tesseract")


def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("L", (600, 800), 255).save(out, "JPEG")
    return out.getvalue()


def test_what_a_person_entered_meanwhile_is_kept(space, an, monkeypatch, validator):
    monkeypatch.setattr("banqup.actions.reading.einvoicing.read_scan", _as_scanned(paper(1).pdf))
    invoice = world.received(space, _photo(), filename="photo.jpg")
    typed = einvoicing.Document(number="TYPED-1", issue_date=date(2026, 1, 1), currency="EUR", payable=Decimal("1.00"))
    approval.save(invoice=invoice, document=typed, by=an, version=invoice.version)
    reading.read(invoice_id=invoice.pk)
    assert Invoice.objects.get(pk=invoice.pk).number == "TYPED-1"
    assert Reading.objects.get(invoice=invoice).values["BT-1"][0] == paper(1).truth["BT-1"]


def test_without_an_engine_the_document_stays_and_says_what_to_install(space, monkeypatch):
    monkeypatch.setattr("banqup.einvoicing.scan.scan_engine", lambda: "")
    monkeypatch.setattr("banqup.actions.reading.einvoicing.scan_engine", lambda: "")
    invoice = world.received(space, _photo(), filename="photo.jpg")
    found = reading.read(invoice_id=invoice.pk)
    assert (found.state, found.last_error) == (
        Reading.State.NO_ENGINE,
        "This machine can't read scans. Install the package tesseract-ocr, then it is read.",
    )
    assert reading.waiting() == []
    monkeypatch.setattr("banqup.actions.reading.einvoicing.scan_engine", lambda: "tesseract")
    assert reading.waiting() == [invoice.pk]


def test_a_file_that_can_not_be_opened_ends_the_reading_with_the_reason(space, monkeypatch):
    invoice = world.received(space, _photo()[:300], filename="broken.jpg")
    found = reading.read(invoice_id=invoice.pk)
    assert found.state in (Reading.State.FAILED, Reading.State.NO_ENGINE) and found.last_error
    again = Invoice.objects.get(pk=invoice.pk)
    assert (again.data, again.document_status) == ({}, "AWAITING_VALIDATION")


def test_a_reading_that_dies_every_time_is_given_up(space, monkeypatch):
    def dies(*_arguments):
        raise RuntimeError("killed")

    invoice = world.received(space, _photo(), filename="photo.jpg")
    monkeypatch.setattr("banqup.actions.reading._words", dies)
    for _attempt in range(reading.ATTEMPTS):
        with pytest.raises(RuntimeError):
            reading.read(invoice_id=invoice.pk)
        assert reading.waiting() == []  # another worker has it, as far as anybody knows
        Reading.objects.update(next_try_at="2026-01-01T00:00:00Z")
    found = reading.read(invoice_id=invoice.pk)
    assert (found.state, reading.waiting()) == (Reading.State.FAILED, [])

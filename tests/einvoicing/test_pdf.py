"""PDFs and pictures, opened in a child with limits."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image
from pypdf import PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from banqup.einvoicing import Unreadable, image_to_png, inspect_pdf, pdf, render_page
from banqup.einvoicing.safe_xml import MAX_BYTES
from tests.factories.einvoices import invoice_bytes


def made_pdf(*texts: str, size=A4) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, pagesize=size)
    for text in texts or ("Invoice 2026-42",):
        page.drawString(72, 700, text)
        page.showPage()
    page.save()
    return out.getvalue()


def rewritten(change, data: bytes | None = None) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(data or made_pdf()))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(kind: str, size=(300, 200), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **options)
    return out.getvalue()


def refusal(function, *arguments) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        function(*arguments)
    assert len(caught.value.message) > 20
    return caught.value


def test_pages_and_text_are_told():
    facts = inspect_pdf(made_pdf("Factuur 2026-42, totaal 121,00 €", "Second page"))
    assert (facts.pages, facts.encrypted, facts.embedded_xml, facts.embedded_name) == (2, False, None, None)
    assert "Factuur 2026-42, totaal 121,00 €" in facts.text and "Second page" in facts.text


@pytest.mark.parametrize("name", ["factur-x.xml", "ZUGFeRD-invoice.xml", "invoice-2026.xml"])
def test_the_invoice_inside_is_found_by_name_or_content(name):
    def attach(writer):
        writer.add_attachment("a-note.txt", b"nothing")
        writer.add_attachment(name, invoice_bytes())

    facts = inspect_pdf(rewritten(attach))
    assert (facts.embedded_name, facts.embedded_xml) == (name, invoice_bytes())


def test_other_attachments_are_no_invoice():
    assert inspect_pdf(rewritten(lambda w: w.add_attachment("a.xml", b"<other/>"))).embedded_xml is None


def test_a_password_is_asked_for_with_a_way_out():
    locked = rewritten(lambda w: w.encrypt("secret", "owner", algorithm="AES-256"))
    assert refusal(inspect_pdf, locked).code == "encrypted-pdf"
    assert refusal(render_page, locked, 1).code == "encrypted-pdf"


def test_an_encrypted_pdf_that_opens_without_a_password_is_read():
    facts = inspect_pdf(rewritten(lambda w: w.encrypt("", "owner", algorithm="AES-256")))
    assert facts.encrypted and "Invoice 2026-42" in facts.text


@pytest.mark.parametrize("data", [b"%PDF-1.7 nothing", b"PK\x03\x04zip", b"text", made_pdf()[:200]])
def test_a_broken_pdf_is_refused(data):
    assert refusal(inspect_pdf, data).code == "broken-pdf"
    assert refusal(render_page, data, 1).code == "broken-pdf"


def test_an_empty_or_huge_file_is_refused_without_opening_it():
    assert refusal(inspect_pdf, b"").code == "empty"
    assert refusal(inspect_pdf, b"%PDF-" + b" " * MAX_BYTES).code == "pdf-too-large"
    assert refusal(image_to_png, b" " * (MAX_BYTES + 1)).code == "too-large"


def test_a_pdf_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(pdf, "SECONDS", 0.001)
    assert refusal(inspect_pdf, made_pdf()).code == "pdf-timeout"


def test_a_child_that_dies_is_a_refusal_and_not_a_crash(monkeypatch):
    monkeypatch.setattr(pdf.sys, "executable", "/bin/false")
    assert refusal(inspect_pdf, made_pdf()).code == "broken-pdf"
    assert refusal(image_to_png, picture("PNG")).code == "broken-image"


def test_a_page_becomes_a_picture_of_the_width_asked_for():
    png = render_page(made_pdf("one", "two"), 2, 600)
    shown = Image.open(io.BytesIO(png))
    assert shown.format == "PNG" and shown.width == 600 and 840 < shown.height < 860


def test_a_page_that_does_not_exist_is_refused():
    assert refusal(render_page, made_pdf(), 2).code == "no-such-page"
    assert refusal(render_page, made_pdf(), 0).code == "no-such-page"


def test_a_very_long_page_is_scaled_down():
    shown = Image.open(io.BytesIO(render_page(made_pdf(size=(10, 14_000)), 1, 1000)))
    assert shown.height <= 5001


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pictures_become_png_no_wider_than_asked(kind):
    shown = Image.open(io.BytesIO(image_to_png(picture(kind), 100)))
    assert (shown.format, shown.size) == ("PNG", (100, 67))


def test_a_small_picture_is_not_blown_up():
    assert Image.open(io.BytesIO(image_to_png(picture("PNG", (40, 30)), 800))).size == (40, 30)


def test_a_photograph_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.open(io.BytesIO(image_to_png(picture("JPEG", (300, 200), exif=exif), 800)))
    assert turned.size == (200, 300)


def test_a_picture_that_claims_to_be_enormous_is_refused():
    header = struct.pack("!IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack("!I", len(header)) + chunk + struct.pack("!I", zlib.crc32(chunk))
    assert refusal(image_to_png, bomb).code == "broken-image"
    assert refusal(image_to_png, b"not a picture").code == "broken-image"


def test_the_child_sees_no_secrets(monkeypatch):
    monkeypatch.setenv("BANQUP_SECRET", "x")
    assert "BANQUP_SECRET" not in pdf.child_environment()

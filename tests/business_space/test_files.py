"""Pages, downloads and the readable view: what leaves a document."""

import pytest

from banqup.invoices.models import Attachment
from business_space.demo import paper
from tests.factories import einvoices, world

from .helpers import e_invoice, main, page, sale, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def test_the_original_comes_back_byte_by_byte_and_harmless(an, space, delivered):
    original = delivered.attachment(Attachment.Role.ORIGINAL)

    response = an.get(url("purchase_file", space, delivered.pk, original.pk))

    assert response.content == einvoices.invoice_bytes()
    assert {
        name: response[name]
        for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy")
    } == {
        "Content-Type": "application/xml",
        "Content-Disposition": 'attachment; filename="invoice.xml"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


@pytest.mark.parametrize(
    ("stored", "offered"),
    [
        ('../../etc/pass"wd.xml', r'attachment; filename="pass\"wd.xml"'),
        ("a\r\nSet-Cookie: x.pdf", 'attachment; filename="aSet-Cookie: x.pdf"'),
        ("...", 'attachment; filename="document"'),
        ("façade.pdf", "attachment; filename*=utf-8''fa%C3%A7ade.pdf"),
    ],
)
def test_a_hostile_file_name_stays_a_name(an, space, delivered, stored, offered):
    Attachment.objects.filter(invoice=delivered).update(filename=stored)
    original = delivered.attachments.first()

    assert an.get(url("purchase_file", space, delivered.pk, original.pk))["Content-Disposition"] == offered


def test_a_file_of_another_document_or_space_is_not_found(an, stranger, space, delivered):
    other = e_invoice(space, number="2026-0043")
    file = other.attachments.first()

    assert an.get(url("purchase_file", space, delivered.pk, file.pk)).status_code == 404
    assert stranger.get(url("purchase_file", space, other.pk, file.pk)).status_code == 404
    assert stranger.get(url("purchase_page", space, other.pk, 1)).status_code == 404


def test_a_damaged_or_missing_file_is_told_plainly(an, space, delivered, monkeypatch):
    Attachment.objects.filter(invoice=delivered).update(sha256="0" * 64)

    response = an.get(url("purchase_file", space, delivered.pk, delivered.attachments.first().pk))

    assert response.status_code == 410
    assert "“invoice.xml” is missing or damaged on our side" in words(main(response))


def test_the_page_of_a_pdf_is_a_picture(an, space, scan):
    desk = an.get(url("purchase_detail", space, scan.pk))
    (source,) = page(desk).xpath("//figure//img/@src")

    first, again = an.get(source), an.get(source)

    assert (first["Content-Type"], first.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert again.content == first.content


def test_a_page_that_does_not_exist_is_not_found(an, space, scan, delivered):
    assert [an.get(url("purchase_page", space, scan.pk, number)).status_code for number in (0, 99, 100000)] == [
        404,
        404,
        404,
    ]
    assert an.get(url("purchase_page", space, delivered.pk, 1)).status_code == 404


def test_a_broken_pdf_is_still_a_document_with_its_file(an, space):
    invoice = world.received(space, b"%PDF-1.7 nonsense", filename="broken.pdf", channel="browser")

    response = an.get(url("purchase_detail", space, invoice.pk))

    assert response.status_code == 200
    assert "broken.pdf" in words(main(response))


def test_the_readable_view_says_what_the_e_invoice_says(an, space):
    invoice = e_invoice(
        space, notes=("Thank you <b>very</b> much",), contract_reference="C-9", payment_terms="30 days net"
    )

    text = words(main(an.get(url("purchase_document", space, invoice.pk), {"view": "data"})))

    assert "Made from the data, not the supplier's document." in text
    for said in (
        "2026-0042",
        "Thank you <b>very</b> much",
        "C-9",
        "30 days net",
        "Wheat flour type 55, 25 kg",
        "BE36 0539 0075 4781",
    ):
        assert said.replace(" ", "\u00a0") in text or said in text


def test_a_sale_shows_its_customer(an, space):
    invoice = sale(space)

    assert "Café Het Anker BV V2026-0143" in words(main(an.get(url("sales_detail", space, invoice.pk))))


def test_a_pdf_beside_an_e_invoice_is_its_picture(an, space):
    from banqup.einvoicing import Attachment as Embedded

    picture = paper.pdf(einvoices.document())
    invoice = e_invoice(
        space, attachments=(Embedded(id="1", filename="invoice.pdf", mime_type="application/pdf", content=picture),)
    )

    response = an.get(url("purchase_document", space, invoice.pk))

    assert page(response).xpath("//figure//img/@src") == [url("purchase_page", space, invoice.pk, 1)]

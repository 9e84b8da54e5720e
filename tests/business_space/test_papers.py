"""The PDF with the e-invoice inside, and the readable view of long documents."""

import pytest
from django.core.files.storage import default_storage

from banqup.einvoicing import inspect_pdf
from banqup.invoices import files, papers
from tests.business_space.helpers import browser_of, e_invoice, main, messages, page, url, words
from tests.factories import einvoices, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def offered(response) -> str | None:
    """Where the ⋮ menu downloads the PDF from."""
    found = page(response).xpath("//a[contains(., 'Download a PDF with the e-invoice inside')]/@href")
    return found[0] if found else None


def test_a_released_document_is_downloaded_as_a_pdf_with_the_e_invoice_inside(an, space, delivered):
    link = offered(an.get(delivered.get_absolute_url()))

    response = an.get(link)

    assert (response["Content-Type"], response["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="2026-0042.pdf"',
    )
    assert inspect_pdf(response.content).embedded_xml == files.load(space.pk, delivered.content_sha256)


def test_it_is_drawn_once_and_kept(an, space, delivered, monkeypatch):
    first = an.get(url("purchase_paper", space, delivered.pk)).content
    monkeypatch.setattr(papers, "pdf_with_data", lambda *args, **options: pytest.fail("drawn again"))
    assert an.get(url("purchase_paper", space, delivered.pk)).content == first


def test_its_accountant_downloads_it_too(space, delivered):
    office = world.partner()
    world.engaged(space, office)
    accountant = browser_of(world.member(office, email="sofie@delvaux.example"))
    link = offered(accountant.get(f"/p/{office.slug}/documents/{delivered.pk}/"))
    assert accountant.get(link).content.startswith(b"%PDF-1.7")


def test_before_the_release_there_is_none(an, space, waiting):
    assert offered(an.get(waiting.get_absolute_url())) is None
    assert an.get(url("purchase_paper", space, waiting.pk)).status_code == 404


def test_a_stranger_finds_none(stranger, space, delivered):
    assert stranger.get(url("purchase_paper", space, delivered.pk)).status_code == 404


def test_an_e_invoice_that_is_lost_on_our_side_is_said(an, space):
    delivered = e_invoice(space, number="2026-0404")  # of which no PDF was ever kept
    default_storage.delete(files.path(space.pk, delivered.content_sha256))
    response = an.get(url("purchase_paper", space, delivered.pk), follow=True)
    assert response.redirect_chain == [(delivered.get_absolute_url(), 303)]
    assert "The PDF can't be made" in " ".join(messages(response))


def test_the_readable_view_of_a_long_document_comes_in_pages(an, space):
    invoice = e_invoice(space, lines=tuple(einvoices.line(number) for number in range(1, 412)))
    address = url("purchase_document", space, invoice.pk) + "?view=data"

    shown = words(main(an.get(f"{address}&page=3")))

    assert "Page 3 of 3" in shown
    assert "Lines 401 to 411 of 411. The totals are those of the whole document." in shown
    rows = page(an.get(f"{address}&page=2")).xpath("//table[contains(@class, 'readable__lines')]/tbody/tr/td[1]")
    assert [row.text for row in rows] == [str(number) for number in range(201, 401)]
    assert "Lines 1 to" not in words(main(an.get(url("purchase_document", space, invoice.pk) + "?view=files")))

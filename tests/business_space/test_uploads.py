"""Files that a person brings: each on its own, and none is lost without a word."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banqup.actions import intake
from banqup.invoices.models import Invoice, Receipt
from business_space.demo import paper
from tests.factories import einvoices, world

from .helpers import main, page, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _validator(validator):
    """Documents are judged by the real rules."""


def file(name, data):
    return SimpleUploadedFile(name, data)


def e_invoice(name="invoice.xml", **overrides):
    return file(name, einvoices.invoice_bytes(**overrides))


def items(response):
    return [words(item) for item in page(response).xpath("//ul[contains(@class, 'upload__list')]/li")]


def alone(client, space, upload, side="purchase"):
    """One file, as the script posts it."""
    return client.post(url(f"{side}_upload", space), {"files": upload}, headers={"HX-Request": "true"})


def test_many_files_come_in_at_once_and_each_gets_an_answer(an, space):
    files = [e_invoice(), e_invoice("second.xml", number="2026-0043"), file("empty.pdf", b"")]

    response = an.post(url("purchase_upload", space), {"files": files}, follow=True)

    assert response.redirect_chain == [(url("purchase_uploaded", space), 303)]
    assert items(response) == [
        "invoice.xml Received. Being checked…",
        "second.xml Received. Being checked…",
        "empty.pdf empty.pdf is empty. Export or scan it again.",
    ]
    assert list(Receipt.objects.values_list("filename", "direction", "channel", "received_by__email")) == [
        ("invoice.xml", "purchase", "browser", "an@janssens.example"),
        ("second.xml", "purchase", "browser", "an@janssens.example"),
    ]


def test_the_result_tells_what_became_of_each(an, space):
    an.post(
        url("purchase_upload", space),
        {"files": [e_invoice(), file("scan.pdf", paper.pdf(einvoices.document(number="7")))]},
    )
    for receipt in Receipt.objects.all():
        intake.judge(receipt_id=receipt.pk)

    response = an.get(url("purchase_uploaded", space))

    assert items(response) == [
        "invoice.xml Approved automatically: a correct e-invoice. Open Molens De Ster NV 2026-0042",
        "scan.pdf Awaiting validation: it needs your input. Open Molens De Ster NV 7",
    ]


def test_one_file_alone_gets_its_own_line_that_asks_until_it_is_judged(an, space):
    response = alone(an, space, e_invoice())

    receipt = Receipt.objects.get()
    (item,) = page(response).xpath("//li")
    assert (item.get("hx-get"), item.get("hx-trigger")) == (url("receipt", space, receipt.pk), "every 2s")

    intake.judge(receipt_id=receipt.pk)
    (judged,) = page(an.get(url("receipt", space, receipt.pk), headers={"HX-Request": "true"})).xpath("//li")
    invoice = Invoice.objects.get()
    assert judged.get("hx-get") is None
    assert judged.xpath(".//a/@href") == [url("purchase_detail", space, invoice.pk)]


def test_the_same_file_again_leads_to_the_first_document(an, space, delivered):
    alone(an, space, e_invoice("again.xml"))
    receipt = Receipt.objects.latest("pk")
    intake.judge(receipt_id=receipt.pk)

    response = an.get(url("receipt", space, receipt.pk), headers={"HX-Request": "true"})

    assert words(page(response)) == (
        "again.xml Not imported again: the same file as Molens De Ster NV 2026-0042. Open Molens De Ster NV 2026-0042"
    )
    assert Invoice.objects.count() == 1


def test_a_file_that_is_too_large_is_refused_in_words(an, space, settings):
    settings.BANQUP_MAX_UPLOAD_BYTES = 2 * 2**20

    response = alone(an, space, file("big.pdf", b"x" * (2 * 2**20 + 1)))

    assert words(page(response)) == "big.pdf big.pdf is larger than 2 MB. Split it, or scan it at a lower resolution."
    assert Receipt.objects.count() == 0


def test_a_post_without_files_asks_for_them(an, space):
    response = an.post(url("purchase_upload", space), follow=True)

    assert items(response) == ["No file Choose one or more files first."]


def test_files_of_sales_go_to_sales(an, space):
    alone(an, space, e_invoice(), side="sales")

    assert Receipt.objects.get().direction == "sales"


@pytest.mark.parametrize(
    ("roles", "side"), [(["AUD"], "purchase"), (["SA"], "purchase"), (["PA"], "sales"), (["FR"], "sales")]
)
def test_without_the_role_nothing_comes_in(browser_with, space, roles, side):
    response = alone(browser_with(*roles), space, e_invoice(), side=side)

    assert (response.status_code, Receipt.objects.count()) == (403, 0)


def test_the_page_says_why_importing_is_off(browser_with, space):
    response = browser_with("AUD").get(url("purchase_upload", space))

    assert "This needs the role purchase responsible / purchase assistant." in words(main(response))
    assert page(response).xpath("//input[@type='file']") == []


def test_a_stranger_neither_uploads_nor_watches(stranger, an, space):
    alone(an, space, e_invoice())
    receipt = Receipt.objects.get()

    assert alone(stranger, space, e_invoice("other.xml")).status_code == 404
    assert stranger.get(url("receipt", space, receipt.pk)).status_code == 404
    own = world.Space.objects.get(slug="elsewhere")
    assert stranger.get(url("receipt", own, receipt.pk)).status_code == 404


def test_a_name_with_markup_is_shown_as_text(an, space):
    response = alone(an, space, file("<img src=x onerror=alert(1)>.pdf", b""))

    assert page(response).xpath("//img") == []

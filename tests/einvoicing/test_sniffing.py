"""What a file is, told by its content."""

from __future__ import annotations

import pytest

from banqup.einvoicing import sniff, write
from tests.factories.einvoices import document, invoice_bytes

UBL = invoice_bytes()
CII = b'<?xml version="1.0"?><!-- x --><rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">'
RESPONSE = b'<a:ApplicationResponse xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"/>'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (UBL, "ubl"),
        (write(document(kind="credit_note")), "ubl"),
        (UBL.decode().encode("utf-16"), "ubl"),
        (b"\xef\xbb\xbf  " + UBL, "ubl"),
        (CII, "cii"),
        (RESPONSE, "application-response"),
        (b"<?xml version='1.0'?><other/>", "xml"),
        (b"<Invoice/>", "xml"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "xml"),
        (b"<?xml version='1.0'?>", "xml"),
        (b"%PDF-1.7\n...", "pdf"),
        (b"junk before\n%PDF-1.4", "pdf"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"II*\0", "image"),
        (b"MM\0*", "image"),
        (b"PK\x03\x04" + b"\0" * 26 + b"invoice.xml", "zip"),
        (b"PK\x03\x04" + b"\0" * 26 + b"[Content_Types].xml", "office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
        (b"", "empty"),
        (b" \r\n\0", "empty"),
        (b"hello", "unknown"),
        (b"<html><body>", "unknown"),
        (b"< not a tag", "unknown"),
        (bytes(range(256)), "unknown"),
    ],
)
def test_content_decides(data, kind):
    assert sniff(data) == kind


def test_the_name_does_not_decide():
    assert sniff(UBL, "invoice.pdf") == "ubl"
    assert sniff(b"%PDF-1.7", "invoice.xml") == "pdf"


def test_endless_beginnings_take_no_time():
    for head in (b"<!--" * 20_000, b"<?" * 40_000, b"<!DOCTYPE " * 10_000, b"<a " + b"x" * 70_000, b"<" * 70_000):
        assert sniff(head) in ("xml", "unknown")

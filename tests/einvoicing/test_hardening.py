"""Hostile and broken input gets a specific answer and never a crash."""

from __future__ import annotations

import contextlib
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banqup.einvoicing import Unreadable, read, validate
from banqup.einvoicing.judge import judge
from banqup.einvoicing.safe_xml import MAX_BYTES, canonical, parse
from tests.einvoicing.edit import changed
from tests.factories.einvoices import document, invoice_bytes

LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY a%d "&a%s;&a%s;">' % (n, b"" if n == 1 else b"%d" % (n - 1), b"" if n == 1 else b"%d" % (n - 1))
        for n in range(1, 40)
    )
    + b"]><Invoice>&a39;</Invoice>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">&x;</Invoice>'
)
INVOICE = invoice_bytes()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("invoice.xml", invoice_bytes())
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\xef\xbb\xbf", "not-xml"),
        (LAUGHS, "doctype"),
        (EXTERNAL, "doctype"),
        (b"<!DOCTYPE html><html></html>", "doctype"),
        (b"<!-- a --><?b c?>\n<!doctype html><html/>", "doctype"),
        (b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/x.dtd"><Invoice/>', "doctype"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "doctype"),
        (b"<a>" * 300 + b"</a>" * 300, "too-deep"),
        (b"<a>" * 100 + b"</a>" * 100, "too-deep"),
        (b"<a>" + b"<b/>" * 500_001 + b"</a>", "too-many-elements"),
        (b"<Invoice><ID>1</ID>", "truncated"),
        (b"<Invoice><ID>1</I", "truncated"),
        (b"<Invoice><ID>1</Invoice>", "not-xml"),
        (b"<a>&nbsp;</a>", "not-xml"),
        (b"not xml at all", "not-xml"),
        (b"%PDF-1.7\n", "not-xml"),
        (b"\x00\x01\x02\x03", "not-xml"),
        (b"<?xml version='1.0' encoding='UTF-7'?><a/>", "unknown-encoding"),
        (b"<?xml version='1.0' encoding='rot13'?><a/>", "unknown-encoding"),
        ("<a/>".encode("utf-32"), "unknown-encoding"),
        ("<a>é</a>".encode("latin-1"), "not-utf8"),
        ("<?xml version='1.0' encoding='UTF-8'?><a>é</a>".encode("latin-1"), "not-utf8"),
        (b"<a/>", "unknown-document"),
        (b'<Invoice xmlns="urn:example:other"/>', "unknown-document"),
    ],
)
def test_unreadable_files_say_what_is_wrong_with_them(data, code):
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.code == code
    assert len(caught.value.message) > 20


def test_an_archive_is_not_xml():
    with pytest.raises(Unreadable) as caught:
        read(zipped())
    assert caught.value.code in ("not-xml", "not-utf8")


def test_a_file_over_the_size_limit_is_refused_before_it_is_parsed():
    with pytest.raises(Unreadable) as caught:
        read(b"<a>" + b" " * MAX_BYTES + b"</a>")
    assert caught.value.code == "too-large"
    assert "25" in caught.value.message


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "windows-1252"]
)
def test_the_encoding_a_file_says_it_has_is_honoured(encoding):
    made = document(number="FAC-é-1")
    from banqup.einvoicing import write

    text = write(made).decode("utf-8").partition("?>")[2]
    declared = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)
    data = f'<?xml version="1.0" encoding="{declared}"?>{text}'.encode(encoding)
    assert read(data) == made


def test_the_prefixes_a_sender_chose_do_not_matter():
    text = invoice_bytes().decode()
    text = (
        text.replace("cbc:", "x:").replace("xmlns:cbc", "xmlns:x").replace("cac:", "y:").replace("xmlns:cac", "xmlns:y")
    )
    text = text.replace("<Invoice xmlns=", "<z:Invoice xmlns:z=").replace("</Invoice>", "</z:Invoice>")
    assert read(text.encode()) == document()


def test_comments_and_processing_instructions_inside_values_are_ignored():
    text = invoice_bytes().decode().replace(">2026-0042<", ">2026<!-- ! -->-00<?x y?>42<")
    assert read(text.encode()).number == "2026-0042"


def test_amounts_of_thirty_digits_are_exact():
    huge = "123456789012345678901234567890.12"
    data = changed(invoice_bytes(), "cac:LegalMonetaryTotal/cbc:PayableAmount", huge)
    assert read(data).payable == Decimal(huge)
    report = judge(data)
    found = next(finding for finding in report.fatal if finding.rule == "BR-CO-16")
    assert huge in found.message


def test_negative_totals_are_read_as_they_are():
    data = changed(invoice_bytes(), "cac:LegalMonetaryTotal/cbc:PayableAmount", "-1.00")
    assert read(data).payable == Decimal("-1.00")


@pytest.mark.parametrize(
    "text",
    ["NaN", "INF", "Infinity", "-Infinity", "1e999999999", "1E5", "12,50", "1_000", "١٢", "abc", "1" * 65, "0x10"],
)
def test_what_is_no_number_is_named_with_its_field(text):
    data = changed(invoice_bytes(), "cac:LegalMonetaryTotal/cbc:PayableAmount", text)
    with pytest.raises(Unreadable) as caught:
        read(data)
    assert caught.value.code == "bad-value"
    assert caught.value.field == "BT-115"
    assert "BT-115" in caught.value.message
    assert not judge(data).valid


@pytest.mark.parametrize("text", ["2026-02-30", "02/03/2026", "2026-3-2", "20260302", "0000-01-01", "tomorrow"])
def test_what_is_no_date_is_named_with_its_field(text):
    with pytest.raises(Unreadable) as caught:
        read(changed(invoice_bytes(), "cbc:IssueDate", text))
    assert (caught.value.code, caught.value.field) == ("bad-value", "BT-2")


def test_a_damaged_attachment_is_named_with_its_field():
    from banqup.einvoicing import Attachment

    data = invoice_bytes(
        attachments=(Attachment(id="a", filename="a.pdf", mime_type="application/pdf", content=b"abc"),)
    )
    path = "cac:AdditionalDocumentReference/cac:Attachment/cbc:EmbeddedDocumentBinaryObject"
    with pytest.raises(Unreadable) as caught:
        read(changed(data, path, "***"))
    assert (caught.value.code, caught.value.field) == ("bad-value", "BT-125")


def test_only_what_was_serialised_again_reaches_the_engines():
    """The result of the safe parse has no declarations, comments or instructions left."""
    data = b"<?xml version='1.0'?><!-- c --><?p i?><a><!-- c -->x<?p i?></a>"
    assert canonical(parse(data)).splitlines()[1:] == [b"<a>x</a>"]


@pytest.mark.parametrize("data", [b"", LAUGHS, EXTERNAL, b"<a>" * 200, b"<a/>", zipped(), b"\xff" * 100])
def test_the_service_gives_a_verdict_on_anything(data, validator):
    report = validate(data, socket_path=validator)
    assert not report.valid
    assert len(report.fatal) == 1
    assert report.fatal[0].rule.startswith("UNREADABLE:") or report.fatal[0].rule == "UNSUPPORTED"


def test_a_number_that_breaks_the_stylesheet_is_a_finding():
    """Without the schema in front the official rules stop at a rate that is no number."""
    data = changed(invoice_bytes(), "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent", "x")
    report = judge(data, layers=["en16931"])
    assert not report.valid
    assert any(finding.rule == "ENGINE" for finding in report.fatal)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(INVOICE) - 1), st.integers(0, 60), st.binary(max_size=6))
def test_damage_anywhere_is_read_or_refused_but_never_a_crash(position, removed, inserted):
    damaged = INVOICE[:position] + inserted + INVOICE[position + removed :]
    with contextlib.suppress(Unreadable):
        read(damaged)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_but_never_a_crash(data):
    with contextlib.suppress(Unreadable):
        read(data)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted({node.getroottree().getelementpath(node) for node in parse(INVOICE).iter()} - {"."})),
    st.sampled_from(["", "x", "-1", "1e9", "NaN", "9" * 40, "true", "AE", "EUR", "2026-13-45", "\u202e", "é" * 300]),
)
def test_a_wrong_value_anywhere_gets_a_verdict(path, text):
    root = parse(INVOICE)
    root.find(path).text = text
    report = judge(canonical(root), keep_going=True)
    assert report.layers and all(finding.message for finding in report.findings)

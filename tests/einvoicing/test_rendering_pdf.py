"""The PDF made of an e-invoice: what ISO 19005-3 (PDF/A-3b) asks of its structure, and what a reader asks of it.

No independent PDF/A validator ships with the project; these are the demands that can be read from the file.
"""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from lxml import etree
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from banqup.einvoicing import inspect_pdf, read, write
from banqup.einvoicing.rendering import LANGUAGES, NotDrawn, pdf_with_data
from banqup.einvoicing.rendering.child import make as draw
from tests.einvoicing import everything
from tests.factories.cii import cii_bytes
from tests.factories.einvoices import document, line

# Scripts, forms, encryption, transparency, embedded media: nothing of it belongs into an archived invoice.
FORBIDDEN = {
    "/JavaScript", "/JS", "/OpenAction", "/AA", "/AcroForm", "/Encrypt", "/SMask", "/CA", "/ca", "/BM",
    "/Group", "/Launch", "/RichMedia", "/XFA", "/LZWDecode", "/Alternates", "/OPI",
}  # fmt: skip


@pytest.fixture(scope="module")
def xml() -> bytes:
    return write(document(seller=everything.document().seller, notes=("Łódź, Αθήνα, София",)))


@pytest.fixture(scope="module")
def pdf(xml) -> bytes:
    return pdf_with_data(xml, language="nl")


@pytest.fixture(scope="module")
def root(pdf) -> DictionaryObject:
    return PdfReader(io.BytesIO(pdf)).trailer["/Root"]


def objects(start) -> list[DictionaryObject]:
    """Every dictionary that can be reached from `start`."""
    seen, waiting, found = set(), [start], []
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in seen:
                continue
            seen.add(one.idnum)
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            found.append(one)
            waiting += [one.raw_get(key) for key in one]
        elif isinstance(one, ArrayObject):
            waiting += list(one)
    return found


def text(data: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]


def test_every_font_is_embedded_and_its_text_can_be_read_back(root):
    fonts = [one for one in objects(root) if one.get("/Type") == "/Font"]
    assert {re.sub(r"^/[A-Z]{6}\+", "", font["/BaseFont"]) for font in fonts} == {
        "OpenSans-Regular", "OpenSans-SemiBold",
    }  # fmt: skip
    for font in fonts:
        assert isinstance(font["/FontDescriptor"]["/FontFile2"], StreamObject)
        assert "/ToUnicode" in font and re.match(r"/[A-Z]{6}\+", font["/BaseFont"])


def test_colours_mean_what_the_output_intent_says(root, pdf):
    (intent,) = root["/OutputIntents"]
    profile = intent.get_object()["/DestOutputProfile"]
    data = profile.get_data()
    assert (intent.get_object()["/S"], profile["/N"]) == ("/GTS_PDFA1", 3)
    assert (data[12:16], data[16:20], data[36:40]) == (b"mntr", b"RGB ", b"acsp") and data[8] in (2, 4)
    drawn = b"".join(page.get_contents().get_data() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert re.findall(rb"(?<![\w/])(?:g|G|k|K|cs|CS|sc|SC|scn|SCN)(?=\s)", re.sub(rb"\(.*?\)", b"", drawn)) == []


def test_the_metadata_claim_the_standard_and_agree_with_the_document(root, pdf):
    stream = root["/Metadata"]
    assert (stream["/Type"], stream["/Subtype"], "/Filter" in stream) == ("/Metadata", "/XML", False)
    xmp = etree.fromstring(stream.get_data())
    said = {etree.QName(one).localname: one.text for one in xmp.iter(etree.Element) if (one.text or "").strip()}
    assert (said["part"], said["conformance"]) == ("3", "B")
    found = [one.text for one in xmp.iter("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li")]
    information = PdfReader(io.BytesIO(pdf)).metadata
    assert found == [information.title, information.author, "nl"] and information.title == "Factuur 2026-0042"
    assert said["CreateDate"] == "2026-03-02T00:00:00+00:00"
    assert information.creation_date.date() == information.modification_date.date() == date(2026, 3, 2)
    assert root["/Lang"] == "nl" and root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_the_e_invoice_is_inside_to_the_byte_and_belongs_to_the_document(root, pdf, xml):
    (file,) = root["/AF"]
    file = file.get_object()
    assert (file["/Type"], file["/F"], file["/UF"]) == ("/Filespec", "e-invoice.xml", "e-invoice.xml")
    assert file["/AFRelationship"] == "/Alternative"
    names = root["/Names"]["/EmbeddedFiles"]["/Names"]
    assert names[0] == "e-invoice.xml" and names[1].get_object() == file
    stored = file["/EF"]["/F"]
    assert stored["/Subtype"] == "/text/xml" and stored["/Params"]["/Size"] == len(xml)
    assert stored.get_data() == xml
    assert inspect_pdf(pdf).embedded_xml == xml, "and our own reader finds it there"


def test_a_cii_invoice_becomes_factur_x_with_its_own_name_and_metadata():
    from facturx import get_facturx_xml_from_pdf, get_level

    data = cii_bytes(document())
    made = draw(data, "fr", "e-invoice.xml")
    found = get_facturx_xml_from_pdf(made, check_xsd=True)
    assert found == ("factur-x.xml", data) and get_level(etree.fromstring(data)) == "en16931"
    metadata = PdfReader(io.BytesIO(made)).trailer["/Root"]["/Metadata"].get_data()
    xmp = etree.fromstring(metadata)
    said = {etree.QName(one): one.text for one in xmp.iter("{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}*")}
    assert {name.localname: value for name, value in said.items()} == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
        "Version": "1.0",
        "ConformanceLevel": "EN 16931",
    }
    explained = [one.text for one in xmp.iter("{http://www.aiim.org/pdfa/ns/property#}name")]
    assert sorted(explained) == sorted(name.localname for name in said), "PDF/A wants foreign properties explained"


def test_nothing_runs_asks_hides_or_shines_through(root):
    found = {key for one in objects(root) for key in one} | {
        str(value) for one in objects(root) for value in one.values() if isinstance(value, str)
    }
    assert found & FORBIDDEN == set()


def test_the_file_itself_is_built_as_archives_demand(pdf):
    assert re.match(rb"%PDF-1\.7\n%[\x80-\xff]{4,}", pdf) and pdf.rstrip().endswith(b"%%EOF")
    assert all(before in b"\r\n" for before in re.findall(rb"(.)endstream", pdf, re.DOTALL))
    first, second = PdfReader(io.BytesIO(pdf)).trailer["/ID"]
    assert first == second and len(first.original_bytes) == 16


def test_the_same_e_invoice_gives_the_same_bytes(pdf, xml):
    assert pdf_with_data(xml, language="nl-BE") == pdf == draw(xml, "nl", "e-invoice.xml")
    assert pdf_with_data(xml, language="fr") != pdf


def test_every_field_of_the_model_is_on_paper():
    data = write(everything.document())
    shown = "\n".join(text(draw(data, "en", "e-invoice.xml"))).replace("\u00a0", " ")
    missing = [one for one in everything.told(read(data), "en") if one[1].replace("\u00a0", " ") not in shown]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_what_it_is_and_that_it_is_made_from_the_data(language):
    sold = tuple(line(number) for number in range(1, 101))
    pages = text(draw(write(document(lines=sold)), language, "e-invoice.xml"))
    marking = {"en": "Made from the data", "nl": "Opgemaakt uit", "fr": "Établi à partir", "de": "Aus den Daten"}
    heads = {"en": "Quantity", "nl": "Aantal", "fr": "Quantité", "de": "Menge"}
    assert len(pages) >= 3
    assert marking[language] in pages[0]
    assert all("2026-0042 · Molens De Ster NV" in page and str(len(pages)) in page for page in pages)
    assert all(heads[language] in page for page in pages if "Wheat flour" in page)


def test_characters_that_the_font_lacks_are_told_and_never_left_out_silently():
    shown = text(draw(write(document(notes=("שלום and \u200bthe rest",))), "en", "e-invoice.xml"))[0].replace("\n", " ")
    assert "???? and the rest" in shown and "A few characters cannot be drawn here" in shown
    assert "cannot be drawn" not in text(draw(write(document()), "en", "e-invoice.xml"))[0]


def test_texts_of_any_length_break_over_lines_and_pages():
    long = document(
        notes=("word " * 20_000, "W" * 5_000),
        lines=(line(1, description="row\n" * 300, name="X" * 3_000),),
        buyer_reference="R" * 12_000,
    )
    pages = text(draw(write(long), "en", "e-invoice.xml"))
    assert sum(page.count("word") for page in pages) == 20_000
    assert sum(len(re.findall(r"^row$", page, re.MULTILINE)) for page in pages) == 300
    assert sum(page.count("R") for page in pages) >= 12_000


@pytest.mark.parametrize("data", [b"", b"not xml", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_what_is_no_e_invoice_is_not_drawn(data):
    with pytest.raises(NotDrawn):
        pdf_with_data(data)


def test_a_document_that_takes_too_long_is_given_up(xml, monkeypatch):
    monkeypatch.setattr("banqup.einvoicing.rendering.make.SECONDS", 0.01)
    with pytest.raises(NotDrawn, match="longer than"):
        pdf_with_data(xml)

"""What makes a PDF a PDF/A-3b with the e-invoice inside (ISO 19005-3, level B).

The pages come drawn; here the file gets its metadata (XMP), its colour space
(an sRGB output intent), its language and title, and the e-invoice as an
associated file. Loaded in the child process only (see `child`).
"""

from __future__ import annotations

import hashlib
import io
from datetime import date
from xml.sax.saxutils import escape

from PIL import ImageCms
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    ByteStringObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

PRODUCER = "Banqup"
# ISO 19005-3 has no better word for "the same invoice as data": both tell the same.
RELATIONSHIP = "/Alternative"

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>3</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
   <dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
  </rdf:Description>
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
   <xmp:CreatorTool>{producer}</xmp:CreatorTool>
   <xmp:CreateDate>{moment}</xmp:CreateDate>
   <xmp:ModifyDate>{moment}</xmp:ModifyDate>
   <pdf:Producer>{producer}</pdf:Producer>
  </rdf:Description>
{more} </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def archive(
    pages: bytes,
    xml: bytes,
    *,
    name: str,
    title: str,
    author: str,
    language: str,
    dated: date | None,
    more: str = "",
) -> bytes:
    """`pages` as PDF/A-3b, with `xml` inside under `name`. The same arguments give the same bytes.

    Dates inside are those of the document (`dated`), never the clock's.
    `more` is XMP to stand beside that of PDF/A.
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pages)))
    moment = f"{dated or date(2000, 1, 1):%Y-%m-%d}T00:00:00+00:00"
    pdf_date = TextStringObject(f"D:{dated or date(2000, 1, 1):%Y%m%d}000000+00'00'")
    root = writer.root_object
    writer.pdf_header = "%PDF-1.7"
    words = {"title": title, "author": author, "language": language, "moment": moment, "producer": PRODUCER}
    xmp = _XMP.format(more=more, **{key: escape(value) for key, value in words.items()})
    root[NameObject("/Metadata")] = writer._add_object(_stream(xmp.encode(), Type="/Metadata", Subtype="/XML"))
    root[NameObject("/Lang")] = TextStringObject(language)
    root[NameObject("/ViewerPreferences")] = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    root[NameObject("/OutputIntents")] = ArrayObject([writer._add_object(_output_intent(writer))])
    file = writer._add_object(_file(writer, xml, name, title, pdf_date))
    root[NameObject("/AF")] = ArrayObject([file])
    root[NameObject("/Names")] = DictionaryObject(
        {
            NameObject("/EmbeddedFiles"): DictionaryObject(
                {NameObject("/Names"): ArrayObject([TextStringObject(name), file])}
            )
        }
    )
    root[NameObject("/PageMode")] = NameObject("/UseNone")
    writer.metadata = {
        "/Title": title,
        "/Author": author,
        "/Creator": PRODUCER,
        "/Producer": PRODUCER,
        "/CreationDate": pdf_date,
        "/ModDate": pdf_date,
    }
    digest = ByteStringObject(hashlib.sha256(pages + xml).digest()[:16])
    writer._ID = ArrayObject([digest, digest])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _stream(content: bytes, **entries: str) -> DecodedStreamObject:
    made = DecodedStreamObject()
    made.set_data(content)
    for key, value in entries.items():
        made[NameObject(f"/{key}")] = NameObject(value)
    return made


def _output_intent(writer: PdfWriter) -> DictionaryObject:
    profile = _stream(srgb()).flate_encode()
    profile[NameObject("/N")] = NumberObject(3)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/OutputIntent"),
            NameObject("/S"): NameObject("/GTS_PDFA1"),
            NameObject("/OutputConditionIdentifier"): TextStringObject("sRGB IEC61966-2.1"),
            NameObject("/Info"): TextStringObject("sRGB IEC61966-2.1"),
            NameObject("/DestOutputProfile"): writer._add_object(profile),
        }
    )


def srgb() -> bytes:
    """An ICC profile of sRGB, as LittleCMS makes it, without the time at which it was made."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # ICC.1: bytes 24 to 35 of the header are the date and time.
    return made[:24] + bytes([0x07, 0xD0, 0, 1, 0, 1]) + bytes(6) + made[36:]


def _file(writer: PdfWriter, xml: bytes, name: str, title: str, dated: TextStringObject) -> DictionaryObject:
    content = _stream(xml).flate_encode()
    content[NameObject("/Type")] = NameObject("/EmbeddedFile")
    content[NameObject("/Subtype")] = NameObject("/text/xml")
    content[NameObject("/Params")] = DictionaryObject(
        {
            NameObject("/ModDate"): dated,
            NameObject("/Size"): NumberObject(len(xml)),
            NameObject("/CheckSum"): ByteStringObject(hashlib.md5(xml, usedforsecurity=False).digest()),
        }
    )
    stored = writer._add_object(content)
    return DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/F"): TextStringObject(name),
            NameObject("/UF"): TextStringObject(name),
            NameObject("/Desc"): TextStringObject(title),
            NameObject("/AFRelationship"): NameObject(RELATIONSHIP),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): stored, NameObject("/UF"): stored}),
        }
    )

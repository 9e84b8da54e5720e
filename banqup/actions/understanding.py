"""What a file is and says, found out without touching the database."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from banqup import einvoicing
from banqup.einvoicing import Document, Unreadable, extraction

from . import judgement

_MIME_TYPES = {
    "ubl": "application/xml",
    "cii": "application/xml",
    "application-response": "application/xml",
    "xml": "application/xml",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
# Fewer words than this on all pages: a picture of a page, perhaps with a stamp of text.
FEWEST_WORDS = 8
_NO_REPORT = {"valid": False, "profile": "", "layers": [], "findings": []}


@dataclass(frozen=True)
class Part:
    """A file found inside the document."""

    filename: str
    mime_type: str
    data: bytes


@dataclass(frozen=True)
class Understanding:
    """`document` is None when nothing could be read; `verdict()` always says why or how well.

    The rules run in another process: `verdict()` waits for them, and may raise `ValidatorUnavailable`.
    """

    mime_type: str
    verdict: Callable[[], dict]
    document: Document | None = None
    is_e_invoice: bool = False
    # Nothing but a picture: its fields are to be read out of its words (`has_text`), or of a scan.
    is_picture: bool = False
    has_text: bool = False
    # The XML inside a PDF, and what the pages say otherwise.
    e_invoice: Part | None = None
    remarks: tuple[dict, ...] = ()
    # Whether ClamAV looked at the file: `clean`, `found`, or nothing where it did not.
    virus_check: str = ""
    pages: int | None = None
    parts: tuple[Part, ...] = ()


def understand(data: bytes, filename: str) -> Understanding:
    """Have the file scanned, sniff and read it, and ask for the verdict. A bad file is an answer, not an error.

    Raises OSError when the scanner that is set up does not answer: then nothing may open the file yet.
    """
    checked, virus = _virus_check(data)
    if virus:
        words = _("The file holds a virus (%s) and was not opened. Tell the sender, and delete the document.") % virus
        return dataclasses.replace(_unread("application/octet-stream", "virus", words), virus_check=checked)
    return dataclasses.replace(_understand(data, filename), virus_check=checked)


def _virus_check(data: bytes) -> tuple[str, str]:
    """(how it was checked, the name of the virus)."""
    if not settings.CLAMD_SOCKET:
        return "", ""
    try:
        virus = einvoicing.virus_in(data, settings.CLAMD_SOCKET)
    except einvoicing.NotScanned:
        return "", ""
    return ("found", virus) if virus else ("clean", "")


def _understand(data: bytes, filename: str) -> Understanding:
    sort = einvoicing.sniff(data, filename)
    mime_type = _MIME_TYPES.get(sort, "application/octet-stream")
    if sort in ("ubl", "xml", "cii"):
        return _xml(data, mime_type)
    if sort == "pdf":
        return _pdf(data)
    if sort == "image":
        return Understanding(mime_type=_image_type(data), verdict=lambda: _NO_REPORT, is_picture=True)
    reasons = {
        "zip": _("A ZIP file is not opened. Upload the files inside it one by one."),
        "office": _(
            "An office file is not an invoice. Save it as PDF and upload that, or open the invoice that it belongs to and attach it there."
        ),
        "application-response": _("This is an answer to an invoice, not an invoice."),
    }
    return _unread(
        mime_type,
        sort,
        reasons.get(sort, _("This is not a kind of file we can read. Upload a PDF, an image or a UBL e-invoice.")),
    )


def _unread(mime_type, code, message, field="") -> Understanding:
    finding = judgement.remark(f"BANQUP-{code.upper()}", message, field=field, severity="fatal")
    return Understanding(mime_type=mime_type, verdict=lambda: {**_NO_REPORT, "findings": [finding]})


def _xml(data, mime_type) -> Understanding:
    verdict = judgement.begin_verdict(data)
    try:
        document = einvoicing.read(data)
    except Unreadable as error:
        return _unread(mime_type, error.code, error.message, error.field or "")
    parts = tuple(
        Part(
            filename=attachment.filename or attachment.id or "attachment",
            mime_type=attachment.mime_type or "application/octet-stream",
            data=attachment.content,
        )
        for attachment in document.attachments
        if attachment.content
    )
    return Understanding(mime_type=mime_type, verdict=verdict, document=document, is_e_invoice=True, parts=parts)


def _pdf(data) -> Understanding:
    try:
        facts = einvoicing.inspect_pdf(data)
    except Unreadable as error:
        return _unread("application/pdf", error.code, error.message)
    remarks = ()
    if facts.embedded_xml is not None:
        inside = _xml(facts.embedded_xml, "application/pdf")
        if inside.document is not None:
            return _hybrid(inside, facts)
        words = _("The e-invoice inside the PDF can't be read: %s The data below was read from the page.")
        reason = inside.verdict()["findings"][0]["message"]
        remarks = (judgement.remark("BANQUP-INSIDE", words % reason),)
    return Understanding(
        mime_type="application/pdf",
        verdict=lambda: _NO_REPORT,
        pages=facts.pages,
        is_picture=True,
        has_text=len(facts.words) >= FEWEST_WORDS,
        remarks=remarks,
    )


def _hybrid(inside: Understanding, facts) -> Understanding:
    """The XML inside, UBL or CII, is the document; the PDF is its picture."""
    xml = Part(_file_name(facts.embedded_name), "application/xml", facts.embedded_xml)
    return dataclasses.replace(
        inside,
        e_invoice=xml,
        pages=facts.pages,
        remarks=_differences(inside.document, facts.words),
    )


def _differences(document: Document, words) -> tuple[dict, ...]:
    """A document whose picture says something else is not approved automatically: fraud, or a mistake."""
    names = {"BT-1": _("number"), "BT-31": _("VAT number"), "BT-84": "IBAN", "BT-115": _("total")}
    text = _(
        "The e-invoice inside says the %(what)s is %(value)s; the pages of the PDF don't show that. Ask the supplier."
    )
    return tuple(
        judgement.remark("BANQUP-DIFFERENCE", text % {"what": names[one.field], "value": one.value}, field=one.field)
        for one in extraction.differences(document, words) or ()
    )


def _file_name(name: str | None) -> str:
    """The name that the PDF gives it, without a path and without what no database takes."""
    plain = "".join(character for character in name or "" if character.isprintable())
    return plain.replace("\\", "/").rpartition("/")[2][:255] or "e-invoice.xml"


def _image_type(data) -> str:
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if data.startswith(b"\xff\xd8") else "image/tiff"

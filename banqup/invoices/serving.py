"""Files of a document as answers that no browser runs on our address."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from . import papers, pictures
from .models import Attachment, Invoice

# Whatever a file says it is, only these names are repeated to the browser.
_KNOWN_TYPES = frozenset(
    {"application/pdf", "application/xml", "image/png", "image/jpeg", "image/tiff", "text/csv", "application/zip"}
)
_POLICY = "default-src 'none'; sandbox"


def download(attachment: Attachment) -> HttpResponse:
    """Download, never shown: a foreign XML or HTML must not run here. Raises FileNotFoundError, DamagedFile."""
    data = attachment.load()
    known = attachment.mime_type if attachment.mime_type in _KNOWN_TYPES else "application/octet-stream"
    return _guarded(HttpResponse(data, content_type=known), _safe_name(attachment.filename), attached=True)


def page(attachments, number: int) -> HttpResponse:
    """One page of the document's picture as PNG. Raises Http404, FileNotFoundError, DamagedFile."""
    picture = pictures.picture_of(attachments)
    if picture is None or not 1 <= number <= pictures.PAGES_AT_MOST:
        raise Http404
    try:
        png = pictures.png(picture, number)
    except pictures.NoPicture as error:
        raise Http404(str(error)) from error
    response = _guarded(HttpResponse(png, content_type="image/png"), f"page-{number}.png", attached=False)
    # The bytes under a hash never change; who may see them is asked again after a while.
    response["Cache-Control"] = "private, max-age=3600"
    return response


def paper(invoice: Invoice, language: str) -> HttpResponse:
    """The released e-invoice as a PDF with its data inside. Raises Http404 before the release, NoPaper."""
    if not invoice.is_released:
        raise Http404
    response = HttpResponse(papers.paper(invoice, language), content_type="application/pdf")
    return _guarded(response, _safe_name(f"{invoice.number or invoice.pk}.pdf"), attached=True)


def drawn(data: bytes, name: str) -> HttpResponse:
    """A PDF that we drew ourselves, to be looked at."""
    return _guarded(HttpResponse(data, content_type="application/pdf"), _safe_name(name), attached=False)


def _guarded(response, name, *, attached):
    response["Content-Disposition"] = content_disposition_header(attached, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    return response


def _safe_name(name: str) -> str:
    """No path, no control characters, never empty."""
    plain = "".join(character for character in name.replace("\\", "/").rpartition("/")[2] if character.isprintable())
    return plain.strip(" .")[:180] or "document"

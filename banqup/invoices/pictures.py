"""Pages of a document as pictures: the only way a foreign file is shown. Made once, kept under its hash."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from banqup import einvoicing
from banqup.invoices.files import DamagedFile
from banqup.invoices.models import Attachment

WIDTH = 1400
PDF = "application/pdf"
# GIF and WebP come in as "application/octet-stream" and are only offered as a download.
IMAGES = frozenset({"image/png", "image/jpeg", "image/tiff"})
# Nobody leafs through more on a screen; the file itself has them all.
PAGES_AT_MOST = 200


class NoPicture(Exception):
    """It can't be shown; `str()` says why and the way out."""


def picture_of(attachments) -> Attachment | None:
    """The attachment whose pages are the document's picture: the PDF beside an e-invoice, else the original."""
    showable = [item for item in attachments if item.mime_type == PDF or item.mime_type in IMAGES]
    roles = (Attachment.Role.PICTURE, Attachment.Role.ORIGINAL)
    return next((item for role in roles for item in showable if item.role == role), None)


def pages(attachment: Attachment) -> int:
    """How many pages there are; 0 when it can't be opened. Looked up once, then known."""
    if attachment.mime_type in IMAGES:
        return 1
    if attachment.pages is None:
        try:
            number = einvoicing.inspect_pdf(attachment.load()).pages
        except einvoicing.Unreadable:
            number = 0
        except (FileNotFoundError, DamagedFile):
            return 0  # not remembered: the file may come back from a backup
        attachment.pages = min(number, 32767)
        Attachment.objects.filter(pk=attachment.pk).update(pages=attachment.pages)
    return min(attachment.pages, PAGES_AT_MOST)


def png(attachment: Attachment, page: int) -> bytes:
    """One page as PNG. Raises NoPicture, FileNotFoundError, DamagedFile."""
    name = f"previews/{attachment.invoice.space_id}/{attachment.sha256[:2]}/{attachment.sha256}-{page}-{WIDTH}.png"
    try:
        with default_storage.open(name, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        pass
    data = attachment.load()
    try:
        made = (
            einvoicing.render_page(data, page, WIDTH)
            if attachment.mime_type == PDF
            else einvoicing.image_to_png(data, WIDTH)
        )
    except einvoicing.Unreadable as error:
        raise NoPicture(error.message) from error
    try:
        default_storage.save(name, ContentFile(made))
    except OSError:
        pass  # a full disk costs speed here, not the page
    return made

"""The released e-invoice as a PDF with its data inside: made when it is first asked for, kept under its hash.

It is no attachment: it says nothing that the e-invoice does not say, and can be made again at any time.
"""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from banqup.einvoicing.rendering import NotDrawn, pdf_with_data
from banqup.einvoicing.rendering.labels import known
from banqup.invoices import files
from banqup.invoices.models import Invoice
from banqup.invoices.models.receipt import Channel

# Raised when the pages look different, so that what was kept from before is not served any more.
LAYOUT = 2
CANNOT_DRAW = _(
    "The PDF can't be made: the e-invoice can't be read on our side. The document itself is not affected; "
    "tell whoever runs this server."
)


def is_own(invoice: Invoice) -> bool:
    """Was it made here? Then what we draw of it is its picture, and no copy of somebody's."""
    return invoice.channel == Channel.CREATOR


class NoPaper(Exception):
    """It can't be made now; the document itself is not affected."""


def paper(invoice: Invoice, language: str) -> bytes:
    """The PDF/A-3 of a released `invoice` in `language`. Raises NoPaper."""
    sha256 = invoice.content_sha256
    name = f"papers/{invoice.space_id}/{sha256[:2]}/{sha256}-{known(language)}-{LAYOUT}.pdf"
    try:
        with default_storage.open(name, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        pass
    try:
        made = pdf_with_data(files.load(invoice.space_id, sha256), language=language, own=is_own(invoice))
    except (NotDrawn, FileNotFoundError, files.DamagedFile) as error:
        raise NoPaper(str(error)) from error
    try:
        default_storage.save(name, ContentFile(made))
    except OSError:
        pass  # a full disk costs speed here, not the download
    return made

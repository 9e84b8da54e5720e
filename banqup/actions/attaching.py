"""Attach a file to a document: the door for office files and others that are no documents themselves."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from banqup import einvoicing
from banqup.invoices import files, journal
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.models.event import Verb

from .approval import locked, require
from .refusals import NotPossible, TryLater
from .rights import may_edit

_TYPES = {"office": "application/octet-stream", "pdf": "application/pdf", "image": "image/png", "ubl": "application/xml",
          "cii": "application/xml"}  # fmt: skip
MOST_FILES = 50


def attach(*, invoice: Invoice, data: bytes, filename: str, by) -> Attachment:
    """Keep `data` beside `invoice`; what the document says does not change.

    Raises NotAllowed, NotPossible (empty, too large, a kind of file that nobody should open, a virus),
    TryLater (the disk or the scanner).
    """
    require(by, invoice, may_edit(invoice))
    name = "".join(character for character in filename if character.isprintable()).replace("\\", "/")
    name = name.rpartition("/")[2][:255] or "attachment"
    if not data:
        raise NotPossible(_("%s is empty.") % name)
    if len(data) > settings.BANQUP_MAX_UPLOAD_BYTES:
        limit = settings.BANQUP_MAX_UPLOAD_BYTES // 2**20
        raise NotPossible(_("%(name)s is larger than %(limit)d MB.") % {"name": name, "limit": limit})
    mime_type = _mime_type(data, name)
    _refuse_viruses(data, name)
    try:
        sha256 = files.store(invoice.space_id, data)
    except OSError as error:
        raise TryLater(_("The server can't store files at the moment. Try again in a minute.")) from error
    with transaction.atomic():
        invoice = locked(invoice, None)
        if invoice.deleted_at is not None:
            raise NotPossible(_("This document is in the recycle bin."))
        if invoice.attachments.count() >= MOST_FILES:
            raise NotPossible(_("A document can't have more than %d files.") % MOST_FILES)
        made = Attachment.objects.create(
            invoice=invoice,
            role=Attachment.Role.APPENDIX,
            filename=name,
            mime_type=mime_type,
            size=len(data),
            sha256=sha256,
        )
        invoice.version += 1
        invoice.save()
        journal.record(invoice, Verb.ATTACHED, by=by, filename=name, sha256=sha256)
    return made


def _mime_type(data: bytes, name: str) -> str:
    kind = einvoicing.sniff(data, name)
    if kind == "image":
        return (
            "image/jpeg"
            if data.startswith(b"\xff\xd8")
            else "image/png"
            if data.startswith(b"\x89PNG")
            else "image/tiff"
        )
    if kind in _TYPES:
        return _TYPES[kind]
    if kind == "unknown" and name.lower().endswith((".csv", ".txt")) and b"\0" not in data:
        return "text/csv" if name.lower().endswith(".csv") else "text/plain"
    raise NotPossible(
        _("%s is not a kind of file that can be attached. Attach a PDF, a picture, an office file or CSV.") % name
    )


def _refuse_viruses(data: bytes, name: str) -> None:
    if not settings.CLAMD_SOCKET:
        return
    try:
        virus = einvoicing.virus_in(data, settings.CLAMD_SOCKET)
    except einvoicing.NotScanned:
        return
    except OSError as error:
        raise TryLater(_("Files can't be scanned for viruses at the moment. Try again in a minute.")) from error
    if virus:
        raise NotPossible(_("%(name)s holds a virus (%(virus)s) and was not kept.") % {"name": name, "virus": virus})

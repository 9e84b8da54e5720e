"""From a document's data to the e-invoice that is released: its parties, its files, its bytes."""

import dataclasses
from collections.abc import Callable

from banqup import einvoicing
from banqup.einvoicing import Document
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import Kind

from . import judgement, parties

# A larger original is kept beside the e-invoice, not inside it: receivers cap what they take.
EMBED_AT_MOST = 5 * 2**20


def with_known_parties(document: Document, invoice: Invoice) -> Document:
    """The party that is this space, filled from the space where the document does not name it."""
    space = invoice.space
    this, _other = parties.own_and_other(document, invoice.kind)
    if this.name:
        return document
    party = einvoicing.Party(
        name=space.name,
        vat_id=space.vat_id or None,
        company_id=space.company_id or None,
        company_scheme=space.company_scheme or None,
        endpoint_id=space.endpoint_id or None,
        endpoint_scheme=space.endpoint_scheme or None,
        street=space.street or None,
        postal_code=space.postal_code or None,
        city=space.city or None,
        country=space.country or None,
    )
    side = "buyer" if invoice.kind in (Kind.PURCHASE, Kind.SELF_BILLED_OUT) else "seller"
    return dataclasses.replace(document, **{side: party})


def compliant(invoice: Invoice, *, number: str = "") -> tuple[bytes | None, Callable[[], dict], bool]:
    """(bytes, function that waits for the verdict, are they the original's?): a correct e-invoice that
    nobody edited stays as it came. `number`: what a draft is about to get."""
    rows = list(invoice.attachments.exclude(role=Attachment.Role.E_INVOICE))
    original = next((row for row in rows if row.role == Attachment.Role.ORIGINAL), None)
    # Some profiles of Factur-X hold too little to be an invoice, however correct they are.
    is_e_invoice = original and original.mime_type == "application/xml"
    is_e_invoice = is_e_invoice and invoice.report.get("profile") not in einvoicing.NOT_INVOICES
    if is_e_invoice and not invoice.events.filter(verb=Verb.SAVED).exists():
        data = original.load()
        return data, judgement.begin_verdict(data), True
    document = with_known_parties(invoice.document, invoice)
    if number:
        document = dataclasses.replace(document, number=number)
    return *judgement.begin(with_files(document, rows)), False


def with_files(document: Document, rows: list[Attachment]) -> Document:
    """The document with the bytes of its attachments, and the original picture among them."""
    attachments = tuple(
        einvoicing.Attachment(id=row.filename, filename=row.filename, mime_type=row.mime_type, content=row.load())
        for row in rows
        if travels(row)
    )
    links = tuple(item for item in document.attachments if item.uri)
    return dataclasses.replace(document, attachments=attachments + links)


def travels(attachment: Attachment) -> bool:
    """Does it go inside the e-invoice? Others stay beside the document."""
    return attachment.size <= EMBED_AT_MOST and attachment.mime_type in _EMBEDDABLE


# EN 16931 BR-CL-24: the media types an e-invoice may carry.
_EMBEDDABLE = frozenset({"application/pdf", "image/png", "image/jpeg", "text/csv"})


def attach_e_invoice(invoice: Invoice, data: bytes, sha256: str) -> None:
    name = "".join(character if character.isalnum() else "-" for character in invoice.number)
    Attachment.objects.create(
        invoice=invoice,
        role=Attachment.Role.E_INVOICE,
        filename=f"{name}.xml",
        mime_type="application/xml",
        size=len(data),
        sha256=sha256,
    )

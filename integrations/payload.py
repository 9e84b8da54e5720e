"""From an export row to the plain data that a connector gets."""

from django.utils.translation import gettext as _

from banqup.actions.release import compliant_of
from banqup.exports.models import Export
from banqup.invoices import files
from banqup.invoices.models import Attachment, Invoice

from .base import E_INVOICE, Payload, PayloadFile, Permanent


class StorageAway(RuntimeError):
    """Our own storage does not answer. Not an OSError: a connector must not take it for its destination's."""


def build(export: Export) -> Payload:
    """The released document of `export`. Raises Permanent when its files are not what was released."""
    return _payload(export.invoice, export.content_sha256, export.pk, str(export.idempotency_key))


def preview(invoice: Invoice) -> Payload:
    """The same of a released document that goes nowhere, to show what would be sent. Raises Permanent."""
    return _payload(invoice, invoice.content_sha256, 0, "")


def _payload(invoice: Invoice, content_sha256: str, export_id: int, idempotency_key: str) -> Payload:
    if not invoice.is_released:
        raise Permanent(_("The document is not approved any more, so it is not sent."))
    attachments = sorted(invoice.attachments.all(), key=lambda each: each.pk)
    compliant = compliant_of(attachments)
    if compliant is None or compliant.sha256 != content_sha256:
        raise Permanent(
            _(
                "The approved e-invoice of this document is missing on the server. Restore it from a backup, then resend."
            )
        )
    space = invoice.space
    return Payload(
        export_id=export_id,
        idempotency_key=idempotency_key,
        document_id=invoice.pk,
        content_sha256=content_sha256,
        kind=str(invoice.kind),
        is_credit_note=invoice.is_credit_note,
        document=invoice.document,
        space_name=space.name,
        space_vat_id=space.vat_id,
        counterparty_name=invoice.counterparty_name,
        released_at=invoice.released_at,
        time_zone=space.time_zone,
        files=tuple(_file(item, compliant) for item in attachments),
    )


def _file(attachment: Attachment, compliant: Attachment) -> PayloadFile:
    # An e-invoice that came in correct is its own original: there it is the e-invoice that counts.
    is_compliant = attachment.pk == compliant.pk
    return PayloadFile(
        name=attachment.filename,
        mime_type=attachment.mime_type,
        role=E_INVOICE if is_compliant else str(attachment.role),
        load=lambda: _load(attachment),
        size=attachment.size,
        sha256=attachment.sha256,
    )


def _load(attachment: Attachment) -> bytes:
    words = {"name": attachment.filename}
    try:
        return attachment.load()
    except FileNotFoundError as error:
        raise Permanent(
            _("The file %(name)s of this document is missing on the server. Restore it from a backup, then resend.")
            % words
        ) from error
    except files.DamagedFile as error:
        raise Permanent(
            _("The file %(name)s of this document is damaged on the server. Restore it from a backup, then resend.")
            % words
        ) from error
    except OSError as error:
        raise StorageAway(str(error)) from error

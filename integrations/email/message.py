"""The mail of one document: the same id, text and attachments at every try."""

import string
import unicodedata
from email import encoders
from email.mime.base import MIMEBase
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from banqup.invoices.statuses import SALES_LIST

from .. import naming
from ..base import Payload, Permanent

SUBJECT = "{direction} {kind} {number} {counterparty}"
BODY = "{kind} {number} · {date} · {counterparty} · {total} {currency}"
NAME = "{date}_{counterparty}_{number}"
MEGABYTES = 20
SUBJECT_AT_MOST = 200
# Which files are attached.
BOTH, E_INVOICE_ONLY, PDF_ONLY = "both", "e_invoice", "pdf"


class TextRefused(ValueError):
    """The subject or text can't be used; the message says why."""


def check_text(pattern: str) -> None:
    """Raises TextRefused. Unlike a pattern of folders it may hold any text, also without a field."""
    try:
        fields = [part[1:] for part in string.Formatter().parse(pattern) if part[1] is not None]
    except ValueError as error:
        raise TextRefused(_("A { or } has no partner.")) from error
    for name, spec, conversion in fields:
        if name not in naming.FIELDS or spec or conversion:
            known = ", ".join(f"{{{each}}}" for each in naming.FIELDS)
            raise TextRefused(_("{%(name)s} is not a field. Use %(fields)s.") % {"name": name, "fields": known})


def sender() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def message_id(payload: Payload) -> str:
    """One id for every try of one sending, so that a mailbox can tell a repetition."""
    return f"<{payload.idempotency_key}@{sender().rpartition('@')[2] or 'localhost'}>"


def recipient(payload: Payload, config: dict) -> str:
    sales = config.get("sales_address") if payload.kind in SALES_LIST else ""
    return sales or config.get("address", "")


def build(payload: Payload, config: dict, *, files: list[naming.NamedFile]) -> EmailMessage:
    """The mail with `files`. Raises Permanent when it is larger than the mailbox takes."""
    values = naming.values(payload)
    mail = EmailMessage(
        subject=one_line((config.get("subject") or SUBJECT).format_map(values))[:SUBJECT_AT_MOST],
        body=(config.get("body") or BODY).format_map(values) + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[recipient(payload, config)],
        headers={"Message-ID": message_id(payload)},
    )
    stem = ascii_only(naming.parts(NAME, values)[0])
    for file in files:
        mail.attach(attached(stem + ascii_only(file.tail), file.mime_type, file.data))
    _keep_to_the_limit(mail, config.get("megabytes") or MEGABYTES)
    return mail


def chosen(payload: Payload, config: dict) -> list[naming.NamedFile]:
    """The files that the configuration asks for, the e-invoice first. Raises Permanent when there are none."""
    send = config.get("send") or BOTH
    main, further = [], []
    for file in naming.named_files(payload):
        # The e-invoice and its picture have the document's plain name.
        if not file.tail.startswith("."):
            further.append(file)
        elif send == BOTH or (send == E_INVOICE_ONLY) == (file.tail == ".xml"):
            main.append(file)
    if not main:
        words = _("This document has no PDF, and nothing else is set to be sent. Change “Attach”, then resend.")
        raise Permanent(words)
    return main + further if config.get("appendices") else main


def attached(name: str, mime_type: str, data: bytes) -> MIMEBase:
    """Always base64: a mail server may change the line ends of what it takes for text."""
    main, _slash, sub = mime_type.partition("/")
    part = MIMEBase("application", "octet-stream") if main == "text" or not sub else MIMEBase(main, sub)
    part.set_payload(data)
    encoders.encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _keep_to_the_limit(mail: EmailMessage, megabytes: int) -> None:
    size = len(mail.message().as_bytes())
    if size > megabytes * 1024 * 1024:
        words = _(
            "The mail would be %(size)s MB, the mailbox takes %(limit)d MB. Leave out further files in the settings of "
            "this integration, or raise its limit if the mailbox takes more; then resend."
        )
        raise Permanent(words % {"size": f"{size / 1024 / 1024:.1f}", "limit": megabytes})


def one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(each)[0] == "C" else each for each in text).split())


def ascii_only(text: str) -> str:
    """Programs that read mailboxes are old: letters lose their accents, what has no letter becomes `-`."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each if each.isascii() else "-" for each in plain if not unicodedata.combining(each))

"""What of a mail is a document: its attachments, without signatures, logos and what nobody can open.

Bytes in, plain data out; nothing is stored and nothing inside a document is opened.
"""

import email
import email.message
import email.utils
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.policy import Compat32

from django.utils.translation import gettext as _

from banqup.einvoicing import sniff

DOCUMENTS_AT_MOST = 100
# Mails in mails, and parts in parts.
_DEEP_AT_MOST = 8
_PARTS_AT_MOST = 1000
# What stands in a text is a document only when it is as large as a photo of one.
_INLINE_SIDE, _INLINE_BYTES = 800, 40_000
# Anything smaller is an icon, however it is attached.
_LEAST_SIDE = 150
_STRUCTURED = frozenset({"ubl", "cii", "xml"})
_BY_ENDING = {".pdf": "pdf", ".xml": "xml"}
_BY_TYPE = {"application/pdf": "pdf", "application/xml": "xml", "text/xml": "xml"}
_SEALED = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted", "application/pgp-encrypted"}
)
_SIGNATURES = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"})
_OUTLOOK = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_EMBEDDED = frozenset({"message/rfc822", "message/global"})


class Unreadable(Exception):
    """These bytes can't be taken apart."""


@dataclass(frozen=True)
class Part:
    """One document. `number` says where in the mail it stands (`2.1`), `inside` the Message-ID of the mail around it."""

    number: str
    name: str
    data: bytes
    kind: str
    inside: str = ""

    def message_id(self) -> str:
        """Known again by mail, place and content, in the 255 characters that a receipt has for it."""
        known = f"{self.inside}#{self.number}#{hashlib.sha256(self.data).hexdigest()}"
        return known if len(known) <= 255 else hashlib.sha256(known.encode()).hexdigest()


@dataclass(frozen=True)
class Head:
    """Who wrote it, and about what: for people, and never to be trusted."""

    message_id: str = ""
    sender: str = ""
    subject: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Letter:
    head: Head
    # E-invoices first: what else is attached may be the picture of one.
    documents: tuple[Part, ...] = ()
    # In words, what looks like a document and can't be taken in.
    problems: tuple[str, ...] = ()
    # Names of attachments that are no documents.
    others: tuple[str, ...] = ()
    # Nobody wrote it: an absence, a receipt, a report.
    is_automatic: bool = False


class _Lenient(Compat32):
    """Heads with bytes that no standard allows are read as what they are: UTF-8, or Latin-1."""

    def header_fetch_parse(self, name, value):
        raw = value.encode("ascii", "surrogateescape") if isinstance(value, str) and not value.isascii() else None
        if raw is None:
            return value
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")


_POLICY = _Lenient()


def head(data: bytes) -> Head:
    """Of a mail or of its head alone. Raises nothing."""
    try:
        return _head(email.message_from_bytes(data, policy=_POLICY))
    except Exception:  # whatever a broken head makes the parser stumble over
        return Head()


def read(data: bytes) -> Letter:
    """Raises Unreadable."""
    try:
        mail = email.message_from_bytes(data, policy=_POLICY)
        return _Reader(_head(mail), hashlib.sha256(data).hexdigest()).read(mail)
    except (Exception, RecursionError) as error:  # the parser knows no end of ways to stumble
        raise Unreadable(type(error).__name__) from error


class _Reader:
    def __init__(self, head: Head, digest: str):
        self._head = head
        # Without an id of its own a mail is known by its bytes.
        self._id = head.message_id or digest
        self._documents: list[Part] = []
        self._inline: list[Part] = []
        self._problems: list[str] = []
        self._others: list[str] = []
        self._seen = 0

    def read(self, mail: Message) -> Letter:
        self._look(mail, "1", self._id, 0)
        # A picture in the text beside a real document is a banner.
        documents = sorted(self._documents or self._inline, key=lambda part: part.kind not in _STRUCTURED)
        if len(documents) > DOCUMENTS_AT_MOST:
            words = _(
                "It holds %(count)d documents, and at most %(most)d are taken out of a mail. Send them in several mails."
            )
            self._problems, documents = [words % {"count": len(documents), "most": DOCUMENTS_AT_MOST}], []
        return Letter(
            head=self._head,
            documents=tuple(documents),
            problems=tuple(dict.fromkeys(self._problems)),
            others=tuple(dict.fromkeys(self._others)),
            is_automatic=_is_automatic(mail),
        )

    def _look(self, part: Message, number: str, inside: str, depth: int) -> None:
        self._seen += 1
        if depth > _DEEP_AT_MOST or self._seen > _PARTS_AT_MOST:
            self._problems.append(_("Mails are packed into it too deeply. Send the documents themselves."))
            return
        kind, name = part.get_content_type(), _name(part)
        if self._sealed(part, kind, name) or kind in _SIGNATURES:
            return
        if kind in _EMBEDDED:
            for position, inner in enumerate(_inner_mails(part), start=1):
                self._look(inner, f"{number}.{position}", _one_line(inner.get("Message-ID"), 255) or inside, depth + 1)
        elif part.is_multipart():
            for position, inner in enumerate(part.get_payload(), start=1):
                self._look(inner, f"{number}.{position}", inside, depth + 1)
        else:
            self._leaf(part, kind, name, number, inside, depth)

    def _sealed(self, part: Message, kind: str, name: str) -> bool:
        lower = name.lower()
        if kind in _SEALED or lower.endswith(".p7m"):
            words = _(
                "It is encrypted, or sealed by its signature (%s), and can't be opened here. Ask for it unencrypted."
            )
            self._problems.append(words % (name or "S/MIME"))
            return True
        if kind in _OUTLOOK or lower == "winmail.dat":
            words = _(
                "Its attachments are packed in winmail.dat, a format of Outlook. Ask the sender for a mail in HTML or plain text."
            )
            self._problems.append(words)
            return True
        return False

    def _leaf(self, part, kind, name, number, inside, depth) -> None:
        if kind.startswith("message/") or kind in ("text/plain", "text/html") and not name and not _attached(part):
            return
        data = part.get_payload(decode=True) or b""
        if name.lower().endswith(".eml"):
            inner = email.message_from_bytes(data, policy=_POLICY)
            return self._look(inner, f"{number}.1", _one_line(inner.get("Message-ID"), 255) or inside, depth + 1)
        sort = sniff(data, name)
        if sort == "application-response":
            words = _(
                "%s is an answer to an invoice, and answers are not taken out of mails. Read it, and answer on the page of the invoice."
            )
            self._problems.append(words % (name or "XML"))
            return
        declared = _BY_TYPE.get(kind) or next(
            (known for end, known in _BY_ENDING.items() if name.lower().endswith(end)), ""
        )
        if sort in ("unknown", "empty"):
            sort = declared  # a damaged document is shown to a person as what it should have been
        made = Part(number, name or _invented(sort, number), data, sort, inside)
        if sort == "image":
            self._picture(part, made)
        elif sort == "pdf" or sort == "zip" or sort in _STRUCTURED:
            self._documents.append(made)
        elif name:
            self._others.append(name)

    def _picture(self, part: Message, made: Part) -> None:
        """Photos of receipts are documents; logos and icons are not, however they are attached."""
        sides = _sides(made.data)
        if sides and min(sides) < _LEAST_SIDE:
            return
        if _attached(part) and not part.get("Content-ID"):
            self._documents.append(made)
        elif len(made.data) >= _INLINE_BYTES and (sides is None or max(sides) >= _INLINE_SIDE):
            self._inline.append(made)


def _inner_mails(part: Message) -> list[Message]:
    payload = part.get_payload()
    found = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
    if len(found) == 1 and not found[0].keys() and part.get("Content-Transfer-Encoding", "").lower() == "base64":
        # Against the standard, and sent nevertheless.
        text = found[0].get_payload()
        raw = email.message.Message()
        raw["Content-Transfer-Encoding"] = "base64"
        raw.set_payload(text if isinstance(text, str) else "")
        return [email.message_from_bytes(raw.get_payload(decode=True) or b"", policy=_POLICY)]
    return found


def _attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _sides(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, from the head of the picture; None where it says neither."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "GIF", "TIFF", "WEBP"]) as picture:
            return picture.size
    except Exception:  # too large, damaged, an unknown form: no icon at any rate
        return None


def _is_automatic(mail: Message) -> bool:
    """An automatic reply or a report. `auto-generated` is not enough: programs mail invoices like that."""
    submitted = str(mail.get("Auto-Submitted", "")).lower()
    return (
        submitted.startswith("auto-replied")
        or mail.get_content_type() == "multipart/report"
        or any(mail.get(name) for name in ("X-Autoreply", "X-Autorespond"))
        or str(mail.get("Precedence", "")).lower() == "auto_reply"
    )


# --- words in heads -----------------------------------------------------------------------------
def _head(mail: Message) -> Head:
    return Head(
        message_id=_one_line(mail.get("Message-ID"), 255),
        sender=_sender(mail),
        subject=_one_line(_decoded(mail.get("Subject")), 255),
        sent_at=_date(mail.get("Date")),
    )


def _sender(mail: Message) -> str:
    name, address = email.utils.parseaddr(str(mail.get("From") or ""))
    name = _one_line(_decoded(name), 200)
    address = _one_line(address, 320)
    return (f"{name} <{address}>" if name and address and name != address else address or name)[:320]


def _date(value) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(str(value))
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _name(part: Message) -> str:
    """The file's name as people read it (RFC 2231, RFC 2047), without a path and without what no database takes."""
    name = _one_line(_decoded(part.get_filename()), 1000)
    name = re.split(r"[/\\]", name)[-1].strip()
    if len(name) > 255:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: 250 - len(ending)]}…{dot}{ending}" if dot and len(ending) < 10 else name[:255]
    return name


def _invented(sort: str, number: str) -> str:
    ending = {"pdf": ".pdf", "image": ".jpg", "zip": ".zip"}.get(sort, ".xml" if sort in _STRUCTURED else "")
    return f"attachment-{number}{ending}"


def _decoded(value) -> str:
    """RFC 2047; a word in an unknown code is read as well as it goes."""
    if not value:
        return ""
    return "".join(_words(str(value)))


def _words(value: str) -> Iterator[str]:
    try:
        pieces = decode_header(value)
    except Exception:  # malformed base64
        pieces = [(value, None)]
    for piece, code in pieces:
        if isinstance(piece, str):
            yield piece
            continue
        try:
            # What stands beside an encoded word comes escaped.
            yield piece.decode(code or "raw-unicode-escape", "replace")
        except (LookupError, UnicodeError):
            yield piece.decode("latin-1")


def _one_line(value, at_most: int) -> str:
    text = "".join(each if each.isprintable() else " " for each in str(value or ""))
    return " ".join(text.split())[:at_most]

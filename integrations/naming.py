"""From a pattern and a document to safe names of folders and files, for every destination that stores files."""

import hashlib
import itertools
import re
import string
import unicodedata
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from banqup.einvoicing import Document, Party
from banqup.invoices.statuses import SALES_LIST

from .base import APPENDIX, E_INVOICE, ORIGINAL, PICTURE, BrokenConfiguration, Payload, PayloadFile

DEFAULT_PATTERN = "{space}/{direction}/{year}/{month}/{date}_{counterparty}_{number}"
# The tree that accountants' programs which import from a cloud look for.
IMPORT_PATTERN = "Invoice_import/{space_vat}/{direction}/{year}/{month}/{date}_{counterparty}_{number}"
FIELDS = (
    "year", "month", "date", "direction", "kind", "supplier", "customer",
    "counterparty", "number", "vat", "space", "space_vat", "currency", "total",
)  # fmt: skip
# The extension follows from what the file is, never from the name it came with.
EXTENSIONS = {
    "application/xml": ".xml", "text/xml": ".xml", "application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg",
    "image/tiff": ".tif", "image/gif": ".gif", "image/webp": ".webp", "text/csv": ".csv", "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods", "application/zip": ".zip",
}  # fmt: skip
# Which file of a document gets the plain name first; the e-invoice reserves it for all.
ORDER = (E_INVOICE, PICTURE, ORIGINAL, APPENDIX)
PART_AT_MOST = 120  # bytes of one name, with the extension and a suffix to come
PARTS_AT_MOST = 12
# Names that Windows keeps for devices, whatever the extension: the folder may be shared with one.
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)(\.|$)")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


class PatternRefused(ValueError):
    """The pattern can't be used; the message says why."""


def check_pattern(pattern: str) -> None:
    """Raises PatternRefused."""
    try:
        fields = [
            (name, spec, conversion)
            for _text, name, spec, conversion in string.Formatter().parse(pattern)
            if name is not None
        ]
    except ValueError as error:
        raise PatternRefused(_("A { or } has no partner.")) from error
    for name, spec, conversion in fields:
        if name not in FIELDS or spec or conversion:
            raise PatternRefused(
                _("{%(name)s} is not a field. Use %(fields)s.")
                % {"name": name, "fields": ", ".join(f"{{{each}}}" for each in FIELDS)}
            )
    if not fields:
        raise PatternRefused(
            _("Use at least one field, such as {number}: without one, all documents would have the same name.")
        )
    parts = pattern.split("/")
    if pattern.startswith("/") or any(part.strip() in ("", ".", "..") for part in parts):
        raise PatternRefused(_("Write folders as a/b/c: without a slash at the beginning or end, and without “..”."))
    if len(parts) > PARTS_AT_MOST:
        raise PatternRefused(_("Use at most %d folders.") % (PARTS_AT_MOST - 1))


def values(payload: Payload) -> dict[str, str]:
    """What each field says for this document."""
    document = payload.document
    is_sales = payload.kind in SALES_LIST
    # The day on the document; without one, the day of approval on the wall of the space.
    day = document.issue_date or payload.released_at.astimezone(zoneinfo.ZoneInfo(payload.time_zone)).date()
    other = document.buyer if is_sales else document.seller
    total = document.payable if document.payable is not None else document.tax_inclusive_total
    return {
        "year": f"{day:%Y}",
        "month": f"{day:%m}",
        "date": f"{day:%Y-%m-%d}",
        "direction": "AR" if is_sales else "AP",
        "kind": "credit-note" if payload.is_credit_note else "invoice",
        "supplier": document.seller.name or "",
        "customer": document.buyer.name or "",
        "counterparty": payload.counterparty_name or other.name or "",
        "number": document.number or "",
        "vat": other.vat_id or "",
        "space": payload.space_name,
        "space_vat": payload.space_vat_id or payload.space_name,
        "currency": document.currency or "",
        "total": "" if total is None else format(total, "f"),
    }


def parts(pattern: str, fields: dict[str, str]) -> list[str]:
    """The folders and, last, the name without extension. A field never makes a folder of its own."""
    check_pattern(pattern)
    # Split before filling in: a slash in a supplier's name must not become a folder.
    return [safe(part.format_map(fields)) for part in pattern.split("/")]


def fixed_folders(pattern: str) -> list[str]:
    """The folders of `pattern` that every document shares, from the top."""
    folders = pattern.split("/")[:-1]
    return [safe(part) for part in itertools.takewhile(lambda part: "{" not in part and "}" not in part, folders)]


def safe(text: str) -> str:
    """`text` as one name that every file system takes, and that leads nowhere else."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        character for character in text if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    text = _FORBIDDEN.sub("-", text)
    # A leading dot hides a file; Windows drops dots and spaces at the end, and two names would become one.
    text = " ".join(text.split()).lstrip(". ")
    text = shortened(text, PART_AT_MOST).rstrip(". ")
    if _RESERVED.match(text):
        text = f"_{text}"
    return text or "_"


def shortened(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, cut between characters."""
    return text.encode()[:limit].decode("utf-8", "ignore")


@dataclass(frozen=True)
class NamedFile:
    """One file of a document as it is stored: `tail` follows the document's name."""

    tail: str
    sha256: str
    data: bytes
    mime_type: str


def named_files(payload: Payload) -> list[NamedFile]:
    """The files of a document, the e-invoice first; the same bytes are stored once. Raises as their `load`."""
    named, used, seen, appendices = [], set(), set(), 0
    for file in sorted(payload.files, key=lambda file: ORDER.index(file.role)):
        data = file.load()
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 in seen:
            continue
        if file.role == APPENDIX:
            appendices += 1
        tail = _tail(file, used, appendices)
        used.add(tail)
        seen.add(sha256)
        named.append(NamedFile(tail, sha256, data, file.mime_type))
    return named


def mark(files: list[NamedFile]) -> str:
    """Eight characters that belong to exactly these bytes: they tell documents of one name apart."""
    return hashlib.sha256("".join(sorted(file.sha256 for file in files)).encode()).hexdigest()[:8]


def place_mark(*parts: str) -> str:
    """A short word for an account or drive: what was kept for another one does not count."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _tail(file: PayloadFile, used: set[str], appendices: int) -> str:
    extension = EXTENSIONS.get(file.mime_type, ".bin")
    if file.role == APPENDIX:
        return f"_{appendices}_{shortened(safe(Path(file.name).stem), 60)}{extension}"
    return f"_{file.role}{extension}" if extension in used else extension


def usable(pattern: str) -> str:
    """`pattern` of a configuration. Raises BrokenConfiguration in words."""
    try:
        check_pattern(pattern)
    except PatternRefused as error:
        raise BrokenConfiguration(str(error)) from error
    return pattern


# What a connection test names, to show how the pattern reads.
EXAMPLE = Payload(
    export_id=0,
    idempotency_key="",
    document_id=0,
    content_sha256="",
    kind="purchase",
    is_credit_note=False,
    document=Document(
        number="2026-0042",
        issue_date=date(2026, 3, 14),
        currency="EUR",
        payable=Decimal("121.00"),
        seller=Party(name="Molens Van Damme NV", vat_id="BE0123456749"),
        buyer=Party(name="Bakkerij Janssens BV"),
    ),
    space_name="Bakkerij Janssens BV",
    space_vat_id="",
    counterparty_name="Molens Van Damme NV",
    released_at=datetime(2026, 3, 15, tzinfo=UTC),
    time_zone="Europe/Brussels",
)

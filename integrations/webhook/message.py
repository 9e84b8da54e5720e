"""The signed message: its body and its headers."""

import base64
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils.dateparse import parse_datetime
from standardwebhooks import Webhook

from banqup.einvoicing import Document, Party

from ..base import Payload, PayloadFile

ATTACH_AT_MOST = 10 * 1024 * 1024
# After a change of the secret the old one signs too, so that the receiver can change it in peace.
OVERLAP = timedelta(hours=24)


def approved(payload: Payload, *, attach: bool) -> bytes:
    """The body of `document.approved`: the same at every try."""
    total = sum(file.size for file in payload.files)
    inline = attach and total <= ATTACH_AT_MOST
    data = {
        "document_id": payload.document_id,
        "export_id": payload.export_id,
        "content_sha256": payload.content_sha256,
        "kind": payload.kind,
        "is_credit_note": payload.is_credit_note,
        "space": {"name": payload.space_name, "vat_id": payload.space_vat_id},
        "counterparty": payload.counterparty_name,
        **_content(payload.document),
        "files_attached": inline,
        "files": [_file(file, inline) for file in payload.files],
    }
    if attach and not inline:
        data["files_note"] = (
            f"The files are {total} bytes together and were not attached; at most {ATTACH_AT_MOST} bytes are."
        )
    return _json({"type": "document.approved", "timestamp": _iso(payload.released_at), "data": data})


def ping(now: datetime) -> bytes:
    """The body of the connection test."""
    return _json(
        {
            "type": "webhook.test",
            "timestamp": _iso(now),
            "data": {"message": "A test by Banqup. Answer with a status from 200 to 299."},
        }
    )


def headers(*, message_id: str, body: bytes, secrets: dict, now: datetime) -> dict[str, str]:
    """Headers of one try: the id is the same at every try, time and signatures are new."""
    signatures = [Webhook(secret).sign(message_id, now, body.decode()) for secret in signing_secrets(secrets, now)]
    return {
        "Content-Type": "application/json; charset=utf-8",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def signing_secrets(secrets: dict, now: datetime) -> list[str]:
    """The present secret, and for a day the one before."""
    found = [secrets["secret"]]
    changed_at = parse_datetime(secrets.get("changed_at") or "")
    if secrets.get("previous_secret") and changed_at and now < changed_at + OVERLAP:
        found.append(secrets["previous_secret"])
    return found


def _content(document: Document) -> dict:
    return {
        "number": document.number,
        "issue_date": _day(document.issue_date),
        "due_date": _day(document.due_date),
        "currency": document.currency,
        "totals": {
            "without_vat": _amount(document.tax_exclusive_total),
            "vat": _amount(document.tax_total),
            "with_vat": _amount(document.tax_inclusive_total),
            "prepaid": _amount(document.prepaid),
            "payable": _amount(document.payable),
        },
        "supplier": _party(document.seller),
        "customer": _party(document.buyer),
        "structured_reference": next(
            (means.remittance_information for means in document.payment_means if means.remittance_information), None
        ),
        "iban": next((means.iban for means in document.payment_means if means.iban), None),
        "preceding": [reference.number for reference in document.preceding],
    }


def _party(party: Party) -> dict:
    names = ("name", "vat_id", "company_id", "company_scheme", "endpoint_id", "endpoint_scheme", "country")
    return {name: getattr(party, name) for name in names}


def _file(file: PayloadFile, inline: bool) -> dict:
    described = {
        "name": file.name,
        "mime_type": file.mime_type,
        "role": file.role,
        "sha256": file.sha256,
        "size": file.size,
    }
    return {**described, "content_base64": base64.b64encode(file.load()).decode()} if inline else described


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _day(day) -> str | None:
    return None if day is None else day.isoformat()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(value: dict) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

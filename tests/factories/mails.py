"""Mails with attachments, as mail programs write them; and mailboxes that are read."""

from datetime import timedelta
from email.message import EmailMessage

from django.utils import timezone

from banqup.mailboxes.models import Mailbox


def mail(*files, id="1@molens.example", text="Hierbij onze factuur.", subject="Factuur 2026-118", **heads) -> bytes:
    """`files`: (name, bytes) each, attached by what the name ends with."""
    made = EmailMessage()
    made["From"] = heads.pop("From", "Molens Vermeulen <facturatie@molens.example>")
    made["To"] = "facturen@bakkerij.example"
    made["Subject"] = subject
    made["Date"] = "Sun, 22 Nov 2026 11:04:01 +0100"
    if id:
        made["Message-ID"] = f"<{id}>"
    for name, value in heads.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, data in files:
        made.add_attachment(data, **_type(name), filename=name)
    return crlf(made.as_bytes())


def crlf(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _type(name: str) -> dict:
    ending = name.rpartition(".")[2].lower()
    main, _slash, sub = {
        "pdf": "application/pdf",
        "xml": "application/xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "zip": "application/zip",
        "p7m": "application/pkcs7-mime",
        "dat": "application/ms-tnef",
    }.get(ending, "application/octet-stream").partition("/")
    return {"maintype": main, "subtype": sub}


def mailbox(space, server, **fields) -> Mailbox:
    """One that is active and has passed its test a while ago."""
    before = timezone.now() - timedelta(days=1)
    known = {
        "host": "127.0.0.1",
        "port": server.port,
        "user": server.user,
        "security": "starttls" if server.starttls else "tls",
        "done_folder": "Done",
        "refused_folder": "Refused",
        "is_active": True,
        "activated_at": before,
        "tested_at": before,
        "test_passed": True,
    }
    made = Mailbox(space=space, **{**known, **fields})
    made.keep_secrets({"password": server.password}, by=None)
    made.save()
    return made

"""An office file is no document: it is attached to one, and the upload says so."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from banqup.actions import attaching
from banqup.actions.refusals import NotAllowed, NotPossible
from banqup.invoices.models import Attachment, Invoice
from banqup.invoices.models.event import Verb
from tests.factories import einvoices, world
from tests.fakes.clamd import clamd

pytestmark = pytest.mark.django_db


def docx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("word/document.xml"), "<w/>")
    return out.getvalue()


@pytest.fixture
def space():
    return world.business()


@pytest.fixture
def invoice(space, validator):
    return world.received(space, einvoices.invoice_bytes())


def test_an_office_file_alone_says_where_it_belongs(space):
    alone = world.received(space, docx(), filename="terms.docx")
    assert "open the invoice that it belongs to and attach it there" in alone.findings[0]["message"]


def test_it_becomes_an_appendix_through_the_dialog_and_nothing_else_changes(client, space, invoice):
    client.force_login(world.member(space, "PA"))
    address = f"{invoice.get_absolute_url()}attach/"
    assert "Attach a file" in client.get(address).content.decode()
    answer = client.post(address, {"files": [SimpleUploadedFile("terms.docx", docx())]})
    assert answer.status_code == 303
    row = invoice.attachments.get(role=Attachment.Role.APPENDIX)
    assert (row.filename, row.mime_type, row.load()) == ("terms.docx", "application/octet-stream", docx())
    before = (invoice.data, invoice.content_sha256, invoice.general_status)
    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.data, invoice.content_sha256, invoice.general_status) == before
    assert invoice.events.first().data["filename"] == "terms.docx" and invoice.events.first().verb == Verb.ATTACHED
    assert client.post(address, {}).status_code == 422


def test_what_nobody_should_open_is_refused(space, invoice, settings, tmp_path):
    by = world.member(space, "PR")
    for name, data in (
        ("run.exe", b"MZ\x90\0"),
        ("page.html", b"<!doctype html><p>"),
        ("empty.csv", b""),
        ("all.zip", b"PK\x03\x04"),
    ):
        with pytest.raises(NotPossible):
            attaching.attach(invoice=invoice, data=data, filename=name, by=by)
    settings.CLAMD_SOCKET = str(tmp_path / "c")
    with clamd(settings.CLAMD_SOCKET), pytest.raises(NotPossible, match="holds a virus"):
        attaching.attach(invoice=invoice, data=b"a,VIRUS", filename="a.csv", by=by)
    with pytest.raises(NotAllowed):
        attaching.attach(invoice=invoice, data=b"a", filename="a.csv", by=world.member(space, "AUD"))
    assert not invoice.attachments.filter(role=Attachment.Role.APPENDIX).exists()


def test_a_name_with_a_path_is_kept_without_it(space, invoice):
    made = attaching.attach(invoice=invoice, data=b"a", filename="../../x/..\\y.csv", by=world.member(space, "PR"))
    assert made.filename == "y.csv"

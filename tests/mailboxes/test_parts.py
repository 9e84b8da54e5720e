"""What of a mail is a document: as programs of suppliers write them, and as they should not."""

import io
from email.message import EmailMessage

import pytest
from PIL import Image

from banqup.einvoicing import InvoiceResponse, Party, write_response
from integrations import mail_parts
from tests.factories import bounces, einvoices
from tests.factories.mails import crlf, mail

pytestmark = pytest.mark.anywhere

PDF = b"%PDF-1.7 an invoice"


def picture(side=1200, kind="PNG", seed=0):
    """Noise, so that it is as large as a photo."""
    out = io.BytesIO()
    Image.effect_noise((side, side), 90 + seed).save(out, kind)
    return out.getvalue()


def names(data):
    return [part.name for part in mail_parts.read(data).documents]


def raw(*lines):
    return "\r\n".join(lines).encode()


def test_the_e_invoice_comes_first_and_every_document_knows_its_place():
    letter = mail_parts.read(mail(("a.pdf", PDF), ("b.xml", einvoices.invoice_bytes()), ("c.pdf", PDF)))
    assert [(part.name, part.number, part.kind) for part in letter.documents] == [
        ("b.xml", "1.3", "ubl"),
        ("a.pdf", "1.2", "pdf"),
        ("c.pdf", "1.4", "pdf"),
    ]
    assert len({part.message_id() for part in letter.documents}) == 3
    assert (letter.head.sender, letter.head.subject) == (
        "Molens Vermeulen <facturatie@molens.example>",
        "Factuur 2026-118",
    )
    assert letter.head.sent_at.isoformat() == "2026-11-22T10:04:01+00:00"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("filename*=UTF-8''facture%20%C3%A9t%C3%A9.pdf", "facture été.pdf"),
        ("filename*0*=UTF-8''a%20very%20;\r\n filename*1*=long%20;\r\n filename*2=name.pdf", "a very long name.pdf"),
        ('filename="=?UTF-8?B?RmFjdHVyZSDDqXTDqS5wZGY=?="', "Facture été.pdf"),
        ('filename="=?iso-8859-1?Q?b=E9ton?=\r\n =?iso-8859-1?Q?_2026.pdf?="', "béton 2026.pdf"),
        ('filename="=?x-unknown?Q?a=E9.pdf?="', "aé.pdf"),
        ('filename="facture été.pdf"', "facture été.pdf"),
        ('filename="../../etc/passwd.pdf"', "passwd.pdf"),
        ('filename="C:\\\\Facturen\\\\nov.pdf"', "nov.pdf"),
        ('filename="a\tb\x00c.pdf"', "a b c.pdf"),
        ("filename=" + "x" * 300 + ".pdf", "x" * 247 + "….pdf"),
        ("", "attachment-1.1.pdf"),
    ],
)
def test_names_are_read_as_people_wrote_them(head, name):
    data = raw(
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: application/octet-stream",
        f"Content-Disposition: attachment; {head}",
        "",
        "%PDF-1.7",
        "--b--",
    )
    assert names(data) == [name]


def test_a_name_in_bytes_of_latin_1_is_read():
    data = raw("Content-Type: application/pdf", 'Content-Disposition: attachment; filename="béton.pdf"', "", "%PDF-1.7")
    assert names(data.replace("é".encode(), b"\xe9")) == ["béton.pdf"]


def test_heads_in_any_code_are_read():
    data = raw("Subject: Factuur =?utf-8?q?caf=C3=A9?= =?utf-8?b?4oKs?=", 'From: "=?utf-8?b?w4k=?=" <a@b>', "", "x")
    head = mail_parts.head(data)
    assert (head.subject, head.sender, head.sent_at) == ("Factuur café€", "É <a@b>", None)
    assert mail_parts.head(raw("Date: Foo, 99 Bar", "Subject: a\x00b", "", "")).subject == "a b"


def with_inline(*pictures, attached=()):
    made = EmailMessage()
    made.set_content("Met vriendelijke groeten")
    made.add_alternative('<p><img src="cid:logo"></p>', subtype="html")
    for number, data in enumerate(pictures):
        made.get_payload()[1].add_related(data, "image", "png", cid=f"<{number}>", filename=f"image00{number}.png")
    for name, data in attached:
        made.add_attachment(data, maintype="image", subtype="png", filename=name)
    return crlf(made.as_bytes())


def test_logos_and_icons_are_no_documents_and_photos_are():
    assert names(with_inline(picture(300))) == []
    assert names(with_inline(picture(1200))) == ["image000.png"]
    assert names(with_inline(attached=[("icon.png", picture(64)), ("receipt.png", picture(400))])) == ["receipt.png"]
    # A banner beside a document.
    assert names(with_inline(picture(1200), attached=[("receipt.png", picture(400))])) == ["receipt.png"]


def test_a_mail_in_a_mail_is_looked_into():
    inner = EmailMessage()
    inner["Message-ID"] = "<inner@x>"
    inner.add_attachment(PDF, maintype="application", subtype="pdf", filename="inner.pdf")
    outer = EmailMessage()
    outer["Message-ID"] = "<outer@x>"
    outer.set_content("zie bijlage")
    outer.add_attachment(inner)
    outer.add_attachment(inner.as_bytes(), maintype="application", subtype="octet-stream", filename="b.eml")
    parts = mail_parts.read(crlf(outer.as_bytes())).documents
    assert [(part.name, part.inside, part.number) for part in parts] == [
        ("inner.pdf", "<inner@x>", "1.2.1.1"),
        ("inner.pdf", "<inner@x>", "1.3.1.1"),
    ]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (("smime.p7m", b"0\x80"), "It is encrypted, or sealed by its signature (smime.p7m)"),
        (("factuur.xml.p7m", b"0\x80"), "It is encrypted, or sealed by its signature (factuur.xml.p7m)"),
        (("winmail.dat", b"x\x9f>\x22"), "Its attachments are packed in winmail.dat"),
    ],
)
def test_what_nobody_can_open_is_said(file, words):
    letter = mail_parts.read(mail(file))
    assert (letter.documents, len(letter.problems)) == ((), 1)
    assert letter.problems[0].startswith(words)


def test_a_signature_beside_the_mail_is_no_document_and_no_trouble():
    data = raw(
        'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="s"',
        "",
        "--s",
        "Content-Type: application/pdf",
        "Content-Disposition: attachment; filename=a.pdf",
        "",
        "%PDF-1.7",
        "--s",
        'Content-Type: application/pkcs7-signature; name="smime.p7s"',
        "",
        "AAAA",
        "--s--",
    )
    letter = mail_parts.read(data)
    assert ([part.name for part in letter.documents], letter.problems, letter.others) == (["a.pdf"], (), ())


def test_an_answer_to_an_invoice_is_not_taken_from_a_mail():
    said = InvoiceResponse(
        code="AP", number="R-1", issue_date=None, sender=Party(name="A"), receiver=Party(name="B"), invoice_number="1"
    )
    letter = mail_parts.read(mail(("answer.xml", write_response(said))))
    assert (letter.documents, letter.problems[0][:46]) == ((), "answer.xml is an answer to an invoice, and ans")


def test_other_files_are_named_and_damaged_ones_are_shown_as_what_they_should_be():
    letter = mail_parts.read(mail(("contract.docx", b"PK\x03\x04word/"), ("list.csv", b"a;b"), ("odd.pdf", b"no pdf")))
    assert (letter.others, [part.name for part in letter.documents]) == (("contract.docx", "list.csv"), ["odd.pdf"])
    assert names(mail(("a.zip", b"PK\x03\x04a.xml"))) == ["a.zip"]


def test_a_mail_with_forty_documents_gives_forty_and_one_with_too_many_none():
    files = [(f"{number}.pdf", PDF + b"%d" % number) for number in range(101)]
    assert len(names(mail(*files[:40]))) == 40
    letter = mail_parts.read(mail(*files))
    assert (letter.documents, letter.problems[0][:24]) == ((), "It holds 101 documents, ")


def test_mails_packed_too_deeply_are_not_followed_for_ever():
    data = mail(("a.pdf", PDF))
    for _depth in range(12):
        data = raw("Content-Type: message/rfc822", "", "") + data
    assert "packed into it too deeply" in mail_parts.read(data).problems[0]
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
    try:
        assert mail_parts.read(nested).documents == ()
    except mail_parts.Unreadable:
        pass


@pytest.mark.parametrize(
    "data", [b"", b"\xff\x00" * 500, b"Content-Type: multipart/mixed\r\n\r\n", bounces.postfix()[:900]]
)
def test_noise_is_a_mail_without_documents(data):
    assert mail_parts.read(data).documents == ()


def test_what_nobody_wrote_is_told_from_what_a_program_invoices():
    assert mail_parts.read(bounces.out_of_office()).is_automatic
    assert mail_parts.read(bounces.read_receipt()).is_automatic
    assert not mail_parts.read(mail(Auto_Submitted="auto-generated")).is_automatic

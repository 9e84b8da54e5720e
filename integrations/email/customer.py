"""The mail that brings a sales document to its customer: PDF with the e-invoice inside, and the e-invoice beside it.

The same id, words and bytes at every try. Also used for a copy, which is a mail of its own.
"""

from dataclasses import dataclass
from decimal import Decimal
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from banqup.einvoicing import Document
from banqup.einvoicing.rendering import formats
from banqup.einvoicing.rendering.labels import known, label, word
from banqup.invoices import papers
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import Kind

from ..base import Permanent, TryAgain
from .customer_words import say
from .message import SUBJECT_AT_MOST, ascii_only, attached, one_line, sender


@dataclass(frozen=True)
class Letter:
    """What the mail says, for both of its forms."""

    subject: str
    paragraphs: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    attached: str
    ask: str
    open: str
    bye: str
    sender: str
    url: str
    language: str

    def text(self) -> str:
        facts = "\n".join(f"  {name}: {value}" for name, value in self.facts)
        answer = f"{self.ask}\n{self.url}" if self.url else ""
        parts = [*self.paragraphs, facts, self.attached, answer, f"{self.bye}\n{self.sender}"]
        return "\n\n".join(filter(None, parts)) + "\n"

    def html(self) -> str:
        return render_to_string("integrations/customer_mail.html", {"letter": self})


def message_id(value) -> str:
    """One id for every try of one sending: a bounce names it."""
    return f"<{value}@{sender().rpartition('@')[2] or 'localhost'}>"


def build(invoice: Invoice, *, data: bytes, to: str, language: str, id, answer_url: str = "") -> EmailMultiAlternatives:
    """The mail with the released e-invoice `data` of `invoice` for `to`. Raises Permanent, TryAgain."""
    letter = write(invoice, language=language, answer_url=answer_url)
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text(),
        from_email=formataddr((one_line(invoice.space.name), sender())),
        to=[to],
        reply_to=[invoice.space.email] if invoice.space.email else None,
        headers={"Message-ID": message_id(id), "Content-Language": letter.language},
    )
    mail.attach_alternative(letter.html(), "text/html")
    stem = "".join(each if each.isalnum() or each in "-_" else "-" for each in ascii_only(invoice.number)) or "document"
    mail.attach(attached(f"{stem}.pdf", "application/pdf", _paper(invoice, letter.language)))
    mail.attach(attached(f"{stem}.xml", "application/xml", data))
    _keep_to_the_limit(mail)
    return mail


def write(invoice: Invoice, *, language: str, answer_url: str = "") -> Letter:
    """The words of the mail."""
    language, document = known(language), invoice.document
    for_supplier = invoice.kind == Kind.SELF_BILLED_OUT
    told = {
        "kind": word(document.kind, language),
        "number": invoice.number,
        "date": formats.day(document.issue_date, language) if document.issue_date else "",
        "total": _money(document.payable, document.currency, language),
        "sender": invoice.space.name,
    }
    facts = () if for_supplier or document.is_credit_note else tuple(_payment(document, language))
    # Copied into a banking app: blanks that only look like blanks do not belong there.
    facts = tuple((name, value.replace("\u00a0", " ")) for name, value in facts)
    paragraphs = [
        say("hello_supplier" if for_supplier else "hello", language),
        say(
            "in_your_name" if for_supplier else "here_is", language, **{**told, "kind": _inside(told["kind"], language)}
        ),
        say("please_pay", language) if facts else "",
    ]
    return Letter(
        subject=one_line(say("subject", language, **told))[:SUBJECT_AT_MOST],
        paragraphs=tuple(filter(None, paragraphs)),
        facts=facts,
        attached=say("attached", language),
        ask=say("answer", language),
        open=say("open", language),
        bye=say("bye", language),
        sender=invoice.space.name,
        url=answer_url,
        language=language,
    )


def _inside(word: str, language: str) -> str:
    """A noun within a sentence: German keeps its capital."""
    return word if language == "de" else word.lower()


def _payment(document: Document, language: str):
    """What a customer needs to pay; nothing when there is nothing to pay."""
    if document.payable is None or document.payable <= 0:
        return
    yield label("BT-115", language), _money(document.payable, document.currency, language)
    if document.due_date:
        yield label("BT-9", language), formats.day(document.due_date, language)
    means = next((each for each in document.payment_means if each.iban), None)
    if means is not None:
        yield label("BT-84", language), formats.iban(means.iban)
        if means.bic:
            yield label("BT-86", language), means.bic
    reference = next(
        (each.remittance_information for each in document.payment_means if each.remittance_information), ""
    )
    if reference:
        yield label("BT-83", language), reference


def _money(amount: Decimal | None, currency: str | None, language: str) -> str:
    return f"{formats.money(amount or Decimal(0), language)} {currency or ''}".strip()


def _paper(invoice: Invoice, language: str) -> bytes:
    try:
        return papers.paper(invoice, language)
    except papers.NoPaper as error:
        words = _("The PDF for the customer can't be made (%s). Tell whoever runs this server, or send it another way.")
        raise Permanent(words % error) from error
    except OSError as error:
        raise TryAgain(_("The server can't read its files at the moment; it is tried again.")) from error


def _keep_to_the_limit(mail: EmailMultiAlternatives) -> None:
    size, limit = len(mail.message().as_bytes()), settings.BANQUP_MAX_MAIL_BYTES
    if size > limit:
        words = _(
            "The mail would be %(size)s MB, and at most %(limit)s MB are sent. Send it over Peppol or by hand, "
            "or make a new document with smaller attachments."
        )
        raise Permanent(words % {"size": f"{size / 2**20:.1f}", "limit": f"{limit / 2**20:.0f}"})

"""Mail copies, reminders and statements to customers: one letter from claim to settlement.

| what happens | settled as |
|---|---|
| the server takes it | sent |
| it puts us off, or the answer is lost | tried again by the schedule, under the same message id |
| no mail leaves at all (server away, sign-in wrong) | waits with the reason, uses up no try |
| the address is refused, the mail is too large, the document can't be drawn | failed, a person acts |

No transaction is open while a mail is written and sent.
"""

import logging
from decimal import Decimal
from email.utils import formataddr

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.actions import letters, statements
from banqup.actions.release import e_invoice
from banqup.einvoicing.rendering import NotDrawn, formats
from banqup.einvoicing.rendering import statement as drawn
from banqup.invoices import files
from banqup.invoices.models import Invoice
from banqup.invoices.papers import CANNOT_DRAW, NoPaper, paper
from banqup.reminders import words
from banqup.reminders.models import Letter, ReminderText
from banqup.reminders.schedule import STEPS
from banqup.reminders.words import Text, filled, part

from . import sending_gate
from .base import BrokenConfiguration, DeliveryError, Permanent, TryAgain
from .email import customer, smtp
from .email.message import SUBJECT_AT_MOST, ascii_only, attached, one_line, sender

logger = logging.getLogger(__name__)

# A reminder of more documents carries no pictures of them.
PICTURES_AT_MOST = 5


def post(letter_id: int) -> None:
    """Send one letter if it is due and still says something; harmless to call twice."""
    letter = letters.begin(letter_id)
    if letter is None:
        return
    away = sending_gate.of_mail()
    if away is not None and away.until > timezone.now():
        letters.stuck(letter, away.why, until=away.until)
        return
    try:
        message = compose(letter)
        _hand_over(message)
    except (BrokenConfiguration, smtp.ServerAway) as error:
        letters.stuck(letter, str(error))
    except Permanent as error:
        letters.failed(letter, str(error))
    except DeliveryError as error:
        letters.tried(letter, str(error))
    except Exception:
        logger.exception("Letter %s broke", letter.pk)
        letters.tried(
            letter, _("Something broke on our side. It is tried again; the log of the server has the details.")
        )
    else:
        letters.sent(letter, subject=message.subject, body=message.body)


def _hand_over(message: EmailMessage) -> None:
    """Raises BrokenConfiguration when no mail at all can leave, Permanent for what concerns this one only."""
    try:
        smtp.send(message)
    except smtp.RecipientRefused as error:
        words = _("%s is refused by the mail server. Correct the address on the customer's page, then try again.")
        raise Permanent(words % message.to[0]) from error


def compose(letter: Letter) -> EmailMessage:
    """The mail, in the language of the letter. Raises Permanent when it can't be made, TryAgain."""
    if letter.kind == Letter.Kind.COPY:
        return _copy(letter)
    text, attachments = _reminder(letter) if letter.kind == Letter.Kind.REMINDER else _statement(letter)
    space = letter.space
    mail = EmailMessage(
        subject=one_line(text.subject)[:SUBJECT_AT_MOST],
        body=text.body,
        from_email=formataddr((one_line(space.name), sender())),
        to=[letter.recipient],
        reply_to=[space.email] if space.email else None,
        headers={"Message-ID": customer.message_id(letter.message_id), "Content-Language": letter.language},
    )
    for name, data in attachments:
        mail.attach(attached(name, "application/pdf", data))
    return mail


# --- what each kind says ------------------------------------------------------------------------


def _copy(letter: Letter) -> EmailMessage:
    """The mail that brings a document to its customer, which says that it is a copy."""
    invoice, language = letter.invoice, letter.language
    found = e_invoice(invoice)
    try:
        data = found.load() if found is not None else b""
    except (FileNotFoundError, files.DamagedFile) as error:
        raise Permanent(_("The stored e-invoice is damaged. Tell whoever runs this server.")) from error
    mail = customer.build(invoice, data=data, to=letter.recipient, language=language, id=letter.message_id)
    name = f"{_kind_of(invoice, language)} {invoice.number}"
    mail.subject = one_line(filled(part("copy", language), {"document": name}))[:SUBJECT_AT_MOST]
    return mail


def _reminder(letter: Letter):
    rows = list(letter.reminders.select_related("invoice__space"))
    invoices = [row.invoice for row in rows]
    steps = [row.step for row in rows]
    values = _values(letter, invoices[0].counterparty_name, invoices)
    values["documents"] = "\n".join(_line(invoice, letter.language) for invoice in invoices)
    text = text_of(letter.space, STEPS if None in steps else max(steps), letter.language)
    shown = invoices if len(invoices) <= PICTURES_AT_MOST else []
    return _filled(text, values), [_picture(invoice, letter.language) for invoice in shown]


def text_of(space, step: int, language: str) -> Text:
    """The words of a step: the space's own, else ours."""
    own = ReminderText.objects.filter(space=space, step=step, language=language).first()
    return Text(own.subject, own.body) if own else words.reminder(step, language)


def _statement(letter: Letter):
    language = letter.language
    letter.contact.space = letter.space
    accounts = statements.of(letter.contact, letter.since, letter.until)
    values = _values(letter, letter.contact.name, [])
    values["total"] = statements.total(accounts, language)
    try:
        data = drawn.pdf(statements.paper(letter.contact, letter.since, letter.until, language))
    except NotDrawn as error:
        logger.error("The statement of letter %s can't be drawn: %s", letter.pk, error)
        raise Permanent(_("The statement can't be drawn. Choose a shorter period.")) from error
    name = ascii_only(f"{part('title', language)} {letter.since:%Y-%m-%d} {letter.until:%Y-%m-%d}.pdf")
    return _filled(words.statement(language), values), [(name, data)]


def _filled(text: Text, values: dict) -> Text:
    return Text(filled(text.subject, values), filled(text.body, values))


def _values(letter: Letter, customer: str, invoices: list[Invoice]) -> dict[str, str]:
    open_amounts: dict[str, Decimal] = {}
    for invoice in invoices:
        open_amounts[invoice.currency] = open_amounts.get(invoice.currency, Decimal(0)) + (invoice.open_amount or 0)
    language = letter.language
    told = [f"{currency} {formats.money(amount, language)}" for currency, amount in sorted(open_amounts.items())]
    return {
        "customer": customer,
        "sender": letter.space.name,
        "total": " · ".join(told),
        "account": statements.account_line(letter.space.iban, language),
        "documents": "",
    }


def _line(invoice: Invoice, language: str) -> str:
    """- Factuur V2026-0001, vervallen op 12 nov 2026: openstaand EUR 47,70, mededeling +++…+++"""
    amount = f"{invoice.currency} {formats.money(invoice.open_amount, language)}"
    due = filled(part("due", language), {"day": formats.day(invoice.due_date, language)})
    told = [f"{_kind_of(invoice, language)} {invoice.number}, {due}: {amount}"]
    if invoice.open_amount != invoice.payable:
        told.append(filled(part("of", language), {"amount": formats.money(invoice.payable, language)}))
    means = next(iter(invoice.document.payment_means), None)
    if means is not None and means.remittance_information:
        told.append("– " + filled(part("reference", language), {"reference": means.remittance_information}))
    return "- " + " ".join(told)


def _kind_of(invoice: Invoice, language: str) -> str:
    return part("credit_note" if invoice.is_credit_note else "invoice", language)


def _picture(invoice: Invoice, language: str) -> tuple[str, bytes]:
    try:
        data = paper(invoice, language)
    except NoPaper as error:
        logger.error("The PDF of document %s can't be made: %s", invoice.pk, error)
        raise Permanent(str(CANNOT_DRAW)) from error
    except OSError as error:
        raise TryAgain(_("The server can't read its files at the moment; it is tried again.")) from error
    plain = "".join(each if each.isalnum() or each in "-_" else "-" for each in ascii_only(invoice.number))
    return f"{plain or 'document'}.pdf", data

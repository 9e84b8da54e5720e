"""Mail to customers beside the delivery itself: a copy, a statement; and what becomes of every letter.

The request only writes the letter down. The worker takes it with `begin`, works with no lock held, and
ends with one of `sent`, `tried`, `stuck`, `failed`. Rows are locked in one order: documents, then the letter.
"""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.contacts.models import Contact
from banqup.invoices import journal, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.reminders import queue, schedule, words
from banqup.reminders.models import Letter, LetterState, Reminder
from banqup.spaces.access import standing
from banqup.spaces.roles import Capability

from .refusals import NotAllowed, NotPossible
from .rights import lacking, may_edit, require

# Years of a statement, at most.
LONGEST = 3


def send_copy(*, invoice: Invoice, to: str = "", by) -> Letter:
    """Mail the document to the customer, or `to` somebody else; the delivery status does not move (§8).

    Raises NotAllowed, NotPossible (`to`).
    """
    require(by, invoice, may_edit(invoice))
    if reason := why_no_copy(invoice):
        raise NotPossible(reason)
    recipient = checked_address(to or address_of(invoice))
    contact = invoice.counterparty
    with transaction.atomic():
        letter = Letter.objects.create(
            space=invoice.space,
            kind=Letter.Kind.COPY,
            contact=contact,
            invoice=invoice,
            recipient=recipient,
            language=words.known((contact.language if contact else "") or invoice.space.language),
            created_by=by,
        )
        nudge(queue.LETTER_TASK, letter.pk)
    return letter


def why_no_copy(invoice: Invoice) -> str:
    """Why no copy can be mailed; empty when one can."""
    if invoice.kind not in statuses.ISSUED_BY_US or not invoice.is_released:
        return _("Only a document that was sent, or approved, can be mailed as a copy.")
    return ""


def address_of(invoice: Invoice) -> str:
    """Where the other side of a document of ours gets mail; empty where nobody knows."""
    known = invoice.counterparty.email if invoice.counterparty else ""
    party = invoice.document.seller if invoice.kind in statuses.PURCHASE_LIST else invoice.document.buyer
    return known or party.email or ""


def send_statement(*, contact: Contact, since: date, until: date, to: str = "", by) -> Letter:
    """Mail the statement of account of a customer. Raises NotAllowed, NotPossible (`to`, `until`)."""
    if Capability.PAY_SALES not in standing(by, contact.space).business:
        raise NotAllowed(lacking(Capability.PAY_SALES))
    if until < since:
        raise NotPossible(_("The last day is before the first."), field="until")
    if (until - since).days > LONGEST * 366:
        raise NotPossible(_("A statement is of %d years at most.") % LONGEST, field="until")
    recipient = checked_address(to or contact.email)
    with transaction.atomic():
        letter = Letter.objects.create(
            space=contact.space,
            kind=Letter.Kind.STATEMENT,
            contact=contact,
            since=since,
            until=until,
            recipient=recipient,
            language=words.known(contact.language or contact.space.language),
            created_by=by,
        )
        nudge(queue.LETTER_TASK, letter.pk)
    return letter


def again(*, letter: Letter, to: str = "", by) -> Letter:
    """Try a letter that was not sent once more, by default to the address that the customer has now.

    Raises NotAllowed, NotPossible (`to`).
    """
    needed = Capability.EDIT_SALES if letter.kind == Letter.Kind.COPY else Capability.PAY_SALES
    if needed not in standing(by, letter.space).business:
        raise NotAllowed(lacking(needed))
    known = letter.contact.email if letter.contact else ""
    recipient = checked_address(to or known or letter.recipient)
    with transaction.atomic():
        if not queue.again(letter, recipient):
            raise NotPossible(_("Only a letter that was not sent is tried again."))
        nudge(queue.LETTER_TASK, letter.pk)
    letter.refresh_from_db()
    return letter


def checked_address(text: str) -> str:
    """Raises NotPossible (`to`)."""
    text = text.strip()
    if not text:
        raise NotPossible(_("The customer has no e-mail address. Enter one."), field="to")
    try:
        validate_email(text)
    except ValidationError as error:
        raise NotPossible(_("%s is not an e-mail address.") % text[:80], field="to") from error
    return text


# --- the worker ---------------------------------------------------------------------------------
def begin(letter_id: int) -> Letter | None:
    """Take one due letter, or None: not due, taken, or nothing is left to say (then it is dropped).

    What was paid, disputed or closed since a reminder was written is not reminded of.
    """
    with transaction.atomic():
        journal.hold(Reminder.objects.filter(letter=letter_id).values_list("invoice_id", flat=True))
        letter = queue.take(letter_id)
        if letter is None or letter.kind != Letter.Kind.REMINDER:
            return letter
        rows = letter.reminders.select_related("invoice__counterparty")
        pauses = schedule.Pauses(letter.space, letter.space.today())
        for row in rows:
            row.invoice.space = letter.space
            reason = schedule.in_the_way(row.invoice)
            if not reason and letter.created_by_id is None:
                reason = schedule.not_by_itself(row.invoice, pauses)
            if reason:
                row.delete()  # it was not said: the step is still to come
            elif row.open_amount != row.invoice.open_amount:
                row.open_amount = row.invoice.open_amount
                row.save(update_fields=["open_amount"])
        if not letter.reminders.exists():
            queue.close(letter, LetterState.DROPPED, _("Nothing was left to remind of."))
            return None
    return letter


def sent(letter: Letter, *, subject: str, body: str) -> None:
    """The mail server took it. Told in the history of every document that it speaks of."""
    with transaction.atomic():
        rows = list(letter.reminders.all())
        journal.hold([row.invoice_id for row in rows] or [letter.invoice_id] * (letter.invoice_id is not None))
        if not queue.close(letter, LetterState.SENT, subject=subject[:300], body=body):
            return
        by, to = letter.created_by, letter.recipient
        for row in rows:
            journal.record(row.invoice_id, Verb.REMINDED, by=by, to=to, step=row.step, letter=letter.pk)
        if letter.kind == Letter.Kind.COPY:
            journal.record(letter.invoice_id, Verb.COPY_SENT, by=by, to=to, letter=letter.pk)


def tried(letter: Letter, reason: str) -> None:
    """It did not get through and is tried again; after the last try it has failed."""
    if not queue.later(letter, reason):
        failed(letter, reason)


def stuck(letter: Letter, reason: str, *, until: datetime | None = None) -> None:
    """No mail at all leaves at the moment: it waits with the reason, and uses up no try."""
    queue.later(letter, reason, counts=False, until=until)


def failed(letter: Letter, reason: str) -> None:
    """Never again without a person, who finds it under *Reminders* and on the customer's page."""
    queue.close(letter, LetterState.FAILED, reason)

"""What people correct in a document that was read teaches where its supplier writes it."""

from datetime import date

from banqup import einvoicing
from banqup.contacts.models import Contact, learn
from banqup.einvoicing import Document, extraction
from banqup.invoices.models import Invoice, Reading

# What can be learned: business term → what the document says of it.
_TERMS = {
    "BT-1": lambda document: document.number,
    "BT-2": lambda document: document.issue_date,
    "BT-9": lambda document: document.due_date,
    "BT-83": lambda document: next((one.remittance_information for one in document.payment_means), None),
}


def learn_from(invoice: Invoice, document: Document, contact: Contact | None) -> None:
    """A person entered something else than was read: remember where this supplier writes it.

    Called by *Save* in its transaction, with what was entered.
    """
    reading = Reading.objects.filter(invoice=invoice, state=Reading.State.DONE).first()
    if reading is None or contact is None:
        return
    corrected = {term: say(document) for term, say in _TERMS.items()}
    corrected = {
        term: value for term, value in corrected.items() if value and _text(value) != _read_value(reading, term)
    }
    if not corrected:
        return
    words = einvoicing.words_of(reading.words)
    hints = {term: extraction.learn(words, term, value) for term, value in corrected.items()}
    learn(contact, {term: hint for term, hint in hints.items() if hint})


def _read_value(reading: Reading, term: str) -> str:
    return str(reading.values.get(term, [""])[0])


def _text(value) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)

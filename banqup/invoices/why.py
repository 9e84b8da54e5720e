"""Why a document has the status it shows: the rule that decided, the facts it rests on, the events that led there.

The rules are those of `statuses.py`, asked of the database as they stand there; only their words are here.
"""

from dataclasses import dataclass

from django.db.models import Case, IntegerField, Value, When
from django.utils.translation import gettext_lazy as _

from . import history, statuses
from .models import Invoice
from .models.event import Verb

# In the order of `statuses.GENERAL_RULES`, and last what holds when none of them does.
GENERAL_WORDS = (
    _("It is a draft."),
    _("A person has to check it before anything else."),
    _("It is complete, but not approved yet."),
    _("It was marked as won't be paid, and something is open."),
    _("It was refused."),
    _("It is disputed."),
    _("Payments and credit notes cover all there is to pay."),
    _("A part is paid or credited."),
    _("It is approved, and nothing is paid or credited yet."),
)
ACCOUNTING_WORDS = (
    _("It is a draft: the accountant does not see it."),
    _("It was refused or deleted before it was approved: there is nothing to book."),
    _("The business has not approved it yet."),
    _("The accountant marked it as processed."),
    _("It is approved, and not processed yet."),
)

# What moves a status, or the money that a status is computed from.
_MOVES = frozenset(
    {
        Verb.RECEIVED,
        Verb.SAVED,
        Verb.APPROVED,
        Verb.APPROVED_AUTOMATICALLY,
        Verb.PROCESSED,
        Verb.UNPROCESSED,
        Verb.PAYMENT_RECORDED,
        Verb.PAYMENT_UNDONE,
        Verb.MARKED_UNPAID,
        Verb.CREDITED,
        Verb.UNCREDITED,
        Verb.DISPUTED,
        Verb.REFUSED,
        Verb.RESOLVED,
        Verb.WITHDRAWN,
        Verb.DELETED,
        Verb.RESTORED,
        Verb.CUSTOMER_ANSWERED,
        Verb.WONT_BE_PAID,
        Verb.MARKED_RESOLVED,
    }
)
_OF_THE_BOOKS = frozenset({Verb.RECEIVED, Verb.APPROVED, Verb.APPROVED_AUTOMATICALLY, Verb.PROCESSED, Verb.UNPROCESSED})
_OF_THE_BOOKS |= {Verb.DISPUTED, Verb.REFUSED, Verb.RESOLVED, Verb.WITHDRAWN, Verb.DELETED, Verb.RESTORED}


@dataclass(frozen=True)
class Rule:
    """One rule in words, and the status it gives. `decides`: the first that holds; `asked`: looked at at all."""

    words: str
    status: str
    decides: bool
    asked: bool


def general(invoice: Invoice) -> list[Rule]:
    """The rules of the general status in their order, up to the one that decided and beyond."""
    return _rules(invoice, statuses.GENERAL_RULES, statuses.GeneralStatus.UNPAID, GENERAL_WORDS)


def accounting(invoice: Invoice) -> list[Rule]:
    """The same for the accounting status."""
    return _rules(invoice, statuses.ACCOUNTING_RULES, statuses.AccountingStatus.READY_TO_PROCESS, ACCOUNTING_WORDS)


def events(invoice: Invoice) -> list[dict]:
    """What led to the general status, newest first, as the timeline shows it."""
    return history.timeline(invoice, limit=30, verbs=_MOVES)


def events_of_the_books(invoice: Invoice, destinations) -> list[dict]:
    """What led to the accounting status; of integrations, only `destinations` are named."""
    return history.timeline(invoice, limit=30, verbs=_OF_THE_BOOKS, destinations=destinations)


def _rules(invoice, rules, default, words) -> list[Rule]:
    decided = _first_that_holds(invoice, [condition for condition, _status in rules])
    results = [*(status for _condition, status in rules), default]
    return [
        Rule(str(text), status.value, decides=position == decided, asked=position <= decided)
        for position, (text, status) in enumerate(zip(words, results, strict=True))
    ]


def _first_that_holds(invoice, conditions) -> int:
    cases = [When(condition, then=Value(position)) for position, condition in enumerate(conditions)]
    position = Case(*cases, default=Value(len(conditions)), output_field=IntegerField())
    return Invoice.objects.filter(pk=invoice.pk).values_list(position, flat=True).get()

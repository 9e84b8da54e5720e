"""What a decision will do and whom it reaches, said before the click: one sentence a fact."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.actions import answers
from banqup.actions.payments import by_hand
from banqup.approvals.rules import plan_of
from banqup.common.templatetags.format import money_with_currency
from banqup.exports.models import PENDING, ExportState
from banqup.invoices.models import Invoice
from banqup.invoices.reasons import Answer
from banqup.invoices.statuses import (
    AccountingStatus,
    DeliveryStatus,
    DocumentStatus,
    GeneralStatus,
)

from .preview import becomes, preview


@dataclass(frozen=True)
class Consequence:
    """One line of *What will happen*; `badge` is a status of the sort `kind`, shown after the words."""

    icon: str
    text: str
    badge: str = ""
    kind: str = "general"


class Facts:
    """The document, its accountant and its deliveries, each asked once."""

    def __init__(self, invoice: Invoice):
        self.invoice = invoice

    @cached_property
    def accountant(self) -> str:
        engagement = self.invoice.space.active_engagement()
        return engagement.partner.name if engagement else ""

    @cached_property
    def _exports(self) -> list[tuple[str, str]]:
        rows = self.invoice.exports.order_by("integration__name", "sequence")
        return list(rows.values_list("integration__name", "state"))

    def _names(self, states) -> str:
        return ", ".join(dict.fromkeys(name for name, state in self._exports if state in states))

    @property
    def waiting(self) -> str:
        return self._names(PENDING)

    @property
    def delivered(self) -> str:
        return self._names({ExportState.DELIVERED})

    @property
    def cancelled(self) -> str:
        return self._names({ExportState.CANCELLED})


def _status(status) -> Consequence:
    return Consequence("arrow-right-circle", _("Status becomes"), status.value)


def _sees(facts, badge, kind) -> Consequence:
    return Consequence("users", _("%s sees") % facts.accountant, badge.value, kind)


def not_told(invoice) -> str:
    """Where no network takes an answer, a person has to give it."""
    if answers.takes_answers(invoice):
        return ""
    if invoice.list_is_sales:
        return _("Tell the customer yourself: it did not come over a network that takes answers.")
    return _("Tell the supplier yourself: it did not come over a network that takes answers.")


def _tell(facts, code: Answer) -> Consequence:
    words = answers.before_the_click(facts.invoice, code) or not_told(facts.invoice)
    return Consequence("chat-bubble-left-ellipsis", words)


def _typed(facts) -> list[Consequence]:
    if not facts.invoice.has_open_data:
        return []
    return [Consequence("pencil-square", _("What you typed and did not save is not kept."))]


def of_dispute(facts) -> list[Consequence]:
    invoice, said = facts.invoice, [_status(GeneralStatus.DISPUTED)]
    if facts.accountant and invoice.is_released:
        said.append(_sees(facts, DocumentStatus.DISPUTED, "after_release"))
        if invoice.processed_at is not None:
            said.append(Consequence("check", _("It stays processed.")))
    elif facts.accountant:
        said.append(_sees(facts, AccountingStatus.CLIENT_ACTION_NEEDED, "accounting"))
    if facts.waiting:
        said.append(Consequence("bolt", _("It was approved, so what waits still goes to %s.") % facts.waiting))
    elif not invoice.is_released:
        said.append(Consequence("bolt", _("No integration receives it before approval.")))
    said.append(
        Consequence("banknotes", _("Don't pay it until it is settled. A payment that was made is still recorded."))
    )
    return [*said, _tell(facts, Answer.QUERIED), *_typed(facts)]


def of_refusal(facts) -> list[Consequence]:
    invoice, said = facts.invoice, [_status(GeneralStatus.REFUSED)]
    if facts.accountant and invoice.is_released:
        said.append(_sees(facts, DocumentStatus.REFUSED, "after_release"))
        if invoice.processed_at is not None:
            words = _("It was processed: it goes back to To check, so that the booking is undone.")
            said.append(Consequence("arrow-uturn-left", words))
    elif facts.accountant:
        said.append(Consequence("users", _("%s has no work with it.") % facts.accountant))
    if facts.waiting:
        said.append(Consequence("no-symbol", _("What waits for %s is cancelled.") % facts.waiting))
    if facts.delivered:
        said.append(Consequence("bolt", _("%s already has it: that copy stays there.") % facts.delivered))
    if invoice.paid:
        words = _("%s was paid on it already: ask for it back.") % money_with_currency(invoice.paid, invoice.currency)
        said.append(Consequence("banknotes", words))
    return [*said, _tell(facts, Answer.REFUSED), *_typed(facts)]


def of_resolution(facts) -> list[Consequence]:
    invoice = facts.invoice
    if not invoice.is_released:
        said = [_status(GeneralStatus.AWAITING_VALIDATION), *_final(facts)]
        said.append(Consequence("eye", _("It waits for a decision again: resolving never approves by itself.")))
        if facts.accountant:
            said.append(_sees(facts, AccountingStatus.CLIENT_ACTION_NEEDED, "accounting"))
        return said
    said = [Consequence("arrow-right-circle", _("Status becomes"), becomes(invoice).value, "payment"), *_final(facts)]
    if facts.accountant:
        said.append(Consequence("users", _("%s sees no objection any more.") % facts.accountant))
    said.append(Consequence("bolt", _sent_again(facts)))
    return said


def _final(facts) -> list[Consequence]:
    """A refusal that was told can't be taken back on the network."""
    if answers.given(facts.invoice) != Answer.REFUSED:
        return []
    words = _("The supplier was told over Peppol that it is refused, which is final there: tell them by e-mail.")
    return [Consequence("chat-bubble-left-ellipsis", words)]


def _sent_again(facts) -> str:
    if facts.cancelled:
        return _("Nothing is sent by itself: %s can be sent with Resend to integrations.") % facts.cancelled
    return _("Nothing is sent again.")


def of_approval(facts) -> list[Consequence]:
    """Of a disputed document that was never released: approving it settles the dispute."""
    found = preview(facts.invoice)
    said = [Consequence("arrow-right-circle", _("Status becomes"), found.becomes.value, "payment")]
    said.append(Consequence("chat-bubble-left", _("The dispute is settled: your note says how.")))
    if found.accountant:
        said.append(_sees(facts, found.accountant_sees, "accounting"))
    sent = _("It is sent to %s.") % ", ".join(found.sent_to) if found.sent_to else _("It is sent nowhere.")
    return [*said, Consequence("bolt", " ".join([sent, *(f"{words}." for words in found.waits)]))]


def of_assignment(facts) -> list[Consequence]:
    plan = plan_of(facts.invoice)
    words = _("Only this person's approval releases it.")
    if plan.route is not None:
        words = _("It still takes the steps of the route “%s”. This person's approval comes last.") % plan.route
    said = [Consequence("user-plus", words)]
    said.append(Consequence("bell", _("The person is told when it is their turn.")))
    return [*said, *_typed(facts)]


def of_withdrawal(facts) -> list[Consequence]:
    said = [_status(GeneralStatus.AWAITING_VALIDATION)]
    said.append(Consequence("pencil-square", _("Its data can be changed again. It is sent when you approve it again.")))
    if facts.accountant:
        said.append(_sees(facts, AccountingStatus.CLIENT_ACTION_NEEDED, "accounting"))
    if facts.waiting:
        said.append(Consequence("no-symbol", _("What waits for %s is cancelled.") % facts.waiting))
    return said


def of_deletion(facts) -> list[Consequence]:
    said = [Consequence("trash", _("It goes to the recycle bin. Its file is kept, and you can restore it."))]
    if facts.accountant:
        said.append(Consequence("users", _("%s does not see it any more.") % facts.accountant))
    return [*said, *_typed(facts)]


def of_unpaid(facts) -> list[Consequence]:
    """Payments that a person recorded are taken back; credit notes stay linked."""
    invoice = facts.invoice
    rows = list(by_hand(invoice))
    taken = money_with_currency(sum((row.amount for row in rows), Decimal(0)), invoice.currency)
    words = ngettext("%(n)d payment of %(sum)s is taken back.", "%(n)d payments of %(sum)s are taken back.", len(rows))
    said = [Consequence("banknotes", words % {"n": len(rows), "sum": taken})]
    if invoice.credited:
        said.append(Consequence("link", _("Credit notes stay linked.")))
    return [*said, Consequence("arrow-uturn-left", _("You can undo this: the same payments are recorded again."))]


def of_answer(facts) -> list[Consequence]:
    said = []
    if facts.invoice.delivery_status not in (DeliveryStatus.NONE, DeliveryStatus.RECEIVED):
        said.append(Consequence("inbox", _("Any answer proves that it arrived. Delivery becomes"), *_RECEIVED))
    said.append(Consequence("check", _("Accepted: the payment status does not move; only money does that.")))
    said.append(Consequence("chat-bubble-left", _("A question: the document becomes"), GeneralStatus.DISPUTED.value))
    said.append(Consequence("x-circle", _("A refusal: the document becomes"), GeneralStatus.REFUSED.value))
    if facts.accountant:
        words = _("%s sees a question or a refusal beside the document.") % facts.accountant
        said.append(Consequence("users", words))
    return [*said, *_rebooked(facts)]


_RECEIVED = (DeliveryStatus.RECEIVED.value, "delivery")


def of_closing(facts) -> list[Consequence]:
    invoice = facts.invoice
    said = [_status(GeneralStatus.WONT_BE_PAID)]
    words = _("%s stays open on it, and nobody waits for it any more.")
    said.append(Consequence("banknotes", words % money_with_currency(invoice.open_amount, invoice.currency)))
    said.append(Consequence("arrow-uturn-left", _("A payment, or Mark as resolved, opens it again.")))
    return [*said, *_rebooked(facts)]


def _rebooked(facts) -> list[Consequence]:
    """A sale that the accountant has booked and the customer does not accept."""
    if facts.invoice.processed_at is None:
        return []
    words = _("It was processed: a refusal takes it back to To check, so that the booking is undone.")
    return [Consequence("arrow-uturn-left", words)]


def of_settlement(facts) -> list[Consequence]:
    invoice = facts.invoice
    uncovered = GeneralStatus.PARTIALLY_PAID if invoice.paid or invoice.credited else GeneralStatus.UNPAID
    if invoice.open_amount is not None and invoice.open_amount <= 0:
        uncovered = GeneralStatus.FULLY_PAID
    said = [_status(uncovered)]
    if invoice.open_amount and invoice.open_amount > 0:
        words = money_with_currency(invoice.open_amount, invoice.currency)
        if invoice.due_date:
            words = _("%(amount)s, due %(day)s") % {"amount": words, "day": date_format(invoice.due_date, "j M Y")}
        said.append(Consequence("banknotes", _("It counts as open again: %s.") % words))
    said.append(Consequence("bolt", _sent_again(facts)))
    return said

"""What will happen to a document on its way to the customer, said before the click."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from banqup.actions import letters
from banqup.actions.allowed_delivery import ways_again
from banqup.common.templatetags.format import money_with_currency
from banqup.invoices.statuses import DeliveryStatus, DocumentStatus
from banqup.reminders import schedule

from .consequences import Consequence


def of_resend(facts) -> list[Consequence]:
    said = [
        Consequence("paper-airplane", _("Delivery becomes"), DeliveryStatus.READY_TO_SEND.value, "delivery"),
        Consequence("document", _("The same document goes out as a new message: number, date and data stay.")),
    ]
    ways = ways_again(facts.invoice)
    for option in ways:
        if option.usable and option.named:
            told = {"way": option.way.label, "to": option.recipient, "named": option.named}
            words = _("%(way)s goes to %(to)s, as the customer's page says now; the document names %(named)s.")
            said.append(Consequence("envelope", words % told))
    unusable = [option for option in ways if option.reason]
    return [*said, *(Consequence("no-symbol", f"{option.way.label}: {option.reason}") for option in unusable)]


def of_arrival(facts) -> list[Consequence]:
    said = [Consequence("inbox-arrow-down", _("Delivery becomes"), DeliveryStatus.RECEIVED.value, "delivery")]
    said.append(Consequence("no-symbol", _("What still waits to be sent is not sent any more.")))
    return [*said, Consequence("lock-closed", _("Received never goes back."))]


def of_copy(facts) -> list[Consequence]:
    said = [Consequence("envelope", _("The PDF goes out by mail, with the e-invoice beside it."))]
    if not letters.address_of(facts.invoice):
        said.append(Consequence("exclamation-triangle", _("The customer has no e-mail address yet.")))
    return [*said, Consequence("check", _("The delivery status does not move; the history tells of the copy."))]


def of_reminder(facts) -> list[Consequence]:
    invoice = facts.invoice
    if schedule.in_the_way(invoice):
        return [Consequence("bell-alert", _("Nothing can be sent at the moment."))]
    amount = money_with_currency(invoice.open_amount, invoice.currency)
    due = {"to": invoice.counterparty.email, "amount": amount, "day": date_format(invoice.due_date, "j M Y")}
    said = [Consequence("envelope", _("%(to)s is reminded of %(amount)s, due %(day)s.") % due)]
    sent = schedule.said_of([invoice]).get(invoice.pk, [])
    plan = schedule.plan_of(invoice.space)
    step = schedule.following(plan.days, invoice.due_date, sent, invoice.space.country)
    if step is not None:
        words = _("In the words of step %(step)d of %(all)d; the schedule does not say it again.")
        said.append(Consequence("calendar-days", words % {"step": step.number, "all": len(plan.days)}))
    else:
        said.append(Consequence("calendar-days", _("In the words of the last step: all were said already.")))
    return said


def of_reissue(facts) -> list[Consequence]:
    invoice = facts.invoice
    said = []
    if invoice.open_amount is None or invoice.open_amount > 0:
        words = _("A draft of a credit note for all of %s is made, which names it.")
        said.append(Consequence("receipt-refund", words % invoice.number))
    said.append(Consequence("document-duplicate", _("A draft of a new invoice with the same content is made.")))
    said.append(Consequence("pencil-square", _("Nothing is sent: you correct both drafts and send them.")))
    refused = invoice.document_status == DocumentStatus.REFUSED
    words = (
        _("The refusal stays, as the history of this document.") if refused else _("This document keeps its number.")
    )
    return [*said, Consequence("lock-closed", words)]

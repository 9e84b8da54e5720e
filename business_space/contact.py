"""What the page of a customer or supplier says beside its documents."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import gettext as _

from banqup.actions import customers
from banqup.common.templatetags.format import money_with_currency
from banqup.einvoicing import Party
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import DeliveryStatus, GeneralStatus
from banqup.reminders.models import Letter, LetterState, Pause
from banqup.sending import routing
from banqup.sending.models import Way
from banqup.spaces import numbers
from banqup.spaces.roles import Capability

from .forms.parties import LANGUAGES
from .space import address, lacks

_OPEN = (GeneralStatus.UNPAID, GeneralStatus.PARTIALLY_PAID, GeneralStatus.DISPUTED)
LETTERS = 10


def facts(request, contact) -> dict:
    """Three queries for a customer more than for a supplier."""
    space = request.space
    found = {
        "number_words": number_words(contact),
        "send_by": Way(contact.send_by).label if contact.send_by in Way.values else _("The best way that there is"),
        "language": dict(LANGUAGES).get(contact.language, _("As the space")),
        "peppol": _peppol(request, contact),
        "edit": _edit(request, contact),
    }
    if contact.is_customer:
        letters = Letter.objects.filter(space=space, contact=contact)
        found |= {
            "open_amounts": open_amounts(contact),
            "undelivered": _undelivered(contact),
            "letters": list(letters.order_by("-pk")[:LETTERS]),
            "not_sent": letters.filter(state=LetterState.FAILED).exists(),
            "statement_url": address("statement", space.slug, contact.pk),
            "pause": _pause(request, contact),
        }
    return found


def number_words(contact) -> str:
    """Whether the check digits of the VAT number are right; nothing is asked outside."""
    if not contact.vat_id:
        return ""
    try:
        numbers.vat_number(contact.vat_id)
    except ValidationError as error:
        return " ".join(error.messages)
    return _("check digits are right")


def open_amounts(contact) -> list[str]:
    """EUR 1,204.00: what the customer owes, credit notes taken off; by currency."""
    columns = ("payable", "paid", "credited")
    rows = (
        Invoice.objects.of_business(contact.space)
        .present()
        .filter(counterparty=contact, is_sales=1, general_status__in=_OPEN, payable__isnull=False)
        .order_by("currency", "is_credit_note")
        .values("currency", "is_credit_note")
        .annotate(**{f"all_{column}": Sum(column) for column in columns})
    )
    sums: dict[str, Decimal] = {}
    for row in rows:
        amount = row["all_payable"] - row["all_paid"] - row["all_credited"]
        before = sums.get(row["currency"], Decimal("0.00"))
        sums[row["currency"]] = before + (-amount if row["is_credit_note"] else amount)
    return [money_with_currency(amount, currency) for currency, amount in sums.items()]


def _undelivered(contact) -> int:
    sales = Invoice.objects.of_business(contact.space).present().filter(counterparty=contact)
    return sales.filter(delivery_status=DeliveryStatus.DELIVERY_FAILED).count()


def _peppol(request, contact) -> dict:
    """The id, what the network said of it and when, and the button that asks again."""
    endpoint = routing.participant(
        Party(endpoint_id=contact.endpoint_id, endpoint_scheme=contact.endpoint_scheme, vat_id=contact.vat_id)
    )
    scheme, _colon, number = endpoint.partition(":")
    known = routing.known_reach(scheme, number) if number else None
    reason = "" if endpoint else _("Enter the Peppol id, or the VAT number, first.")
    if customers.may_save(contact) not in request.standing.business:
        reason = lacks(request, customers.may_save(contact))
    return {
        "id": endpoint,
        "known": known,
        "check": {
            "name": "check",
            "label": _("Check"),
            "icon": "signal",
            "url": address("party_check", request.space.slug, contact.pk),
            "enabled": not reason,
            "reason": reason,
        },
    }


def _edit(request, contact) -> dict:
    reason = lacks(request, customers.may_save(contact))
    return {
        "name": "edit",
        "label": _("Change the details"),
        "icon": "pencil",
        "url": address("party_edit", request.space.slug, contact.pk),
        "method": "get",
        "enabled": not reason,
        "reason": reason,
    }


def _pause(request, contact) -> dict:
    """Pause reminders, or go on with them."""
    standing = Pause.objects.filter(space=request.space, contact=contact).first()
    reason = lacks(request, Capability.PAY_SALES)
    button = {"enabled": not reason, "reason": reason, "icon": "play" if standing else "pause"}
    if standing:
        url = address("reminder_resume", request.space.slug, standing.pk)
        return {"until": standing, "action": button | {"name": "resume", "label": _("Go on"), "url": url}}
    url = f"{address('reminder_pause', request.space.slug)}?contact={contact.pk}"
    label = _("Pause reminders")
    return {
        "until": None,
        "action": button | {"name": "pause", "label": label, "url": url, "method": "get", "dialog": True},
    }

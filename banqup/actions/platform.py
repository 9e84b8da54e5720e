"""Two spaces on one server: what the buyer decides about a purchase, the seller's sale hears in the same transaction.

Rows are locked in one order: documents of the side that decides first (a purchase), then those of the
side that hears (a sale). Nothing goes the other way: what a seller does never locks a purchase of
another space; the document itself crosses in a transaction of its own, by way of a receipt. Only
the answer crosses, with its reason and the note that is meant for the supplier: never who gave it, a comment
or a settlement.
"""

from uuid import UUID

from django.utils.translation import gettext as _

from banqup.invoices.models import Receipt
from banqup.invoices.models.receipt import Channel
from banqup.invoices.reasons import ObjectionReason
from banqup.sending.models import NetworkAnswer, OwedAnswer, Transmission, Way

from . import hearing, telling
from .hearing import Message

PLATFORM = NetworkAnswer.Source.PLATFORM


def tell(owed: OwedAnswer) -> None:
    """Let the seller's space hear the answer, which was written just now in the buyer's."""
    came = Receipt.objects.filter(invoice=owed.invoice_id, channel=Channel.PLATFORM, outcome=Receipt.Outcome.DOCUMENT)
    row = _sending(came.order_by("pk").first())
    if row is None:
        owed.state, owed.sent_at = OwedAnswer.State.DUE, None
        owed.save(update_fields=["state", "sent_at"])
        words = _("The supplier's document is not on this server any more: tell them in another way.")
        telling.failed(owed, words)
        return
    message = Message(
        source=PLATFORM,
        message_id=f"event-{owed.event_id}-{owed.code}",
        subject=NetworkAnswer.Subject.ANSWER,
        code=owed.code,
        reference=str(row.message_id),
        sender=row.recipient_space.name,
        note=owed.note,
        clarifications=clarifications(owed.event.data.get("reason", ""), owed.reason, owed.action),
    )
    hearing.hear(space=row.invoice.space, message=message, invoice=row.invoice)


def arrived(receipt: Receipt, *, again: bool = False) -> None:
    """Where no answer says it: the bytes are in the other space. `again`: they were there already, which proves it too."""
    row = _sending(receipt) if receipt.channel == Channel.PLATFORM else None
    if row is None:
        return
    code = NetworkAnswer.Delivery.DUPLICATE if again else NetworkAnswer.Delivery.DELIVERED
    message = Message(
        source=PLATFORM,
        message_id=f"receipt-{receipt.pk}",
        subject=NetworkAnswer.Subject.DELIVERY,
        code=code,
        reference=str(row.message_id),
    )
    hearing.hear(space=row.invoice.space, message=message, invoice=row.invoice)


def clarifications(reason: str, code: str, action: str) -> tuple[dict, ...]:
    """Our reason for an objection as the network says it."""
    if not code:
        return ()
    label = str(ObjectionReason(reason).label) if reason in ObjectionReason.values else ""
    return (
        {"list": "OPStatusReason", "code": code, "text": label},
        {"list": "OPStatusAction", "code": action, "text": ""},
    )


def _sending(receipt: Receipt | None) -> Transmission | None:
    """The seller's transmission that brought `receipt`; only one to that very space."""
    try:
        message_id = UUID(receipt.message_id) if receipt is not None else None
    except ValueError:
        return None
    rows = Transmission.objects.select_related("invoice__space", "recipient_space")
    return rows.filter(
        message_id=message_id, way=Way.PLATFORM, recipient_space=receipt.space_id if receipt else None
    ).first()

"""Which documents belong together: an invoice, what credits it (BT-25), and what was made as a copy of it."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from banqup.invoices import statuses
from banqup.invoices.models import Event, Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.models.receipt import Channel
from banqup.invoices.twins import names

from . import crediting

# So many credit notes of one customer are looked through for those that name an invoice; the newest.
_LOOKED_AT = 50


class Relation(StrEnum):
    CREDITS = "credits"
    CREDITED_BY = "credited_by"
    COPY_OF = "copy_of"
    COPIED_AS = "copied_as"


@dataclass(frozen=True)
class Link:
    relation: Relation
    invoice: Invoice


def of(invoice: Invoice) -> list[Link]:
    """The neighbours of `invoice`, what came before it first. Five queries at most; none leaves its space."""
    found: dict[int, Relation] = {}
    if invoice.is_credit_note:
        found |= dict.fromkeys(crediting.named(invoice), Relation.CREDITS)
    else:
        found |= dict.fromkeys(credit_notes_of(invoice), Relation.CREDITED_BY)
    if invoice.kind in statuses.ISSUED_BY_US:
        found = _made_of(invoice) | _made_from(invoice) | found
    rows = Invoice.objects.of_business(invoice.space).present().filter(pk__in=found).defer("data", "report")
    links = []
    for other in rows.order_by("pk"):
        other.space = invoice.space
        links.append(Link(found[other.pk], other))
    return sorted(links, key=lambda link: (list(Relation).index(link.relation), link.invoice.pk))


def credit_notes_of(invoice: Invoice) -> list[int]:
    """Ids of the present credit notes that name `invoice`, drafts included."""
    if invoice.counterparty_id is None or not invoice.number:
        return []
    notes = Invoice.objects.of_business(invoice.space).present()
    notes = notes.filter(counterparty=invoice.counterparty_id, is_credit_note=True, is_sales=int(invoice.list_is_sales))
    return [note.pk for note in notes.defer("report").order_by("-pk")[:_LOOKED_AT] if names(note, invoice)]


def _made_of(invoice: Invoice) -> dict[int, Relation]:
    """What this one was made from in the Document Creator."""
    if invoice.channel != Channel.CREATOR:
        return {}
    data = Event.objects.filter(invoice=invoice, position=1, verb=Verb.CREATED).values_list("data", flat=True).first()
    data = data or {}
    found = {}
    if "like_id" in data:
        found[data["like_id"]] = Relation.COPY_OF
    if "credits_id" in data:
        found[data["credits_id"]] = Relation.CREDITS
    return found


def _made_from(invoice: Invoice) -> dict[int, Relation]:
    """What was made from this one for the same customer."""
    if invoice.counterparty_id is None:
        return {}
    events = Event.objects.filter(
        Q(data__like_id=invoice.pk) | Q(data__credits_id=invoice.pk),
        position=1,
        verb=Verb.CREATED,
        invoice__space=invoice.space_id,
        invoice__counterparty=invoice.counterparty_id,
        invoice__channel=Channel.CREATOR,
    )
    return {
        pk: Relation.CREDITED_BY if "credits_id" in data else Relation.COPIED_AS
        for pk, data in events.values_list("invoice_id", "data")
    }

"""What comes back about a document that we sent: stored once, matched, and applied by the rank rule (LIFECYCLE §5–§6).

Whatever brings it (network, another space here, the answer page, a bounce) calls `hear`. The same message
heard again changes nothing; what the rule forbids is kept and changes nothing; what belongs to no
document is kept for a person.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from banqup.conversations import notices
from banqup.conversations.topics import Topic
from banqup.invoices import journal, numbers, statuses
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.reasons import ANSWER_OF, Answer, CustomerAnswer
from banqup.invoices.statuses import DocumentStatus, Kind
from banqup.sending import queue, ranks
from banqup.sending.models import NetworkAnswer, Transmission, TransmissionState
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from . import telling, transmitting
from .crediting import stop_counting
from .refusals import NotPossible
from .rights import may_approve, require

Delivery, Outcome, Source, Subject = (
    NetworkAnswer.Delivery,
    NetworkAnswer.Outcome,
    NetworkAnswer.Source,
    NetworkAnswer.Subject,
)

# What an answer of the network means for the document: (what it says, Verb by which it is told).
_MEANS = {
    Answer.QUERIED: CustomerAnswer.QUERIED,
    Answer.CONDITIONAL: CustomerAnswer.ACCEPTED,
    Answer.REFUSED: CustomerAnswer.REFUSED,
    Answer.ACCEPTED: CustomerAnswer.ACCEPTED,
    Answer.PARTLY_PAID: CustomerAnswer.ACCEPTED,
    Answer.PAID: CustomerAnswer.ACCEPTED,
}
_PAID = frozenset({Answer.PARTLY_PAID, Answer.PAID})
# The network's word of a sending may come before the worker has written down what the network calls it.
_FASTER = timedelta(hours=1)


@dataclass(frozen=True)
class Message:
    """What was said, as it came. `code`: an `Answer`, or a `NetworkAnswer.Delivery`."""

    source: str
    message_id: str
    subject: str
    code: str
    # What it is about: our message that it answers, or the number and date of the document.
    reference: str = ""
    number: str = ""
    issue_date: date | None = None
    # Who says it, `scheme:id` on the network; empty where the transport itself speaks.
    sender: str = ""
    note: str = ""
    # [{"list": "OPStatusReason" | "OPStatusAction", "code", "text", "conditions": [[term, value]]}]
    clarifications: tuple = ()
    sha256: str = ""


def hear(*, space: Space, message: Message, invoice: Invoice | None = None) -> NetworkAnswer:
    """Keep `message` and apply it, in one transaction; idempotent by (space, source, message id).

    `invoice` where the way that it came by knows the document already.
    """
    known = NetworkAnswer.objects.filter(space=space, source=message.source, message_id=message.message_id)
    if (heard := known.first()) is not None:
        return heard
    try:
        with transaction.atomic():
            pk, row = (invoice.pk, None) if invoice is not None else _matched(space, message)
            if pk is None:
                return _of_our_answer(space, message) or _unmatched(space, message)
            return _apply(_held(pk), row, _keep(space, message, invoice_id=pk, transmission=row))
    except IntegrityError:  # the same message at the same moment
        if (heard := known.first()) is None:
            raise
        return heard


def keep_unread(*, space: Space, source: str, message_id: str, sha256: str, words: str) -> NetworkAnswer:
    """Keep what came although nobody here can read it (its bytes are stored): a person looks at it. Idempotent."""
    unread = Message(source, message_id, Subject.ANSWER, "", sha256=sha256)
    known = NetworkAnswer.objects.filter(space=space, source=source, message_id=message_id)
    if (heard := known.first()) is not None:
        return heard
    try:
        with transaction.atomic():
            return _unmatched(space, unread, words=words[:500])
    except IntegrityError:  # the same message at the same moment
        return known.get()


def listen_again() -> int:
    """Answers that were faster than our own note of what they answer find their document after all; how many did."""
    lately = NetworkAnswer.objects.filter(outcome=Outcome.UNMATCHED, received_at__gte=timezone.now() - _FASTER)
    found = 0
    for answer in lately.exclude(code="").exclude(reference="").order_by("pk")[:100]:
        pk, row = _matched(answer.space, answer)
        if pk is None:
            continue
        with transaction.atomic():
            invoice = _held(pk)
            answer = NetworkAnswer.objects.select_for_update().get(pk=answer.pk)
            if answer.outcome == Outcome.UNMATCHED:
                answer.invoice, answer.transmission = invoice, row
                _apply(invoice, row, answer)
                found += 1
    return found


def match(*, answer: NetworkAnswer, invoice: Invoice, by) -> NetworkAnswer:
    """A person says which document an unmatched answer belongs to; then it counts as if it came now.

    Raises NotAllowed, NotPossible.
    """
    require(by, invoice, may_approve(invoice))
    with transaction.atomic():
        invoice = _held(invoice.pk)
        answer = NetworkAnswer.objects.select_for_update().get(pk=answer.pk)
        if answer.outcome != Outcome.UNMATCHED or answer.space_id != invoice.space_id:
            raise NotPossible(_("Somebody has dealt with this answer already."))
        if not answer.code:
            words = _("It can't be read. Record on the document what the customer said, then set this aside.")
            raise NotPossible(words)
        if invoice.kind not in statuses.ISSUED_BY_US or not invoice.is_released:
            raise NotPossible(_("Choose a document that you sent."))
        answer.invoice, answer.decided_by = invoice, by
        return _apply(invoice, None, answer)


def set_aside(*, answer: NetworkAnswer, by) -> NetworkAnswer:
    """An unmatched answer that concerns nobody here. Raises NotAllowed, NotPossible."""
    require(by, answer, Capability.APPROVE_SALES)
    changed = NetworkAnswer.objects.filter(pk=answer.pk, outcome=Outcome.UNMATCHED).update(
        outcome=Outcome.SET_ASIDE, decided_by=by
    )
    if not changed:
        raise NotPossible(_("Somebody has dealt with this answer already."))
    answer.refresh_from_db()
    return answer


def customer_said(invoice: Invoice) -> Answer | None:
    """The customer's latest answer since the matter was last resolved.

    A question or a refusal recorded by hand always counts (S8, S9), whatever came before it.
    """
    told = invoice.events.filter(verb__in=(Verb.CUSTOMER_ANSWERED, Verb.MARKED_RESOLVED, Verb.RESOLVED))
    last = told.order_by("-position").first()
    if last is None or last.verb != Verb.CUSTOMER_ANSWERED:
        return None
    return Answer(last.data["code"]) if "code" in last.data else ANSWER_OF[CustomerAnswer(last.data["answer"])]


# --- matching -----------------------------------------------------------------------------------
def _matched(space: Space, message: Message | NetworkAnswer) -> tuple[int | None, Transmission | None]:
    """(the document, the transmission) that `message` is about; (None, None) when nothing here fits."""
    if message.reference:
        same = Q(remote_id=message.reference)
        if (own := _as_uuid(message.reference)) is not None:
            same |= Q(message_id=own)
        row = Transmission.objects.filter(same, invoice__space=space).order_by("-pk").first()
        if row is not None:
            return row.invoice_id, row
    if not message.number:
        return None, None
    found = Invoice.objects.filter(
        space=space,
        kind__in=statuses.ISSUED_BY_US,
        released_at__isnull=False,
        deleted_at=None,
        number_key=numbers.key(message.number),
    )
    fits = [
        each
        for each in found.order_by("-pk")[:50]
        if numbers.same(each.number, message.number)
        and message.issue_date in (None, each.issue_date)
        and _came_from_its_customer(each, message)
    ]
    # Two documents may carry the number, one of them self-billed: then a person decides.
    return (fits[0].pk, None) if len(fits) == 1 else (None, None)


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text.removeprefix("urn:uuid:"))
    except ValueError:
        return None


def _came_from_its_customer(invoice: Invoice, message: Message | NetworkAnswer) -> bool:
    """Nobody answers in the name of another: the sender is whom the document went to, or whom it names."""
    if not message.sender:
        return message.subject == Subject.DELIVERY
    document = invoice.document
    party = document.seller if invoice.kind == Kind.SELF_BILLED_OUT else document.buyer
    known = {f"{party.endpoint_scheme}:{party.endpoint_id}", *invoice.transmissions.values_list("recipient", flat=True)}
    return _participant(message.sender) in {_participant(each) for each in known}


def _participant(identifier: str) -> str:
    """A Belgian enterprise is known on the network by its VAT number (9925) as well as by its number (0208)."""
    plain = identifier.strip().lower()
    return plain.replace("9925:be", "0208:", 1) if plain.startswith("9925:be") else plain


def _held(pk: int) -> Invoice:
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",)).select_related("space", "counterparty")
    return rows.get(pk=pk)


def _keep(space: Space, message: Message, **more) -> NetworkAnswer:
    return NetworkAnswer.objects.create(
        space=space,
        source=message.source,
        message_id=message.message_id[:255],
        subject=message.subject,
        code=message.code,
        clarifications=list(message.clarifications),
        note=message.note[:4000],
        number=message.number[:200],
        issue_date=message.issue_date,
        sender=message.sender[:320],
        reference=message.reference[:255],
        sha256=message.sha256,
        **{"outcome": Outcome.APPLIED, **more},
    )


def _unmatched(space: Space, message: Message, words: str = "") -> NetworkAnswer:
    answer = _keep(space, message, outcome=Outcome.UNMATCHED, words=words)
    people = notices.members_with(space, Capability.APPROVE_SALES)
    notices.notify(users=people, topic=Topic.ANSWER_UNMATCHED, space=space)
    return answer


def _of_our_answer(space: Space, message: Message) -> NetworkAnswer | None:
    """What the network says of an answer of ours to a supplier; None where it is about none."""
    if message.subject != Subject.DELIVERY:
        return None
    owed = telling.of_message(space, message.reference, _as_uuid(message.reference))
    if owed is None:
        return None
    failed = message.code == Delivery.FAILED
    words = message.note or _("The transport could not deliver it.")
    if failed and telling.failed(owed, words, late=True):
        return _keep(space, message, invoice_id=owed.invoice_id)
    return _keep(space, message, invoice_id=owed.invoice_id, outcome=Outcome.IGNORED, words=_("That was known."))


# --- applying -----------------------------------------------------------------------------------
def _apply(invoice: Invoice, row: Transmission | None, answer: NetworkAnswer) -> NetworkAnswer:
    """Move the statuses of `invoice`, whose row is held, as the `answer` and the rank rule say."""
    apply = _report if answer.subject == Subject.DELIVERY else _answer
    why_not = apply(invoice, row, answer)
    answer.outcome = Outcome.IGNORED if why_not else Outcome.APPLIED
    answer.words = why_not
    answer.save(update_fields=["outcome", "words", "invoice", "transmission", "decided_by"])
    if why_not:
        journal.record(invoice, Verb.ANSWER_IGNORED, **_told(answer), why=why_not)
    else:
        _save(invoice)
    return answer


def _report(invoice: Invoice, row: Transmission | None, answer: NetworkAnswer) -> str:
    """What the transport says of a sending; why it changed nothing, or nothing."""
    match answer.code:
        case Delivery.FAILED:
            if row is not None and invoice.transmissions.filter(sequence__gt=row.sequence).exists():
                return _("It was sent again since.")
            failed = transmitting.failed_late(invoice, row, answer.note or _("The transport could not deliver it."))
            return "" if failed else _("The customer has it, or has answered already.")
        case Delivery.ACCEPTED:
            if not can_proceed(invoice.transport_accepted):
                return _("That was known.")
            invoice.transport_accepted()
            if row is not None and row.state == TransmissionState.SENDING:
                queue.close(row, TransmissionState.SENT, sent_at=timezone.now())
            journal.record(invoice, Verb.TRANSMITTED, said=answer.note)
            return ""
        case _:
            arrived = transmitting.arrived(invoice, said=answer.note, source=answer.source)
            return "" if arrived else _("That was known.")


def _answer(invoice: Invoice, _row, answer: NetworkAnswer) -> str:
    code = Answer(answer.code)
    arrived = transmitting.arrived(invoice, source=answer.source)
    if code not in _MEANS:  # received, in process: it arrived, and no more
        if not arrived and not ranks.follows(_highest_told(invoice), code):
            return _("That was known.")
        journal.record(invoice, Verb.CUSTOMER_TOLD, **_told(answer))
        return ""
    before = customer_said(invoice)
    if not ranks.follows(before, code):
        if arrived:
            _save(invoice)
        words = _("After “%(before)s” the network takes no “%(now)s”.")
        return words % {"before": before.label, "now": code.label}
    if not _move(invoice, code):
        if arrived:
            _save(invoice)
        return _("It does not fit the present state of the document.")
    if code in _PAID:
        invoice.payment_announced_at = timezone.now()
    journal.record(invoice, Verb.CUSTOMER_ANSWERED, answer=_MEANS[code].value, **_told(answer))
    topic = Topic.CUSTOMER_ACCEPTED if _MEANS[code] == CustomerAnswer.ACCEPTED else Topic.CUSTOMER_OBJECTED
    people = notices.members_with(invoice.space, may_approve(invoice))
    notices.notify(users=people, topic=topic, invoice=invoice, space=invoice.space, answer=str(code.label))
    return ""


def _highest_told(invoice: Invoice) -> Answer | None:
    codes = [
        event.data["code"]
        for event in invoice.events.filter(verb__in=(Verb.CUSTOMER_TOLD, Verb.CUSTOMER_ANSWERED))
        if event.data.get("code") in Answer.values
    ]
    return ranks.highest(codes)


def _move(invoice: Invoice, code: Answer) -> bool:
    """The document's own transition; False when its state does not take the answer."""
    means = _MEANS[code]
    if invoice.kind == Kind.SELF_BILLED_OUT:  # the supplier speaks of what we issued in its name (§7d)
        way = {CustomerAnswer.QUERIED: invoice.dispute, CustomerAnswer.REFUSED: invoice.refuse}.get(means)
    else:
        way = {
            CustomerAnswer.ACCEPTED: invoice.customer_accepts,
            CustomerAnswer.QUERIED: invoice.customer_queries,
            CustomerAnswer.REFUSED: invoice.customer_refuses,
        }[means]
    stands = {
        CustomerAnswer.ACCEPTED: DocumentStatus.FULLY_APPROVED,
        CustomerAnswer.QUERIED: DocumentStatus.DISPUTED,
        CustomerAnswer.REFUSED: DocumentStatus.REFUSED,
    }[means]
    if way is None or invoice.document_status == stands:
        return invoice.document_status == stands  # a second question, a payment after the acceptance
    if not can_proceed(way):
        return False
    way()
    return True


def _told(answer: NetworkAnswer) -> dict:
    told = {"code": answer.code, "source": answer.source, "note": answer.note[:2000]}
    if answer.clarifications:
        told["clarifications"] = answer.clarifications
    return {name: value for name, value in told.items() if value}


def _save(invoice: Invoice) -> None:
    if invoice.processed_at is None:
        invoice.processed_by = None
    if invoice.is_credit_note and invoice.document_status in statuses.UNDER_OBJECTION:
        stop_counting(invoice, by=None)
    invoice.version += 1
    invoice.save()

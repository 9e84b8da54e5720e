"""Talk about a document: comment, ask the other side, answer, close a question.

The two sides are the business and the office of its accountant. What is said is never changed. It
raises no version: a comment does not disturb who completes the same document.
"""

import hashlib

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.conversations import notices, panel
from banqup.conversations.models import LONGEST_COMMENT, Asks, Audience, Comment, Side
from banqup.conversations.topics import Topic
from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.invoices.models.event import Verb
from banqup.invoices.statuses import DocumentStatus
from banqup.spaces.access import standing
from banqup.spaces.models import Engagement, Space
from banqup.spaces.roles import Capability

from .approval import locked, may_edit
from .refusals import NotAllowed, NotPossible

_ASKED_SIDE = {Asks.CLIENT: Side.BUSINESS, Asks.ACCOUNTANT: Side.PARTNER}
_OTHER = {Side.BUSINESS: Side.PARTNER, Side.PARTNER: Side.BUSINESS}


def comment(*, invoice: Invoice, text: str, by, side: str, audience: str = Audience.SHARED) -> Comment:
    """Say something about `invoice`, to both sides or as a note for one's own.

    `text` is plain, at most 4,000 characters. Raises NotAllowed, NotPossible; then nothing was said.
    """
    return _say(invoice, text, by, Side(side), audience=Audience(audience))


def ask(*, invoice: Invoice, text: str, by, side: str) -> Comment:
    """Ask the other side; it is open until somebody there answers, or it is closed. Raises as `comment`."""
    asks = Asks.CLIENT if Side(side) == Side.PARTNER else Asks.ACCOUNTANT
    return _say(invoice, text, by, Side(side), asks=asks)


def answer(*, question: Comment, text: str, by) -> Comment:
    """Answer an open question of the other side, which closes it. Raises as `comment`."""
    if question.asks == Asks.NOTHING:
        raise NotPossible(_("This comment asks nothing."))
    return _say(question.invoice, text, by, _ASKED_SIDE[Asks(question.asks)], answers=question)


def close_question(*, question: Comment, by) -> None:
    """The asking side needs no answer any more. Raises NotAllowed, NotPossible."""
    if question.asks == Asks.NOTHING:
        raise NotPossible(_("This comment asks nothing."))
    require(by, question.invoice, Side(question.side))
    with transaction.atomic():
        invoice = locked(question.invoice, None)
        require(by, invoice, Side(question.side))
        _close(question, by)
        journal.record(invoice, Verb.QUESTION_CLOSED, by=by, comment=question.pk)
        told = _workers(invoice, _OTHER[Side(question.side)], question.partner)
        notices.notify(users=told, topic=Topic.QUESTION_CLOSED, invoice=invoice, by=by, comment=question.pk)


def carry_out(*, invoice: Invoice, posted, by, side: str) -> str:
    """Do what a form of the comments panel asks; returns words for the person.

    `posted` holds `text`, and one of `close` or `answers` (the id of a question) or `kind` (see
    `banqup.conversations.panel`). Raises as `comment`; NotPossible for a question that is not there.
    """
    text = posted.get("text", "")
    if "close" in posted:
        close_question(question=_question(invoice, posted["close"]), by=by)
        return _("The question is closed.")
    if "answers" in posted:
        answer(question=_question(invoice, posted["answers"]), text=text, by=by)
        return _("Answered.")
    if posted.get("kind") == panel.QUESTION:
        ask(invoice=invoice, text=text, by=by, side=side)
        return _("Asked.")
    audience = Audience.OWN if posted.get("kind") == panel.OWN else Audience.SHARED
    comment(invoice=invoice, text=text, by=by, side=side, audience=audience)
    return _("Comment sent.")


def _question(invoice: Invoice, pk: str) -> Comment:
    questions = invoice.comments.exclude(asks=Asks.NOTHING).select_related("partner")
    found = questions.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 16 else None
    if found is None:
        raise NotPossible(_("This question is not there."))
    found.invoice = invoice
    return found


def close_with(engagement: Engagement, *, by) -> None:
    """Nobody waits for an answer across an engagement that has just ended; called in its transaction."""
    questions = Comment.objects.filter(space=engagement.business, partner=engagement.partner, closed_at=None)
    found = list(questions.exclude(asks=Asks.NOTHING))
    journal.hold(question.invoice_id for question in found)
    for question in found:
        _close(question, by)
        journal.record(question.invoice_id, Verb.QUESTION_CLOSED, by=by, comment=question.pk)


def require(by, invoice: Invoice, side: Side) -> None:
    """Raises NotAllowed unless `by` may speak about `invoice` for `side`."""
    rights = standing(by, invoice.space)
    hidden = side == Side.PARTNER and invoice.document_status == DocumentStatus.DRAFT
    if Capability.COMMENT not in (rights.partner if side == Side.PARTNER else rights.business) or hidden:
        raise NotAllowed(_("You may not comment on this document."))


def _say(invoice, text, by, side, *, audience=Audience.SHARED, asks=Asks.NOTHING, answers=None) -> Comment:
    require(by, invoice, side)
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise NotPossible(_("Write something first."))
    if len(text) > LONGEST_COMMENT:
        raise NotPossible(
            _("A comment has at most %(most)d characters; this one has %(count)d.")
            % {"most": LONGEST_COMMENT, "count": len(text)}
        )
    with transaction.atomic():
        invoice = locked(invoice, None)
        require(by, invoice, side)
        if invoice.deleted_at is not None:
            raise NotPossible(_("It is in the recycle bin. Restore it first."))
        engagement = invoice.space.active_engagement()
        partner = engagement.partner if engagement else None
        if asks == Asks.ACCOUNTANT and partner is None:
            raise NotPossible(_("This business has no accountant to ask."))
        if answers is not None:
            _close(answers, by)
        said = Comment.objects.create(
            invoice=invoice,
            space=invoice.space,
            side=side,
            partner=partner,
            author=by,
            audience=audience,
            text=text,
            asks=asks,
            answers=answers,
        )
        _write_history(said, by)
        _tell(said, by)
    return said


def _close(question: Comment, by) -> None:
    closed = Comment.objects.filter(pk=question.pk, closed_at=None).update(closed_at=timezone.now(), closed_by=by)
    if not closed:
        raise NotPossible(_("This question is closed already."))


def _write_history(said: Comment, by) -> None:
    """The text stays with the comment; its hash in the history shows that it is the text that was written."""
    told = {"comment": said.pk, "side": said.side, "sha256": hashlib.sha256(said.text.encode()).hexdigest()}
    verb = Verb.COMMENTED
    if said.asks:
        verb, told["asks"] = Verb.ASKED, str(said.asks)
    elif said.answers_id:
        verb, told["answers"] = Verb.ANSWERED, said.answers_id
    elif said.audience == Audience.OWN:
        verb = Verb.NOTED
    journal.record(said.invoice, verb, by=by, **told)


def _tell(said: Comment, by) -> None:
    """A question reaches whoever works there on such documents; an answer who asked; a comment who took part."""
    invoice, side = said.invoice, Side(said.side)
    taken = _taken_part(said)
    if said.asks:
        topic, users = Topic.QUESTION_ASKED, _workers(invoice, _OTHER[side], said.partner)
    elif said.answers_id:
        topic, users = Topic.QUESTION_ANSWERED, {said.answers.author_id, *taken[_OTHER[side]]}
        office_or_business = said.partner if side == Side.BUSINESS else invoice.space
        if not users & notices.members_with(office_or_business, Capability.COMMENT):  # all have left
            users = _workers(invoice, _OTHER[side], said.partner)
    else:
        topic = Topic.COMMENTED
        sides = [side] if said.audience == Audience.OWN else [side, _OTHER[side]]
        users = set().union(*(taken[one] or _workers(invoice, one, said.partner) for one in sides))
    notices.notify(users=users, topic=topic, invoice=invoice, by=by, comment=said.pk)


def _taken_part(said: Comment) -> dict[Side, set[int]]:
    """By side, the ids of who said something earlier; of accountants those of the present office."""
    earlier = Comment.objects.filter(invoice=said.invoice).exclude(pk=said.pk)
    found: dict[Side, set[int]] = {Side.BUSINESS: set(), Side.PARTNER: set()}
    for side, partner, author in earlier.values_list("side", "partner", "author"):
        if side == Side.BUSINESS or partner == said.partner_id:
            found[Side(side)].add(author)
    return found


def _workers(invoice: Invoice, side: Side, partner: Space | None) -> set[int]:
    """Ids of the people of one side who work on such documents."""
    if side == Side.PARTNER:
        return notices.members_with(partner, Capability.PROCESS) if partner else set()
    return notices.members_with(invoice.space, may_edit(invoice))

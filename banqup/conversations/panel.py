"""What the comments of one document look like to one person: plain data for `conversations/_panel.html`."""

from django.utils.translation import gettext as _

from banqup.invoices.models import Invoice
from banqup.spaces.models import Membership

from . import notices, threads
from .models import LONGEST_COMMENT, Asks, Audience, Comment, ReadMarker, Side
from .topics import IN_THE_CONVERSATION

# What may be written, by the name its radio button sends.
SHARED, QUESTION, OWN = "shared", "question", "own"


def side_of(member: Membership) -> Side:
    return Side.PARTNER if member.space.is_partner else Side.BUSINESS


def summary(member: Membership, invoice: Invoice) -> dict:
    """How many comments of `invoice` this member has not read, and who is asked. Two queries."""
    nothing = {"unread": 0, "asks_client": False, "asks_accountant": False}
    return threads.marks(member, [invoice.pk]).get(invoice.pk, nothing) | asked_words(member)


def asked_words(member: Membership) -> dict:
    """The words beside a document with an open question, for this side."""
    if member.space.is_partner:
        return {"client_words": _("Waiting for the client's answer"), "accountant_words": _("The client asks")}
    return {"client_words": _("Your accountant asks"), "accountant_words": _("Waiting for the accountant's answer")}


def opened(member: Membership, invoice: Invoice, *, refusal: str, typed: dict | None = None) -> dict:
    """Every comment that this member may read, oldest first, and what they may write; all counts as read now.

    `refusal`: why the person may not write; empty when they may. `typed`: what a refused form held
    (`form`: "new" or the id of the question, `text`, `kind`, `error`).
    """
    side, office = side_of(member), member.space if member.space.is_partner else None
    found = threads.readable(side=side, office=office).filter(invoice=invoice).order_by("id")
    found = list(found.select_related("author", "partner", "answers__author", "closed_by"))
    answered = {one.answers_id for one in found}
    marker = ReadMarker.objects.filter(user=member.user_id, invoice=invoice).first()
    seen = marker.last_comment_id if marker else 0
    threads.mark_read(member.user, invoice, found)
    notices.read(member, invoice=invoice, topics=IN_THE_CONVERSATION)
    engagement = invoice.space.active_engagement()
    entries = [_entry(one, member, invoice, side, seen) | {"is_answered": one.pk in answered} for one in found]
    typed = typed or {}
    if typed and typed["form"] not in {str(entry["pk"]) for entry in entries if entry["may_answer"]}:
        typed["form"] = "new"  # the question was closed meanwhile: what was typed stays, as a comment
    return {
        "comments": entries,
        "refusal": refusal,
        "kinds": _kinds(side, member, engagement, typed.get("kind") or SHARED),
        "typed": typed,
        "longest": LONGEST_COMMENT,
        **summary(member, invoice),
    }


def _entry(comment: Comment, member: Membership, invoice: Invoice, side: Side, seen: int) -> dict:
    to_us = comment.is_open and comment.asks == (Asks.ACCOUNTANT if side == Side.PARTNER else Asks.CLIENT)
    return {
        "pk": comment.pk,
        "who": str(comment.author),
        "of": comment.partner.name if comment.side == Side.PARTNER else invoice.space.name,
        "ours": comment.side == side,
        "at": comment.at,
        "text": comment.text,
        "is_note": comment.audience == Audience.OWN,
        "is_question": comment.asks != Asks.NOTHING,
        "is_open": comment.is_open,
        "closed_by": str(comment.closed_by) if comment.closed_by else "",
        "answers": str(comment.answers.author) if comment.answers else "",
        "is_new": comment.pk > seen and comment.author_id != member.user_id and comment.at >= member.created_at,
        "may_answer": to_us,
        "may_close": comment.is_open and comment.side == side,
    }


def _kinds(side: Side, member: Membership, engagement, chosen: str) -> list[dict]:
    """The radio buttons: for both sides, as a question to the other, or for one's own side only."""
    if side == Side.PARTNER:
        shared, question = _("Comment for the client and us"), _("Question to the client")
    else:
        shared, question = _("Comment for us and the accountant"), _("Question to the accountant")
    kinds = [(SHARED, shared), (QUESTION, question), (OWN, _("Note for %s only") % member.space.name)]
    if engagement is None:
        kinds = [(SHARED, _("Comment, also for a later accountant")), kinds[2]]
    return [{"name": name, "label": label, "chosen": name == chosen} for name, label in kinds]


def refused(posted, words: str) -> dict:
    """What a form held that was refused with `words`, for `opened(typed=…)`."""
    form = posted.get("answers") or posted.get("close") or "new"
    return {"form": form, "text": posted.get("text", ""), "kind": posted.get("kind", ""), "error": words}

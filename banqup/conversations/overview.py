"""Every document of a space with an open question or something unread, for one person."""

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from banqup.invoices.models import Invoice
from banqup.spaces.models import Membership

from . import threads

AT_MOST = 50
# What is long, and no list shows it.
_HEAVY = ("invoice__data", "invoice__report", "invoice__search_text")


def of(member: Membership) -> dict:
    """`sections`: asked of this side, unread, and waiting for the other side; each at most 50, the oldest question first."""
    space = member.space
    if space.is_partner:
        asked_of_us, waits = threads.asked_of_accountant(space), threads.waiting_for_client(space)
        waits_title = _("Waiting for the client's answer")
    else:
        asked_of_us, waits = threads.asked_of_business(space), threads.asked_by_business(space)
        waits_title = _("Waiting for the accountant's answer")
    unread = threads.unread(member)
    last = unread.order_by().values("invoice").annotate(last=Max("pk")).values("last")
    newest = threads.of_member(member).filter(pk__in=last).order_by("-pk")
    sections = [
        {
            "name": "asked",
            "title": _("Asked of you"),
            "rows": _rows(asked_of_us.order_by("pk")[:AT_MOST], member),
            "empty": _("Nobody waits for your answer."),
        },
        {
            "name": "unread",
            "title": _("Not read yet"),
            "rows": _rows(newest[:AT_MOST], member),
            "empty": _("You have read everything."),
        },
        {"name": "waits", "title": waits_title, "rows": _rows(waits.order_by("pk")[:AT_MOST], member), "empty": ""},
    ]
    return {"sections": sections}


def asked(member: Membership, *, at_most: int) -> dict:
    """`title` and the oldest `rows` of questions that wait for this side: what Home shows."""
    if member.space.is_partner:
        questions, title = threads.asked_of_accountant(member.space), _("Your clients ask")
    else:
        questions, title = threads.asked_of_business(member.space), _("Your accountant asks")
    return {"title": title, "rows": _rows(questions.order_by("pk")[:at_most], member)}


def _rows(comments, member: Membership) -> list[dict]:
    found = comments.select_related("author", "partner", "invoice__space").defer(*_HEAVY)
    return [
        {
            "title": comment.invoice.title,
            "client": comment.invoice.space.name if member.space.is_partner else "",
            "who": str(comment.author),
            "at": comment.at,
            "text": comment.text,
            "url": address(comment.invoice, member),
        }
        for comment in found
    ]


def address(invoice: Invoice, member: Membership) -> str:
    """The document's page in the member's space, its comments open."""
    space = member.space
    url = reverse("partner:document", args=[space.slug, invoice.pk]) if space.is_partner else invoice.get_absolute_url()
    return f"{url}?pane=comments#comments"

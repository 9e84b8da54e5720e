"""Who reads which comment of a document, what is unread, and which questions wait."""

from django.db.models import Count, Exists, OuterRef, Q

from banqup.invoices.models import Invoice
from banqup.spaces.models import Membership, Space

from .models import Asks, Audience, Comment, ReadMarker, Side


def readable(*, side: str, office: Space | None):
    """The comments that `side` may read: what is shared, and its own notes.

    `office`: the accountant's space when the side is the accountant; another office's notes stay hidden.
    """
    own = Q(audience=Audience.OWN, side=side)
    if side == Side.PARTNER:
        own &= Q(partner=office)
    return Comment.objects.filter(Q(audience=Audience.SHARED) | own)


def of_member(member: Membership):
    """Every comment that a member of a space may read there: of its own documents, or of its clients'."""
    space = member.space
    if space.is_partner:
        return _about(Invoice.objects.of_clients(space), readable(side=Side.PARTNER, office=space))
    return readable(side=Side.BUSINESS, office=None).filter(space=space)


def _about(documents, comments):
    """Of `comments`, those on one of `documents`: looked up for each comment, for there are fewer of these."""
    return comments.filter(Exists(documents.filter(pk=OuterRef("invoice"))))


def texts(comment_ids, *, side: str, office: Space | None) -> dict[int, str]:
    """Text by id, of those that the side may read."""
    if not comment_ids:
        return {}
    return dict(readable(side=side, office=office).filter(pk__in=comment_ids).values_list("pk", "text"))


# --- what is unread -------------------------------------------------------------------------------


def unread(member: Membership):
    """The comments that this member has not read: of others, and written since they joined."""
    seen = ReadMarker.objects.filter(user=member.user_id, invoice=OuterRef("invoice"))
    seen = seen.filter(last_comment_id__gte=OuterRef("pk"))
    found = of_member(member).filter(at__gte=member.created_at).exclude(author=member.user_id)
    return _about(Invoice.objects.present(), found.filter(~Exists(seen)))


def unread_documents(member: Membership) -> int:
    """How many documents have something unread for this member."""
    return documents_of(unread(member))


def mark_read(user, invoice, comments) -> None:
    """Remember that `user` has seen `comments` (a list) of `invoice`."""
    last = max((comment.pk for comment in comments), default=0)
    if not last:
        return
    marker, made = ReadMarker.objects.get_or_create(user=user, invoice=invoice, defaults={"last_comment_id": last})
    if not made and marker.last_comment_id < last:
        ReadMarker.objects.filter(pk=marker.pk, last_comment_id__lt=last).update(last_comment_id=last)


# --- questions ------------------------------------------------------------------------------------


def open_questions(asks: str):
    """Questions to one side that wait for an answer."""
    return Comment.objects.filter(asks=asks, closed_at=None)


def waiting_for_client(partner: Space):
    """The questions of this office that its clients have not answered."""
    return _about(Invoice.objects.of_clients(partner).present(), open_questions(Asks.CLIENT))


def asked_of_accountant(partner: Space):
    """The questions of clients that this office has not answered."""
    return _about(Invoice.objects.of_clients(partner).present(), open_questions(Asks.ACCOUNTANT))


def asked_of_business(space: Space):
    """The questions of its accountant that this business has not answered."""
    return open_questions(Asks.CLIENT).filter(space=space, invoice__deleted_at=None)


def asked_by_business(space: Space):
    """The questions of this business that its accountant has not answered."""
    return open_questions(Asks.ACCOUNTANT).filter(space=space, invoice__deleted_at=None)


def documents_of(questions) -> int:
    """On how many documents `questions` stand."""
    return questions.aggregate(count=Count("invoice", distinct=True))["count"]


def with_open_question(documents, asks: str):
    """Of `documents` (a queryset), those with an open question to one side."""
    return documents.filter(pk__in=open_questions(asks).values("invoice"))


def marks(member: Membership, invoice_ids) -> dict[int, dict]:
    """What the rows of a list show: {invoice id: {"unread": n, "asks_client": bool, "asks_accountant": bool}}.

    Documents without anything are absent. Two queries, however many rows.
    """
    ids = list(invoice_ids)
    shown: dict[int, dict] = {}

    def of(pk):
        return shown.setdefault(pk, {"unread": 0, "asks_client": False, "asks_accountant": False})

    counted = unread(member).filter(invoice__in=ids).order_by().values_list("invoice").annotate(count=Count("pk"))
    for pk, count in counted:
        of(pk)["unread"] = count
    waiting = Comment.objects.filter(invoice__in=ids, closed_at=None).exclude(asks=Asks.NOTHING)
    for pk, asks in waiting.order_by().values_list("invoice", "asks").distinct():
        of(pk)["asks_client" if asks == Asks.CLIENT else "asks_accountant"] = True
    return shown

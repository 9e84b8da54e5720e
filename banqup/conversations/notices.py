"""Tell people something: the one door through which every part of the product does it."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator

from banqup.common.after_commit import nudge
from banqup.invoices.models import Invoice
from banqup.spaces.models import Engagement, Membership, Space
from banqup.spaces.roles import Capability

from . import threads
from . import topics as words
from .models import MailChoice, MailTime, Notification, Side, WeekTold
from .topics import Topic

# The one place that knows the mailer's task by name.
MAIL_TASK = "banqup.conversations.tasks.mail"
DIGEST_AT = time(7)


def notify(*, users, topic: Topic, invoice=None, space=None, by=None, **data) -> None:
    """Tell `users` about `topic`, in the transaction of what happened; mail goes out after its commit.

    `users` are people or their ids; each is told once, `by` (who did it) never. `space` is where they are
    told; without it each is told where they work on `invoice`: in the business, else in the office
    of its accountant. Who is no member there is not told. `data` is JSON; money as text.
    """
    ids = {getattr(user, "pk", user) for user in users} - {getattr(by, "pk", None)}
    now = timezone.now()
    places = _places(ids, invoice, space)
    chosen = {(choice.user_id, choice.space_id): choice for choice in MailChoice.objects.filter(user__in=ids)}
    notifications = []
    for user_id, where in places:
        choice = chosen.get((user_id, where.pk)) or MailChoice()
        when = mail_at(choice.time_of(topic), where, now)
        notifications.append(
            Notification(
                user_id=user_id,
                space=where,
                invoice=invoice,
                topic=topic,
                data=data,
                by=by,
                created_at=now,
                mail_at=when,
            )
        )
    Notification.objects.bulk_create(notifications)
    if any(told.mail_at and told.mail_at <= now for told in notifications):
        nudge(MAIL_TASK)


def _places(user_ids, invoice, space) -> list[tuple[int, Space]]:
    """(user id, the space in which the person is told), one a person."""
    members = Membership.objects.filter(user_id__in=user_ids, user__is_active=True).select_related("space")
    if space is not None:
        members = members.filter(space=space)
    else:
        offices = Engagement.objects.filter(business=invoice.space_id, status=Engagement.Status.ACTIVE)
        members = members.filter(space__in=[invoice.space_id, *offices.values_list("partner", flat=True)])
    # The business comes last, so that it wins for who works on both sides.
    ordered = sorted(members, key=lambda member: (not member.space.is_partner, member.pk))
    places = {
        member.user_id: member.space
        for member in ordered
        if invoice is None or Capability.VIEW_DOCUMENTS in member.capabilities
    }
    return list(places.items())


def mail_at(when: str, space: Space, now: datetime) -> datetime | None:
    """The moment at which a notification of `now` is due by mail, or None for never."""
    return {MailTime.AT_ONCE: now, MailTime.DAILY: next_digest(space, now), MailTime.NEVER: None}[MailTime(when)]


def next_digest(space: Space, now: datetime) -> datetime:
    """The next 07:00 on the wall of `space`, after `now`."""
    local = now.astimezone(space.tz)
    morning = datetime.combine(local.date(), DIGEST_AT, tzinfo=space.tz)
    if morning <= local:
        morning = datetime.combine(local.date() + timedelta(days=1), DIGEST_AT, tzinfo=space.tz)
    return morning


def last_week(space: Space, now: datetime) -> tuple[datetime, datetime]:
    """The last whole week up to a Monday, 07:00 on the wall of `space`: when it began and when it ended."""
    local = now.astimezone(space.tz)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), DIGEST_AT, tzinfo=space.tz)
    if monday > local:
        monday -= timedelta(days=7)  # by the wall: a week with a change of clocks is an hour longer or shorter
    return monday - timedelta(days=7), monday


def is_told(member: Membership) -> bool:
    """Is there anything that this member can be told: about documents, or about integrations?"""
    return bool(member.capabilities & {Capability.VIEW_DOCUMENTS, Capability.MANAGE_INTEGRATIONS})


def of(member: Membership):
    """What this member may read of what they were told in their space, newest first.

    Nothing about documents that they can't open any more: of a client that left, say.
    """
    if not is_told(member):
        return Notification.objects.none()
    told = Notification.objects.filter(user=member.user_id, space=member.space_id)
    if Capability.VIEW_DOCUMENTS not in member.capabilities:
        return told.filter(invoice=None)
    if member.space.is_partner:
        told = told.filter(
            Q(invoice=None) | Exists(Invoice.objects.of_clients(member.space).filter(pk=OuterRef("invoice")))
        )
    return told


def in_words(notifications, space: Space) -> list[dict]:
    """Each of a queryset for reading: sentence, advice, excerpt, address, icon, moment. Three queries at most."""
    found = list(notifications.select_related("by", "space", "invoice__space"))
    side = Side.PARTNER if space.is_partner else Side.BUSINESS
    said = threads.texts([told.data["comment"] for told in found if "comment" in told.data], side=side, office=space)
    return [
        {
            "pk": told.pk,
            "sentence": words.sentence(told),
            "advice": words.advice(told),
            "excerpt": Truncator(said.get(told.data.get("comment"), "")).chars(300),
            "client": told.invoice.space.name if told.invoice and space.is_partner else "",
            "url": address(told),
            "icon": Topic(told.topic).icon,
            "at": told.created_at,
            "is_read": told.read_at is not None,
            "is_asked": Topic(told.topic).is_asked_of_you,
            "is_weekly": Topic(told.topic).is_weekly,
            "lines": [
                {**line, "url": _integration(space, line["client_id"], line["integration_id"])}
                for line in words.lines(told)
            ],
        }
        for told in found
    ]


def address(notification) -> str:
    """Where the person looks at it, in the space in which they were told."""
    space, invoice = notification.space, notification.invoice
    if "integration_id" in notification.data:
        return _integration(space, notification.data["client_id"], notification.data["integration_id"])
    if "access_point_id" in notification.data:
        return reverse("business:settings_sending_account", args=[space.slug, notification.data["access_point_id"]])
    if "mailbox_id" in notification.data:
        return reverse("business:settings_mailbox", args=[space.slug, notification.data["mailbox_id"]])
    if Topic(notification.topic).is_weekly:
        return reverse("partner:integrations" if space.is_partner else "business:extensions", args=[space.slug])
    if notification.topic == Topic.ANSWER_UNMATCHED:
        return reverse("business:unmatched", args=[space.slug])
    if invoice is None:
        return space.get_absolute_url()
    if space.is_partner:
        return reverse("partner:document", args=[space.slug, invoice.pk])
    return invoice.get_absolute_url()


def _integration(space: Space, client_id: int, pk: int) -> str:
    if space.is_partner:
        return reverse("partner:client_extension", args=[space.slug, client_id, pk])
    return reverse("business:extension", args=[space.slug, pk])


def choices_url(space: Space) -> str:
    """Where a person chooses when mail about `space` comes."""
    return reverse("partner:mail_choices" if space.is_partner else "business:mail_choices", args=[space.slug])


def read(member: Membership, *, pk: int | None = None, invoice=None, topics=None) -> int:
    """Mark as read: one notification, those about one document or of some topics, or all; how many were unread."""
    told = of(member).filter(read_at=None)
    if pk is not None:
        told = told.filter(pk=pk)
    if invoice is not None:
        told = told.filter(invoice=invoice)
    if topics is not None:
        told = told.filter(topic__in=topics)
    # A page that is looked at again has nothing to write, and does not wait for whoever is writing.
    return told.update(read_at=timezone.now()) if told.exists() else 0


def choose(member: Membership, *, asked: str, other: str, weekly: bool | None = None) -> None:
    """Keep when this person wants mail about this space; what waits already follows the new choice.

    `weekly` (the summary on Mondays: yes or no) stays as it was where it is not given.
    """
    chosen = {"asked": MailTime(asked), "other": MailTime(other)} | ({} if weekly is None else {"weekly": weekly})
    with transaction.atomic():
        choice, _made = MailChoice.objects.update_or_create(user=member.user, space=member.space, defaults=chosen)
        now = timezone.now()
        waiting = Notification.objects.filter(user=member.user, space=member.space, mail=None, read_at=None)
        waiting = waiting.exclude(mail_at=None)
        for topic in Topic:
            waiting.filter(topic=topic).update(mail_at=mail_at(choice.time_of(topic), member.space, now))
    nudge(MAIL_TASK)


def begin_week(space: Space, monday) -> bool:
    """Is this the first time that the week up to `monday` is told in `space`? Then the caller's transaction tells it."""
    return WeekTold.objects.get_or_create(space=space, monday=monday)[1]


def members_with(space: Space, *capabilities: Capability) -> set[int]:
    """Ids of the active members of `space` who carry one of `capabilities`: whom to tell."""
    members = Membership.objects.filter(space=space, user__is_active=True).select_related("space")
    return {member.user_id for member in members if member.capabilities & set(capabilities)}


def unread(member: Membership) -> int:
    """The number at the bell."""
    return of(member).filter(read_at=None).count()


def unread_first(member: Membership):
    return of(member).order_by(Case(When(read_at=None, then=0), default=1), "-id")


def choice_of(member: Membership) -> MailChoice:
    """When this person wants mail about this space; unsaved where the defaults count."""
    found = MailChoice.objects.filter(user=member.user, space=member.space).first()
    return found or MailChoice(user=member.user, space=member.space)

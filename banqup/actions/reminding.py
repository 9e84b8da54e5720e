"""Remind customers of what is overdue: by the plan of the space, or by hand (LIFECYCLE §5)."""

import logging
from collections.abc import Iterable
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from banqup.common.after_commit import nudge
from banqup.contacts.models import Contact
from banqup.invoices import journal
from banqup.invoices.models import Invoice
from banqup.reminders import queue, schedule, words
from banqup.reminders.models import Letter, Pause, Reminder, ReminderPlan, ReminderText
from banqup.reminders.schedule import STEPS
from banqup.spaces.access import standing
from banqup.spaces.models import Space
from banqup.spaces.roles import Capability

from .refusals import NotAllowed, NotPossible
from .rights import lacking, locked, require

logger = logging.getLogger(__name__)

# On the wall of the space, Monday to Friday.
AT = time(9)
# Who follows up what customers owe, and who manages the space.
MAY_PLAN = frozenset({Capability.PAY_SALES, Capability.MANAGE_PEOPLE})
LATEST_DAY = 365


def keep_plan(*, space: Space, is_active: bool, days: list[int], by) -> ReminderPlan:
    """Keep when customers are reminded, and whether it happens by itself. Raises NotAllowed, NotPossible (`days`)."""
    _may_plan(by, space)
    if not 0 < len(days) <= STEPS:
        raise NotPossible(_("Enter one to %d steps.") % STEPS, field="days")
    if any(not 0 < day <= LATEST_DAY for day in days):
        raise NotPossible(_("A step is 1 to %d days after the due date.") % LATEST_DAY, field="days")
    if any(later <= earlier for earlier, later in zip(days, days[1:], strict=False)):
        raise NotPossible(_("Each step comes later than the one before."), field="days")
    with transaction.atomic():
        plan, _made = ReminderPlan.objects.select_for_update().get_or_create(space=space)
        plan.is_active, plan.days = is_active, days
        plan.changed_at, plan.changed_by = timezone.now(), by
        plan.save(update_fields=["is_active", "days", "changed_at", "changed_by"])
    return plan


def keep_text(*, space: Space, step: int, language: str, subject: str, body: str, by) -> ReminderText | None:
    """The words of one step in one language; ours again (None) where both are empty.

    Raises NotAllowed, NotPossible (`subject`, `body`).
    """
    _may_plan(by, space)
    if not 0 < step <= STEPS or language not in words.LANGUAGES:
        raise NotPossible(_("There is no such step or language."))
    subject, body = " ".join(subject.split()), body.replace("\r\n", "\n").strip()
    if not subject and not body:
        ReminderText.objects.filter(space=space, step=step, language=language).delete()
        return None
    for field, text in (("subject", subject), ("body", body)):
        if not text:
            raise NotPossible(_("Enter subject and text, or leave both empty for our words."), field=field)
        if wrong := words.unknown_fields(text):
            known = ", ".join(f"{{{name}}}" for name in words.FIELDS)
            told = _("{%(name)s} is not a field. Use %(fields)s.") % {"name": wrong[0], "fields": known}
            raise NotPossible(told, field=field)
    if "{documents}" not in body:
        raise NotPossible(_("Say with {documents} where the list of what is open stands."), field="body")
    kept, _made = ReminderText.objects.update_or_create(
        space=space,
        step=step,
        language=language,
        defaults={"subject": subject[:200], "body": body, "changed_at": timezone.now(), "changed_by": by},
    )
    return kept


def pause(
    *, space: Space, contact: Contact | None = None, invoice: Invoice | None = None, until: date | None = None, by
) -> Pause:
    """Leave a customer, or one document, alone until a day or for good. Raises NotAllowed, NotPossible (`until`)."""
    _may_remind(by, space)
    if (contact is None) == (invoice is None) or (contact or invoice).space_id != space.pk:
        raise NotPossible(_("Choose a customer or a document of this space."))
    if until is not None and until < space.today():
        raise NotPossible(_("That day is over. Choose a later one, or none."), field="until")
    told = {"space": space, "until": until, "created_by": by, "created_at": timezone.now()}
    kept, _made = Pause.objects.update_or_create(contact=contact, invoice=invoice, defaults=told)
    return kept


def resume(*, pause: Pause, by) -> None:
    """The schedule goes on. Raises NotAllowed."""
    _may_remind(by, pause.space)
    Pause.objects.filter(pk=pause.pk).delete()


def remind(*, invoice: Invoice, by) -> Letter:
    """One reminder by hand, now, in the words of the next step, which the schedule then does not say again.

    Raises NotAllowed, NotPossible.
    """
    require(by, invoice, Capability.PAY_SALES)
    with transaction.atomic():
        invoice = locked(invoice, None)
        if reason := why_not(invoice):
            raise NotPossible(reason)
        said = schedule.said_of([invoice]).get(invoice.pk, [])
        step = schedule.following(schedule.plan_of(invoice.space).days, invoice.due_date, said, invoice.space.country)
        letter = _write(invoice.space, [(invoice, step.number if step else None)], invoice.space.today(), by)
    return letter


def why_not(invoice: Invoice) -> str:
    """Why it can't be reminded of by hand; empty when it can. One query at most."""
    if reason := schedule.in_the_way(invoice):
        return reason
    said = schedule.said_of([invoice]).get(invoice.pk, [])
    if schedule.under_way(said):
        return _("A reminder is on its way.")
    if any(one.day == invoice.space.today() and not schedule.has_failed([one]) for one in said):
        return _("The customer was reminded of it today.")
    return ""


def write_due(now: datetime | None = None) -> int:
    """Write the letters of every space whose morning has come; how many. Each space has its turn once a day."""
    now = now or timezone.now()
    written = 0
    plans = ReminderPlan.objects.filter(is_active=True).select_related("space")
    for plan in plans.order_by("pk"):
        today = _turn(plan, now)
        if today is None:
            continue
        try:
            written += _write_of(plan.space, today)
        except Exception:  # one space must not keep the others from theirs; it has its turn again
            logger.exception("The reminders of space %s were not written", plan.space_id)
    return written


def _turn(plan: ReminderPlan, now: datetime) -> date | None:
    """The day whose letters are to be written now, or None."""
    local = now.astimezone(plan.space.tz)
    today = local.date()
    if local.time() < AT or schedule.is_day_off(today, plan.space.country):
        return None
    return None if plan.last_run_on is not None and plan.last_run_on >= today else today


def _write_of(space: Space, today: date) -> int:
    """Everything of one space and day in one transaction: documents are locked first, then the plan."""
    with transaction.atomic():
        candidates = [invoice.pk for invoice, _step in due(space, today)]
        journal.hold(candidates)
        plan = ReminderPlan.objects.select_for_update().get(space=space)
        if not plan.is_active or (plan.last_run_on is not None and plan.last_run_on >= today):
            return 0  # another worker was faster
        plan.last_run_on = today
        plan.save(update_fields=["last_run_on"])
        held = set(candidates)
        groups: dict[int, list[tuple[Invoice, int | None]]] = {}
        for invoice, step in due(space, today):
            if invoice.pk in held:
                groups.setdefault(invoice.counterparty_id, []).append((invoice, step.number))
        for group in groups.values():
            _write(space, group, today, None)
    return len(groups)


def due(space: Space, today: date) -> Iterable[tuple[Invoice, schedule.Step]]:
    """What the plan of `space` says to customers on `today`: documents with their steps. Four queries."""
    return [
        (invoice, step)
        for invoice, step, reason in upcoming(space, today)
        if not reason and step is not None and step.on <= today
    ]


def upcoming(space: Space, today: date, limit: int | None = None) -> list[tuple[Invoice, schedule.Step | None, str]]:
    """(overdue document, its next step, why the schedule leaves it alone), the longest overdue first. Four queries."""
    plan, pauses = schedule.plan_of(space), schedule.Pauses(space, today)
    invoices = list(schedule.open_sales(space).filter(due_date__lt=today)[:limit])
    said, found = schedule.said_of(invoices), []
    for invoice in invoices:
        invoice.space = space
        sent = said.get(invoice.pk, [])
        step = schedule.following(plan.days, invoice.due_date, sent, space.country)
        found.append((invoice, step, _left_alone(invoice, step, sent, pauses)))
    return found


def _left_alone(invoice: Invoice, step, sent, pauses) -> str:
    reason = schedule.in_the_way(invoice) or schedule.not_by_itself(invoice, pauses)
    if reason or step is None:
        return reason or _("All steps were said. Call the customer, or mark it as won't be paid.")
    if schedule.under_way(sent):
        return _("A reminder is on its way.")
    if schedule.has_failed(sent):
        return _("The last reminder did not get through.")
    return ""


def _write(space: Space, group: list[tuple[Invoice, int | None]], today: date, by) -> Letter:
    """One letter to the customer of these documents."""
    contact = group[0][0].counterparty
    letter = Letter.objects.create(
        space=space,
        kind=Letter.Kind.REMINDER,
        contact=contact,
        recipient=contact.email,
        language=words.known(contact.language or space.language),
        created_by=by,
    )
    Reminder.objects.bulk_create(
        Reminder(letter=letter, invoice=invoice, step=step, day=today) for invoice, step in group
    )
    nudge(queue.LETTER_TASK, letter.pk)
    return letter


def _may_plan(by, space: Space) -> None:
    if not MAY_PLAN & standing(by, space).business:
        raise NotAllowed(lacking(Capability.PAY_SALES))


def _may_remind(by, space: Space) -> None:
    if Capability.PAY_SALES not in standing(by, space).business:
        raise NotAllowed(lacking(Capability.PAY_SALES))

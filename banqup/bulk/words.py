"""What the pages say about a run, task by task."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Outcome, Task
from .queue import Counts


def asks(task: str, ready: int, shown: int) -> str:
    """The title of the review window: Approve 2 of 3 invoices."""
    if not shown:
        return {
            Task.APPROVE: _("Nothing to approve"),
            Task.PROCESS: _("Nothing to mark as processed"),
            Task.RESEND: _("Nothing to send"),
        }[Task(task)]
    if ready == shown:
        whole = {
            Task.APPROVE: ngettext("Approve %d invoice", "Approve %d invoices", ready),
            Task.PROCESS: ngettext("Mark %d document as processed", "Mark %d documents as processed", ready),
            Task.RESEND: ngettext("Send %d document to integrations", "Send %d documents to integrations", ready),
        }
        return whole[Task(task)] % ready
    part = {
        Task.APPROVE: ngettext("Approve %(ready)d of %(all)d invoice", "Approve %(ready)d of %(all)d invoices", shown),
        Task.PROCESS: ngettext(
            "Mark %(ready)d of %(all)d document as processed", "Mark %(ready)d of %(all)d documents as processed", shown
        ),
        Task.RESEND: ngettext(
            "Send %(ready)d of %(all)d document to integrations",
            "Send %(ready)d of %(all)d documents to integrations",
            shown,
        ),
    }
    return part[Task(task)] % {"ready": ready, "all": shown}


def button(task: str, ready: int) -> str:
    return {
        Task.APPROVE: _("Approve %d"),
        Task.PROCESS: _("Mark %d as processed"),
        Task.RESEND: _("Send %d"),
    }[Task(task)] % ready


def will(task: str, number: int) -> str:
    """The heading above what will be done."""
    return {
        Task.APPROVE: ngettext("%d will be approved", "%d will be approved", number),
        Task.PROCESS: ngettext("%d will be marked as processed", "%d will be marked as processed", number),
        Task.RESEND: ngettext("%d will be sent", "%d will be sent", number),
    }[Task(task)] % number


def will_not(task: str, number: int) -> str:
    """The heading above what is left out."""
    return {
        Task.APPROVE: ngettext("%d will not be approved", "%d will not be approved", number),
        Task.PROCESS: ngettext("%d will not be marked as processed", "%d will not be marked as processed", number),
        Task.RESEND: ngettext("%d will not be sent", "%d will not be sent", number),
    }[Task(task)] % number


def doing(task: str, number: int, to: str = "") -> str:
    """The title while it runs; `to` names the one integration that sendings go to."""
    if to:
        words = ngettext("Sending %(number)d document to %(to)s", "Sending %(number)d documents to %(to)s", number)
        return words % {"number": number, "to": to}
    return {
        Task.APPROVE: ngettext("Approving %d invoice", "Approving %d invoices", number),
        Task.PROCESS: ngettext("Marking %d document as processed", "Marking %d documents as processed", number),
        Task.RESEND: ngettext("Sending %d document to integrations", "Sending %d documents to integrations", number),
    }[Task(task)] % number


def done(task: str, number: int) -> str:
    return {
        Task.APPROVE: ngettext("%d invoice approved", "%d invoices approved", number),
        Task.PROCESS: ngettext("%d document marked as processed", "%d documents marked as processed", number),
        Task.RESEND: ngettext("%d document is being sent", "%d documents are being sent", number),
    }[Task(task)] % number


def said(run, counts: Counts) -> str:
    """The result: 19 invoices approved, 1 not: changed by Tom Wouters."""
    words = done(run.task, counts.done)
    if counts.not_done:
        reasons = list(run.rows.filter(outcome=Outcome.NOT_DONE).order_by().values_list("words").distinct()[:2])
        words += ngettext(", %d not", ", %d not", counts.not_done) % counts.not_done
        words += f": {reasons[0][0]}" if len(reasons) == 1 else ""
    if counts.stopped:
        words += ngettext("; %d left out", "; %d left out", counts.stopped) % counts.stopped
    return f"{words}."

"""Save and approve: the form goes to the verb; what the verb refuses comes back with the form intact."""

from django.contrib import messages
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banqup.actions import answers, approval, crediting
from banqup.actions.refusals import ChangedMeanwhile, NotAllowed, NotCompliant, NotPossible, TryLater
from banqup.approvals.rules import plan_of
from banqup.approvals.words import names, step_of
from banqup.common.htmx import SeeOther, back
from banqup.common.templatetags.format import money_with_currency
from banqup.exports.models import PENDING
from banqup.invoices.models import Invoice
from banqup.invoices.statuses import ISSUED_BY_US, UNDER_WAY, AccountingStatus
from business_space import queue, read, review
from business_space.forms import lines
from business_space.forms.delivery import approving
from business_space.own_findings import NAMES_ONE, STANDS_ALONE
from business_space.space import find_invoice, in_space

from .detail import desk


@in_space
def save(request, side, pk):
    """Keep what was entered; nothing is released. Rows are added and removed here too, without saving."""
    invoice = find_invoice(request, pk, side)
    if request.method != "POST":
        return SeeOther(invoice.get_absolute_url())
    if changed := _rearranged(request):
        form = review.form_for(invoice, changed)
        form.is_valid()
        return desk(request, invoice, review.context(request, invoice, form=form))
    form = review.form_for(invoice, request.POST)
    if not form.is_valid():
        return _again(request, invoice, form, status=422)
    try:
        if request.POST.get("action") in (STANDS_ALONE, NAMES_ONE):
            saved = _stands_alone(request, invoice, form)
        else:
            saved = approval.save(
                invoice=invoice, document=form.document(), by=request.user, version=_version(request, invoice)
            )
    except (ChangedMeanwhile, NotPossible, TryLater) as refusal:
        return _refused(request, invoice, form, refusal)
    return back(request, saved.get_absolute_url(), _saved_words(saved))


@in_space
def approve(request, side, pk):
    """Save what was changed, then approve; on to the next document that waits."""
    invoice = find_invoice(request, pk, side)
    if request.method != "POST":
        return SeeOther(invoice.get_absolute_url())
    if not invoice.has_open_data:
        words = _("%s is not waiting for approval any more.") % invoice.title
        return back(request, invoice.get_absolute_url(), words, level=messages.WARNING)
    # A request without the form (a list, a script) approves what stands there.
    form = review.form_for(invoice, request.POST) if "lines-TOTAL_FORMS" in request.POST else None
    if form is not None and not form.is_valid():
        return _again(request, invoice, form, status=422)
    version, before = _version(request, invoice), invoice
    try:
        if version != invoice.version:
            raise ChangedMeanwhile(invoice)
        if form is not None and form.document() != invoice.document:
            invoice = approval.save(invoice=invoice, document=form.document(), by=request.user, version=version)
            form = None  # what was entered is kept: the page shows it as saved
        approved = approval.approve(
            invoice=invoice, by=request.user, version=invoice.version, **approving(request.POST.get("way", ""))
        )
    except NotCompliant as refusal:
        return _not_compliant(request, invoice, refusal)
    except (ChangedMeanwhile, NotPossible, TryLater) as refusal:
        return _refused(request, invoice, form, refusal)
    except NotAllowed as refusal:
        if invoice.version == version:
            raise
        # Four eyes: what this person changed on the way, somebody else approves.
        return back(request, invoice.get_absolute_url(), _("Saved, not approved. %s") % refusal, level=messages.WARNING)
    approved.space = request.space
    if not approved.is_released:
        return back(request, queue.after(before, request.space, side), _step_words(approved))
    way_back = {}
    # Whether something has left meanwhile, the page behind it says.
    if approved.kind not in ISSUED_BY_US and not answers.tells_at_once(approved):
        way_back = {"undo_url": side.url("withdraw", request.space, approved.pk), "undo_label": _("Withdraw")}
    words = _approved_words(approved) if way_back else _("%s This can't be undone.") % _approved_words(approved)
    return back(request, queue.after(before, request.space, side), words, **way_back)


def _stands_alone(request, invoice, form) -> Invoice:
    """The credit note belongs to no invoice, or does after all; what was typed is saved too. An e-invoice
    that nobody edited stays as it came."""
    version = _version(request, invoice)
    if form.document() != invoice.document:
        invoice = approval.save(invoice=invoice, document=form.document(), by=request.user, version=version)
        version = invoice.version
    alone = request.POST["action"] == STANDS_ALONE
    return crediting.set_stands_alone(credit_note=invoice, stands_alone=alone, by=request.user, version=version)


def _version(request, invoice) -> int:
    """The version that the person looked at. A form without one can't be compared: it counts as changed."""
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 12 else -1


def _rearranged(request):
    """The posted data with a row more or less, or as it is for *Recalculate*; None for a real save."""
    if (changed := read.used(request.POST)) is not None:
        return changed
    wanted, row = request.POST.get("action", ""), request.POST.get("remove_row", "")
    if row:
        return lines.without(request.POST, row)
    if wanted in ("add_lines", "add_allowances"):
        return lines.with_one_more(request.POST, wanted.removeprefix("add_"))
    return request.POST if wanted in ("recalculate", "look") else None


def _again(request, invoice, form, *, status, trouble=None):
    return desk(request, invoice, review.context(request, invoice, form=form, trouble=trouble), status=status)


def _not_compliant(request, invoice, refusal):
    """422 with the findings at their fields; what was entered is saved and nothing is released."""
    fresh = Invoice.objects.select_related("counterparty").get(pk=invoice.pk)
    fresh.space = request.space
    trouble = {"tone": "danger", "title": _("Not approved."), "text": _("Nothing was sent. What you entered is kept.")}
    context = review.context(request, fresh, report=refusal.report, trouble=trouble)
    return desk(request, fresh, context, status=422)


def _refused(request, invoice, form, refusal):
    """409 with the reason above the form; what was entered still stands in it."""
    if not invoice.has_open_data or (form is None and not isinstance(refusal, ChangedMeanwhile)):
        return back(request, invoice.get_absolute_url(), str(refusal), level=messages.ERROR)
    if isinstance(refusal, ChangedMeanwhile):
        trouble = _changed(refusal)
    else:
        trouble = {"tone": "danger", "title": str(refusal), "text": ""}
    trouble["action"] = {
        "name": "look-again",
        "label": _("Look again"),
        "url": invoice.get_absolute_url(),
        "method": "get",
        "icon": "arrow-path",
    }
    return _again(request, invoice, form, status=409, trouble=trouble)


def _changed(refusal) -> dict:
    """Tom Wouters changed this invoice 10 seconds ago. Nothing of yours was applied."""
    event = refusal.event
    who = str(event.actor) if event and event.actor else _("The system")
    seconds = int((timezone.now() - event.at).total_seconds()) if event else 0
    if seconds < 60:
        ago = ngettext("%d second", "%d seconds", max(seconds, 1)) % max(seconds, 1)
    else:
        ago = timesince(event.at, depth=1)
    words = _("%(who)s changed this invoice %(ago)s ago.") % {"who": who, "ago": ago}
    return {"tone": "danger", "title": words, "text": _("Nothing of yours was applied.")}


def _saved_words(invoice) -> str:
    words = _("Saved, not approved.")
    if invoice.space.active_engagement():
        seen = AccountingStatus.CLIENT_ACTION_NEEDED.label
        words += " " + _("Your accountant sees %s until you approve.") % seen
    if invoice.error_count:
        to_fix = ngettext("%d to fix before approval.", "%d to fix before approval.", invoice.error_count)
        words += " " + to_fix % invoice.error_count
    return words


def _step_words(invoice) -> str:
    """Molens De Ster 2026/17: your approval is kept. Tom Wouters is asked next (step 2 of 2)."""
    plan = plan_of(invoice)
    told = {"title": invoice.title, "who": names(plan.signers()) or _("Nobody"), "step": step_of(plan)}
    return _("%(title)s: your approval is kept, nothing is released yet. %(who)s is asked next (%(step)s).") % told


def _approved_words(invoice) -> str:
    """Approved. Unpaid, EUR 1,214.12 due 13 Dec 2026. Being sent to 3 integrations."""
    status = invoice.get_general_status_display()
    if invoice.open_amount and invoice.open_amount > 0:
        status += f", {money_with_currency(invoice.open_amount, invoice.currency)}"
        if invoice.due_date:
            status += " " + _("due %s") % date_format(invoice.due_date, "j M Y")
    names = list(invoice.exports.filter(state__in=PENDING).values_list("integration__name", flat=True))
    sent = _("Being sent to %s.") % ", ".join(names) if names else _("No integration is active.")
    if invoice.delivery_status in UNDER_WAY:
        row = invoice.transmissions.last()
        way = {"way": row.get_way_display(), "to": row.recipient}
        sent = _("On its way to the customer: %(way)s, %(to)s.") % way + " " + sent
    return _("%(title)s approved. %(status)s. %(sent)s") % {
        "title": invoice.title,
        "status": status,
        "sent": sent,
    }

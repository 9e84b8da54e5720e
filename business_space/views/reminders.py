"""Reminders: what goes out next, what went out, whom the schedule leaves alone, and the words of each step."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import letters, reminding
from banqup.actions.refusals import NotPossible
from banqup.actions.statements import account_line
from banqup.common.htmx import SeeOther, back, render_part
from banqup.contacts.models import Contact
from banqup.einvoicing.rendering import formats
from banqup.reminders import schedule, words
from banqup.reminders.models import Letter, LetterState, Pause, ReminderText
from banqup.spaces.roles import Capability
from business_space.forms.parties import LANGUAGES
from business_space.forms.reminders import PauseForm, PlanForm, TextForm
from business_space.space import address, find_invoice, in_space, lacks, require
from integrations.letters import text_of

AT_MOST = 200
LATEST = 50


@in_space
@require_safe
def reminders(request):
    return _page(request)


def _page(request, form=None, status=200):
    space, today = request.space, request.space.today()
    plan = schedule.plan_of(space)
    found = Letter.objects.filter(space=space).prefetch_related("reminders__invoice").select_related("created_by")
    reason = _may_not_plan(request)
    context = {
        "page_title": _("Reminders"),
        "space": space,
        "plan": plan,
        "form": form or PlanForm(plan=plan),
        "reason": reason,
        "rows": [_row(request, *one, plan) for one in reminding.upcoming(space, today, AT_MOST)],
        "letters": list(found.order_by("-pk")[:LATEST]),
        "pauses": [_paused(request, one) for one in _pauses(space)],
        "texts": _texts(space, plan),
        "today": today,
    }
    for letter in context["letters"]:
        letter.again = _again_button(request, letter)
    return render_part(request, "business_space/reminders/reminders.html", context, status=status)


def _row(request, invoice, step, reason, plan) -> dict:
    lacking = lacks(request, Capability.PAY_SALES)
    url = f"{address('reminder_pause', request.space.slug)}?invoice={invoice.pk}"
    button = {"name": f"pause-{invoice.pk}", "label": _("Pause"), "icon": "pause", "url": url, "method": "get"}
    button |= {"dialog": True, "enabled": not lacking, "reason": lacking}
    return {
        "invoice": invoice,
        "url": invoice.get_absolute_url(),
        "step": step,
        "steps": len(plan.days),
        "reason": reason,
        "pause": None if reason else button,
    }


def _pauses(space):
    return Pause.objects.filter(space=space).select_related("contact", "invoice", "created_by").order_by("-pk")


def _paused(request, pause) -> dict:
    reason = lacks(request, Capability.PAY_SALES)
    url = address("reminder_resume", request.space.slug, pause.pk)
    if pause.invoice:
        pause.invoice.space = request.space
    return {
        "pause": pause,
        "title": pause.contact.name if pause.contact else pause.invoice.title,
        "url": address("party", request.space.slug, pause.contact_id)
        if pause.contact
        else pause.invoice.get_absolute_url(),
        "resume": {
            "name": f"resume-{pause.pk}",
            "label": _("Go on"),
            "icon": "play",
            "url": url,
            "enabled": not reason,
            "reason": reason,
        },
    }


def _texts(space, plan) -> list[dict]:
    """Each step with its languages; whether the words are the space's own."""
    own = set(ReminderText.objects.filter(space=space).values_list("step", "language"))
    return [
        {
            "step": number,
            "days": days,
            "languages": [
                {
                    "label": label,
                    "url": address("reminder_text", space.slug, number, language),
                    "own": (number, language) in own,
                }
                for language, label in LANGUAGES
            ],
        }
        for number, days in enumerate(plan.days, start=1)
    ]


def _may_not_plan(request) -> str:
    return "" if reminding.MAY_PLAN & request.standing.business else lacks(request, Capability.PAY_SALES)


@in_space
@require_POST
def plan(request):
    """Keep when customers are reminded."""
    form = PlanForm(request.POST, plan=schedule.plan_of(request.space))
    if _may_not_plan(request):
        require(request, Capability.PAY_SALES)
    if form.is_valid():
        try:
            kept = reminding.keep_plan(space=request.space, by=request.user, **form.cleaned_data)
        except NotPossible as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            on = _("Kept. Reminders go out by themselves, on working days at 9.")
            said = on if kept.is_active else _("Kept. Nothing goes out by itself.")
            return back(request, address("reminders", request.space.slug), said)
    return _page(request, form, status=422)


@in_space
def text(request, step, language):
    """The words of one step in one language, with what a customer would read."""
    if not 0 < step <= schedule.STEPS or language not in words.LANGUAGES:
        raise Http404
    usual, now = words.reminder(step, language), text_of(request.space, step, language)
    form = TextForm(request.POST or None, initial={"subject": now.subject, "body": now.body})
    url = address("reminders", request.space.slug)
    if request.method == "POST":
        if _may_not_plan(request):
            require(request, Capability.PAY_SALES)
        ours = request.POST.get("action") == "usual"
        if ours or form.is_valid():
            entered = {"subject": "", "body": ""} if ours else form.cleaned_data
            if entered == {"subject": usual.subject, "body": usual.body.strip()}:
                entered = {"subject": "", "body": ""}
            if request.POST.get("action") == "look":
                now = words.Text(entered["subject"] or usual.subject, entered["body"] or usual.body)
            else:
                try:
                    reminding.keep_text(space=request.space, step=step, language=language, by=request.user, **entered)
                except NotPossible as refusal:
                    form.add_error(refusal.field or None, str(refusal))
                else:
                    return back(request, url, _("Kept. It counts for reminders that go out from now on."))
    context = {
        "page_title": _("Text of a reminder"),
        "space": request.space,
        "step": step,
        "language": dict(LANGUAGES)[language],
        "code": language,
        "form": form,
        "fields": words.FIELDS,
        "reason": _may_not_plan(request),
        "preview": _sample(request.space, now, language),
        "back_url": url,
    }
    return render_part(request, "business_space/reminders/text.html", context, status=422 if form.errors else 200)


def _sample(space, text, language) -> words.Text:
    """What a customer would read, with a made-up document."""
    due = words.filled(words.part("due", language), {"day": formats.day(space.today(), language)})
    total = f"{space.currency} {formats.money(Decimal('1204.00'), language)}"
    values = {
        "customer": "Hotel Ter Duinen NV",
        "sender": space.name,
        "documents": f"- {words.part('invoice', language)} V{space.today().year}-0001, {due}: {total}",
        "total": total,
        "account": account_line(space.iban, language),
    }
    return words.Text(words.filled(text.subject, values), words.filled(text.body, values))


@in_space
def pause(request):
    """Leave a customer or a document alone; the dialog, and its page without script."""
    contact, invoice = _named(request)
    if contact is None and invoice is None:
        return SeeOther(address("reminders", request.space.slug))
    title = contact.name if contact else invoice.title
    form = PauseForm(request.POST or None)
    url = address("party", request.space.slug, contact.pk) if contact else address("reminders", request.space.slug)
    if request.method == "POST" and form.is_valid():
        try:
            reminding.pause(space=request.space, contact=contact, invoice=invoice, by=request.user, **form.cleaned_data)
        except NotPossible as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return back(request, url, _("%s is not reminded for now.") % title)
    context = {
        "page_title": _("Pause reminders"),
        "title": title,
        "form": form,
        "reason": lacks(request, Capability.PAY_SALES),
        "back_url": url,
    }
    status = 422 if form.errors else 200
    return render_part(request, "business_space/reminders/pause.html", context, part="dialog", status=status)


def _named(request):
    """(customer, document): the one of the two that the address names, if it names one."""
    raw_contact, raw_invoice = request.GET.get("contact", ""), request.GET.get("invoice", "")
    if raw_contact.isdecimal() and len(raw_contact) < 16:
        return get_object_or_404(Contact.objects.filter(space=request.space), pk=int(raw_contact)), None
    if raw_invoice.isdecimal() and len(raw_invoice) < 16:
        return None, find_invoice(request, int(raw_invoice))
    return None, None


@in_space
@require_POST
def resume(request, pk):
    found = get_object_or_404(Pause.objects.filter(space=request.space), pk=pk)
    reminding.resume(pause=found, by=request.user)
    return back(request, address("reminders", request.space.slug), _("Reminders go on."))


@in_space
@require_safe
def letter(request, pk):
    """One mail to a customer: what it said, and what became of it."""
    found = get_object_or_404(Letter.objects.filter(space=request.space).select_related("contact", "created_by"), pk=pk)
    rows = found.reminders.select_related("invoice")
    for row in rows:
        row.invoice.space = request.space
    context = {
        "page_title": found.get_kind_display(),
        "space": request.space,
        "letter": found,
        "rows": rows,
        "again": _again_button(request, found),
        "back_url": address("reminders", request.space.slug),
    }
    return render_part(request, "business_space/reminders/letter.html", context)


@in_space
@require_POST
def again(request, pk):
    """Try a letter that was not sent once more."""
    found = get_object_or_404(Letter.objects.filter(space=request.space).select_related("contact"), pk=pk)
    found.space = request.space
    url = address("letter", request.space.slug, pk)
    try:
        tried = letters.again(letter=found, by=request.user)
    except NotPossible as refusal:
        return back(request, url, str(refusal), messages.ERROR)
    return back(request, url, _("It is being mailed to %s.") % tried.recipient)


def _again_button(request, letter) -> dict | None:
    if letter.state != LetterState.FAILED:
        return None
    needed = Capability.EDIT_SALES if letter.kind == Letter.Kind.COPY else Capability.PAY_SALES
    reason = lacks(request, needed)
    return {
        "name": f"again-{letter.pk}",
        "label": _("Try again"),
        "icon": "arrow-path",
        "url": address("letter_again", request.space.slug, letter.pk),
        "enabled": not reason,
        "reason": reason,
    }

"""A customer or supplier: what is known of it, whether Peppol reaches it, and its statement of account."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from banqup.actions import customers, letters, statements
from banqup.actions.refusals import NotPossible
from banqup.common.htmx import back, render_part
from banqup.common.spreadsheet import streamed
from banqup.contacts.models import Contact
from banqup.einvoicing.rendering import NotDrawn
from banqup.einvoicing.rendering import statement as drawn
from banqup.reminders import words
from banqup.spaces.roles import Capability
from business_space.forms.parties import LANGUAGES, DetailsForm, SendStatementForm, StatementForm
from business_space.space import address, in_space, lacks, require
from integrations import reaching


def find(request, pk: int) -> Contact:
    contact = get_object_or_404(Contact.objects.filter(space=request.space), pk=pk)
    contact.space = request.space
    return contact


@in_space
def add(request):
    """A new customer."""
    return _form(request, None)


@in_space
def edit(request, pk):
    return _form(request, find(request, pk))


def _form(request, contact):
    form = DetailsForm(request.POST or None, contact=contact, country=request.space.country)
    if request.method == "POST":
        require(request, customers.may_save(contact))
        if form.is_valid():
            try:
                saved = customers.save(space=request.space, contact=contact, by=request.user, **form.cleaned_data)
            except NotPossible as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                words = _("Kept. It counts for documents that are made from now on.")
                said = words if contact else _("%s is added.") % saved.name
                return back(request, address("party", request.space.slug, saved.pk), said)
    context = {
        "page_title": contact.name if contact else _("Add a customer"),
        "space": request.space,
        "contact": contact,
        "form": form,
        "reason": lacks(request, customers.may_save(contact)),
        "back_url": address("party", request.space.slug, contact.pk)
        if contact
        else address("parties", request.space.slug),
    }
    return render_part(request, "business_space/parties/edit.html", context, status=422 if form.errors else 200)


@in_space
@require_POST
def check(request, pk):
    """Ask the network whether it can receive our documents."""
    contact = find(request, pk)
    url = address("party", request.space.slug, pk)
    try:
        reach = reaching.look_up(space=request.space, contact=contact, by=request.user, anew=True)
    except NotPossible as refusal:
        return back(request, url, str(refusal), messages.ERROR)
    name = {"name": contact.name}
    if reach.can_receive:
        return back(request, url, _("%(name)s can be reached over Peppol.") % name)
    said = reach.words or _("It can't be reached over Peppol.")
    return back(request, url, f"{contact.name}: {said}", messages.WARNING)


@in_space
@require_safe
def statement(request, pk):
    """What was charged, paid and credited in a period: a page, a CSV file, or a PDF in the customer's language."""
    contact = find(request, pk)
    if not contact.is_customer:
        raise Http404
    form = StatementForm(request.GET if "since" in request.GET else None, initial=_period(request.space.today()))
    since, until = form.initial["since"], form.initial["until"]
    if form.is_bound and form.is_valid():
        since, until = form.cleaned_data["since"], form.cleaned_data["until"]
        if until < since:
            form.add_error("until", _("The last day is before the first."))
    if form.is_bound and not form.is_valid():
        since, until = form.initial["since"], form.initial["until"]
    wanted = request.GET.get("as")
    if wanted == "pdf":
        return _pdf(request, contact, since, until)
    accounts = statements.of(contact, since, until)
    if wanted == "csv":
        return _csv(contact, accounts, since, until)
    query = f"since={since:%Y-%m-%d}&until={until:%Y-%m-%d}"
    context = {
        "page_title": _("Statement of account"),
        "space": request.space,
        "contact": contact,
        "form": form,
        "accounts": accounts,
        "since": since,
        "until": until,
        "query": query,
        "back_url": address("party", request.space.slug, pk),
        "send": _send_action(request, contact, query),
    }
    return render_part(request, "business_space/parties/statement.html", context, status=422 if form.errors else 200)


def _period(today: date) -> dict:
    """This year so far; early in it, the last one too."""
    first = today.replace(month=1, day=1)
    return {"since": first if today.month > 3 else first - timedelta(days=365), "until": today}


def _send_action(request, contact, query) -> dict:
    reason = lacks(request, Capability.PAY_SALES)
    url = address("statement_send", request.space.slug, contact.pk)
    return {
        "name": "send",
        "label": _("Send by e-mail"),
        "icon": "envelope",
        "url": f"{url}?{query}",
        "method": "get",
        "dialog": True,
        "style": "primary",
        "enabled": not reason,
        "reason": reason,
    }


def _csv(contact, accounts, since, until):
    names = ["currency", "date", "kind", "number", "due", "charged", "paid_or_credited", "balance"]
    lines = []
    for account in accounts:
        lines.append([account.currency, since, "carried", "", "", "", "", account.carried])
        for row in account.rows:
            due = row.invoice.due_date if row.kind == "invoice" else None
            lines.append([account.currency, row.day, row.kind, row.number, due, row.charged, row.settled, row.balance])
        lines.append([account.currency, until, "balance", "", "", "", "", account.balance])
    return streamed(f"statement-{contact.pk}-{since}-{until}.csv", names, lines)


def _pdf(request, contact, since, until):
    language = words.known(contact.language or request.space.language)
    try:
        data = drawn.pdf(statements.paper(contact, since, until, language))
    except NotDrawn:
        url = address("statement", request.space.slug, contact.pk)
        return back(request, url, _("The PDF can't be drawn. Choose a shorter period."), messages.ERROR)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="statement-{contact.pk}-{since}-{until}.pdf"'
    return response


@in_space
def statement_send(request, pk):
    """Mail it: the dialog, and its page without script."""
    contact = find(request, pk)
    if not contact.is_customer:
        raise Http404
    period = _period(request.space.today()) | {"to": contact.email}
    asked = StatementForm(request.GET)
    if asked.is_valid():
        period |= asked.cleaned_data
    form = SendStatementForm(request.POST or None, initial=period)
    if request.method == "POST":
        require(request, Capability.PAY_SALES)
        if form.is_valid():
            try:
                letter = letters.send_statement(contact=contact, by=request.user, **form.cleaned_data)
            except NotPossible as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                said = _("The statement is being mailed to %s.") % letter.recipient
                return back(request, address("party", request.space.slug, pk), said)
    context = {
        "page_title": _("Send the statement of account"),
        "contact": contact,
        "form": form,
        "reason": lacks(request, Capability.PAY_SALES),
        "language": dict(LANGUAGES).get(words.known(contact.language or request.space.language)),
        "back_url": address("statement", request.space.slug, pk),
    }
    status = 422 if form.errors else 200
    return render_part(request, "business_space/parties/statement_send.html", context, part="dialog", status=status)
